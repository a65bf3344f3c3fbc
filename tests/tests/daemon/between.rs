//! The mutator before a reader that was taken over: this test plays the reader.

use std::{
    fs::File,
    io::{Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    process::{Child, Command, Stdio},
    time::Duration,
};

use vigil_platform::channel;
use vigil_proto::rpc::{Decoder, Refusal, Request, Response, Scope, frame};
use vigil_tests::vigil::binary;

use super::{
    support::{Place, anchor, as_user, is_root},
    verbs::requests,
};

/// A mutator and its helper, and the mutator's other end.
struct Mutator {
    child: Child,
    helper: Child,
    channel: UnixStream,
}

impl Mutator {
    fn start(place: &Place) -> Self {
        let part = |part: &str, input: UnixStream, output: Stdio| {
            Command::new(binary("vigild"))
                .args(["--part", part, "--state"])
                .arg(place.state())
                .arg("--enrolled")
                .arg(place.enrolled())
                .stdin(OwnedFd::from(input))
                .stdout(output)
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        };
        let (mut channel, theirs) = channel::pair().unwrap();
        let (to_helper, of_helper) = channel::pair().unwrap();
        let helper = part("helper", of_helper, Stdio::null());
        let child = part("mutator", theirs, OwnedFd::from(to_helper).into());
        channel.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut ready = [0];
        channel.read_exact(&mut ready).unwrap();
        assert_eq!(&ready, b"R");
        Self { child, helper, channel }
    }

    /// Asks in the name of whoever has made `connection`; nothing when the mutator ends.
    fn ask(&mut self, request: &Request, connection: BorrowedFd<'_>) -> Option<Response> {
        let bytes = frame::encode(1, request).unwrap();
        channel::send_with(&self.channel, &bytes, connection).unwrap();
        self.hear()
    }

    fn hear(&mut self) -> Option<Response> {
        let mut decoder = Decoder::new();
        let mut buffer = [0; 1024];
        loop {
            let length = self.channel.read(&mut buffer).unwrap_or(0);
            if length == 0 {
                return None;
            }
            if let Some(frame) = decoder.feed(&mut &buffer[..length]).unwrap() {
                return Some(frame.message);
            }
        }
    }
}

impl Drop for Mutator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // It ends with the mutator.
        let _ = self.helper.wait();
    }
}

#[test]
fn it_asks_the_kernel_whose_connection_it_is() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n");
    let mut mutator = Mutator::start(&place);
    let listener = UnixListener::bind(place.root.join("theirs.sock")).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(place.root.join("theirs.sock"), open).unwrap();
    let mut stranger = as_user(61_001, &binary("daemon-client"))
        .arg("relay")
        .arg(place.root.join("theirs.sock"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let (strangers, _) = listener.accept().unwrap();
    let (own, _theirs) = UnixStream::pair().unwrap();

    assert_eq!(mutator.ask(&anchor(1), strangers.as_fd()), Some(Refusal::NotEnrolled.into()));
    assert_eq!(mutator.ask(&anchor(1), own.as_fd()), Some(Response::Anchored));

    drop(strangers);
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn what_is_no_connection_asks_for_nobody() {
    let place = Place::new();
    let mut mutator = Mutator::start(&place);
    let file = File::open("/dev/null").unwrap();

    for request in requests() {
        let answer = mutator.ask(&request, file.as_fd());
        assert_eq!(answer, Some(Refusal::Internal.into()), "{request:?}");
    }
}

#[test]
fn a_request_without_a_connection_ends_it() {
    let place = Place::new();
    let mut mutator = Mutator::start(&place);

    mutator.channel.write_all(&frame::encode(1, &anchor(1)).unwrap()).unwrap();

    assert_eq!(mutator.hear(), None);
    assert!(!mutator.child.wait().unwrap().success());
}

#[test]
fn two_requests_at_once_end_it() {
    let place = Place::new();
    let mut mutator = Mutator::start(&place);
    let (own, _theirs) = UnixStream::pair().unwrap();
    let one = frame::encode(1, &anchor(1)).unwrap();

    channel::send_with(&mutator.channel, &[one.clone(), one].concat(), own.as_fd()).unwrap();

    assert_eq!(mutator.hear(), None);
    assert!(!mutator.child.wait().unwrap().success());
}

#[test]
fn it_reads_no_tables() {
    let place = Place::new();
    let mut mutator = Mutator::start(&place);
    let (own, _theirs) = UnixStream::pair().unwrap();
    let watch = Request::Watch { scope: Scope::Own };

    for request in requests().into_iter().chain([watch, Request::hello()]) {
        let name = request.verb().name();
        let is_readers = ["Process", "Socket", "Watch", "Hello"];
        if is_readers.iter().any(|prefix| name.starts_with(prefix)) {
            let answer = mutator.ask(&request, own.as_fd());
            assert_eq!(answer, Some(Refusal::Internal.into()), "{name}");
        }
    }
}

#[test]
fn it_ends_well_with_its_reader() {
    let place = Place::new();
    let mut mutator = Mutator::start(&place);

    mutator.channel.shutdown(std::net::Shutdown::Both).unwrap();

    assert!(mutator.child.wait().unwrap().success());
}

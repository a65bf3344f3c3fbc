//! The helper before a mutator that was taken over: this test plays the mutator.

use std::{
    io::{Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use vigil_platform::channel;
use vigil_tests::vigil::{binary, eventually};

use super::{
    store::{Authority, Store},
    support::{Place, own_uid},
};

/// A helper, and its other end.
struct Helper {
    child: Child,
    channel: UnixStream,
}

impl Helper {
    fn start(place: &Place) -> Self {
        let (channel, theirs) = channel::pair().unwrap();
        let child = Command::new(binary("vigild"))
            .args(["--part", "helper", "--state"])
            .arg(place.state())
            .arg("--enrolled")
            .arg(place.enrolled())
            .arg("--trust-root")
            .arg(place.trust.as_ref().unwrap())
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        channel.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        Self { child, channel }
    }

    /// The answer to `order`; nothing when the helper ends.
    fn ask(&mut self, order: &[u8]) -> Option<Vec<u8>> {
        let length = u32::try_from(order.len()).unwrap().to_le_bytes();
        self.channel.write_all(&[&length, order].concat()).unwrap();
        let mut length = [0; 4];
        self.channel.read_exact(&mut length).ok()?;
        let mut reply = vec![0; usize::try_from(u32::from_le_bytes(length)).unwrap()];
        self.channel.read_exact(&mut reply).unwrap();
        Some(reply)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A whole number as postcard writes it.
fn number(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

/// To have `der` trusted, as the certificate of `uid`.
fn install(uid: u32, der: &[u8]) -> Vec<u8> {
    [vec![1], number(uid), number(u32::try_from(der.len()).unwrap()), der.to_vec()].concat()
}

const DONE: &[u8] = &[1];
/// `Refused(BadCa(..))`, and its reasons by their numbers in docs/PROTOCOL.md.
const BAD: [u8; 2] = [5, 9];
const MALFORMED: u8 = 0;
const FOREIGN_SUBJECT: u8 = 3;

#[test]
fn it_reads_a_certificate_anew() {
    let mut place = Place::new();
    let store = Store::of(&mut place);
    let (before, ca) = (store.state(), Authority::own());
    let mut helper = Helper::start(&place);
    let der = ca.der.as_bytes();
    let bad = |reason: u8| Some([&BAD[..], &[reason]].concat());

    assert_eq!(helper.ask(&install(own_uid() + 1, der)), bad(FOREIGN_SUBJECT));
    assert_eq!(helper.ask(&install(own_uid(), &der[1..])), bad(MALFORMED));
    assert!(store.state() == before);

    assert_eq!(helper.ask(&install(own_uid(), der)).as_deref(), Some(DONE));
    assert!(store.state() != before);
    // To take away is by the fingerprint alone, and done again without harm.
    let remove = [&[2][..], &ca.fingerprint.0].concat();
    for _ in 0..2 {
        assert_eq!(helper.ask(&remove).as_deref(), Some(DONE));
        assert!(store.state() == before);
    }
}

#[test]
fn what_is_no_order_ends_it_and_changes_nothing() {
    let ca = Authority::own();
    let der = ca.der.as_bytes();
    for order in [
        &[99][..],
        &[],
        // More than a certificate has, and something after it.
        &install(own_uid(), &[0x30; 4097]),
        &[&install(own_uid(), der)[..], &[0]].concat(),
    ] {
        let mut place = Place::new();
        let store = Store::of(&mut place);
        let before = store.state();
        let mut helper = Helper::start(&place);

        assert_eq!(helper.ask(order), None, "{} bytes", order.len());

        let status = eventually("it ends", || helper.child.try_wait().unwrap());
        assert!(!status.success());
        assert!(store.state() == before);
    }
}

//! The real daemon's socket and protocol, with somebody behind them who keeps a list.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    sync::{Arc, Mutex},
    thread,
};

use vigil_platform::process;
use vigil_proto::rpc::{BootId, Decoder, Uid, Welcome, frame};

use super::*;
use crate::source::proxy::Authorities;

/// What it keeps, and what it was asked to change.
#[derive(Default)]
struct Kept {
    all: BTreeMap<Fingerprint, CaStatus>,
    changes: Vec<&'static str>,
    is_busy: bool,
}

struct World {
    folder: tempfile::TempDir,
    kept: Arc<Mutex<Kept>>,
    machine: Asked,
    current: Certificate,
    next: Certificate,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ca, socket) = (folder.path().join("ca"), folder.path().join("socket"));
        let uid = Uid::new(1000).unwrap();
        let authorities = Authorities::open(&ca, &["api.example".to_owned()], uid).unwrap();
        let now = std::time::SystemTime::now();
        authorities.prepare(now).unwrap();
        let standing = authorities.standing(now);
        let kept = Arc::<Mutex<Kept>>::default();
        let (listener, shared) = (UnixListener::bind(&socket).unwrap(), Arc::clone(&kept));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &kept));
            }
        });
        Self {
            machine: Asked(Daemon::new(socket, process::uid())),
            current: standing.current.unwrap(),
            next: standing.next.unwrap().certificate,
            folder,
            kept,
        }
    }

    fn keep(&self, certificate: &Certificate, installed: bool, trust: Trust) {
        let status = CaStatus { installed, trust };
        self.kept.lock().unwrap().all.insert(certificate.fingerprint(), status);
    }

    fn follow(&self) -> Result<(), String> {
        self.machine.follow(&self.current, &self.next)
    }

    fn changes(&self) -> Vec<&'static str> {
        self.kept.lock().unwrap().changes.clone()
    }
}

fn serve(mut stream: UnixStream, kept: &Mutex<Kept>) {
    let mut decoder = Decoder::<Request>::new();
    let mut buffer = [0; 4096];
    loop {
        let Ok(length @ 1..) = stream.read(&mut buffer) else { return };
        let mut bytes = buffer.get(..length).unwrap();
        while let Some(asked) = decoder.feed(&mut bytes).unwrap() {
            let answer = answer(asked.message, &mut kept.lock().unwrap());
            stream.write_all(&frame::encode(asked.id, &answer).unwrap()).unwrap();
        }
    }
}

fn answer(request: Request, kept: &mut Kept) -> Response {
    const NONE: CaStatus = CaStatus { installed: false, trust: Trust::NotTrusted };
    match request {
        Request::Hello { .. } => Response::Welcome(Welcome { minor: 0, boot: BootId([1; 16]) }),
        Request::CaStatus { fingerprint } => {
            Response::CaStatus(kept.all.get(&fingerprint).copied().unwrap_or(NONE))
        }
        _ if kept.is_busy => Refusal::Busy.into(),
        Request::CaInstall { der } => {
            let fingerprint = Fingerprint::of(der.as_bytes());
            kept.changes.push("install");
            kept.all.insert(fingerprint, CaStatus { installed: true, trust: Trust::Trusted });
            Response::CaInstalled { fingerprint }
        }
        Request::CaRemove { fingerprint } => {
            kept.changes.push("remove");
            kept.all.remove(&fingerprint);
            Response::CaRemoved
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_daemon_had_trusted_it_has_trusted_again_and_the_former_no_more() {
    let world = World::new();
    world.keep(&world.current, true, Trust::Trusted);

    world.follow().unwrap();
    world.follow().unwrap();

    assert_eq!(world.changes(), ["install"], "twice is once");
    world.machine.distrust(world.current.fingerprint()).unwrap();
    world.machine.distrust(world.current.fingerprint()).unwrap();
    assert_eq!(world.changes(), ["install", "remove"]);
}

#[test]
fn a_machine_that_does_not_trust_the_present_one_is_not_made_to_trust_the_next() {
    let world = World::new();

    world.follow().unwrap();
    world.machine.distrust(world.current.fingerprint()).unwrap();

    assert_eq!(world.changes(), Vec::<&str>::new());
}

#[test]
fn what_somebody_else_had_trusted_is_theirs_to_follow() {
    let world = World::new();
    world.keep(&world.current, false, Trust::Trusted);

    let why = world.follow().unwrap_err();

    assert!(why.contains("next.pem"), "{why}");
    world.machine.distrust(world.current.fingerprint()).unwrap();
    assert_eq!(world.changes(), Vec::<&str>::new());
    world.keep(&world.next, false, Trust::Trusted);
    world.follow().unwrap();
}

#[test]
fn a_daemon_that_is_busy_is_asked_again() {
    let world = World::new();
    world.keep(&world.current, true, Trust::Trusted);
    world.kept.lock().unwrap().is_busy = true;
    assert!(world.follow().is_err());
    assert!(world.machine.distrust(world.current.fingerprint()).is_err());

    world.kept.lock().unwrap().is_busy = false;

    world.follow().unwrap();
    world.machine.distrust(world.current.fingerprint()).unwrap();
}

#[test]
fn without_a_daemon_the_machines_list_says_that_it_trusts_neither() {
    let world = World::new();
    let nobody = Asked(Daemon::new(world.folder.path().join("nobody"), process::uid()));

    nobody.follow(&world.current, &world.next).unwrap();
    nobody.distrust(world.current.fingerprint()).unwrap();
}

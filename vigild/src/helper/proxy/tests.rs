use std::{fs, path::PathBuf};

use vigil_platform::sealed::{Folder, effective_uid};
use vigil_proto::rpc::{Port, Refusal, Uid};

use super::{
    super::order::Reply,
    FOLDER, KEPT, KEPT_MAX, Proxy, ProxyOrder,
    setting::{self, Setting, Wrong},
};
use crate::{
    flags::{Job, Setup, parse},
    halt::Halt,
};

/// A folder with a file that stands for the machine's setting.
struct Place {
    _dir: tempfile::TempDir,
    root: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let place = Self { _dir: dir, root };
        fs::write(place.file(), "the user's own\n").unwrap();
        place
    }

    fn file(&self) -> PathBuf {
        self.root.join("setting")
    }

    fn read(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn setup(&self) -> Setup {
        let root = self.root.to_str().unwrap();
        let line = format!(
            "--socket {root}/s --state {root} --enrolled {root}/e --proxy-file {root}/setting"
        );
        let job = parse(line.split(' ').map(Into::into)).unwrap();
        let Job::Start(setup) = job else { panic!("{job:?}") };
        setup
    }

    fn proxy(&self) -> Proxy {
        let state = Folder::open(&self.root, effective_uid()).unwrap();
        Proxy::new(&self.setup(), &state, Halt::default()).unwrap()
    }

    fn setting(&self) -> Box<dyn Setting> {
        setting::of(&self.setup()).unwrap().unwrap()
    }

    fn kept(&self) -> Option<Vec<u8>> {
        let folder = Folder::open(&self.root.join(FOLDER), effective_uid()).unwrap();
        folder.read(KEPT, KEPT_MAX).unwrap()
    }
}

fn port() -> Port {
    Port::new(9080).unwrap()
}

fn enable() -> ProxyOrder {
    ProxyOrder::Enable { uid: Uid::new(1000).unwrap(), port: port() }
}

#[test]
fn what_was_changed_since_the_plan_is_not_written_over() {
    let place = Place::new();
    let setting = place.setting();
    let plan = setting.plan(port()).unwrap();
    fs::write(place.file(), "somebody else's\n").unwrap();

    let set = setting.set(port(), &plan);

    assert!(matches!(set, Err(Wrong::Changed)), "{set:?}");
    assert_eq!(place.read(), "somebody else's\n");
}

#[test]
fn what_is_kept_is_never_written_over() {
    let place = Place::new();
    let proxy = place.proxy();
    assert_eq!(proxy.carry_out(enable()), Reply::Done);
    let kept = place.kept();
    assert!(kept.is_some());

    for _ in 0..2 {
        assert_eq!(proxy.carry_out(enable()), Reply::Refused(Refusal::Busy));
        assert_eq!(place.kept(), kept);
    }

    // As often as it is asked for, until it is forgotten.
    for _ in 0..2 {
        assert_eq!(proxy.carry_out(ProxyOrder::PutBack), Reply::Done);
        assert_eq!(place.read(), "the user's own\n");
    }
    assert_eq!(proxy.carry_out(enable()), Reply::Refused(Refusal::Busy));
    assert_eq!(proxy.carry_out(ProxyOrder::Forget), Reply::Done);
    assert_eq!(place.kept(), None);
}

#[test]
fn what_is_kept_and_cannot_be_read_stays_and_nothing_is_changed() {
    let place = Place::new();
    let proxy = place.proxy();
    assert_eq!(proxy.carry_out(enable()), Reply::Done);
    let (kept, now) = (place.root.join(FOLDER).join(KEPT), place.read());
    fs::write(&kept, [0xff; 3]).unwrap();

    assert_eq!(proxy.carry_out(ProxyOrder::PutBack), Reply::Unfinished);

    assert_eq!(place.kept().unwrap(), [0xff; 3]);
    assert_eq!(place.read(), now);
}

#[test]
fn our_own_value_is_never_taken_for_the_users() {
    let place = Place::new();
    let proxy = place.proxy();
    assert_eq!(proxy.carry_out(enable()), Reply::Done);
    // Whoever took away what was kept took away what the user had.
    assert_eq!(proxy.carry_out(ProxyOrder::Forget), Reply::Done);
    assert_eq!(proxy.carry_out(enable()), Reply::Done);

    assert_eq!(proxy.carry_out(ProxyOrder::PutBack), Reply::Done);

    assert!(!place.file().exists());
}

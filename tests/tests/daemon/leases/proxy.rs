//! The proxy setting for as long as the caller says that it is there; a file stands for the setting.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::PathBuf,
};

use vigil_proto::rpc::{
    Deed, JournalScope, Lease, LeaseId, LeaseSeconds, Leased, Max, Phase, Port, ProxyMode, Refusal,
    Request, Response, Restored, Support, Unsupported,
};

use super::super::support::{Caller, Daemon, Place};

/// No text, and no end of line: what comes back has to be this byte for byte.
pub(crate) const USERS: &[u8] = b"proxy.company.example:3128\r\n\0\xff of the user's own";

/// A daemon's place with a setting, and our own port.
pub(crate) struct Setting {
    pub(crate) place: Place,
    original: Option<Vec<u8>>,
}

impl Setting {
    /// Which was `original` before, or was not there.
    pub(crate) fn of(original: Option<&[u8]>) -> Self {
        let mut place = Place::new();
        let folder = place.root.join("machine");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        place.proxy = Some(folder.join("proxy"));
        let setting = Self { place, original: original.map(<[u8]>::to_vec) };
        if let Some(bytes) = original {
            setting.write(bytes);
        }
        setting
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.place.proxy.clone().unwrap()
    }

    /// As another program of the user's does.
    pub(crate) fn write(&self, bytes: &[u8]) {
        fs::write(self.file(), bytes).unwrap();
        fs::set_permissions(self.file(), fs::Permissions::from_mode(0o644)).unwrap();
    }

    pub(crate) fn now(&self) -> Option<Vec<u8>> {
        fs::read(self.file()).ok()
    }

    pub(crate) fn is_original(&self) -> bool {
        self.now() == self.original
    }

    /// Leads to this port of ours.
    pub(crate) fn leads_to(&self, port: u16) -> bool {
        self.now() == Some(format!("vigil proxy 127.0.0.1:{port}\n").into_bytes())
    }

    pub(crate) fn kept(&self) -> PathBuf {
        self.place.state().join("proxy/before")
    }

    /// Nothing of a lease is left, on the disk either.
    pub(crate) fn is_as_before(&self, when: &str) {
        assert_eq!(self.now(), self.original, "{when}");
        assert!(!self.kept().exists(), "{when}");
        let left: Vec<_> = fs::read_dir(self.file().parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), usize::from(self.original.is_some()), "{when}: {left:?}");
    }
}

/// A port of ours.
pub(crate) fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

pub(crate) fn enable(port: u16) -> Request {
    Request::ProxyEnable {
        mode: ProxyMode::Manual,
        port: Port::new(port).unwrap(),
        // The shortest there is.
        lease_s: LeaseSeconds::new(15).unwrap(),
    }
}

pub(crate) fn leased(response: &Response) -> LeaseId {
    let Response::Leased(Lease { lease, of, .. }) = response else { panic!("{response:?}") };
    assert_eq!(*of, Leased::Proxy(ProxyMode::Manual));
    *lease
}

/// How far each change of the setting in the journal has come.
pub(crate) fn phases(daemon: &Daemon) -> Vec<Phase> {
    let tail = Request::JournalTail { scope: JournalScope::Own, since: 0, max: Max::all() };
    let Response::Journal(page) = daemon.caller().ask(&tail) else { panic!() };
    let is_ours = |deed| matches!(deed, Deed::Proxy { .. });
    page.rows.iter().filter(|row| is_ours(row.deed)).map(|row| row.phase).collect()
}

fn status<S: std::io::Read + std::io::Write>(caller: &mut Caller<S>) -> (Support, Vec<Lease>) {
    let Response::Status(status) = caller.ask(&Request::Status) else { panic!() };
    (status.can.proxy, status.leases.iter().copied().collect())
}

#[test]
fn the_setting_leads_to_the_caller_for_as_long_as_the_lease() {
    for original in [None, Some(USERS), Some(&b""[..])] {
        let setting = Setting::of(original);
        let (daemon, (_listener, port)) = (setting.place.start(), listen());
        let mut caller = daemon.caller();
        assert_eq!(status(&mut caller), (Support::Yes, vec![]));

        let lease = leased(&caller.ask(&enable(port)));
        assert!(setting.leads_to(port), "{:?}", setting.now());
        let kept = fs::read(setting.kept()).unwrap();
        let modes = [setting.kept(), setting.kept().parent().unwrap().to_owned()]
            .map(|path| fs::metadata(path).unwrap().mode() & 0o777);
        assert_eq!(modes, [0o600, 0o700]);
        assert_eq!(leased(&caller.ask(&Request::LeaseRenew { lease })), lease);
        assert_eq!(status(&mut caller).1.len(), 1);
        assert!(setting.leads_to(port));
        assert_eq!(fs::read(setting.kept()).unwrap(), kept);

        let ended = caller.ask(&Request::LeaseEnd { lease });
        assert_eq!(ended, Response::LeaseEnded(Restored::Original));
        setting.is_as_before("the end");
        assert_eq!(status(&mut caller).1, []);
        let undone = Phase::Undone(vigil_proto::rpc::Cause::Asked);
        assert_eq!(phases(&daemon), [Phase::Intent, Phase::Done, undone]);
        assert_eq!(caller.ask(&Request::LeaseRenew { lease }), Refusal::LeaseUnknown.into());
    }
}

#[test]
fn whoever_may_not_changes_nothing() {
    let setting = Setting::of(Some(USERS));
    let (daemon, (listener, port)) = (setting.place.start(), listen());
    let mut caller = daemon.caller();
    drop(listener);
    assert_eq!(caller.ask(&enable(port)), Refusal::PortNotYours.into());
    let everywhere = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = everywhere.local_addr().unwrap().port();
    assert_eq!(caller.ask(&enable(port)), Refusal::PortNotYours.into());

    // Nobody serves a script.
    let (_listener, port) = listen();
    let Request::ProxyEnable { port, lease_s, .. } = enable(port) else { panic!() };
    let script = Request::ProxyEnable { mode: ProxyMode::Pac, port, lease_s };
    assert_eq!(caller.ask(&script), Refusal::Unsupported(Unsupported::NotBuilt).into());

    setting.place.enrol("");
    assert_eq!(caller.ask(&enable(port.raw())), Refusal::NotEnrolled.into());
    setting.is_as_before("refused");
    assert_eq!(phases(&daemon), []);
}

#[test]
fn who_enables_twice_gets_the_users_own_back() {
    let setting = Setting::of(Some(USERS));
    let (daemon, (_listener, port)) = (setting.place.start(), listen());
    let mut caller = daemon.caller();
    let lease = leased(&caller.ask(&enable(port)));
    let (_another, other) = listen();

    assert_eq!(caller.ask(&enable(port)), Refusal::Leased.into());
    assert_eq!(daemon.caller().ask(&enable(other)), Refusal::Leased.into());
    assert!(setting.leads_to(port));
    // Ours, but of another connection.
    let renewed = daemon.caller().ask(&Request::LeaseRenew { lease });
    assert_eq!(renewed, Refusal::NotYours.into());

    let ended = daemon.caller().ask(&Request::LeaseEnd { lease });
    assert_eq!(ended, Response::LeaseEnded(Restored::Original));
    setting.is_as_before("once");
    // And again, from the beginning.
    let lease = leased(&caller.ask(&enable(other)));
    assert!(setting.leads_to(other));
    caller.ask(&Request::LeaseEnd { lease });
    setting.is_as_before("twice");
}

#[test]
fn what_cannot_be_put_back_is_tried_again_before_anything_else_is_set() {
    let setting = Setting::of(Some(USERS));
    let daemon = setting.place.start();
    let ((_listener, port), mut caller) = (listen(), daemon.caller());
    let lease = leased(&caller.ask(&enable(port)));
    let folder = setting.file().parent().unwrap().to_owned();
    let allow = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o500);

    assert_eq!(caller.ask(&Request::LeaseEnd { lease }), Refusal::Internal.into());
    assert!(setting.leads_to(port) && setting.kept().exists());
    assert_eq!(caller.ask(&enable(port)), Refusal::Busy.into());
    assert!(setting.leads_to(port) && setting.kept().exists());

    allow(0o700);
    let lease = leased(&caller.ask(&enable(port)));
    let undone = Phase::Undone(vigil_proto::rpc::Cause::Asked);
    let all = [Phase::Intent, Phase::Done, undone, Phase::Intent, Phase::Done];
    assert_eq!(phases(&daemon), all);
    allow(0o500);
    assert_eq!(caller.ask(&Request::LeaseEnd { lease }), Refusal::Internal.into());
    allow(0o700);

    // The daemon tries once more while it stops.
    assert!(daemon.stop().success());
    setting.is_as_before("stopped");
}

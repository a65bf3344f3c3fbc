use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::{fd::AsFd, unix::fs::MetadataExt},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use vigil_proto::{Timestamp, event::ProcessRef};

use super::*;

fn member(client: &'static str, pid: u32) -> Member {
    let process = ProcessRef { pid, started: Timestamp::from_micros(0) };
    Member { client, root: process, process }
}

#[test]
fn when_only_one_is_left_it_is_that_one() {
    let members = [member("codex", 1), member("codex", 2), member("claude-code", 3)];

    let only = |closed: &[u32], complete| {
        only_one(&Among { closed: closed.to_vec(), complete, ..Among::default() }, &members)
    };
    assert_eq!(only(&[2], true), Some(Holder::Process(2)));
    assert_eq!(only(&[1, 2], true), Some(Holder::OneOf("codex")));
    assert_eq!(only(&[1, 3], true), None, "two clients");
    assert_eq!(only(&[1, 9], true), None, "or somebody else");
    assert_eq!(only(&[9], true), None);
    assert_eq!(only(&[], true), None);
    assert_eq!(only(&[2], false), None, "or one that was not looked at to its end");
}

#[test]
fn nothing_is_nobodys_where_not_all_was_looked_at() {
    let looked = |complete| Among { complete, ..Among::default() };
    assert!(saw_all(&looked(true)));
    assert!(!saw_all(&looked(false)));
    assert!(!saw_all(&Among { closed: vec![1], ..looked(true) }));

    let mut both = looked(true);
    add(&mut both, Among { pids: [(7, 1)].into(), closed: vec![2], complete: false });
    assert_eq!(both, Among { pids: [(7, 1)].into(), closed: vec![2], complete: false });
}

/// A process that holds one end of a connection.
struct Running {
    child: Child,
    inode: u64,
    /// The other end, for as long.
    _listener: TcpListener,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn holder() -> Running {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let stream = stream.as_fd().try_clone_to_owned().unwrap();
    let file = std::fs::File::from(stream.try_clone().unwrap());
    let inode = file.metadata().unwrap().ino();
    let child = Command::new("sleep").arg("600").stdin(Stdio::from(stream)).spawn().unwrap();
    Running { child, inode, _listener: listener }
}

#[test]
fn open_files_that_may_be_looked_at_say_who() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let daemon = |_: &[u64]| {
        ASKED.fetch_add(1, Ordering::Relaxed);
        None
    };
    let (agents, anybodys) = (holder(), holder());
    let mut owners = Owners::new(&daemon);

    let found =
        owners.members(&[agents.inode, anybodys.inode], &[member("codex", agents.child.id())]);

    assert_eq!(found.holders, [(agents.inode, Holder::Process(agents.child.id()))].into());
    assert!(found.unknown.is_empty() && found.later.is_empty());
    assert_eq!(ASKED.load(Ordering::Relaxed), 0, "nobody else needs to be asked");
}

#[test]
fn a_caller_is_found_among_the_likely_and_among_all() {
    let daemon = |_: &[u64]| None;
    let (one, other) = (holder(), holder());
    let mut owners = Owners::new(&daemon);
    let expected = [(one.inode, one.child.id()), (other.inode, other.child.id())].into();

    assert_eq!(owners.callers(&[one.inode, other.inode], &[one.child.id()]), expected);
    assert_eq!(owners.callers(&[one.inode, other.inode], &[]), expected);
}

#[test]
fn what_nobody_holds_any_more_is_nobodys() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let number = |socket: &TcpStream| {
        std::fs::File::from(socket.as_fd().try_clone_to_owned().unwrap()).metadata().unwrap().ino()
    };
    let (there, going) = (client(), client());
    let (held, gone) = (number(&there), number(&going));
    assert_eq!(held_still(&[held, gone]), [held, gone].into());

    // The kernel goes on with what was closed, for nobody.
    drop(going);

    assert_eq!(held_still(&[held, gone]), [held].into());
    // Not everywhere is that told for less.
    assert!(socket::gone(&[held, gone]).unwrap().is_subset(&[gone].into()));
    assert!(held_still(&[]).is_empty());
}

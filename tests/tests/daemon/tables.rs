//! Sockets, and processes as they come and go.

use std::{collections::BTreeSet, net::TcpListener, process::Command, thread, time::Duration};

use vigil_proto::rpc::{
    Change, Engine, ExitStatus, Max, Refusal, Request, Response, Scope, SocketRow, SocketState,
    WatchEvent,
};
use vigil_tests::vigil::eventually;

use super::support::{Daemon, Place, as_user, is_root, own_uid, uid};

fn sockets(mut ask: impl FnMut(&Request) -> Response, scope: Scope, max: u16) -> Vec<SocketRow> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let max = Max::try_from(max).unwrap();
        let answer = ask(&Request::SocketPage { scope, cursor, max });
        let Response::Sockets(page) = answer else { panic!("{answer:?}") };
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return rows;
        }
    }
}

#[test]
fn own_sockets_have_their_process() {
    let place = Place::with("");
    let daemon = place.start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().into();
    let mut caller = daemon.caller();

    let rows = sockets(|request| caller.ask(request), Scope::Own, 1024);

    assert!(rows.iter().all(|row| row.uid == uid(own_uid()) && row.inode != 0));
    let own = rows.iter().find(|row| row.local == address).expect("the listening socket");
    assert_eq!(own.state, SocketState::Listen);
    assert_eq!(own.pid.map(vigil_proto::rpc::Pid::raw), Some(std::process::id()));
}

#[test]
fn pages_of_sockets_miss_none_and_repeat_none() {
    let place = Place::with("");
    let daemon = place.start();
    let held: Vec<_> = (0..40).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let mut caller = daemon.caller();

    let rows = sockets(|request| caller.ask(request), Scope::Own, 7);

    let inodes: BTreeSet<u64> = rows.iter().map(|row| row.inode).collect();
    assert_eq!(inodes.len(), rows.len());
    for listener in &held {
        let address = listener.local_addr().unwrap().into();
        assert!(rows.iter().any(|row| row.local == address), "{address:?}");
    }
}

#[test]
fn who_holds_anothers_socket_is_not_told() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n");
    let daemon = place.start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().into();
    let mut other = daemon.caller_as(61_001);

    let rows = sockets(|request| other.caller.ask(request), Scope::Everyone, 1024);

    let roots = rows.iter().find(|row| row.local == address).expect("root's socket");
    assert_eq!(roots.pid, None);
    assert!(sockets(|request| other.caller.ask(request), Scope::Own, 1024).is_empty());
}

/// Whether this machine tells of processes; says why not.
fn watches(daemon: &Daemon) -> bool {
    let Response::Status(status) = daemon.caller().ask(&Request::Status) else { panic!() };
    match status.can.watch {
        Engine::Off(why) => {
            eprintln!("SKIPPED: the daemon cannot watch processes here: {why}");
            false
        }
        _ => true,
    }
}

#[test]
fn a_process_is_told_from_its_program_to_its_end() {
    let place = Place::with("");
    let daemon = place.start();
    if !watches(&daemon) {
        return;
    }
    let mut caller = daemon.caller();
    let first = caller.ask(&Request::Watch { scope: Scope::Own });
    let Response::Watch(first) = first else { panic!("{first:?}") };
    assert!(first.events.is_empty());

    let mut child = Command::new("sh").args(["-c", "sleep 0.2; exit 7"]).spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();

    let mut seen: Vec<WatchEvent> = Vec::new();
    eventually("its end is told", || {
        let Response::Watch(batch) = caller.hear()?.message else { panic!() };
        seen.extend(batch.events.into_iter().filter(|event| event.pid.raw() == pid));
        seen.iter().any(|event| matches!(event.change, Change::Exit { .. })).then_some(())
    });
    let exec = seen.iter().find(|event| event.change == Change::Exec).expect("its program");
    let argv = exec.details.as_ref().and_then(|details| details.argv.as_ref()).expect("arguments");
    assert_eq!(argv.as_bytes(), b"sh\0-c\0sleep 0.2; exit 7\0");
    let end = seen.last().unwrap();
    assert_eq!(end.change, Change::Exit { status: Some(ExitStatus::Code(7)) });
}

#[test]
fn another_users_programs_are_told_without_arguments() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n");
    let daemon = place.start();
    if !watches(&daemon) {
        return;
    }
    let (mut own, mut everyone) = (daemon.caller_as(61_001), daemon.caller_as(61_002));
    own.caller.ask(&Request::Watch { scope: Scope::Own });
    everyone.caller.ask(&Request::Watch { scope: Scope::Everyone });

    let mut mine = as_user(61_001, "sleep".as_ref()).arg("0.301").spawn().unwrap();
    let mut theirs = as_user(61_003, "sleep".as_ref()).arg("0.302").spawn().unwrap();
    let (mine_pid, theirs_pid) = (mine.id(), theirs.id());
    mine.wait().unwrap();
    theirs.wait().unwrap();

    let until = |caller: &mut super::support::Other, pid: u32| {
        let mut seen: Vec<WatchEvent> = Vec::new();
        eventually("its end is told", || {
            let Response::Watch(batch) = caller.caller.hear()?.message else { panic!() };
            seen.extend(batch.events);
            let is_end = |event: &WatchEvent| {
                event.pid.raw() == pid && matches!(event.change, Change::Exit { .. })
            };
            seen.iter().any(is_end).then_some(())
        });
        seen
    };
    let own = until(&mut own, mine_pid);
    assert!(own.iter().all(|event| event.uid == uid(61_001)), "{own:?}");
    let others = until(&mut everyone, theirs_pid);
    assert!(others.iter().filter(|event| event.uid != uid(61_002)).all(|event| {
        event.details.is_none()
            && matches!(event.change, Change::Fork | Change::Exec | Change::Exit { status: None })
    }));
}

#[test]
fn a_program_that_acts_as_another_user_is_told_without_arguments() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n");
    let daemon = place.start();
    if !watches(&daemon) {
        return;
    }
    let mut own = daemon.caller_as(61_001);
    own.caller.ask(&Request::Watch { scope: Scope::Own });

    // As one whose file has the bit for it.
    let program = Command::new("setpriv").args(["--ruid", "61001", "sleep", "0.304"]).spawn();
    let mut program = program.unwrap();
    let pid = program.id();
    let mut seen: Vec<WatchEvent> = Vec::new();
    eventually("its end is told", || {
        let Response::Watch(batch) = own.caller.hear()?.message else { panic!() };
        seen.extend(batch.events.into_iter().filter(|event| event.pid.raw() == pid));
        seen.iter().any(|event| matches!(event.change, Change::Exit { .. })).then_some(())
    });

    program.wait().unwrap();
    let exec = seen.iter().find(|event| event.change == Change::Exec).expect("its program");
    assert_eq!((exec.uid, exec.details.as_ref()), (uid(61_001), None));
}

#[test]
fn one_user_watches_once_and_again_when_it_is_gone() {
    let place = Place::with("");
    let daemon = place.start();
    if !watches(&daemon) {
        return;
    }
    let watch = Request::Watch { scope: Scope::Own };
    let mut first = daemon.caller();
    assert!(matches!(first.ask(&watch), Response::Watch(_)));

    assert_eq!(daemon.caller().ask(&watch), Refusal::TooMany.into());
    drop(first);

    eventually("its place is free", || {
        matches!(daemon.caller().ask(&watch), Response::Watch(_)).then_some(())
    });
}

#[test]
fn a_quiet_watch_is_heard_of_and_a_talking_one_ended() {
    let mut place = Place::with("");
    place.limits[3] = 200;
    place.limits[2] = 100;
    let daemon = place.start();
    if !watches(&daemon) {
        return;
    }
    let mut caller = daemon.caller();
    caller.ask(&Request::Watch { scope: Scope::Own });

    // More than its idle time.
    for _ in 0..5 {
        assert!(matches!(caller.hear().unwrap().message, Response::Watch(_)));
    }
    caller.say(&[0]);

    eventually("it is closed", || caller.hear().is_none().then_some(()));
    thread::sleep(Duration::ZERO);
}

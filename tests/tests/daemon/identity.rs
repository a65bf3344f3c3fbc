//! Who the daemon takes a caller for.

use std::{
    fs,
    net::{TcpListener, TcpStream},
};

use vigil_proto::rpc::{Decoder, Max, ProcessRow, Refusal, Request, Response, Scope, frame};

use super::support::{Daemon, Place, anchor, is_root, own_uid, uid};

/// Every row of the table, page by page.
fn processes(
    mut ask: impl FnMut(&Request) -> Response,
    scope: Scope,
    max: Max<512>,
) -> Vec<ProcessRow> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let answer = ask(&Request::ProcessPage { scope, cursor, max });
        let Response::Processes(page) = answer else { panic!("{answer:?}") };
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return rows;
        }
    }
}

fn row(rows: &[ProcessRow], pid: u32) -> Option<&ProcessRow> {
    rows.iter().find(|row| row.pid.raw() == pid)
}

#[test]
fn becoming_another_program_keeps_the_first_identity() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n");
    let daemon = place.start();
    let mut other = daemon.connect_as(61_001, "exec");
    let words =
        [frame::encode(1, &Request::hello()).unwrap(), frame::encode(2, &anchor(1)).unwrap()];

    other.caller.say(&words.concat());
    other.end_of_words();

    assert!(matches!(other.caller.hear().unwrap().message, Response::Welcome(_)));
    assert_eq!(other.caller.hear().unwrap().message, Refusal::NotEnrolled.into());
}

#[test]
fn a_connection_handed_on_stays_its_makers() {
    if !is_root() {
        return;
    }
    // A stranger's connection, used by a process of root.
    let place = Place::with("0 admin\n");
    let daemon = place.start();
    let mut strangers = daemon.caller_as(61_001);

    let answer = strangers.caller.ask(&anchor(1));

    assert_eq!(answer, Refusal::NotEnrolled.into());
    assert_eq!(daemon.caller().ask(&anchor(1)), Response::Anchored);
}

#[test]
fn own_processes_are_shown_in_full() {
    let place = Place::with("");
    let daemon = place.start();
    let mut caller = daemon.caller();

    let rows = processes(|request| caller.ask(request), Scope::Own, Max::all());

    assert!(rows.iter().all(|row| row.uid == uid(own_uid())));
    let this = row(&rows, std::process::id()).expect("this test's own process");
    let details = this.details.as_ref().expect("its details");
    let argv = fs::read("/proc/self/cmdline").unwrap();
    assert_eq!(details.argv.as_ref().unwrap().as_bytes(), argv);
    let exe = std::env::current_exe().unwrap();
    assert_eq!(details.exe.as_ref().unwrap().as_bytes(), exe.as_os_str().as_encoded_bytes());
}

#[test]
fn pages_of_any_size_make_the_same_table() {
    let place = Place::with("");
    let daemon = place.start();
    let mut caller = daemon.caller();
    let mut all = |max: u16| {
        let rows =
            processes(|request| caller.ask(request), Scope::Everyone, max.try_into().unwrap());
        rows.into_iter().map(|row| row.pid.raw()).collect::<Vec<_>>()
    };

    let (small, large) = (all(3), all(512));

    assert!(small.is_sorted() && large.is_sorted());
    // Others come and go; these stay.
    for pid in [1, std::process::id(), daemon.pid()] {
        assert!(small.contains(&pid) && large.contains(&pid), "{pid}");
    }
}

/// What another user's process must not tell.
fn is_reticent(rows: &[ProcessRow], own: u32) -> bool {
    rows.iter().all(|row| row.uid.raw() == own || row.details.is_none())
}

#[test]
fn others_are_shown_without_what_they_are_about() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n61001\n");
    let daemon = place.start();
    // Somebody else, with something in its arguments and in its environment.
    let bystander = daemon.caller_as(61_002);
    let mut caller = daemon.caller_as(61_001);
    let mut ask = |scope| processes(|request| caller.caller.ask(request), scope, Max::all());

    let (own, everyone) = (ask(Scope::Own), ask(Scope::Everyone));

    assert!(own.iter().all(|row| row.uid == uid(61_001)));
    assert!(own.iter().all(|row| row.details.is_some()));
    let others = row(&everyone, bystander.pid()).expect("the other user's process");
    assert_eq!((others.uid, &others.details), (uid(61_002), &None));
    assert!(is_reticent(&everyone, 61_001));
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn an_administrator_sees_everybody_in_full_when_it_asks_for_that() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    let daemon = place.start();
    let bystander = daemon.caller_as(61_002);
    let mut caller = daemon.caller();
    let mut ask = |scope| processes(|request| caller.ask(request), scope, Max::all());

    let (everyone, in_full) = (ask(Scope::Everyone), ask(Scope::EveryoneInFull));

    assert!(row(&everyone, bystander.pid()).unwrap().details.is_none());
    let details = row(&in_full, bystander.pid()).unwrap().details.clone().unwrap();
    assert!(contains(details.argv.unwrap().as_bytes(), b"relay"));
    assert!(details.cwd.is_some() && details.exe.is_some());
}

/// A connection on loopback: its server's and its client's end.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, client)
}

fn owner_of(server: &TcpStream) -> Request {
    Request::SocketOwner {
        local: server.local_addr().unwrap().into(),
        peer: server.peer_addr().unwrap().into(),
    }
}

#[test]
fn the_other_end_of_ones_own_connection_is_known() {
    let place = Place::with("");
    let daemon = place.start();
    let (server, client) = connection();

    let answer = daemon.caller().ask(&owner_of(&server));

    let Response::SocketOwner(Some(owner)) = answer else { panic!("{answer:?}") };
    assert_eq!(owner.uid, uid(own_uid()));
    let holders: Vec<u32> = owner.holders.iter().map(|row| row.pid.raw()).collect();
    assert!(holders.contains(&std::process::id()), "{holders:?}");
    drop(client);
}

#[test]
fn another_users_end_is_not_told_even_to_be_there() {
    if !is_root() {
        return;
    }
    let place = Place::with("0 admin\n61001\n");
    let daemon = place.start();
    let (server, _client) = connection();

    let theirs = daemon.caller_as(61_001).caller.ask(&owner_of(&server));

    assert_eq!(theirs, Response::SocketOwner(None));
    assert!(matches!(daemon.caller().ask(&owner_of(&server)), Response::SocketOwner(Some(_))));
}

#[test]
fn an_unenrolled_stranger_is_told_apart_from_root() {
    if !is_root() {
        return;
    }
    // An empty file enrols nobody, root neither.
    let place = Place::with("");
    let daemon: Daemon = place.start();

    assert_eq!(daemon.caller().ask(&anchor(1)), Refusal::NotEnrolled.into());
}

#[test]
fn answers_are_frames_and_nothing_else() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();
    let ask = Request::ProcessPage { scope: Scope::Everyone, cursor: None, max: Max::all() };

    caller.say(&frame::encode(7, &ask).unwrap());
    let frame = caller.hear().unwrap();

    let again = frame::encode(frame.id, &frame.message).unwrap();
    let mut decoder = Decoder::<Response>::new();
    assert_eq!(decoder.feed(&mut again.as_slice()).unwrap(), Some(frame));
}

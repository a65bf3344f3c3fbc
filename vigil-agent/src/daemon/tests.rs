//! One connection for all questions, also when it breaks, and a stream that is known to be dead.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime},
};

use vigil_platform::process;
use vigil_proto::rpc::{
    Abilities, BootId, BoundedVec, Engine, Micros, Refusal, Request, Response, Scope, Status,
    Support, Unsupported, WatchEvents, Welcome, frame,
};

use super::{Daemon, DaemonError, Pause, Standing, State};

const NO: Support = Support::No(Unsupported::NotBuilt);

fn status(journal: u64) -> Response {
    Response::Status(Status {
        started: Micros(1),
        enrolled: true,
        administrator: false,
        can: Abilities {
            ca: NO,
            proxy: NO,
            capture: NO,
            sockets: NO,
            watch: Engine::Off(Unsupported::NotBuilt),
        },
        leases: BoundedVec::default(),
        journal,
        anchor: None,
    })
}

/// Each list is what one connection is answered with, one answer a question; then it is closed.
/// Tells how many connections were made.
fn stand_in(socket: &Path, connections: Vec<Vec<Response>>) -> mpsc::Receiver<usize> {
    let listener = UnixListener::bind(socket).unwrap();
    let (made, number) = mpsc::channel();
    thread::spawn(move || {
        for (at, answers) in connections.into_iter().enumerate() {
            let (stream, _) = listener.accept().unwrap();
            made.send(at + 1).unwrap();
            serve(stream, answers);
        }
    });
    number
}

fn serve(mut stream: UnixStream, answers: Vec<Response>) {
    let welcome = Response::Welcome(Welcome { minor: 0, boot: BootId([1; 16]) });
    for answer in [welcome].into_iter().chain(answers) {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let length = u32::from_le_bytes(head[..4].try_into().unwrap()) as usize;
        let id = u32::from_le_bytes(head[5..].try_into().unwrap());
        stream.read_exact(&mut vec![0; length - 5]).unwrap();
        stream.write_all(&frame::encode(id, &answer).unwrap()).unwrap();
    }
}

fn daemon(connections: Vec<Vec<Response>>) -> (tempfile::TempDir, Daemon, mpsc::Receiver<usize>) {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket");
    let made = stand_in(&socket, connections);
    let daemon = Daemon::new(socket, process::uid());
    (dir, daemon, made)
}

#[test]
fn clones_ask_by_one_connection_and_share_what_is_known() {
    let (_dir, daemon, made) = daemon(vec![vec![status(1), status(2), status(3)]]);
    let clone = daemon.clone();
    assert_eq!(daemon.state().standing, Standing::NotAsked);

    daemon.status().unwrap();
    clone.status().unwrap();
    daemon.status().unwrap();

    assert_eq!(clone.state().status().unwrap().journal, 3);
    assert_eq!(made.iter().count(), 1);
}

#[test]
fn a_connection_that_broke_is_made_anew() {
    let (_dir, daemon, made) = daemon(vec![vec![status(1)], vec![status(2)]]);

    daemon.status().unwrap();
    let again = daemon.status().unwrap();

    assert_eq!(again.journal, 2);
    assert_eq!(made.iter().count(), 2);
}

#[test]
fn a_refusal_of_a_question_says_nothing_of_the_daemon() {
    let refused = Response::Refused(Refusal::NotAdministrator);
    let (_dir, daemon, made) = daemon(vec![vec![status(1), refused, status(2)]]);

    daemon.status().unwrap();
    let answer = daemon.ask(&Request::Status);

    assert!(matches!(answer, Err(DaemonError::Refused(Refusal::NotAdministrator))), "{answer:?}");
    assert!(daemon.state().status().is_some());
    daemon.status().unwrap();
    assert_eq!(made.iter().count(), 1);
}

#[test]
fn a_daemon_that_goes_is_absent_and_not_asked_what_it_must_not_do_twice() {
    let (dir, daemon, made) = daemon(vec![vec![status(1)]]);
    daemon.status().unwrap();
    assert_eq!(made.iter().count(), 1);
    std::fs::remove_file(dir.path().join("socket")).unwrap();

    let error = daemon.status().unwrap_err();

    assert!(matches!(error, DaemonError::Absent(_)), "{error:?}");
    assert_eq!(daemon.state().standing, Standing::Absent);
}

#[test]
fn a_stream_tells_what_came_until_it_ends() {
    let events = |lost| Response::Watch(WatchEvents { lost, events: BoundedVec::default() });
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let serving = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        serve(stream.try_clone().unwrap(), vec![events(0)]);
        stream.write_all(&frame::encode(2, &events(7)).unwrap()).unwrap();
    });
    let connection = Daemon::new(socket, process::uid()).connect().unwrap();

    let mut watching = connection.watch(Scope::Own).unwrap();

    assert_eq!(watching.next(Duration::from_secs(20)).unwrap().unwrap().lost, 7);
    serving.join().unwrap();
    assert!(watching.next(Duration::from_secs(20)).is_err(), "it is over");
}

#[test]
fn since_when_is_kept_as_long_as_nothing_changes() {
    let mut state = State::new();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);

    state.know(Standing::NotRoot { uid: 7 }, at(1));
    state.know(Standing::NotRoot { uid: 8 }, at(2));
    assert_eq!((state.standing.clone(), state.since), (Standing::NotRoot { uid: 8 }, at(1)));

    state.know(Standing::Absent, at(3));
    assert_eq!(state.since, at(3));
}

#[test]
fn pauses_grow_up_to_the_longest_and_begin_anew() {
    let mut pause = Pause::up_to(Duration::from_secs(3));
    let mut seconds = || pause.after_failure().as_secs();
    assert_eq!([seconds(), seconds(), seconds(), seconds()], [1, 2, 3, 3]);

    pause.reset();
    assert_eq!(pause.after_failure().as_secs(), 1);
}

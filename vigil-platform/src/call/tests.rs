//! Whoever listens in the daemon's place: absent, somebody else, silent, slow, or without sense.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use vigil_proto::rpc::{
    BootId, BoundedVec, FrameError, Refusal, Request, Response, WatchEvents, Welcome, frame,
};

use super::{Call, CallError};
use crate::process;

/// A listener in a folder of its own, which does as `serve` says with its only caller.
struct StandIn {
    _dir: tempfile::TempDir,
    socket: PathBuf,
    serving: JoinHandle<()>,
}

fn stand_in(serve: impl FnOnce(UnixStream) + Send + 'static) -> StandIn {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let serving = thread::spawn(move || serve(listener.accept().unwrap().0));
    StandIn { _dir: dir, socket, serving }
}

fn answer(id: u32, response: impl Into<Response>) -> Vec<u8> {
    frame::encode(id, &response.into()).unwrap()
}

fn welcome() -> Response {
    Response::Welcome(Welcome { minor: 0, boot: BootId([1; 16]) })
}

/// Hears one question out.
fn hear(stream: &mut UnixStream) {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut body = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut body).unwrap();
}

fn greet(stream: &mut UnixStream) {
    hear(stream);
    stream.write_all(&answer(1, welcome())).unwrap();
}

#[test]
fn nobody_is_absent_and_not_a_failure_of_the_kernel() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join("left");
    drop(UnixListener::bind(&left).unwrap());

    for socket in [left, dir.path().join("none"), dir.path().join("no/folder")] {
        let error = Call::to(&socket, process::uid()).unwrap_err();
        assert!(matches!(error, CallError::Absent(_)), "{error:?}");
    }
}

#[test]
fn somebody_else_is_not_told_a_byte() {
    let (heard, says) = mpsc::channel();
    let server = stand_in(move |mut stream| {
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        heard.send(said).unwrap();
    });
    let us = process::uid();

    let error = Call::to(&server.socket, us + 1).unwrap_err();

    assert!(matches!(error, CallError::NotRoot { uid, .. } if uid == us), "{error:?}");
    assert_eq!(says.recv().unwrap(), Vec::<u8>::new());
    server.serving.join().unwrap();
}

#[test]
fn a_question_is_answered_and_a_refusal_leaves_the_connection() {
    let server = stand_in(|mut stream| {
        greet(&mut stream);
        hear(&mut stream);
        stream.write_all(&answer(2, Refusal::NotEnrolled)).unwrap();
        hear(&mut stream);
        stream.write_all(&answer(3, Response::Anchored)).unwrap();
    });
    let mut call = Call::to(&server.socket, process::uid()).unwrap();

    let refused = call.ask(&Request::Status);
    let answered = call.ask(&Request::Status);

    assert!(matches!(refused, Err(CallError::Refused(Refusal::NotEnrolled))), "{refused:?}");
    assert_eq!(answered.unwrap(), Response::Anchored);
    assert_eq!(call.welcome().unwrap().boot, BootId([1; 16]));
    server.serving.join().unwrap();
}

#[test]
fn who_is_turned_away_at_the_door_learns_why() {
    let server = stand_in(|mut stream| {
        stream.write_all(&answer(0, Refusal::TooMany)).unwrap();
        // The greeting comes too late, or to nobody.
    });

    let error = Call::to(&server.socket, process::uid()).unwrap_err();

    // Closed with the greeting unread, the kernel may throw away what was said.
    let is_it = matches!(error, CallError::Refused(Refusal::TooMany) | CallError::Io { .. });
    assert!(is_it, "{error:?}");
    server.serving.join().unwrap();
}

#[test]
fn another_version_is_named() {
    let server = stand_in(|mut stream| {
        hear(&mut stream);
        let mut bytes = answer(1, Refusal::Version);
        bytes[4] = frame::MAJOR + 1;
        stream.write_all(&bytes).unwrap();
    });

    let error = Call::to(&server.socket, process::uid()).unwrap_err();

    assert!(matches!(error, CallError::Version(theirs) if theirs == frame::MAJOR + 1), "{error:?}");
    server.serving.join().unwrap();
}

#[test]
fn garbage_is_no_answer() {
    for garbage in [vec![0xff; 64], b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![0; 64]] {
        let server = stand_in(move |mut stream| {
            hear(&mut stream);
            stream.write_all(&garbage).unwrap();
        });
        let error = Call::to(&server.socket, process::uid()).unwrap_err();
        let is_it =
            matches!(error, CallError::Malformed(FrameError::TooLong(_) | FrameError::TooShort(_)));
        assert!(is_it, "{error:?}");
        server.serving.join().unwrap();
    }
}

#[test]
fn an_answer_to_another_question_is_none() {
    for (id, response) in [(9, welcome()), (1, Response::Anchored)] {
        let server = stand_in(move |mut stream| {
            hear(&mut stream);
            stream.write_all(&answer(id, response)).unwrap();
        });
        let error = Call::to(&server.socket, process::uid()).unwrap_err();
        assert!(matches!(error, CallError::Unexpected), "{error:?}");
        server.serving.join().unwrap();
    }
}

#[test]
fn a_trickle_does_not_hold_anybody_up() {
    let server = stand_in(|mut stream| {
        hear(&mut stream);
        // A frame that would take hours: each byte comes in time for the one before.
        let mut bytes = answer(1, welcome());
        bytes[..4].copy_from_slice(&200_000_u32.to_le_bytes());
        bytes.resize(200_004, 0);
        for byte in bytes {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    });

    let error = Call::to(&server.socket, process::uid()).unwrap_err();

    assert!(matches!(error, CallError::Silent), "{error:?}");
    server.serving.join().unwrap();
}

#[test]
fn silence_is_not_waited_out() {
    let server = stand_in(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });

    let error = Call::to(&server.socket, process::uid()).unwrap_err();

    assert!(matches!(error, CallError::Silent), "{error:?}");
    server.serving.join().unwrap();
}

#[test]
fn a_full_queue_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    // Nobody accepts; at some length the queue is full.
    let mut waiting = Vec::new();
    let error = loop {
        assert!(waiting.len() < 10_000, "the queue has no end");
        match super::connect(&socket) {
            Ok(stream) => waiting.push(stream),
            Err(error) => break error,
        }
    };

    let is_it = matches!(error, CallError::Silent | CallError::Absent(_));
    assert!(is_it, "{error:?}");
}

#[test]
fn frames_that_come_in_pieces_or_together_are_told_one_by_one() {
    let empty = || Response::Watch(WatchEvents { lost: 3, events: BoundedVec::default() });
    let server = stand_in(move |mut stream| {
        greet(&mut stream);
        let mut bytes = answer(1, empty());
        bytes.extend(answer(1, empty()));
        let (first, second) = bytes.split_at(bytes.len() / 2 + 3);
        stream.write_all(first).unwrap();
        stream.write_all(second).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    });
    let mut call = Call::to(&server.socket, process::uid()).unwrap();

    let wait = Duration::from_secs(20);
    let heard = [call.hear(wait).unwrap(), call.hear(wait).unwrap()];

    assert!(heard.iter().all(|frame| frame.as_ref().unwrap().message == empty()), "{heard:?}");
    assert_eq!(call.hear(Duration::from_millis(1)).unwrap(), None);
    drop(call);
    server.serving.join().unwrap();
}

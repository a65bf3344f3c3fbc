use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
};

use super::*;

/// Two ends of a connection, neither of which blocks.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let other = listener.accept().unwrap().0;
    one.set_nonblocking(true).unwrap();
    other.set_nonblocking(true).unwrap();
    (one, other)
}

/// Tries until it does not have to wait.
fn wait<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match work() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
            done => return done,
        }
    }
}

#[test]
fn bytes_go_through_as_they_are_and_an_end_is_an_end() {
    let Some(mut pipe) = Pipe::new() else {
        println!("skipped: this system has no splice");
        return;
    };
    let ((mut near, from), (to, mut far)) = (pair(), pair());
    let nothing = pipe.fill(&from).unwrap_err();
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);

    near.write_all(b"hello").unwrap();
    near.shutdown(Shutdown::Write).unwrap();

    assert_eq!(wait(|| pipe.fill(&from)).unwrap(), 5);
    assert!(!pipe.is_empty());
    assert_eq!(wait(|| pipe.drain(&to)).unwrap(), 5);
    assert!(pipe.is_empty());
    let mut heard = [0; 5];
    far.set_nonblocking(false).unwrap();
    far.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hello");
    assert_eq!(wait(|| pipe.fill(&from)).unwrap(), 0, "its end");
}

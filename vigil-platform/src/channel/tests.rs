use std::{
    io::{Read, Write},
    net::Shutdown,
    os::{fd::AsFd, unix::net::UnixStream},
};

use super::{pair, receive_with, send_with};

#[test]
fn a_descriptor_arrives_with_its_bytes() {
    let (ours, theirs) = pair().unwrap();
    let (sent, mut far) = UnixStream::pair().unwrap();
    let mut buffer = [0; 16];

    send_with(&ours, b"take it", sent.as_fd()).unwrap();
    let (length, got) = receive_with(&theirs, &mut buffer).unwrap();

    assert_eq!(&buffer[..length], b"take it");
    UnixStream::from(got.unwrap()).write_all(b"through").unwrap();
    let mut through = [0; 7];
    far.read_exact(&mut through).unwrap();
    assert_eq!(&through, b"through");
}

#[test]
fn the_end_is_no_bytes_and_no_descriptor() {
    let (ours, theirs) = pair().unwrap();
    ours.shutdown(Shutdown::Both).unwrap();

    let (length, descriptor) = receive_with(&theirs, &mut [0; 16]).unwrap();

    assert_eq!(length, 0);
    assert!(descriptor.is_none());
}

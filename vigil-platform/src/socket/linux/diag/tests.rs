use super::*;

/// `inet_diag_msg` of one IPv4 socket.
fn body(state: u8, ports: (u16, u16), uid: u32, inode: u32) -> Vec<u8> {
    let mut body = vec![0; 72];
    body[0] = AF_INET;
    body[1] = state;
    body[4..6].copy_from_slice(&ports.0.to_be_bytes());
    body[6..8].copy_from_slice(&ports.1.to_be_bytes());
    body[8..12].copy_from_slice(&[127, 0, 0, 1]);
    body[24..28].copy_from_slice(&[192, 0, 2, 1]);
    body[64..68].copy_from_slice(&uid.to_ne_bytes());
    body[68..72].copy_from_slice(&inode.to_ne_bytes());
    body
}

fn message(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut message = vec![0; HEADER];
    message[0..4].copy_from_slice(&u32::try_from(HEADER + body.len()).unwrap().to_ne_bytes());
    message[4..6].copy_from_slice(&kind.to_ne_bytes());
    message.extend(body);
    message
}

fn read(datagram: &[u8]) -> Vec<io::Result<Option<Row>>> {
    let row = |message: io::Result<Message<'_>>| match message? {
        Message::Socket(body) => socket_in(body, Protocol::Tcp).map(Some),
        Message::Done => Ok(None),
    };
    Messages(datagram).map(row).collect()
}

#[test]
fn a_datagram_of_several_messages_is_read_to_its_end() {
    // The second one has extensions of an odd length, and so a filling.
    let mut odd = body(10, (80, 0), 0, 8);
    odd.extend([1, 2, 3]);
    let mut datagram = message(SOCK_DIAG_BY_FAMILY, &body(1, (50_000, 443), 1000, 7));
    datagram.extend(message(SOCK_DIAG_BY_FAMILY, &odd));
    datagram.push(0);
    datagram.extend(message(NLMSG_DONE, &[0; 4]));

    let rows: Vec<_> = read(&datagram).into_iter().map(Result::unwrap).collect();

    let [Some(connected), Some(listening), None] = rows[..] else { panic!("{rows:?}") };
    assert_eq!(connected.local.to_string(), "127.0.0.1:50000");
    assert_eq!(connected.remote.unwrap().to_string(), "192.0.2.1:443");
    assert_eq!((connected.uid, connected.inode), (1000, 7));
    assert_eq!((listening.state, listening.remote), (State::Listen, None));
}

#[test]
fn a_datagram_cut_short_anywhere_is_an_error_never_a_socket() {
    let whole = message(SOCK_DIAG_BY_FAMILY, &body(1, (1, 2), 1000, 7));

    for length in 1..whole.len() {
        let read = read(&whole[..length]);
        assert!(matches!(read[..], [Err(_)]), "{length} bytes");
    }
}

#[test]
fn lengths_that_lie_end_the_reading() {
    let good = message(SOCK_DIAG_BY_FAMILY, &body(1, (1, 2), 1000, 7));
    for length in [0_u32, 1, 15, 16, 87, 89, u32::MAX - 2, u32::MAX] {
        let mut bytes = good.clone();
        bytes[0..4].copy_from_slice(&length.to_ne_bytes());

        let read = read(&bytes);

        assert!(read[0].is_err(), "{length}");
        assert!(read.len() <= 2, "{length}");
    }
}

#[test]
fn the_kernels_refusal_is_an_error_and_an_end_is_none() {
    let code = |kind: u16, code: i32| {
        Messages(&message(kind, &code.to_ne_bytes())).next().unwrap().map(|_| ())
    };

    assert!(code(NLMSG_DONE, 0).is_ok());
    for kind in [NLMSG_ERROR, NLMSG_DONE] {
        let refused = code(kind, -Errno::PERM.raw_os_error()).unwrap_err();
        assert_eq!(Errno::from_io_error(&refused), Some(Errno::PERM));
        assert!(code(kind, 1).is_err());
        assert!(code(kind, i32::MIN).is_err());
    }
    assert!(matches!(Messages(&message(NLMSG_DONE, &[])).next(), Some(Ok(Message::Done))));
    assert!(Messages(&message(NLMSG_ERROR, &[])).next().unwrap().is_err());
    assert!(Messages(&message(1, &[])).next().unwrap().is_err(), "an unknown kind");
}

#[test]
fn a_mapped_address_is_a_plain_one() {
    let mut mapped = body(1, (1, 2), 1000, 7);
    mapped[0] = AF_INET6;
    mapped[8..24].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1]);

    let row = socket_in(&mapped, Protocol::Tcp).unwrap();

    assert_eq!(row.local.to_string(), "127.0.0.1:1");
    mapped[0] = 1;
    assert!(socket_in(&mapped, Protocol::Tcp).is_err(), "a family that was not asked for");
}

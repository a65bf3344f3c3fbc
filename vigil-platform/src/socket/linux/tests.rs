use super::*;

const ESTABLISHED: u8 = 1;

/// The kernel's answer about one socket.
fn answer(state: u8, ports: (u16, u16), uid: u32, inode: u32) -> Vec<u8> {
    let mut bytes = vec![0; 88];
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[17] = state;
    bytes[20..22].copy_from_slice(&ports.0.to_be_bytes());
    bytes[22..24].copy_from_slice(&ports.1.to_be_bytes());
    bytes[80..84].copy_from_slice(&uid.to_ne_bytes());
    bytes[84..88].copy_from_slice(&inode.to_ne_bytes());
    bytes
}

#[test]
fn only_the_very_connection_with_a_living_owner_counts() {
    let ports = (50_000, 9_080);
    let owner = |bytes: &[u8]| parse(bytes, ports.0, ports.1).unwrap().map(|owner| owner.uid);

    assert_eq!(owner(&answer(ESTABLISHED, ports, 1000, 7)), Some(1000));
    assert_eq!(owner(&answer(ESTABLISHED, ports, 0, 0)), None, "closed by its process");
    assert_eq!(owner(&answer(TCP_LISTEN, ports, 1000, 7)), None, "somebody who listens there");
    assert_eq!(owner(&answer(ESTABLISHED, (50_000, 0), 1000, 7)), None, "another connection");
}

#[test]
fn an_answer_cut_short_anywhere_is_an_error_never_an_owner() {
    let whole = answer(ESTABLISHED, (1, 2), 1000, 7);

    for length in 0..whole.len() {
        assert!(parse(&whole[..length], 1, 2).is_err(), "{length} bytes");
    }
}

#[test]
fn the_kernels_refusal_is_told_from_nothing_found() {
    let refused = |errno: i32| {
        let mut bytes = vec![0; 20];
        bytes[4..6].copy_from_slice(&NLMSG_ERROR.to_ne_bytes());
        bytes[16..20].copy_from_slice(&(-errno).to_ne_bytes());
        parse(&bytes, 1, 2)
    };

    assert!(refused(Errno::NOENT.raw_os_error()).unwrap().is_none());
    assert!(refused(Errno::PERM.raw_os_error()).is_err());
}

#[test]
fn a_listener_is_read_from_its_line_of_the_table() {
    let line = "   0: 0100007F:2378 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0";

    let found = listener_in(line, 0x2378).unwrap();

    assert_eq!((found.uid, found.inode), (1000, 4242));
    assert!(listener_in(line, 80).is_none());
    assert!(listener_in(&line.replace(" 0A ", " 01 "), 0x2378).is_none());
    assert!(listener_in("sl  local_address", 80).is_none());
}

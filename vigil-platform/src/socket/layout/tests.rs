use super::*;

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn info(kind: u32, protocol: u32, family: u32, state: u32) -> [u8; SOCKET_BYTES] {
    let mut info = [0; SOCKET_BYTES];
    for (at, value) in [(KIND, kind), (PROTOCOL, protocol), (FAMILY, family), (TCP_STATE, state)] {
        put(&mut info, at, &value.to_ne_bytes());
    }
    put(&mut info, ADDRESS, &77_u64.to_ne_bytes());
    put(&mut info, LOCAL_PORT, &50_000_u16.to_be_bytes());
    info
}

#[test]
fn a_connection_is_read_from_its_place() {
    let mut info = info(SOCKINFO_TCP, IPPROTO_TCP, AF_INET, 4);
    put(&mut info, LOCAL + 12, &[127, 0, 0, 1]);
    put(&mut info, REMOTE + 12, &[192, 0, 2, 1]);
    put(&mut info, REMOTE_PORT, &443_u16.to_be_bytes());

    let found = socket(&info).unwrap();

    assert_eq!(found.local.to_string(), "127.0.0.1:50000");
    assert_eq!(found.remote.unwrap().to_string(), "192.0.2.1:443");
    assert_eq!((found.state, found.address), (State::Established, 77));
    assert_eq!(found.protocol, Protocol::Tcp);
}

#[test]
fn a_listener_and_a_datagram_socket_have_no_other_end() {
    let mut listener = info(SOCKINFO_TCP, IPPROTO_TCP, AF_INET6, 1);
    put(&mut listener, LOCAL + 15, &[1]);

    let listener = socket(&listener).unwrap();
    let datagram = socket(&info(SOCKINFO_IN, IPPROTO_UDP, AF_INET6, 4)).unwrap();

    assert_eq!((listener.local.to_string().as_str(), listener.remote), ("[::1]:50000", None));
    assert_eq!(listener.state, State::Listen);
    assert_eq!((datagram.protocol, datagram.state), (Protocol::Udp, State::Closed));
}

#[test]
fn other_sockets_are_passed_over() {
    assert_eq!(socket(&info(3, 0, 1, 0)), None, "a Unix socket");
    assert_eq!(socket(&info(SOCKINFO_IN, 1, AF_INET, 0)), None, "a raw one");
    assert_eq!(socket(&info(SOCKINFO_TCP, IPPROTO_TCP, 99, 0)), None, "another family");
}

#[test]
fn every_state_has_its_name() {
    let all: Vec<State> = (0..12).map(named).collect();

    assert_eq!(all[0], State::Closed);
    assert_eq!(all[1], State::Listen);
    assert_eq!(all[9], State::FinWait2);
    assert_eq!(all[10], State::TimeWait);
    assert_eq!(all[11], State::Closed, "an unknown one");
}

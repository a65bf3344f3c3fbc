//! The table, looked at through sockets that these tests open themselves.

use std::{
    fs::File,
    io::Read,
    net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream, UdpSocket},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::MetadataExt,
    },
    process::{Command, Stdio},
};

use super::{super::*, V4, V6};

fn inode(socket: impl AsFd) -> u64 {
    let socket = socket.as_fd().try_clone_to_owned().unwrap();
    File::from(socket).metadata().unwrap().ino()
}

fn all(protocol: Protocol) -> Vec<Row> {
    let mut rows = Vec::new();
    table(protocol, |row| {
        rows.push(*row);
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}

#[test]
fn two_hundred_sockets_are_told_as_they_are() {
    if !KNOWS_OWNERS {
        return println!("skipped: this platform has no table yet");
    }
    let uid = crate::process::uid();
    let mut expected = Vec::new();
    let mut open: Vec<OwnedFd> = Vec::new();
    let mut expect = |socket: OwnedFd, local, remote, state| {
        let (protocol, inode) = (Protocol::Tcp, inode(&socket));
        expected.push(Row { protocol, local, remote, state, uid, inode });
        open.push(socket);
    };
    let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
    for (listen, dial) in [(V4, V4), (V6, V6), (V4, mapped)] {
        let listener = TcpListener::bind((listen, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        for _ in 0..34 {
            let client = TcpStream::connect((dial, at.port())).unwrap();
            let (server, from) = listener.accept().unwrap();
            expect(client.into(), from, Some(at), State::Established);
            expect(server.into(), at, Some(from), State::Established);
        }
        expect(listener.into(), at, None, State::Listen);
    }
    let rows = all(Protocol::Tcp);

    assert!(expected.len() > 200);
    let of = |wanted: &Row| -> Vec<Row> {
        rows.iter().filter(|row| row.inode == wanted.inode).copied().collect()
    };
    for wanted in &expected {
        assert_eq!(of(wanted), [*wanted]);
    }
}

#[test]
fn a_connection_that_has_half_ended_is_still_owned() {
    if !KNOWS_OWNERS {
        return println!("skipped: this platform has no table yet");
    }
    let (server, client) = super::connect(V4, V4);
    server.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!((&client).read(&mut [0]).unwrap(), 0);

    let state = |socket: &TcpStream| {
        let rows = all(Protocol::Tcp);
        rows.iter().find(|row| row.inode == inode(socket)).unwrap().state
    };

    assert_eq!(state(&client), State::CloseWait);
    // The client's word that it knows may take its time.
    while state(&server) == State::FinWait1 {
        std::thread::yield_now();
    }
    assert_eq!(state(&server), State::FinWait2);
}

#[test]
fn a_connection_that_has_ended_belongs_to_nobody() {
    if !KNOWS_OWNERS {
        return println!("skipped: this platform has no table yet");
    }
    for ip in [V4, V6] {
        let (server, client) = super::connect(ip, ip);
        let (local, peer) = (server.local_addr().unwrap(), server.peer_addr().unwrap());
        drop(client);
        assert_eq!((&server).read(&mut [0]).unwrap(), 0);
        drop(server);

        let found = loop {
            let rows = all(Protocol::Tcp);
            let mut ends = rows.iter().filter(|row| row.local == peer && row.remote == Some(local));
            let end = *ends.next().unwrap();
            if end.state == State::TimeWait {
                break end;
            }
        };

        assert_eq!(found.inode, 0);
    }
}

#[test]
fn datagram_sockets_are_told_too() {
    if !KNOWS_OWNERS {
        return println!("skipped: this platform has no table yet");
    }
    let waiting = UdpSocket::bind((V6, 0)).unwrap();
    let connected = UdpSocket::bind((V4, 0)).unwrap();
    connected.connect((Ipv4Addr::LOCALHOST, 9)).unwrap();

    let rows = all(Protocol::Udp);

    let of = |socket: &UdpSocket| rows.iter().find(|row| row.inode == inode(socket)).copied();
    let (waiting, row) = (waiting.local_addr().unwrap(), of(&waiting).unwrap());
    assert_eq!((row.local, row.remote, row.state), (waiting, None, State::Closed));
    let row = of(&connected).unwrap();
    assert_eq!(row.local, connected.local_addr().unwrap());
    assert_eq!(row.remote, Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9))));
    assert_eq!((row.state, row.uid), (State::Established, crate::process::uid()));
}

#[test]
fn a_visit_ends_when_it_is_told_to() {
    if !KNOWS_OWNERS {
        return println!("skipped: this platform has no table yet");
    }
    let _two = [V4, V6].map(|ip| TcpListener::bind((ip, 0)).unwrap());
    let mut times = 0;

    table(Protocol::Tcp, |_| {
        times += 1;
        ControlFlow::Break(())
    })
    .unwrap();

    assert_eq!(times, 1);
}

#[test]
fn listeners_are_told_with_their_sockets() {
    if !KNOWS_OWNERS {
        return assert!(listeners(80).is_err(), "not known is not nobody");
    }
    let first = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let at = first.local_addr().unwrap();
    let client = TcpStream::connect(at).unwrap();
    let uid = crate::process::uid();

    let found = listeners(at.port()).unwrap();

    assert_eq!(found, [Listener { local: at, uid, inode: inode(&first) }]);
    let from = client.local_addr().unwrap();
    assert_eq!(listeners(from.port()).unwrap(), [], "a connection does not listen");
    assert_eq!(listeners(0).unwrap(), []);
    let (server, _) = first.accept().unwrap();
    let owner = owner(server.local_addr().unwrap(), from).unwrap();
    assert_eq!(owner, Some(Owner { uid, inode: inode(&client) }));
}

#[test]
fn every_process_that_holds_a_socket_is_named() {
    if !KNOWS_OWNERS {
        return assert!(pids_of(&[1], None).is_err(), "not known is not nobody");
    }
    let (server, client) = super::connect(V4, V4);
    let (shared, ours) = (inode(&server), inode(&client));
    let mut child = Command::new("sleep")
        .arg("600")
        .stdin(Stdio::from(OwnedFd::from(server.try_clone().unwrap())))
        .spawn()
        .unwrap();

    let wanted = [shared, ours, 0, u64::MAX];
    let holders = pids_of(&wanted, Some(crate::process::uid())).unwrap();

    let mut both = vec![std::process::id(), child.id()];
    both.sort_unstable();
    assert_eq!(holders.pids.get(&shared), Some(&both));
    assert_eq!(holders.pids.get(&ours), Some(&vec![std::process::id()]));
    assert_eq!(holders.pids.len(), 2, "{holders:?}");
    assert_eq!(pids_of(&[], None).unwrap(), Holders { complete: true, ..Holders::default() });
    let somebody_else = pids_of(&[shared], Some(u32::MAX - 7)).unwrap();
    assert!(somebody_else.pids.is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
}

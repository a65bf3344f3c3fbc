//! Connections over time, through sockets that these tests open themselves.

use std::{
    io::{Read, Write},
    net::{Shutdown, UdpSocket},
    os::{fd::AsFd, unix::fs::MetadataExt},
    process::{Command, Stdio},
};

use super::{super::*, V4, V6};

fn inode(socket: impl AsFd) -> u64 {
    let socket = socket.as_fd().try_clone_to_owned().unwrap();
    std::fs::File::from(socket).metadata().unwrap().ino()
}

fn all(protocol: Protocol, carried: bool) -> Vec<Flow> {
    let mut all = Vec::new();
    flows(protocol, carried, |flow| {
        all.push(*flow);
        ControlFlow::Continue(())
    })
    .unwrap();
    all
}

/// An address of this machine's that is not loopback, if it has one.
fn own_address() -> Option<IpAddr> {
    let asked = UdpSocket::bind(("0.0.0.0", 0)).unwrap();
    // Nothing is sent: the kernel only picks a way.
    asked.connect(("192.0.2.1", 9)).ok()?;
    Some(asked.local_addr().unwrap().ip()).filter(|ip| !ip.is_loopback())
}

#[test]
fn what_stays_on_this_machine_is_left_out() {
    let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
    let held = [(V4, V4), (V6, V6), (V4, mapped)].map(|(listen, dial)| {
        let (server, client) = super::connect(listen, dial);
        [inode(&server), inode(&client)].map(|inode| (inode, client.try_clone().unwrap()))
    });

    let found = all(Protocol::Tcp, true);

    for (inode, _) in held.iter().flatten() {
        assert!(found.iter().all(|flow| flow.row.inode != *inode));
    }
    assert!(found.iter().all(|flow| !flow.row.remote.unwrap().ip().is_loopback()));
}

#[test]
fn a_connection_that_leaves_is_told_with_what_it_carried() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let (mut server, mut client) = super::connect(ip, ip);
    client.write_all(&[1; 1000]).unwrap();
    server.read_exact(&mut [0; 1000]).unwrap();
    server.write_all(&[2; 70]).unwrap();
    client.read_exact(&mut [0; 70]).unwrap();
    let inode = inode(&client);
    let of = |found: Vec<Flow>| found.into_iter().find(|flow| flow.row.inode == inode);

    let plain = of(all(Protocol::Tcp, false)).unwrap();
    // The acknowledgement may take its time.
    let full = loop {
        let flow = of(all(Protocol::Tcp, true)).unwrap();
        if flow.carried.is_none_or(|carried| carried.sent >= 1000) {
            break flow;
        }
    };

    assert_eq!(plain.carried, None);
    assert_eq!(plain.row.remote, Some(server.local_addr().unwrap()));
    assert_eq!((plain.row.uid, plain.cookie), (crate::process::uid(), full.cookie));
    if let Some(carried) = full.carried {
        assert_eq!(carried, Carried { sent: 1000, received: 70 });
    } else {
        assert!(Endings::listen().is_err(), "whoever counts at the end counts before it");
    }
    client.shutdown(Shutdown::Both).unwrap();
}

#[test]
fn datagrams_to_one_other_end_are_told() {
    let Some(ip) = own_address() else {
        return println!("skipped: this machine has loopback addresses alone");
    };
    let waiting = UdpSocket::bind((ip, 0)).unwrap();
    let connected = UdpSocket::bind((ip, 0)).unwrap();
    connected.connect((ip, 443)).unwrap();

    let found = all(Protocol::Udp, true);

    let of = |socket: &UdpSocket| found.iter().find(|flow| flow.row.inode == inode(socket));
    assert!(of(&waiting).is_none());
    assert_eq!(of(&connected).unwrap().row.remote, Some(SocketAddr::from((ip, 443))));
}

#[test]
fn a_connection_is_told_of_when_it_ends() {
    let endings = match Endings::listen() {
        Ok(endings) => endings,
        Err(error) => return println!("skipped: the kernel does not tell: {error}"),
    };
    for ip in [V4, V6] {
        let (mut server, mut client) = super::connect(ip, ip);
        client.write_all(&[1; 500]).unwrap();
        server.read_exact(&mut [0; 500]).unwrap();
        server.write_all(&[2; 70]).unwrap();
        client.read_exact(&mut [0; 70]).unwrap();
        let (local, peer) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        let find = || {
            let mut found = None;
            endings
                .take(|flow| {
                    if (flow.row.local, flow.row.remote) == (local, Some(peer)) {
                        found = Some(*flow);
                    }
                })
                .unwrap();
            found
        };
        assert_eq!(find(), None, "it has not ended yet");

        drop(client);
        drop(server);

        let ended = loop {
            if let Some(ended) = find() {
                break ended;
            }
            std::thread::yield_now();
        };
        let Carried { sent, received } = ended.carried.unwrap();
        assert!((500..=501).contains(&sent), "{sent}");
        assert!((70..=71).contains(&received), "{received}");
    }
}

#[test]
fn a_holder_is_looked_for_among_the_named_alone() {
    let (server, client) = super::connect(V4, V4);
    let mut child = Command::new("sleep")
        .arg("600")
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(server.try_clone().unwrap())))
        .spawn()
        .unwrap();
    let wanted = [inode(&server), inode(&client), 0];

    let theirs = holders_among(&wanted, &[child.id(), u32::MAX - 7]);
    let ours = holders_among(&wanted, &[std::process::id()]);

    assert_eq!(theirs.pids, [(wanted[0], child.id())].into());
    assert_eq!(ours.pids.len(), 2);
    assert!(theirs.complete && theirs.closed.is_empty());
    assert_eq!(holders_among(&wanted, &[]).pids.len(), 0);
    child.kill().unwrap();
    child.wait().unwrap();
}

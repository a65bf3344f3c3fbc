//! Linux: `sock_diag` over netlink for one exact connection (10 to 30 microseconds, no rights
//! needed), /proc for the rest. Layouts from the kernel's headers `linux/inet_diag.h` and
//! `linux/netlink.h`.

use std::{
    fs, io,
    net::{IpAddr, SocketAddr},
    os::unix::fs::MetadataExt,
};

use rustix::{
    io::Errno,
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink},
};

use super::{Holder, Owner, both_loopback};
use crate::process;

pub(super) const KNOWS_OWNERS: bool = true;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const TCP_LISTEN: u8 = 10;
/// `nlmsghdr` 16 + `inet_diag_req_v2` 56.
const REQUEST: usize = 72;

pub(super) fn owner(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Owner>> {
    if !both_loopback(local.ip(), peer.ip()) {
        return Ok(None);
    }
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    // The client's socket: its own end is our peer.
    let request = request(peer, local);
    rustix::io::retry_on_intr(|| rustix::net::send(&socket, &request, SendFlags::empty()))?;
    let mut answer = [0_u8; 4096];
    let (_, length) =
        rustix::io::retry_on_intr(|| rustix::net::recv(&socket, &mut answer, RecvFlags::empty()))?;
    parse(answer.get(..length).unwrap_or(&answer), peer.port(), local.port())
}

fn request(source: SocketAddr, destination: SocketAddr) -> [u8; REQUEST] {
    let mut message = Vec::with_capacity(REQUEST);
    message.extend(72_u32.to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    message.extend([0; 8]); // sequence, port id
    let family = match source {
        SocketAddr::V4(_) => AF_INET,
        SocketAddr::V6(_) => AF_INET6,
    };
    message.push(family);
    message.extend([IPPROTO_TCP, 0, 0]);
    message.extend(u32::MAX.to_ne_bytes()); // every state
    message.extend(source.port().to_be_bytes());
    message.extend(destination.port().to_be_bytes());
    message.extend(address(source.ip()));
    message.extend(address(destination.ip()));
    message.extend([0; 4]); // any interface
    message.extend([0xff; 8]); // no cookie
    let mut fixed = [0; REQUEST];
    fixed.copy_from_slice(&message);
    fixed
}

fn address(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }
}

/// Reads `nlmsghdr` 16, then `inet_diag_msg`: family, state, timer, retransmits (1 byte each), ports
/// (2 + 2), addresses (16 + 16), interface 4, cookie 8, expires, rqueue, wqueue, uid, inode (4
/// each).
fn parse(answer: &[u8], source: u16, destination: u16) -> io::Result<Option<Owner>> {
    let short = || io::Error::new(io::ErrorKind::InvalidData, "the kernel's answer was cut short");
    let kind = u16::from_ne_bytes(field(answer, 4).ok_or_else(short)?);
    if kind == NLMSG_ERROR {
        let code = i32::from_ne_bytes(field(answer, 16).ok_or_else(short)?);
        return match Errno::from_raw_os_error(-code) {
            Errno::NOENT => Ok(None),
            errno => Err(errno.into()),
        };
    }
    let [state] = field(answer, 17).ok_or_else(short)?;
    let ports = (
        u16::from_be_bytes(field(answer, 20).ok_or_else(short)?),
        u16::from_be_bytes(field(answer, 22).ok_or_else(short)?),
    );
    let uid = u32::from_ne_bytes(field(answer, 80).ok_or_else(short)?);
    let inode = u32::from_ne_bytes(field(answer, 84).ok_or_else(short)?);
    // When the connection is gone the kernel offers whoever listens on the client's port, and a
    // socket that its process has closed is reported with inode 0 and uid 0: neither is an owner.
    let is_ours = state != TCP_LISTEN && ports == (source, destination) && inode != 0;
    Ok(is_ours.then_some(Owner { uid, inode }))
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

pub(super) fn pid_of(owner: &Owner) -> Option<u32> {
    let wanted = format!("socket:[{}]", owner.inode);
    let ours = process::uid();
    fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            // Root may look at everybody; anyone else only wastes time on others' processes.
            (ours == 0 || entry.metadata().ok()?.uid() == ours).then_some(pid)
        })
        .find(|pid| {
            let open = fs::read_dir(format!("/proc/{pid}/fd"));
            open.is_ok_and(|files| {
                files.flatten().any(|file| {
                    fs::read_link(file.path()).is_ok_and(|target| *target.as_os_str() == *wanted)
                })
            })
        })
}

pub(super) fn listener(port: u16) -> Option<Holder> {
    let owner = listeners(port).into_iter().next()?;
    let pid = pid_of(&owner);
    let name = pid.and_then(|pid| fs::read(format!("/proc/{pid}/comm")).ok());
    let name = name.map(|name| String::from_utf8_lossy(name.trim_ascii_end()).into_owned());
    Some(Holder { uid: owner.uid, pid, name })
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for every platform")]
pub(super) fn listener_uids(port: u16) -> Option<Vec<u32>> {
    Some(listeners(port).into_iter().map(|owner| owner.uid).collect())
}

fn listeners(port: u16) -> Vec<Owner> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(fs::read_to_string);
    let lines = tables.iter().flatten().flat_map(|table| table.lines().skip(1));
    lines.filter_map(|line| listener_in(line, port)).collect()
}

/// `sl local remote state queues timer retransmits uid timeout inode ...`
fn listener_in(line: &str, port: u16) -> Option<Owner> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (_, local) = words.next()?.rsplit_once(':')?;
    let state = words.nth(1)?;
    if state != "0A" || u16::from_str_radix(local, 16) != Ok(port) {
        return None;
    }
    Some(Owner { uid: words.nth(3)?.parse().ok()?, inode: words.nth(1)?.parse().ok()? })
}

#[cfg(test)]
#[path = "linux/tests.rs"]
mod tests;

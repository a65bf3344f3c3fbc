//! What macOS says of a socket, read by hand from bytes of a known length: pure functions, tested
//! everywhere. Layout of `struct socket_fdinfo` from `sys/proc_info.h`; its numbers come from a C
//! compiler that read Apple's header for both processors.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Protocol, State};

/// `struct socket_fdinfo`.
pub(crate) const SOCKET_BYTES: usize = 792;
/// `struct socket_info` in it, and its parts.
const SOCKET: usize = 24;
const ADDRESS: usize = SOCKET + 136;
const PROTOCOL: usize = SOCKET + 156;
const FAMILY: usize = SOCKET + 160;
const KIND: usize = SOCKET + 232;
/// `struct in_sockinfo` in it, its parts, and what follows for TCP.
const INTERNET: usize = SOCKET + 240;
const REMOTE_PORT: usize = INTERNET;
const LOCAL_PORT: usize = INTERNET + 4;
const REMOTE: usize = INTERNET + 32;
const LOCAL: usize = INTERNET + 48;
const TCP_STATE: usize = INTERNET + 80;

const AF_INET: u32 = 2;
const AF_INET6: u32 = 30;
const IPPROTO_TCP: u32 = 6;
const IPPROTO_UDP: u32 = 17;
const SOCKINFO_IN: u32 = 1;
const SOCKINFO_TCP: u32 = 2;

/// What `socket_fdinfo` says of an internet socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) protocol: Protocol,
    pub(crate) local: SocketAddr,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) state: State,
    /// Where the kernel has it: names it, and is shown to nobody.
    pub(crate) address: u64,
}

/// Nothing for a socket of another kind.
pub(crate) fn socket(info: &[u8; SOCKET_BYTES]) -> Option<Found> {
    let protocol = match (word(info, KIND)?, word(info, PROTOCOL)?) {
        (SOCKINFO_TCP, IPPROTO_TCP) => Protocol::Tcp,
        (SOCKINFO_IN, IPPROTO_UDP) => Protocol::Udp,
        _ => return None,
    };
    let family = word(info, FAMILY)?;
    let at = |address: usize, port: usize| -> Option<SocketAddr> {
        let ip: IpAddr = match family {
            // Behind three words of filling.
            AF_INET => Ipv4Addr::from(field::<4>(info, address + 12)?).into(),
            AF_INET6 => Ipv6Addr::from(field::<16>(info, address)?).into(),
            _ => return None,
        };
        // A whole number that holds two bytes in the network's order.
        Some(SocketAddr::new(ip.to_canonical(), u16::from_be_bytes(field(info, port)?)))
    };
    let remote = at(REMOTE, REMOTE_PORT)?;
    let remote = (remote.port() != 0).then_some(remote);
    let state = match protocol {
        Protocol::Tcp => named(word(info, TCP_STATE)?),
        Protocol::Udp if remote.is_some() => State::Established,
        Protocol::Udp => State::Closed,
    };
    let address = u64::from_ne_bytes(field(info, ADDRESS)?);
    Some(Found { protocol, local: at(LOCAL, LOCAL_PORT)?, remote, state, address })
}

/// `TSI_S_*` of `sys/proc_info.h`.
fn named(state: u32) -> State {
    match state {
        1 => State::Listen,
        2 => State::SynSent,
        3 => State::SynReceived,
        4 => State::Established,
        5 => State::CloseWait,
        6 => State::FinWait1,
        7 => State::Closing,
        8 => State::LastAck,
        9 => State::FinWait2,
        10 => State::TimeWait,
        _ => State::Closed,
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(u32::from_ne_bytes)
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests;

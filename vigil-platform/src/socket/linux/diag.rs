//! `sock_diag` messages, made and read by hand from checked slices. Layouts from the kernel's
//! headers `linux/netlink.h`, `linux/sock_diag.h` and `linux/inet_diag.h`.

use std::{
    cell::Cell,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::ControlFlow,
    os::fd::OwnedFd,
};

use rustix::{
    io::Errno,
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink},
};

use super::super::{Protocol, Row, State};

#[path = "extra.rs"]
mod extra;

pub(super) use extra::{Extra, flow_in};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const IPPROTO_UDP: u8 = 17;
/// `nlmsghdr`.
const HEADER: usize = 16;
/// `nlmsghdr` 16 + `inet_diag_req_v2` 56.
const REQUEST: usize = 72;
/// The kernel fills at most 32 KiB at once (`NLMSG_GOODSIZE` of `netlink_dump`).
const ANSWER: usize = 32 * 1024;

/// `idiag_states`: bit n is state n.
pub(super) const EVERY_STATE: u32 = u32::MAX;
pub(super) const LISTENING: u32 = 1 << 10;
pub(super) const ESTABLISHED: u32 = 1 << 1;
/// Not waiting for anybody, not closed, not only waited out.
pub(super) const CONNECTED: u32 = 0b1011_0011_1110;

#[derive(Clone, Copy, Debug)]
pub(super) enum Family {
    V4,
    V6,
}

thread_local! {
    /// The socket on which single questions are asked: one for each client of the proxy.
    static KEPT: Cell<Option<OwnedFd>> = const { Cell::new(None) };
}

/// The socket whose own end is `source` and whose other end is `destination`, or what the kernel
/// offers for it.
pub(super) fn exact(source: SocketAddr, destination: SocketAddr) -> io::Result<Row> {
    let request = Request {
        family: if source.is_ipv4() { Family::V4 } else { Family::V6 },
        protocol: Protocol::Tcp,
        flags: NLM_F_REQUEST,
        states: EVERY_STATE,
        source,
        destination,
        extra: Extra::default(),
    };
    let socket = KEPT.take().map_or_else(open, Ok)?;
    send(&socket, &request)?;
    let mut answer = [0_u8; 4096];
    let answer = receive(&socket, &mut answer)?;
    // All of the answer was taken out: the next one on it is the next question's.
    KEPT.set(Some(socket));
    match Messages(answer).next().ok_or_else(short)?? {
        Message::Socket(body) => socket_in(body, Protocol::Tcp),
        Message::Done => Err(Errno::NOENT.into()),
    }
}

/// Every socket of one family in one of `states`; with `port` other than 0 only those bound to it.
pub(super) fn dump(
    protocol: Protocol,
    family: Family,
    states: u32,
    port: u16,
    visit: &mut dyn FnMut(&Row) -> ControlFlow<()>,
) -> io::Result<ControlFlow<()>> {
    dump_with((protocol, family), states, port, Extra::default(), &mut |body| {
        Ok(visit(&socket_in(body, protocol)?))
    })
}

/// As [`dump`], with what else the kernel is asked for, and each answer as it came.
pub(super) fn dump_with(
    (protocol, family): (Protocol, Family),
    states: u32,
    port: u16,
    extra: Extra,
    visit: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
) -> io::Result<ControlFlow<()>> {
    let any: IpAddr = match family {
        Family::V4 => Ipv4Addr::UNSPECIFIED.into(),
        Family::V6 => Ipv6Addr::UNSPECIFIED.into(),
    };
    let source = SocketAddr::new(any, port);
    let destination = SocketAddr::new(any, 0);
    let flags = NLM_F_REQUEST | NLM_F_DUMP;
    let socket = ask(&Request { family, protocol, flags, states, source, destination, extra })?;
    let mut buffer = vec![0_u8; ANSWER];
    loop {
        for message in Messages(receive(&socket, &mut buffer)?) {
            match message? {
                Message::Done => return Ok(ControlFlow::Continue(())),
                Message::Socket(body) => {
                    if visit(body)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
        }
    }
}

struct Request {
    family: Family,
    protocol: Protocol,
    flags: u16,
    states: u32,
    source: SocketAddr,
    destination: SocketAddr,
    extra: Extra,
}

impl Request {
    fn bytes(&self) -> Vec<u8> {
        let filter = self.extra.filter();
        let mut message = Vec::with_capacity(REQUEST + filter.len());
        let length = u32::try_from(REQUEST + filter.len()).unwrap_or(u32::MAX);
        message.extend(length.to_ne_bytes());
        message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        message.extend(self.flags.to_ne_bytes());
        message.extend([0; 8]); // sequence, port id
        message.push(match self.family {
            Family::V4 => AF_INET,
            Family::V6 => AF_INET6,
        });
        message.push(match self.protocol {
            Protocol::Tcp => IPPROTO_TCP,
            Protocol::Udp => IPPROTO_UDP,
        });
        message.extend([self.extra.wanted(), 0]);
        message.extend(self.states.to_ne_bytes());
        message.extend(self.source.port().to_be_bytes());
        message.extend(self.destination.port().to_be_bytes());
        message.extend(octets(self.source.ip()));
        message.extend(octets(self.destination.ip()));
        message.extend([0; 4]); // any interface
        message.extend([0xff; 8]); // no cookie
        message.extend(filter);
        message
    }
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }
}

/// A socket to the kernel on which `request` was sent.
fn ask(request: &Request) -> io::Result<OwnedFd> {
    let socket = open()?;
    send(&socket, request)?;
    Ok(socket)
}

/// A socket to the kernel.
fn open() -> io::Result<OwnedFd> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    // Only the kernel can answer from here on.
    rustix::net::connect(&socket, &netlink::SocketAddrNetlink::new(0, 0))?;
    Ok(socket)
}

fn send(socket: &OwnedFd, request: &Request) -> io::Result<()> {
    let request = request.bytes();
    rustix::io::retry_on_intr(|| rustix::net::send(socket, &request, SendFlags::empty()))?;
    Ok(())
}

/// One datagram, whole.
fn receive<'a>(socket: &OwnedFd, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let (_, length) =
        rustix::io::retry_on_intr(|| rustix::net::recv(socket, &mut *buffer, RecvFlags::TRUNC))?;
    buffer.get(..length).filter(|answer| !answer.is_empty()).ok_or_else(short)
}

#[derive(Debug)]
pub(super) enum Message<'a> {
    /// An `inet_diag_msg` and what follows it.
    Socket(&'a [u8]),
    Done,
}

/// The messages of one datagram. After an error there are no more.
pub(super) struct Messages<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = io::Result<Message<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        Some(self.step().inspect_err(|_| self.0 = &[]))
    }
}

impl<'a> Messages<'a> {
    fn step(&mut self) -> io::Result<Message<'a>> {
        let length = u32::from_ne_bytes(field(self.0, 0)?);
        let length = usize::try_from(length).map_err(|_| short())?;
        let kind = u16::from_ne_bytes(field(self.0, 4)?);
        let body = self.0.get(HEADER..length).ok_or_else(short)?;
        // The next one begins at a multiple of 4; after the last there may be no filling.
        let next = length.checked_next_multiple_of(4).ok_or_else(short)?;
        self.0 = self.0.get(next..).unwrap_or_default();
        match kind {
            SOCK_DIAG_BY_FAMILY => Ok(Message::Socket(body)),
            NLMSG_DONE | NLMSG_ERROR => {
                // Both carry an error number, negative; 0 is none. An older kernel ends with none.
                let code = if kind == NLMSG_DONE && body.is_empty() {
                    0
                } else {
                    i32::from_ne_bytes(field(body, 0)?)
                };
                match code {
                    0 => Ok(Message::Done),
                    ..0 => Err(io::Error::from_raw_os_error(code.saturating_neg())),
                    _ => Err(short()),
                }
            }
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "an answer of an unknown kind")),
        }
    }
}

/// Reads `inet_diag_msg`: family, state, timer, retransmits (1 byte each), ports (2 + 2), addresses
/// (16 + 16), interface 4, cookie 8, expires, rqueue, wqueue, uid, inode (4 each).
fn socket_in(body: &[u8], protocol: Protocol) -> io::Result<Row> {
    let [family, state] = field(body, 0)?;
    let address = |at: usize, port: usize| -> io::Result<SocketAddr> {
        let ip: IpAddr = match family {
            AF_INET => Ipv4Addr::from(field::<4>(body, at)?).into(),
            AF_INET6 => Ipv6Addr::from(field::<16>(body, at)?).into(),
            _ => return Err(short()),
        };
        Ok(SocketAddr::new(ip.to_canonical(), u16::from_be_bytes(field(body, port)?)))
    };
    let (local, remote) = (address(8, 4)?, address(24, 6)?);
    Ok(Row {
        protocol,
        local,
        remote: (remote.port() != 0).then_some(remote),
        state: named(state),
        uid: u32::from_ne_bytes(field(body, 64)?),
        inode: u32::from_ne_bytes(field(body, 68)?).into(),
    })
}

/// The kernel's `tcp_states.h`; datagram sockets use 1 and 7.
fn named(state: u8) -> State {
    match state {
        1 => State::Established,
        2 => State::SynSent,
        3 | 12 => State::SynReceived,
        4 => State::FinWait1,
        5 => State::FinWait2,
        6 => State::TimeWait,
        8 => State::CloseWait,
        9 => State::LastAck,
        10 => State::Listen,
        11 => State::Closing,
        // 7, and 13 for one that is bound and nothing else.
        _ => State::Closed,
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> io::Result<[u8; N]> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().ok_or_else(short)
}

fn short() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the kernel's answer was cut short")
}

#[cfg(test)]
#[path = "diag/tests.rs"]
mod tests;

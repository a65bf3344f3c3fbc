//! What is asked for beyond a socket's ends: what it has carried, and to leave out those that stay
//! on this machine. Layouts from `linux/inet_diag.h` and `linux/tcp.h`.

use std::io;

use super::{
    super::super::{Carried, Flow, Protocol},
    field, short, socket_in,
};

/// `inet_diag_msg`: attributes follow.
const BODY: usize = 72;
const INET_DIAG_INFO: u16 = 2;
/// `tcp_info`: behind it are newer figures.
const BYTES_ACKED: usize = 120;
const BYTES_RECEIVED: usize = 128;

/// Asked for beyond a socket's ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extra {
    /// What it has carried: about a microsecond more for each socket.
    pub(crate) carried: bool,
    /// Not those to loopback: the kernel leaves them out.
    pub(crate) past_loopback: bool,
}

impl Extra {
    /// `idiag_ext`.
    pub(super) const fn wanted(self) -> u8 {
        if self.carried { 1 << (INET_DIAG_INFO - 1) } else { 0 }
    }

    /// The attribute `INET_DIAG_REQ_BYTECODE`, or nothing.
    pub(super) fn filter(self) -> Vec<u8> {
        const INET_DIAG_REQ_BYTECODE: u16 = 1;
        if !self.past_loopback {
            return Vec::new();
        }
        // An IPv4 condition also matches IPv4 addresses in IPv6 sockets. Each test is followed by a
        // jump over it when it does not hold; the jump itself leads behind the end: not taken.
        let v4 = condition(2, 8, &[127, 0, 0, 0]);
        let v6 = condition(10, 128, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let left = v6.len() + JUMP;
        let mut code = v4;
        code.extend(jump_out(left + JUMP));
        code.extend(v6);
        code.extend(jump_out(JUMP));
        let mut filter = Vec::with_capacity(4 + code.len());
        filter.extend(u16::try_from(4 + code.len()).unwrap_or(0).to_ne_bytes());
        filter.extend(INET_DIAG_REQ_BYTECODE.to_ne_bytes());
        filter.extend(code);
        filter
    }
}

/// `inet_diag_bc_op`.
const JUMP: usize = 4;

/// The other end is within `address`/`prefix` of `family`: go on with the next operation, else
/// with the one after it.
fn condition(family: u8, prefix: u8, address: &[u8]) -> Vec<u8> {
    const INET_DIAG_BC_D_COND: u8 = 8;
    // The operation, `inet_diag_hostcond` (family, prefix, filling, port -1: any), the address.
    let length = JUMP + 8 + address.len();
    let next = u8::try_from(length).unwrap_or(0);
    let no = u16::try_from(length + JUMP).unwrap_or(0);
    let mut code = vec![INET_DIAG_BC_D_COND, next];
    code.extend(no.to_ne_bytes());
    code.extend([family, prefix, 0, 0]);
    code.extend((-1_i32).to_ne_bytes());
    code.extend(address);
    code
}

/// A jump behind the end, which `left` bytes away is: the socket is left out.
fn jump_out(left: usize) -> Vec<u8> {
    const INET_DIAG_BC_JMP: u8 = 1;
    let mut code = vec![INET_DIAG_BC_JMP, 4];
    code.extend(u16::try_from(left + 4).unwrap_or(0).to_ne_bytes());
    code
}

/// A socket with its name and what it has carried, from `inet_diag_msg` and its attributes.
pub(crate) fn flow_in(body: &[u8], protocol: Protocol) -> io::Result<Flow> {
    let row = socket_in(body, protocol)?;
    let cookie = u64::from_ne_bytes(field(body, 44)?);
    let mut rest = body.get(BODY..).unwrap_or_default();
    let mut carried = None;
    while !rest.is_empty() {
        let length = usize::from(u16::from_ne_bytes(field(rest, 0)?));
        let kind = u16::from_ne_bytes(field(rest, 2)?);
        let value = rest.get(4..length).ok_or_else(short)?;
        if kind == INET_DIAG_INFO && protocol == Protocol::Tcp {
            carried = carried_in(value);
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(Flow { row, cookie, carried })
}

/// Of a `tcp_info`; an older kernel's is shorter.
fn carried_in(info: &[u8]) -> Option<Carried> {
    let acknowledged = u64::from_ne_bytes(field(info, BYTES_ACKED).ok()?);
    let received = u64::from_ne_bytes(field(info, BYTES_RECEIVED).ok()?);
    // The first one acknowledged is the connection's beginning itself.
    Some(Carried { sent: acknowledged.saturating_sub(1), received })
}

#[cfg(test)]
#[path = "extra/tests.rs"]
mod tests;

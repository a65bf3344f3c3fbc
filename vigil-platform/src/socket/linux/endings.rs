//! Which TCP connections end, told by the kernel to whoever asks (`SKNLGRP_INET_TCP_DESTROY`), with
//! what they carried to the last byte. The message says neither user nor process.

use std::{io, os::fd::OwnedFd};

use rustix::{
    io::Errno,
    net::{AddressFamily, RecvFlags, SocketFlags, SocketType, netlink},
};

use super::{
    super::{Flow, Protocol},
    diag::{self, Message, Messages},
};

/// Multicast groups 1 (IPv4) and 3 (IPv6), as bits.
const GROUPS: u32 = 0b101;
/// What the kernel may keep for us; it holds us to its own limit (`net.core.rmem_max`).
const KEPT: usize = 1 << 20;
/// One message has less than 512 bytes.
const ANSWER: usize = 4096;
/// No more in one go: others could go on ending connections for ever.
const AT_ONCE: usize = 16_384;

#[derive(Debug)]
pub(crate) struct Endings(OwnedFd);

impl Endings {
    pub(crate) fn listen() -> io::Result<Self> {
        let socket = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(netlink::SOCK_DIAG),
        )?;
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, KEPT)?;
        rustix::net::bind(&socket, &netlink::SocketAddrNetlink::new(0, GROUPS))?;
        // Nobody but the kernel can send from here on.
        rustix::net::connect(&socket, &netlink::SocketAddrNetlink::new(0, 0))?;
        Ok(Self(socket))
    }

    pub(crate) fn take(&self, mut visit: impl FnMut(&Flow)) -> io::Result<bool> {
        let mut is_complete = true;
        let mut buffer = [0_u8; ANSWER];
        for _ in 0..AT_ONCE {
            let length = match rustix::net::recv(&self.0, &mut buffer, RecvFlags::empty()) {
                Ok((length, _)) => length,
                Err(Errno::AGAIN) => return Ok(is_complete),
                Err(Errno::INTR) => continue,
                Err(Errno::NOBUFS) => {
                    is_complete = false;
                    continue;
                }
                Err(errno) => return Err(errno.into()),
            };
            for message in Messages(buffer.get(..length).unwrap_or_default()) {
                if let Message::Socket(body) = message? {
                    visit(&diag::flow_in(body, Protocol::Tcp)?);
                }
            }
        }
        Ok(is_complete)
    }
}

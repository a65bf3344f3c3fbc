//! Whether a port is the caller's: what is sent to it must reach that user and nobody else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vigil_platform::socket::{self, Listener};
use vigil_proto::rpc::{Port, Refusal, Uid};

use crate::{helper::redirect::Kinds, log};

/// The sockets that listen on a port of the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listening {
    /// Their numbers in the kernel, in order.
    inodes: Vec<u64>,
    /// On which loopback addresses.
    pub(super) on: Kinds,
}

/// Who listens on `port`.
///
/// # Errors
/// [`Refusal::PortNotYours`], or [`Refusal::Internal`] when the kernel does not say.
pub(super) fn of(uid: Uid, port: Port) -> Result<Listening, Refusal> {
    let listeners = socket::listeners(port.raw()).map_err(|error| {
        log::say_of_caller(format_args!("mutator: nobody knows who listens: {error}"));
        Refusal::Internal
    })?;
    listening(uid, &listeners).ok_or(Refusal::PortNotYours)
}

/// A socket that takes connections to every address takes those to loopback as well, and must not be
/// there, whoever it belongs to: a proxy that others could reach is none of ours.
fn listening(uid: Uid, listeners: &[Listener]) -> Option<Listening> {
    let (mut inodes, mut on) = (Vec::new(), Kinds::default());
    for listener in listeners {
        match listener.local.ip().to_canonical() {
            IpAddr::V4(Ipv4Addr::LOCALHOST) => on.v4 = true,
            IpAddr::V6(Ipv6Addr::LOCALHOST) => on.v6 = true,
            ip if ip.is_unspecified() => return None,
            // What is sent to loopback does not reach it.
            _ => continue,
        }
        if listener.uid != uid.raw() || listener.inode == 0 {
            return None;
        }
        inodes.push(listener.inode);
    }
    inodes.sort_unstable();
    (!on.are_none()).then_some(Listening { inodes, on })
}

#[cfg(test)]
mod tests;

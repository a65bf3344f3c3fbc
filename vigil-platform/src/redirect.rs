//! Redirection of one user's own connections to a port of that user's, by the packet filter, and
//! nothing of anybody else's. What is redirected has a time to live in the kernel, so that it ends by
//! itself when nobody is left to end it (docs/adr/0015-redirect.md).
//!
//! The root daemon's helper has the rules changed ([`apply`], [`is_proven`]). The user's own proxy
//! leaves its connections out ([`exclude`]) and learns where a connection was meant to go
//! ([`original_destination`]); neither needs any right.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr},
    ops::ControlFlow,
    process::Stdio,
};

use vigil_proto::rpc::{LeaseSeconds, Port, Uid};

use crate::socket::{self, Protocol, Row, State};

#[cfg_attr(target_os = "linux", path = "redirect/linux.rs")]
#[cfg_attr(target_os = "macos", path = "redirect/macos.rs")]
mod imp;
#[cfg(any(target_os = "linux", test))]
mod text;

/// Where whoever holds a lease tries whether redirection and exclusion both work, on [`PORT`]: an
/// ordinary connection comes out at the holder's own port, an excluded one is refused. No packet to
/// it leaves the machine meanwhile. From the block that is kept for examples (RFC 5737).
pub const PROBE_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 86);
/// The same for IPv6 (RFC 3849).
pub const PROBE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0x5669, 0x6769);
/// What is redirected: TCP to this port. UDP to it (QUIC) is refused, so that clients take TCP.
pub const PORT: u16 = 443;

/// New connections of one user in a second that are redirected at the most; the others go where they
/// were meant to. A proxy that is sent its own connections comes to an end there.
pub const MOST_IN_A_SECOND: u32 = 100;
/// As many more at once.
pub const MOST_AT_ONCE: u32 = 200;

/// A kind of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// Both kinds of address, or one, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Families {
    /// IPv4.
    pub v4: bool,
    /// IPv6.
    pub v6: bool,
}

impl Families {
    /// Those that are in it.
    pub fn iter(self) -> impl Iterator<Item = Family> {
        [(self.v4, Family::V4), (self.v6, Family::V6)]
            .into_iter()
            .filter_map(|(is_in, family)| is_in.then_some(family))
    }
}

/// What is redirected for one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whose connections.
    pub uid: Uid,
    /// To which port of this machine.
    pub port: Port,
    /// For how long, unless it is said again.
    pub seconds: LeaseSeconds,
    /// For which kinds of address the probes are.
    pub probed: Families,
    /// For which of these everything is.
    pub armed: Families,
}

/// A change of the rules: whole, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Makes the rules anew, without anybody in them. Connections that are redirected already stay.
    Load,
    /// Holds for a user, of whom nothing is proven yet.
    Begin(Hold),
    /// Holds for as long again, in all that is proven meanwhile.
    Renew(Hold),
    /// Ends it. Connections that are redirected already stay.
    End(Hold),
    /// Takes the rules away. A connection that is redirected still would break: see [`in_flight`].
    Remove,
}

/// Whether this platform has a packet filter that we know.
pub const IS_KNOWN: bool = imp::IS_KNOWN;

/// Whether this machine has the program that changes the rules.
pub fn is_possible() -> bool {
    imp::is_possible()
}

/// Carries out `change`. Needs `CAP_NET_ADMIN`, and that programs may be started. The program has
/// `output` for as long as it runs, also when we are gone, and writes nothing to it.
///
/// # Errors
/// The rules are not there, or the kernel does not know them: nothing has changed. Or the program did
/// not come to an end and was killed: then whether something has is not known.
pub fn apply(change: &Change, output: Stdio) -> io::Result<()> {
    imp::apply(change, output)
}

/// Whether since [`Change::Begin`] an ordinary connection of this user to the probe's address was
/// redirected, and an excluded one was not. Needs what [`apply`] needs.
///
/// # Errors
/// The program was not to be had. An answer that is not yes is no.
pub fn is_proven(uid: Uid, family: Family) -> io::Result<bool> {
    imp::is_proven(uid, family)
}

/// Whether some connection is redirected still: a server's end on a loopback address that is
/// connected with an address that is none.
///
/// # Errors
/// The kernel's table could not be asked.
pub fn in_flight() -> io::Result<bool> {
    let mut found = false;
    socket::table(Protocol::Tcp, |row| {
        found = is_redirected(row);
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(found)
}

fn is_redirected(row: &Row) -> bool {
    let is_over = matches!(row.state, State::Closed | State::Listen | State::TimeWait);
    let is_from_elsewhere = row.remote.is_some_and(|remote| !remote.ip().is_loopback());
    !is_over && row.local.ip().is_loopback() && is_from_elsewhere
}

/// Leaves out of the redirection what is connected by `socket`, one that is not connected yet. It
/// needs no right and says nothing on the wire: it is a priority within this machine that nobody
/// sets by chance.
///
/// # Errors
/// The operating system refused, or has no such thing (macOS).
#[cfg(feature = "user")]
pub fn exclude(socket: impl std::os::fd::AsFd) -> io::Result<()> {
    imp::exclude(socket.as_fd())
}

/// Connects with a socket that is left out ([`exclude`]), and waits for it.
///
/// # Errors
/// Nobody takes it there, or the operating system has no such thing.
#[cfg(feature = "user")]
pub fn connect_excluded(to: std::net::SocketAddr) -> io::Result<std::net::TcpStream> {
    imp::connect_excluded(to)
}

/// Where the other end of `socket`, an accepted connection, meant to connect to. `None` when it was
/// not redirected.
///
/// # Errors
/// The connection is gone.
#[cfg(feature = "user")]
pub fn original_destination(
    socket: &std::net::TcpStream,
) -> io::Result<Option<std::net::SocketAddr>> {
    imp::original_destination(socket)
}

#[cfg(test)]
mod tests;

//! The words for sockets and their holders.

use std::{collections::BTreeMap, net::SocketAddr};

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A stream.
    Tcp,
    /// Datagrams.
    Udp,
}

/// The state of a TCP connection (RFC 9293), or of a datagram socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Not, or no longer, connected.
    Closed,
    /// Waits for connections.
    Listen,
    /// Has asked for a connection.
    SynSent,
    /// Was asked for a connection.
    SynReceived,
    /// Connected.
    Established,
    /// Has ended its half.
    FinWait1,
    /// Has ended its half, and the other side knows.
    FinWait2,
    /// The other side has ended its half.
    CloseWait,
    /// Both sides end at once.
    Closing,
    /// Has ended its half after the other side.
    LastAck,
    /// Both have ended; late packets are waited for.
    TimeWait,
}

/// A socket. An IPv4 address is a plain one, also when the socket is an IPv6 one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its protocol.
    pub protocol: Protocol,
    /// Its own end.
    pub local: SocketAddr,
    /// The other end, when it is connected.
    pub remote: Option<SocketAddr>,
    /// Its state.
    pub state: State,
    /// Its user. Means nothing when `inode` is 0: Linux then says 0.
    pub uid: u32,
    /// Its number in the kernel (Linux: inode; macOS: the address of its control block, hashed).
    /// 0 when it belongs to no process any more.
    pub inode: u64,
}

/// A socket's owner as the kernel's table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its user.
    pub uid: u32,
    /// Names the socket among all of the machine's open files: see [`Row::inode`].
    pub inode: u64,
}

/// A socket that waits for connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where. A wildcard address takes connections to all.
    pub local: SocketAddr,
    /// Its user.
    pub uid: u32,
    /// Its number: see [`Row::inode`].
    pub inode: u64,
}

/// The most processes that are named for one shared socket.
pub const HOLDERS: usize = 4;

/// Which processes hold which sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// By inode: the lowest-numbered processes first, at most [`HOLDERS`]. A socket that nobody was
    /// found to hold is left out.
    pub pids: BTreeMap<u64, Vec<u32>>,
    /// Every open file of every process was looked at that had to be. Otherwise some process may
    /// not be looked at, or there were too many files.
    pub complete: bool,
}

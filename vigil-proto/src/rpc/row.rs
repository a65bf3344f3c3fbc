//! Rows of the tables that the daemon reads for its callers, and of the stream of processes.
//! No row carries an environment.

use serde::{Deserialize, Serialize};

use super::{BoundedBytes, BoundedVec, Cursor, Endpoint, Micros, Pid, Uid};

/// The most rows of one page of processes.
pub const PROCESS_ROWS: usize = 512;
/// The most rows of one page of sockets.
pub const SOCKET_ROWS: usize = 1024;
/// The most events of one frame.
pub const WATCH_EVENTS: usize = 256;
/// The most processes that are named for one shared socket.
pub const HOLDERS: usize = 4;
/// The most bytes of a path: Linux's `PATH_MAX`; macOS has 1024.
pub const PATH_BYTES: usize = 4096;
/// The most bytes of an argument vector. What is longer is cut, and says so.
pub const ARGV_BYTES: usize = 16 * 1024;

/// A process's name for itself (Linux: 15 bytes, macOS: 16). Untrusted.
pub type Name = BoundedBytes<16>;
/// A path, as the kernel gives it. Untrusted.
pub type PathBytes = BoundedBytes<PATH_BYTES>;
/// Arguments, each ended by a zero byte. Untrusted.
pub type Argv = BoundedBytes<ARGV_BYTES>;

/// A page of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T, const N: usize> {
    /// The rows. There may be fewer than asked for, even none, and still a next page.
    #[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
    pub rows: BoundedVec<T, N>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<Cursor>,
}

/// A process.
///
/// `pid` and `started` together name it: a number alone is used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRow {
    /// Its number.
    pub pid: Pid,
    /// Its parent's number; nothing below the kernel itself.
    pub ppid: Option<Pid>,
    /// Its real user.
    pub uid: Uid,
    /// When it started. The same in every answer of one run of the daemon.
    pub started: Micros,
    /// User and system time of all its threads, in microseconds.
    pub cpu_us: u64,
    /// Resident memory, in bytes.
    pub rss: u64,
    /// What it does.
    pub state: ProcessState,
    /// Its name for itself.
    pub name: Name,
    /// What only its own user and administrators may know: nothing for anybody else.
    pub details: Option<Details>,
}

/// What tells what a process is about. Each part may be unknown by itself: the process has ended,
/// is the kernel's, or its memory is protected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The file it runs.
    pub exe: Option<PathBytes>,
    /// Its arguments.
    pub argv: Option<Argv>,
    /// The arguments were longer than fits.
    pub argv_cut: bool,
    /// Its working directory.
    pub cwd: Option<PathBytes>,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProcessState {
    /// Runs, or would if a processor were free.
    Running,
    /// Waits for something that may take any time.
    Sleeping,
    /// Waits for a device and cannot be disturbed.
    Waiting,
    /// Was stopped.
    Stopped,
    /// Has ended; its parent has not asked yet.
    Ended,
    /// A word of the kernel's that this protocol has none for.
    Other,
}

/// A socket. Its family is that of its addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketRow {
    /// Its protocol.
    pub protocol: Protocol,
    /// Its own end.
    pub local: Endpoint,
    /// The other end, when it is connected.
    pub remote: Option<Endpoint>,
    /// Its state.
    pub state: SocketState,
    /// Its user.
    pub uid: Uid,
    /// Its number in the kernel (Linux: inode; macOS: the address of its control block, hashed).
    /// The same for as long as it lives; 0 when it belongs to no process any more.
    pub inode: u64,
    /// The lowest-numbered process that holds it, where known.
    pub pid: Option<Pid>,
}

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// A stream.
    Tcp,
    /// Datagrams.
    Udp,
}

/// The state of a TCP connection (RFC 9293), or of a datagram socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SocketState {
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

/// Who holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketOwner {
    /// Its user.
    pub uid: Uid,
    /// Its number in the kernel; see [`SocketRow::inode`].
    pub inode: u64,
    /// The processes that hold it, the lowest numbers first.
    pub holders: BoundedVec<ProcessRow, HOLDERS>,
}

/// What a watching connection is sent: every now and then, empty, when nothing happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchEvents {
    /// Events since the last frame that were not kept, because the kernel or the reader was slow.
    /// Above 0 the table is read again.
    pub lost: u32,
    /// What happened, in order.
    pub events: BoundedVec<WatchEvent, WATCH_EVENTS>,
}

/// A process began, became another program, or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchEvent {
    /// What happened.
    pub change: Change,
    /// When.
    pub at: Micros,
    /// The process.
    pub pid: Pid,
    /// Its parent; nothing when it could not be asked any more.
    pub ppid: Option<Pid>,
    /// Its real user.
    pub uid: Uid,
    /// When it started; nothing when it could not be asked any more.
    pub started: Option<Micros>,
    /// Its name for itself.
    pub name: Name,
    /// As in [`ProcessRow::details`]. An end has none.
    pub details: Option<Details>,
}

/// What happened to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Change {
    /// It was begun by its parent and is still the same program.
    Fork,
    /// It became another program.
    Exec,
    /// It ended.
    Exit {
        /// How; nothing for another user's process, or when it is not known.
        status: Option<ExitStatus>,
    },
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExitStatus {
    /// By itself, with this code.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

impl ProcessRow {
    /// The row as anybody may see it.
    #[must_use]
    pub fn without_details(self) -> Self {
        Self { details: None, ..self }
    }
}

impl WatchEvent {
    /// The event as anybody may see it.
    #[must_use]
    pub fn without_details(self) -> Self {
        let change = match self.change {
            Change::Exit { .. } => Change::Exit { status: None },
            change @ (Change::Fork | Change::Exec) => change,
        };
        Self { change, details: None, ..self }
    }
}

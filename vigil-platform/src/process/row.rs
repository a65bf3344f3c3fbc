//! The words for a process: one row of the table, and what the process is about.

use std::{fmt, io};

/// The most bytes of a path: Linux's `PATH_MAX`; macOS has 1024. A longer one is not told.
pub const PATH_BYTES: usize = 4096;
/// The most bytes of an argument vector. What is longer is cut, and says so.
pub const ARGV_BYTES: usize = 16 * 1024;

/// A process. `pid` and `started` together name it: a number alone is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number, never 0.
    pub pid: u32,
    /// Its parent's number; nothing below the kernel itself.
    pub ppid: Option<u32>,
    /// Its real user.
    pub uid: u32,
    /// The user it acts as.
    pub effective_uid: u32,
    /// When it started: microseconds since 1970. The same in every answer that this process of ours
    /// gives, whatever happens to the clock. Linux: the start in hundredths of a second since the
    /// boot, added to the boot's time in whole seconds (`btime`), which is read once.
    pub started: i64,
    /// User and system time of all its threads, in microseconds.
    pub cpu_us: u64,
    /// Resident memory, in bytes.
    pub rss: u64,
    /// What it does.
    pub state: State,
    /// Its name for itself.
    pub name: Name,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
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
    /// A word of the kernel's that is not known here.
    Other,
}

/// A process's name for itself: any bytes but a zero, and untrusted. The kernel keeps 15 bytes
/// (Linux) or 16 (macOS); a longer one, as Linux shows for its own threads, is cut to 16.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Name {
    bytes: [u8; Self::BYTES],
    length: u8,
}

impl Name {
    /// The most it holds.
    pub const BYTES: usize = 16;

    /// The first 16 bytes of `name`.
    pub fn cut(name: &[u8]) -> Self {
        let mut cut = Self::default();
        for (to, from) in cut.bytes.iter_mut().zip(name) {
            *to = *from;
            cut.length += 1;
        }
        cut
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&self.bytes)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

/// What tells what a process is about. Each part may be unknown by itself: the process has ended,
/// is the kernel's, or its memory is protected. All of it is untrusted.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The file it runs, at most [`PATH_BYTES`]. Linux adds ` (deleted)` to one that is gone.
    pub exe: Option<Vec<u8>>,
    /// Its arguments, each ended by a zero byte, at most [`ARGV_BYTES`].
    pub argv: Option<Vec<u8>>,
    /// The arguments were longer than fits.
    pub argv_cut: bool,
    /// Its working directory, at most [`PATH_BYTES`].
    pub cwd: Option<Vec<u8>>,
}

impl Details {
    /// Whether every part is known.
    pub fn is_complete(&self) -> bool {
        self.exe.is_some() && self.argv.is_some() && self.cwd.is_some()
    }

    /// The bytes that it holds.
    pub fn size(&self) -> usize {
        [&self.exe, &self.argv, &self.cwd].into_iter().flatten().map(Vec::len).sum()
    }
}

/// Lengths only: arguments and paths are the user's.
impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |part: &Option<Vec<u8>>| part.as_ref().map(Vec::len);
        f.debug_struct("Details")
            .field("exe", &length(&self.exe))
            .field("argv", &length(&self.argv))
            .field("argv_cut", &self.argv_cut)
            .field("cwd", &length(&self.cwd))
            .finish()
    }
}

/// Why there is no answer about a process.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It has ended, or never was.
    #[error("there is no such process any more")]
    Gone,
    /// It became another program each time that it was read.
    #[error("the process keeps becoming another program")]
    Changing,
    /// The kernel refused.
    #[error("cannot read the table of processes")]
    Read(#[source] io::Error),
    /// This platform's half is not written yet.
    #[error("this build cannot read processes on this platform yet (docs/MACOS.md)")]
    NotBuilt,
}

//! Having a certificate trusted by the whole machine, and ending that. It places what it is given:
//! whether a certificate deserves it is decided before. It writes one file with a name of its own
//! making and runs no program itself: the caller hands over how (the root daemon has a helper for
//! it, forked before its own system calls were filtered).
//!
//! Everything is done again without harm, so that a journal can be replayed: placing what is placed,
//! removing what is gone.

use std::{
    io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::wait;

#[cfg_attr(target_os = "linux", path = "trust/linux.rs")]
#[cfg_attr(target_os = "macos", path = "trust/macos.rs")]
mod imp;
pub mod pem;
#[cfg(feature = "user")]
pub mod user;

pub use self::imp::Store;

/// A program that makes the machine's list of trusted certificates anew. There are no others, and
/// nothing about them is anybody's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Debian and its kin.
    UpdateCaCertificates,
    /// Fedora, Arch and their kin: a front to p11-kit.
    UpdateCaTrust,
    /// p11-kit itself, where that front is missing.
    ExtractCompat,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 3] =
        [Self::UpdateCaCertificates, Self::UpdateCaTrust, Self::ExtractCompat];

    /// The program's file and its arguments.
    pub const fn argv(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::UpdateCaCertificates => ("/usr/sbin/update-ca-certificates", &[]),
            Self::UpdateCaTrust => ("/usr/bin/update-ca-trust", &[]),
            Self::ExtractCompat => ("/usr/bin/trust", &["extract-compat"]),
        }
    }

    /// Runs the one below `root` to its end, with nothing of our environment, descriptors or folder
    /// but `input`, and so that what it writes can be read by everybody. One that takes longer than
    /// [`Self::PATIENCE`] is ended, with what it started. For the helper: this changes the process's
    /// umask.
    ///
    /// # Errors
    /// It is not there, says that it failed, or was ended.
    pub fn run(self, root: &Path, input: Stdio) -> io::Result<()> {
        let (file, arguments) = self.argv();
        rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
        let mut command = Command::new(root.join(file.trim_start_matches('/')));
        command.args(arguments).env_clear().current_dir("/").process_group(0);
        command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let Some(status) = wait::end_of(&mut child, Instant::now() + Self::PATIENCE)? else {
            wait::end_group(&mut child)?;
            return Err(io::ErrorKind::TimedOut.into());
        };
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("it ended: {status}"))) }
    }

    /// Many times what any of them takes.
    pub const PATIENCE: Duration = Duration::from_secs(25);
}

/// How a caller has a [`Program`] run: it returns when the program has ended well.
pub type Run<'a> = dyn FnMut(Program) -> io::Result<()> + 'a;

/// The list was made anew, and holds, or does not hold, what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The other certificates are not the same ones in the same order as before: somebody had changed
    /// something without making the list anew.
    pub others_changed: bool,
}

/// Why trust was not changed, or is not known.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// There is no store of a kind that is known.
    #[error("no certificate store that is known here; install `ca-certificates`")]
    NoStore,
    /// Each user decides, by a process of their own.
    #[error("on this platform each user decides; run `vigil setup` as yourself")]
    UsersOwn,
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// A folder on the way is a link, or others than the store's owner can change it.
    #[error("{} is a link, or others may change it; give it to root alone", .0.display())]
    NotOurs(PathBuf),
    /// The list is larger than any that is made.
    #[error("{} is too large to be a list of certificates", .0.display())]
    TooLarge(PathBuf),
    /// The program that makes the list failed.
    #[error("{} failed", program.argv().0)]
    Program {
        /// Which.
        program: Program,
        /// How.
        #[source]
        source: io::Error,
    },
    /// The certificate was placed, and the list that was made then has it not. It was taken away.
    #[error("the certificate was placed and is not trusted; is it on a list of distrusted ones?")]
    NotTrusted,
    /// The certificate was taken away, and the list has it still.
    #[error("the certificate was taken away and is trusted still; somebody else placed it too")]
    StillTrusted,
    /// Something failed, and taking the certificate away again failed too.
    #[error("{0}; and what was placed could not be taken away: {1}")]
    NotUndone(Box<Self>, Box<Self>),
}

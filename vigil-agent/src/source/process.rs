//! The processes of agents: each program that an agent runs, and all that those run, with what they
//! were asked to do, how they ended and what they used. Nothing else of the machine is recorded.
//! It never reads an environment or a memory, and never touches a process.

use std::{
    io,
    thread::{self, JoinHandle},
};

use crate::{daemon::Daemon, pipeline::Inlet, shutdown::Shutdown, source::family::Families};

mod awaited;
mod book;
mod feed;
mod follow;
mod line;
mod record;
mod seen;
mod table;

pub use self::awaited::Awaited;

/// Follows the processes of agents until `shutdown`, in a thread of its own. `families` is told who
/// belongs to whom, and `awaited` what was seen. With the daemon everything is seen; without it, what the
/// system shows a user.
///
/// # Errors
/// When the thread cannot be started.
pub fn follow(
    inlet: Inlet,
    families: Families,
    daemon: Daemon,
    awaited: Awaited,
    shutdown: Shutdown,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("processes".to_owned()).spawn(move || {
        if let Err(error) = follow::Follow::new(inlet, families, daemon, awaited).run(&shutdown) {
            tracing::warn!("cannot record processes: {error}");
        }
    })
}

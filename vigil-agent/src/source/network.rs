//! Connections of agents and of everything they begin, with owner and way: which leave this machine
//! past the proxy, and which process is behind each of the proxy's clients. It looks at the
//! kernel's table of sockets; it reads no content, asks no resolver, and records nothing of the
//! connections of other programs.
//!
//! What it cannot see: a connection that opens and closes between two looks ([`METHOD`]) has no
//! owner any more when the kernel tells of its end. Those to AI hosts are counted
//! (`drop.network.short`). Datagrams are seen where their socket is connected to port 443; they
//! carry no figures.

use std::{collections::BTreeMap, fmt, io, thread};

use super::{addresses::Addresses, callers::Callers, family::Families};
use crate::{pipeline::Inlet, shutdown::Shutdown};

mod ask;
mod event;
mod owners;
mod table;
mod watch;

#[cfg(test)]
mod tests;

/// How connections are seen, for whoever states what is captured.
pub const METHOD: &str = "socket table every 250 ms";

/// Finds who holds sockets, by inode, where we may not look ourselves: a process of each, or
/// nothing when nobody answers.
pub type Holders = dyn Fn(&[u64]) -> Option<BTreeMap<u64, u32>> + Send + Sync;

/// What the source knows the others by.
pub struct Options {
    /// Which processes are agents'.
    pub families: Families,
    /// Which addresses are AI hosts'.
    pub addresses: Addresses,
    /// The proxy's clients.
    pub callers: Callers,
    /// The root daemon's answer, for processes that may not be looked at.
    pub holders: Box<Holders>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Begins to look, until `shutdown`.
///
/// # Errors
/// A thread could not be started.
pub fn watch(
    options: Options,
    inlet: Inlet,
    shutdown: Shutdown,
) -> io::Result<thread::JoinHandle<()>> {
    // Whoever calls the proxy from here on is looked up, or answered with nothing.
    let served = options.callers.serve();
    thread::Builder::new().name("network".to_owned()).spawn(move || {
        thread::scope(|threads| {
            let (options, ending) = (&options, &shutdown);
            let asking = thread::Builder::new()
                .name("network-callers".to_owned())
                .spawn_scoped(threads, move || ask::run(options, &served, ending));
            if let Err(error) = asking {
                tracing::error!(%error, "the proxy's clients are not looked up");
            }
            watch::run(options, &inlet, &shutdown);
        });
    })
}

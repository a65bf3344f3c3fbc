//! What the operating system knows, one front file per concern. Callers see one API; each front
//! picks its implementation by target. It holds no policy: what to do with an answer is decided
//! elsewhere.
//!
//! | front | answers | feature |
//! |---|---|---|
//! | [`paths`] | where Vigil keeps its files, and whether those folders are private | `user` |
//! | [`private`] | files that only their owner may read, written whole or not at all | `user` |
//! | [`browser`] | what opens a page in the user's browser | `user` |
//! | [`fswatch`] | which folders changed | `user` |
//! | [`socket`] | the table of sockets, who holds a connection's other end, who listens on a port | |
//! | [`memory`] | giving back what the allocator keeps | `user` |
//! | [`process`] | the table of processes, what one is about, who we are, keeping memory out of dumps | |
//! | [`peer`] | who is at the other end of a Unix socket | |
//! | [`watch`] | which processes begin, become another program, and end | |

#[cfg(feature = "user")]
pub mod browser;
#[cfg(feature = "user")]
pub mod fswatch;
#[cfg(feature = "user")]
pub mod memory;
#[cfg(feature = "user")]
pub mod paths;
pub mod peer;
#[cfg(feature = "user")]
pub mod private;
pub mod process;
pub mod socket;
pub mod watch;

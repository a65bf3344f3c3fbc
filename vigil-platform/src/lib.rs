//! What the operating system knows, one front file per concern. Callers see one API; each front
//! picks its implementation by target. It holds no policy: what to do with an answer is decided
//! elsewhere.
//!
//! | front | answers | feature |
//! |---|---|---|
//! | [`paths`] | where Vigil keeps its files, and whether those folders are private | `user` |
//! | [`private`] | files that only their owner may read, written whole or not at all | `user` |
//! | [`beside`] | one new file among those of another program | `user` |
//! | [`changes`] | the notes of what Vigil changes on this machine, until they are on record | `user` |
//! | [`paused`] | that the user has recording paused, and since when | `user` |
//! | [`browser`] | what opens a page in the user's browser | `user` |
//! | [`browser_history`] | where browsers keep which pages were visited | `user` |
//! | [`native_messaging`] | where browsers look for the programs that their extensions may start | `user` |
//! | [`desktop`] | a notification on the user's desktop | `user` |
//! | [`fswatch`] | which folders changed | `user` |
//! | [`sysproxy`] | leading the system's proxy settings to us, and putting back what was there | `user`; macOS: always |
//! | [`service`] | having the user's service manager start the agent | `user` |
//! | [`keystore`] | a key in the user's own keychain or keyring | `user` |
//! | [`splice`] | moving bytes between two sockets without looking at them | `user` |
//! | [`socket`] | the table of sockets, who holds a connection's other end, who listens on a port | |
//! | [`memory`] | giving back what the allocator keeps | `user` |
//! | [`process`] | the table of processes, what one is about, who we are, keeping memory out of dumps | |
//! | [`call`] | the caller's side of the root daemon's socket | `user` |
//! | [`peer`] | who is at the other end of a Unix socket | |
//! | [`redirect`] | redirection of a user's own connections to a port of that user's | |
//! | [`machineproxy`] | the machine's own proxy setting, and who is at its console | |
//! | [`roots`] | a list of certificates: the system's and one more | `user` |
//! | [`guards`] | which clients ask before they run a command, and how far Vigil goes with each | `user` |
//! | [`routes`] | which clients were led to a proxy by their own settings | `user` |
//! | [`unread`] | which clients are there whose conversations are not read | `user` |
//! | [`trust`] | having a certificate trusted by the whole machine | |
//! | [`watch`] | which processes begin, become another program, and end | |
//! | [`terminal`] | how wide the terminal is | `user` |
//! | [`boot`] | which boot of the machine this is | |
//! | [`places`] | where the daemon's own things are | |
//! | [`sealed`] | folders and files that nobody but their owner can change | |
//! | [`channel`] | a descriptor handed to another process of ours | |
//! | [`activation`] | the sockets that the service manager holds | |
//! | [`signal`] | waiting to be told to stop | |
//! | [`wait`] | waiting for the first of several things | |
//! | [`sandbox`] | giving up what a process does not need | |

pub mod activation;
#[cfg(feature = "user")]
pub mod beside;
pub mod boot;
#[cfg(feature = "user")]
pub mod browser;
#[cfg(feature = "user")]
pub mod browser_history;
#[cfg(feature = "user")]
pub mod call;
#[cfg(feature = "user")]
pub mod changes;
pub mod channel;
#[cfg(feature = "user")]
pub mod desktop;
#[cfg(feature = "user")]
pub mod fswatch;
#[cfg(feature = "user")]
pub mod guards;
#[cfg(feature = "user")]
pub mod keystore;
pub mod machineproxy;
#[cfg(feature = "user")]
pub mod made;
#[cfg(feature = "user")]
pub mod memory;
#[cfg(feature = "user")]
pub mod native_messaging;
#[cfg(feature = "user")]
pub mod paths;
#[cfg(feature = "user")]
pub mod paused;
pub mod peer;
pub mod places;
#[cfg(feature = "user")]
pub mod private;
pub mod process;
#[cfg(feature = "user")]
#[cfg_attr(target_os = "macos", expect(dead_code, reason = "fewer programs are run there"))]
mod program;
pub mod redirect;
#[cfg(feature = "user")]
pub mod room;
#[cfg(feature = "user")]
pub mod roots;
#[cfg(feature = "user")]
pub mod routes;
pub mod sandbox;
pub mod sealed;
#[cfg(feature = "user")]
pub mod service;
pub mod signal;
pub mod socket;
#[cfg(feature = "user")]
pub mod splice;
#[cfg(any(feature = "user", target_os = "macos"))]
pub mod sysproxy;
#[cfg(feature = "user")]
pub mod terminal;
pub mod trust;
#[cfg(feature = "user")]
pub mod unread;
#[cfg(feature = "user")]
pub mod users;
pub mod wait;
pub mod watch;

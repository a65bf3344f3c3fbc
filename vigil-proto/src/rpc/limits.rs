//! How much, how often and how long: what the daemon enforces, and what a client plans by.

use std::time::Duration;

/// From the connection's beginning to the end of its greeting.
pub const GREETING: Duration = Duration::from_secs(2);
/// From a frame's first byte to its last, in either direction.
pub const FRAME: Duration = Duration::from_secs(5);
/// Without any frame. A connection that holds a lease or watches is not idle.
pub const IDLE: Duration = Duration::from_mins(1);
/// A watching connection is sent an empty frame after this long without another, so that both sides
/// learn when the other is gone.
pub const WATCH_SILENCE: Duration = Duration::from_secs(20);
/// Connections of one uid.
pub const CONNECTIONS_PER_UID: usize = 4;
/// Connections in all.
pub const CONNECTIONS: usize = 32;
/// Requests of one uid in a second, on all its connections together.
pub const REQUESTS_PER_SECOND: u32 = 20;
/// Requests of one uid in a minute that change something ([`Verb::is_change`](super::Verb)).
pub const CHANGES_PER_MINUTE: u32 = 6;
/// Renewals of one uid in a minute: those of the shortest lease at a third of its time, and as many
/// more for probes that are tried again.
pub const RENEWALS_PER_MINUTE: u32 = 24;
/// Rows of the journal of one uid in a day, beyond which it begins nothing. An agent that has its
/// chain anchored twice a minute all day long writes 2880.
pub const JOURNAL_ROWS_PER_DAY: usize = 4000;

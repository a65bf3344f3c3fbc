//! What the agent may ask of the root daemon, and how it travels: a closed set of verbs with
//! bounded values. It never does I/O, and nothing in it is a command, a path to open, a URL, a host
//! name or free text for the daemon to act on. docs/PROTOCOL.md says the same for people.
//!
//! | module | holds |
//! |---|---|
//! | [`frame`] | bytes to messages and back, one spelling each |
//! | [`Request`], [`Verb`], [`authority`] | what may be asked, and by whom |
//! | [`Response`], [`Refusal`] | what is answered |
//! | [`ProcessRow`], [`SocketRow`], [`WatchEvent`], [`JournalRow`] | the rows of answers |
//! | [`limits`] | how much, how often, how long |
//! | [`BoundedBytes`], [`BoundedVec`], [`Uid`], [`Port`] ... | values that hold only what may be |

mod authority;
mod bound;
pub mod frame;
mod journal;
pub mod limits;
mod page;
mod refusal;
mod request;
mod response;
mod row;
mod sha256;
mod value;
mod verb;

#[cfg(test)]
mod tests;

pub use self::{
    authority::{Authority, Enrolment, authority},
    bound::{BoundedBytes, BoundedVec, TooLong},
    frame::{Decoder, Frame, FrameError},
    journal::{Anchor, Cause, Deed, JOURNAL_ROWS, JournalPage, JournalRow, Phase},
    page::Filling,
    refusal::{BadCa, Refusal, Unsupported},
    request::{CA_DER_MAX, JournalScope, Magic, NotVigil, ProxyMode, Request, Scope},
    response::{
        Abilities, CaStatus, Engine, LEASES, Lease, Leased, Response, Restored, Status, Support,
        Trust, Welcome,
    },
    row::{
        ARGV_BYTES, Argv, Change, Details, ExitStatus, HOLDERS, Name, PATH_BYTES, PROCESS_ROWS,
        Page, PathBytes, ProcessRow, ProcessState, Protocol, SOCKET_ROWS, SocketOwner, SocketRow,
        SocketState, WATCH_EVENTS, WatchEvent, WatchEvents,
    },
    value::{
        BootId, ChainHead, Cursor, Endpoint, Fingerprint, LeaseId, LeaseSeconds, Max, Micros,
        OutOfRange, Pid, Port, Uid,
    },
    verb::Verb,
};

//! The words every part of Vigil shares: events, findings, surfaces, usage and masked text.
//! Plain data and pure functions; never any I/O.
//!
//! | module | holds |
//! |---|---|
//! | [`text`] | [`Sensitive`] (clear, cannot be printed) and [`Masked`] (safe to keep and show) |
//! | [`id`] | identity: natural keys and the ids made from them |
//! | [`archive`] | a recorded conversation, to be written back for its client |
//! | [`event`] | [`Event`], its kinds, and the [`Batch`] a source hands over |
//! | [`finding`] | [`Finding`], severity, confidence, triage |
//! | [`glob`] | patterns of paths |
//! | [`usage`] | tokens in one normal form, [`Money`], what each provider reports |
//! | [`browser`] | what the browser extension tells |
//! | [`client`] | what people call the clients |
//! | [`model`] | what is known of models by name |
//! | [`intel`] | lists of what is malicious, as they are noted and told of |
//! | [`package`] | packages that commands install, and what is thought of them |
//! | [`registry`] | whose names packages have, and the rules that speak against them |
//! | [`surface`] | the honest capture matrix as types |
//! | [`report`] | the JSON documents of the command line and the local API |
//! | [`revocation`] | how a value that is known to others is taken back |
//! | [`view`] | what the dashboard asks and is shown |
//! | [`figures`] | tokens, money and bytes as people read them |
//! | [`config`] | the configuration file: keys, defaults, checks |
//! | [`ca`] | what makes a certificate authority one of ours, and the hosts it may be for |
//! | [`causes`] | an error with what it came from, in words |
//! | [`guard`] | what a client's hook asks before a command runs, and what it is answered |
//! | [`change`] | what Vigil changes on this machine, as it is noted |
//! | [`rpc`] | what the agent may ask of the root daemon, and how it travels |

#![forbid(unsafe_code)]

#[cfg(feature = "user")]
pub mod archive;
#[cfg(feature = "user")]
pub mod batch;
#[cfg(feature = "user")]
pub mod browser;
pub mod ca;
pub mod causes;
#[cfg(feature = "user")]
pub mod change;
#[cfg(feature = "user")]
pub mod client;
#[cfg(feature = "user")]
pub mod config;
#[cfg(feature = "user")]
pub mod event;
#[cfg(feature = "user")]
pub mod figures;
#[cfg(feature = "user")]
pub mod finding;
#[cfg(feature = "user")]
pub mod glob;
#[cfg(feature = "user")]
pub mod guard;
#[cfg(feature = "user")]
pub mod hex;
#[cfg(feature = "user")]
pub mod id;
#[cfg(feature = "user")]
pub mod intel;
#[cfg(feature = "user")]
pub mod model;
#[cfg(feature = "user")]
pub mod package;
#[cfg(feature = "user")]
pub mod registry;
#[cfg(feature = "user")]
pub mod report;
#[cfg(feature = "user")]
pub mod revocation;
pub mod rpc;
pub mod spelling;
#[cfg(feature = "user")]
pub mod surface;
#[cfg(feature = "user")]
pub mod telemetry;
#[cfg(feature = "user")]
pub mod text;
#[cfg(feature = "user")]
pub mod time;
#[cfg(feature = "user")]
pub mod usage;
#[cfg(feature = "user")]
pub mod vault;
#[cfg(feature = "user")]
pub mod view;

#[cfg(feature = "user")]
pub use self::{
    batch::{Batch, Checkpoint, SessionFacts, Source, Subagent},
    config::Config,
    event::{Event, Kind, KindName, Outcome, Witness, Witnesses},
    finding::{Confidence, Finding, SealedValue, Severity, Span, Triage},
    id::{ContentHash, ContentHasher, EventId, FindingId, NaturalKey, SessionId, SourceId},
    surface::{Coverage, Surface, Verdict},
    text::{Masked, Sensitive},
    time::Timestamp,
    usage::{Cost, Money, Usage},
};

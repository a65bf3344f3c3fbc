//! What the dashboard asks the agent, and the documents it is shown. Every list is bounded and
//! paged; offsets into text are UTF-16 code units, which is how a browser counts. Field names
//! are only ever added to.
//!
//! Questions are the query strings of `GET /api/v1/...`; times in them are RFC 3339, lists are
//! separated by commas.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod analytics;
mod event;
mod feed;
mod finding;
mod install;
mod lineage;
mod machine;
mod session;
mod suppression;

pub use self::{
    analytics::{Analytics, AnalyticsBy, AnalyticsQuery, Point, Series, ToolRow},
    event::{EventView, Excerpt, Excerpts, SightingRow, SpanRow},
    feed::{Density, DensityRow, Feed, FeedCursor, FeedQuery, FeedRow},
    finding::{
        FindingPage, FindingPlace, FindingQuery, FindingView, SentWith, TriageDone, TriageOrder,
        TriageStep,
    },
    install::{InstallPage, InstallQuery, InstallRow},
    lineage::{Destination, DestinationKind, EntryWay, Left, Lineage, LineageEntry},
    machine::{
        Digest, FileRow, FlowRow, Machine, ProcessPage, ProcessQuery, ProcessRow, Recorded, TreeRow,
    },
    session::{
        AloneCall, Apart, CallPoint, FileUse, Outline, OutlineRow, SessionFind, SessionPage,
        SessionQuery, SessionView, ThreadRow, TurnRow,
    },
    suppression::{
        SuppressOrder, Suppressed, SuppressionRow, Suppressions, UnsuppressOrder, Unsuppressed,
    },
};

/// Answers to a filter's drop-downs: how many rows each value has, by value.
pub type Counts = BTreeMap<String, u64>;

/// `vigil.facets/1`: the values that filters can be set to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Facets {
    /// Sessions by client.
    pub clients: Counts,
    /// Sessions by project, that is by working directory; the most recent 500.
    pub projects: Counts,
    /// Sessions by the model used last.
    pub models: Counts,
}

/// Rows of one answer at most, whatever is asked for.
pub const MAX_ROWS: u64 = 200;

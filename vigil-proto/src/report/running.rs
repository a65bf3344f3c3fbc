//! How the agent is kept running, and when it did not record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{finding::words, time::Timestamp};

words! {
    /// Who started the agent.
    #[derive(Default)]
    StartedBy {
        /// Not known.
        #[default]
        Unknown = "unknown",
        /// The service manager, which starts it again when it dies.
        Service = "service",
        /// A person in a terminal, with which it ends.
        Terminal = "terminal",
        /// Something else, without a terminal.
        Other = "other",
    }
}

words! {
    /// How it stands with the service.
    #[derive(Default)]
    ServiceState {
        /// Not known.
        #[default]
        Unknown = "unknown",
        /// This machine has no service manager for users.
        NoManager = "no-manager",
        /// It is not installed.
        Absent = "absent",
        /// Its files are there.
        Installed = "installed",
    }
}

/// Gaps of the last day: when something was not recorded, or could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Gaps {
    /// How many.
    pub n: u64,
    /// When the latest was.
    pub last: Option<Timestamp>,
    /// How many, by reason.
    pub by: BTreeMap<String, u64>,
}

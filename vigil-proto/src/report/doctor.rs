//! What `vigil doctor` says: each way of capture tried with a synthetic event that counts for nothing.

use serde::{Deserialize, Serialize};

/// The document `vigil.doctor/1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Doctor {
    /// In the order of the data's way.
    pub checks: Vec<Check>,
    /// How many of them have problems.
    pub problems: u32,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Check {
    /// Its name, such as `proxy`; what `vigil doctor NAME` takes.
    pub name: String,
    /// How it ended.
    pub verdict: CheckVerdict,
    /// What was seen, in a sentence.
    pub words: String,
    /// The command or the change that mends it, where there is something to mend.
    pub remedy: Option<String>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// It works, shown end to end.
    Works,
    /// It is not asked for in the configuration, or not there to be tried.
    Off,
    /// It works, and something is not as it should be.
    Warning,
    /// It does not work.
    Problem,
}

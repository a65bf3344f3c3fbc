//! Tokens, cost and tools over time.

use serde::{Deserialize, Serialize};

use crate::{
    report::{UsageFigures, UsageRow},
    text::Masked,
    time::Timestamp,
};

/// What to add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields))]
pub struct AnalyticsQuery {
    /// At or after this time; 30 days ago when absent. Rounded down to a quarter of an hour.
    pub from: Option<Timestamp>,
    /// Before this time; now when absent.
    pub to: Option<Timestamp>,
    /// What makes a series.
    pub by: Option<AnalyticsBy>,
    /// Of this client.
    pub client: Option<String>,
    /// In this working directory.
    pub project: Option<String>,
    /// Of this model.
    pub model: Option<String>,
}

/// What makes a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub enum AnalyticsBy {
    /// Model.
    #[default]
    Model,
    /// Client.
    Client,
    /// Working directory.
    Project,
}

/// `vigil.analytics/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Analytics {
    /// What was added up begins here.
    pub from: Timestamp,
    /// And ends before this.
    pub to: Timestamp,
    /// The time zone of buckets of a day and more.
    pub time_zone: String,
    /// Beginnings of the buckets, seconds since the epoch. At most 200.
    pub buckets: Vec<i64>,
    /// Length of a bucket in seconds: 900, 3600, 10800, 86400 or 604800. A day on which the
    /// clocks change is an hour shorter or longer.
    pub step: i64,
    /// The largest series first; the ninth is the sum of all others, with the key `other`.
    pub series: Vec<Series>,
    /// Everything.
    pub total: UsageFigures,
    /// The same length of time before `from`.
    pub before: UsageFigures,
    /// By model, the dearest first; at most 100 rows each, like the following.
    pub models: Vec<UsageRow>,
    /// By client.
    pub clients: Vec<UsageRow>,
    /// By working directory.
    pub projects: Vec<UsageRow>,
    /// Tools, the most used first. A filter by model does not reach them.
    pub tools: Vec<ToolRow>,
    /// When the record begins: the first quarter of an hour with usage.
    pub first: Option<Timestamp>,
}

/// One line of a chart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Series {
    /// The model, client or working directory.
    pub key: Masked,
    /// One a bucket.
    pub points: Vec<Point>,
}

/// Usage in one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Point {
    /// Model calls.
    pub calls: u64,
    /// Tokens read at full price.
    pub input: u64,
    /// Tokens read from the cache.
    pub cache_read: u64,
    /// Tokens written to the cache.
    pub cache_write: u64,
    /// Tokens produced.
    pub output: u64,
    /// Cost in US dollars.
    pub cost_usd: f64,
    /// True when any part of the cost was estimated.
    pub estimated: bool,
}

/// Calls of one tool.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ToolRow {
    /// The tool.
    pub name: Masked,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that were refused.
    pub denied: u64,
}

//! `vigil installs`.

use std::num::NonZeroU64;

use clap::Args as ClapArgs;
use vigil_proto::Severity;

#[derive(Debug, ClapArgs)]
pub(crate) struct Installs {
    /// Only what was asked for since: a time (without a zone: yours), a day, or 2h, 7d, ...
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only what was asked for before
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// Only of this client, such as `claude-code`
    #[arg(long)]
    pub(crate) client: Option<String>,
    /// Only this package, by its whole name
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// Only of this ecosystem, such as `npm` or `pypi`
    #[arg(long)]
    pub(crate) ecosystem: Option<String>,
    /// Only this session; a beginning of its id is enough
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Only what is thought this badly of, and worse
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<Severity>,
    /// At most so many, the latest first
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    /// One JSON record a line
    #[arg(long, conflicts_with = "json")]
    pub(crate) jsonl: bool,
}

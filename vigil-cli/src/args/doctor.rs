//! `vigil doctor`.

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct Doctor {
    /// Only these checks, by their names
    #[arg(value_name = "CHECK")]
    pub(crate) only: Vec<String>,
}

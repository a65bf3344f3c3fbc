//! `vigil intel`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, builder::NonEmptyStringValueParser};

#[derive(Debug, ClapArgs)]
pub(crate) struct Intel {
    #[command(subcommand)]
    pub(crate) action: Option<IntelAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IntelAction {
    /// Which lists there are, how old they are and what came of the last update
    Status,
    /// Take in OSV archives, tables of names, and exports of URLhaus and ThreatFox: all, or nothing
    Import {
        /// Archives, folders or files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The list's name, for one file; what has the same one is replaced
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        name: Option<String>,
        /// Whose packages a table of names has, such as npm, where the file's name does not say
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        ecosystem: Option<String>,
    },
    /// Fetch the lists that the configuration names, as far as they are new
    Update {
        /// Redirect hosts for tests; loopback targets only
        #[arg(long, value_name = "FILE")]
        test_upstreams: Option<PathBuf>,
    },
    /// Take a list out
    Remove {
        /// Its name
        #[arg(value_name = "LIST", value_parser = NonEmptyStringValueParser::new())]
        name: String,
    },
}

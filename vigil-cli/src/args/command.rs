//! `vigil check-install`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::CheckFormat;

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckInstall {
    /// The command, after `--`: its words, or one text as a shell would read it
    #[arg(
        value_name = "COMMAND",
        last = true,
        required_unless_present = "jsonl_in",
        conflicts_with = "jsonl_in"
    )]
    pub(crate) command: Vec<String>,
    /// Take {"id","command"} records, one a line (-: stdin)
    #[arg(long, value_name = "FILE")]
    pub(crate) jsonl_in: Option<PathBuf>,
    /// How to print; text by itself, jsonl with --jsonl-in
    #[arg(long, value_enum)]
    pub(crate) format: Option<CheckFormat>,
    /// Exit with 1 when it is high or worse
    #[arg(long)]
    pub(crate) exit_code: bool,
}

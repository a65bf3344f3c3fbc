//! Looking for secrets: its speed on transcripts, beside other scanners, and its quality on a labelled
//! file. It is measured by a crate of its own (`bench`); docs/BENCH.md says what the figures mean.

use std::ffi::OsString;

use anyhow::Result;

use super::load;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    load::run("secrets", args)
}

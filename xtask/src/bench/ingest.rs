//! Reading transcripts: those that are there, and those that are being written. What is read and
//! what it measures are a crate of their own (`bench`); docs/BENCH.md says what the figures mean.

use std::ffi::OsString;

use anyhow::Result;

use super::load;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    load::run("ingest", args)
}

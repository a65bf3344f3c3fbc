//! Judging packages: what it costs, how much it finds, and other checkers on the same names. It is
//! measured by a crate of its own (`bench`); docs/BENCH.md says what the figures mean.

use std::ffi::OsString;

use anyhow::Result;

use super::load;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    load::run("packages", args)
}

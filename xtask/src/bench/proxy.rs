//! The proxy against going directly, and against mitmproxy where it is installed. The load and what
//! it measures are a crate of their own (`bench`); docs/BENCH.md says what the figures mean.

use std::ffi::OsString;

use anyhow::Result;

use super::load;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    load::run("proxy", args)
}

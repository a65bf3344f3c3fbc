//! The dashboard with a large record, in a real browser: answers of the API, first views, scrolling,
//! a live event's way to the screen, and what an open tab costs. Measured by
//! `tests/browser/bench`.
//!
//! `VIGIL_BENCH_CORPUS` names a folder that holds `projects/` as Claude Code lays it out; without
//! it a corpus of about 100 MiB is made.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};

use super::corpus;
use crate::{browser, cargo};

pub(crate) fn run() -> Result<()> {
    let binaries = cargo::build_release()?;
    let scratch = tempfile::tempdir().context("make a scratch folder")?;
    let corpus = if let Some(folder) = env::var_os("VIGIL_BENCH_CORPUS") {
        PathBuf::from(folder)
    } else {
        eprintln!("making a corpus of about 100 MiB ...");
        corpus::make(scratch.path(), 200, 100 << 20)?;
        scratch.path().to_owned()
    };
    let mut bench = browser::script("bench/dashboard.js")?;
    bench.env("VIGIL_TEST_BINARIES", binaries).env("VIGIL_BENCH_CORPUS", corpus);
    cargo::succeed(bench)
}

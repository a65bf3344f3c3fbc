//! `cargo xtask bench [NAME]`: the places where times live. Nothing here passes or fails; it
//! prints what was measured, on stdout, and progress on stderr.

use std::ffi::OsString;

use anyhow::{Result, bail};

mod corpus;
mod dashboard;
mod ingest;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    match args.first().map(|name| name.to_string_lossy()).as_deref() {
        None => ingest::run().and_then(|()| dashboard::run()),
        Some("ingest") => ingest::run(),
        Some("dashboard") => dashboard::run(),
        Some(other) => bail!("no benchmark is called `{other}`; there are: ingest, dashboard"),
    }
}

//! `cargo xtask bench [NAME]`: the places where times live. Nothing here passes or fails; it
//! prints what was measured, on stdout, and progress on stderr.

use std::ffi::OsString;

use anyhow::{Result, bail};

mod dashboard;
mod ingest;
mod load;
mod packages;
mod proxy;
mod secrets;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    let (name, rest) = args.split_first().unzip();
    let rest = rest.unwrap_or_default();
    match name.map(|name| name.to_string_lossy()).as_deref() {
        None => {
            ingest::run(rest).and_then(|()| dashboard::run(rest)).and_then(|()| proxy::run(rest))
        }
        Some("ingest") => ingest::run(rest),
        Some("dashboard") => dashboard::run(rest),
        Some("proxy") => proxy::run(rest),
        Some("secrets") => secrets::run(rest),
        Some("packages") => packages::run(rest),
        Some(other) => {
            bail!(
                "no benchmark is called `{other}`; there are: ingest, dashboard, proxy, secrets, \
                 packages"
            )
        }
    }
}

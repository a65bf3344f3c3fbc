//! The proxy against going directly, and against mitmproxy where it is installed. The load and what
//! it measures are a crate of their own (`bench`), built in release as Vigil is; docs/BENCH.md says
//! what the figures mean.

use std::{ffi::OsString, process::Command};

use anyhow::{Context, Result, bail};

use crate::cargo;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    eprintln!("building Vigil and the load in release ...");
    let binaries = cargo::build_release()?;
    let load = cargo::cargo(&["build", "--release", "--locked", "-p", "vigil-bench"]);
    cargo::succeed(load).context("the build of the load failed")?;
    let mut bench = Command::new(binaries.join("vigil-bench"));
    bench.arg("proxy").arg("--vigil").arg(binaries.join("vigil")).args(args);
    let status = bench.status().context("cannot start vigil-bench")?;
    if !status.success() {
        bail!("nothing was measured: vigil-bench ended with {status}");
    }
    Ok(())
}

//! The crate `bench`, built in release as Vigil is, and run on it.

use std::{ffi::OsString, process::Command};

use anyhow::{Context, Result, bail};

use crate::cargo;

/// Runs its benchmark `name`.
pub(crate) fn run(name: &str, args: &[OsString]) -> Result<()> {
    eprintln!("building Vigil and the load in release ...");
    let binaries = cargo::build_release()?;
    let load = cargo::cargo(&["build", "--release", "--locked", "-p", "vigil-bench"]);
    cargo::succeed(load).context("the build of the load failed")?;
    let mut bench = Command::new(binaries.join("vigil-bench"));
    bench.arg(name).arg("--vigil").arg(binaries.join("vigil")).args(args);
    let status = bench.status().context("cannot start vigil-bench")?;
    if !status.success() {
        bail!("nothing was measured: vigil-bench ended with {status}");
    }
    Ok(())
}

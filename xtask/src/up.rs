//! `cargo xtask up`: builds in release and becomes `vigil up`. The process id stays the same, so
//! that signals reach Vigil itself.

use std::{ffi::OsString, os::unix::process::CommandExt, process::Command};

use anyhow::{Context, Result};

use crate::cargo;

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    eprintln!("building Vigil (the first time takes a few minutes) ...");
    let vigil = cargo::build_release()?.join("vigil");
    let error = Command::new(&vigil).arg("up").args(args).exec();
    Err(error).with_context(|| format!("cannot start {}", vigil.display()))
}

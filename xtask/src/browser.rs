//! The folder of the browser tests, whose packages also check and make parts of the dashboard.

use std::path::PathBuf;

use anyhow::Result;

use crate::{cargo::root, npm};

pub(crate) fn folder() -> PathBuf {
    root().join("tests/browser")
}

/// The folder, with its packages installed in it: that is where modules look for one another.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = folder();
    npm::install(&folder, &folder)?;
    Ok(folder)
}

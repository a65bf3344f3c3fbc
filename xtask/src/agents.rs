//! The real agent clients that the end-to-end tests run: installed once below the target folder,
//! in exactly the versions that `tests/agents` names.

use std::env;

use anyhow::{Context, Result};

use crate::{
    cargo::{self, root},
    npm, python,
};

/// aider brings hundreds of megabytes of libraries, so it is there for those who ask for it.
const AIDER: &str = "VIGIL_TEST_AIDER";

/// Installs what is not there or is of another version.
pub(crate) fn ensure() -> Result<()> {
    let here = root().join("tests/agents");
    let there = cargo::target_dir()?.join("agents");
    npm::install(&here, &there).context("no agent clients")?;
    python::install(&here.join("sdks.txt"), &there.join("sdks")).context("no providers' SDKs")?;
    if env::var_os(AIDER).is_some() {
        python::install(&here.join("aider.txt"), &there.join("aider")).context("no aider")?;
    } else {
        eprintln!("aider is not installed, for its size; set {AIDER} to have it tested");
    }
    Ok(())
}

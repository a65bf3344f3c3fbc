//! The real agent clients that the end-to-end tests run: installed once below the target folder,
//! in exactly the versions that `tests/agents` names.

use std::{env, fs};

use anyhow::{Context, Result};

use crate::{
    cargo::{self, root},
    npm, python,
};

/// aider brings hundreds of megabytes of libraries, so it is there for those who ask for it.
const AIDER: &str = "VIGIL_TEST_AIDER";

/// Why the providers' SDKs could not be installed; `real_clients` prints it in place of a test.
const SDKS_MISSING: &str = "sdks.missing";

/// Installs what is not there or is of another version.
pub(crate) fn ensure() -> Result<()> {
    let here = root().join("tests/agents");
    let there = cargo::target_dir()?.join("agents");
    npm::install(&here, &there).context("no agent clients")?;
    let sdks = there.join("sdks");
    // Without an index for Python there is no way to them; their tests say so where they would run.
    let why = there.join(SDKS_MISSING);
    match python::install(&here.join("sdks.txt"), &sdks) {
        Ok(()) if why.exists() => fs::remove_file(&why).context("remove a note")?,
        Ok(()) => {}
        Err(error) => {
            eprintln!("the providers' SDKs for Python are not tested: {error:#}");
            fs::write(&why, format!("{error:#}\n")).context("note why")?;
        }
    }
    if env::var_os(AIDER).is_some() {
        python::install(&here.join("aider.txt"), &there.join("aider")).context("no aider")?;
    } else {
        eprintln!("aider is not installed, for its size; set {AIDER} to have it tested");
    }
    Ok(())
}

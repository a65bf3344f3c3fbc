//! The real agent clients that the end-to-end tests run: installed once below the target folder,
//! in exactly the versions that `tests/agents` names.

use anyhow::{Context, Result};

use crate::{
    cargo::{self, root},
    npm,
};

/// Installs what is not there or is of another version.
pub(crate) fn ensure() -> Result<()> {
    npm::install(&root().join("tests/agents"), &cargo::target_dir()?.join("agents"))
        .context("no agent clients")
}

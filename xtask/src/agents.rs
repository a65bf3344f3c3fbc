//! The real agent clients that the end-to-end tests run: installed once below the target folder,
//! in exactly the versions that `tests/agents` names. Their install scripts are not run.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{
    cargo::{self, root},
    tools,
};

/// What npm needs, and what says which versions are meant.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// npm writes this one last.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// Installs what is not there or is of another version.
pub(crate) fn ensure() -> Result<()> {
    let here = root().join("tests/agents");
    let there = cargo::target_dir()?.join("agents");
    if is_current(&here, &there) {
        return Ok(());
    }
    tools::ensure_npm()?;
    fs::create_dir_all(&there).with_context(|| format!("make {}", there.display()))?;
    for name in FILES {
        fs::copy(here.join(name), there.join(name)).with_context(|| format!("copy {name}"))?;
    }
    let mut install = cargo::command("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    install.current_dir(&there);
    cargo::succeed(install).context("the agent clients could not be installed")?;
    if !is_current(&here, &there) {
        bail!("npm left {} without its packages", there.display());
    }
    Ok(())
}

fn is_current(here: &Path, there: &Path) -> bool {
    let same = |name: &str| {
        let (ours, theirs) = (fs::read(here.join(name)), fs::read(there.join(name)));
        matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours == theirs)
    };
    there.join(INSTALLED).is_file() && FILES.iter().all(|name| same(name))
}

#[cfg(test)]
mod tests;

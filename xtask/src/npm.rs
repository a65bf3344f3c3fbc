//! Packages from npm, in exactly the versions that a folder's lock file names. Install scripts are
//! not run; nothing is installed outside of the folder that is asked for.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{cargo, tools};

/// What npm needs, and what says which versions are meant.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// Copies of both, made when npm has finished: what is installed.
const INSTALLED: &str = "node_modules/.installed";

/// Installs the packages that `here` asks for into `there`, unless they are there.
pub(crate) fn install(here: &Path, there: &Path) -> Result<()> {
    if is_current(here, there) {
        return Ok(());
    }
    tools::ensure_node()?;
    fs::create_dir_all(there).with_context(|| format!("make {}", there.display()))?;
    if here != there {
        copy(here, there)?;
    }
    // `ci` refuses a lock file that lacks a package for other machines, as where that was never
    // published. `install` takes what is locked just as exactly; it runs on copies.
    let how: &[&str] = if here == there { &["ci"] } else { &["install", "--no-save"] };
    let mut install = cargo::command("npm", how);
    install.args(["--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(there);
    cargo::succeed(install)
        .with_context(|| format!("the packages of {} could not be installed", here.display()))?;
    let installed = there.join(INSTALLED);
    fs::create_dir_all(&installed).with_context(|| format!("make {}", installed.display()))?;
    copy(here, &installed)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for name in FILES {
        fs::copy(from.join(name), to.join(name)).with_context(|| format!("copy {name}"))?;
    }
    Ok(())
}

fn is_current(here: &Path, there: &Path) -> bool {
    let installed = there.join(INSTALLED);
    FILES.iter().all(|name| {
        let (asked, have) = (fs::read(here.join(name)), fs::read(installed.join(name)));
        matches!((asked, have), (Ok(asked), Ok(have)) if asked == have)
    })
}

#[cfg(test)]
mod tests;

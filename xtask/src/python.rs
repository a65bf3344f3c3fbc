//! Packages for Python, in exactly the versions and with the hashes that a file names, in a place of
//! their own. Nothing of them is built here, and nothing is installed outside of that place.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{cargo, tools};

/// A copy of the file, made when everything is installed: what is.
const INSTALLED: &str = ".installed";

/// Installs what the file `asked` names into `there`, unless it is there.
pub(crate) fn install(asked: &Path, there: &Path) -> Result<()> {
    let installed = there.join(INSTALLED);
    let is_current = matches!(
        (fs::read(asked), fs::read(&installed)),
        (Ok(asked), Ok(installed)) if asked == installed
    );
    if is_current {
        return Ok(());
    }
    tools::ensure_python()?;
    let mut make = cargo::command("python3", &["-m", "venv", "--clear"]);
    make.arg(there);
    cargo::succeed(make).with_context(|| format!("make {}", there.display()))?;
    let python = there.join("bin/python");
    let python = python.to_str().context("the target folder's name is no UTF-8")?;
    let mut install = cargo::command(python, &["-m", "pip", "install"]);
    install.args(["--quiet", "--disable-pip-version-check", "--no-input"]);
    install.args(["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement"]);
    install.arg(asked);
    cargo::succeed(install)
        .with_context(|| format!("the packages of {} could not be installed", asked.display()))?;
    fs::copy(asked, &installed).with_context(|| format!("copy {}", asked.display()))?;
    Ok(())
}

//! The dashboard in real browsers: the folder of those tests, whose packages also check the page's
//! types and make its libraries.

use std::{env, ffi::OsString, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    cargo::{self, root},
    npm, tools,
};

/// How the tests are run. The reporter is named, for Node chooses another one without a terminal;
/// two files at a time, for a browser mostly waits. A file that hangs ends after a quarter of an hour.
const TEST: [&str; 4] =
    ["--test", "--test-reporter=spec", "--test-concurrency=2", "--test-timeout=900000"];

/// `cargo xtask screenshots [FOLDER]`: every view as it looks, into `docs/dashboard`.
pub(crate) fn screenshots(args: &[OsString]) -> Result<()> {
    let into = match args {
        [] => root().join("docs/dashboard"),
        [folder] => env::current_dir().context("ask where we are")?.join(folder),
        _ => bail!("usage: cargo xtask screenshots [FOLDER]"),
    };
    // What a user gets, and quick with a large store.
    let binaries = cargo::build_release()?;
    let mut node = script("screenshots.js")?;
    node.arg(into).env("VIGIL_TEST_BINARIES", binaries);
    cargo::succeed(node)
}

/// One of the folder's programs, with its packages and the browsers there.
pub(crate) fn script(name: &str) -> Result<Command> {
    tools::ensure_browsers()?;
    Ok(inside(cargo::command("node", &[name]), install()?))
}

pub(crate) fn folder() -> PathBuf {
    root().join("tests/browser")
}

/// The folder, with its packages installed in it: that is where modules look for one another.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = folder();
    npm::install(&folder, &folder)?;
    Ok(folder)
}

/// The types of the page fit together, those of the extension, and those of their tests.
pub(crate) fn check_types() -> Result<()> {
    let tests = install()?;
    let folders =
        [root().join("vigil-agent/dashboard"), root().join("browser_extension"), tests.clone()];
    for folder in folders {
        let mut tsc = cargo::command("node", &["node_modules/typescript/bin/tsc", "-p"]);
        tsc.arg(&folder);
        cargo::succeed(inside(tsc, tests.clone()))
            .with_context(|| format!("the types in {} do not fit", folder.display()))?;
    }
    Ok(())
}

/// All tests, before the programs of the debug build.
pub(crate) fn suite() -> Result<Command> {
    let folder = install()?;
    tools::ensure_browsers()?;
    let mut node = cargo::command("node", &TEST);
    node.env("VIGIL_TEST_BINARIES", cargo::target_dir()?.join("debug"));
    // Colours would hide the totals.
    node.env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    Ok(inside(node, folder))
}

fn inside(mut command: Command, folder: PathBuf) -> Command {
    command.current_dir(folder);
    command
}

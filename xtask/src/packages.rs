//! `cargo xtask packages DATA [--check]`: the names of packages that Vigil carries, made from lists
//! of names. docs/PACKAGES.md says which lists, and where they are from. The same lists give the
//! same bytes.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::Path,
    process::Stdio,
};

use anyhow::{Context, Result, bail};

use crate::cargo::{self, root};

/// What the program carries, and in a folder of its own, the lists that are kept with it.
const CARRIED: &str = "vigil-detect/data/packages";
const LISTS: &str = "lists";
const SUMS: &str = "sums.tsv";

/// The example writes the files, and says what it wrote.
const MAKE: &[&str] = &[
    "run",
    "--quiet",
    "--release",
    "--locked",
    "-p",
    "vigil-detect",
    "--example",
    "packages",
    "--",
];

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    match args {
        [data] => make(data, &root().join(CARRIED)),
        [data, flag] if flag == "--check" => check(data),
        _ => bail!("usage: cargo xtask packages DATA [--check]"),
    }
}

fn make(data: &OsStr, out: &Path) -> Result<()> {
    let mut make = cargo::cargo(MAKE);
    make.arg(data).arg(root().join(CARRIED).join(LISTS)).arg(out);
    let output = make.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.context("cannot run cargo")?;
    if !output.status.success() {
        bail!("the names could not be written: {}", output.status);
    }
    let sums = out.join(SUMS);
    fs::write(&sums, output.stdout).with_context(|| format!("write {}", sums.display()))
}

/// What is carried is what these lists give.
fn check(data: &OsStr) -> Result<()> {
    let made = tempfile::tempdir().context("cannot make a folder")?;
    make(data, made.path())?;
    let carried = root().join(CARRIED);
    for entry in fs::read_dir(made.path()).context("list what was made")? {
        let file = entry?.file_name();
        let path = carried.join(&file);
        let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
        if read(&made.path().join(&file))? != read(&path)? {
            bail!(
                "{} is not what these lists give; run: cargo xtask packages DATA",
                path.display()
            );
        }
    }
    Ok(())
}

//! `cargo xtask types [--check]`: the documents of the local API as the dashboard's type check sees
//! them. The Rust types are the contract; this only writes down what they say.

use std::{ffi::OsString, fs, path::PathBuf, process::Stdio};

use anyhow::{Context, Result, bail};

use crate::cargo::{self, root};

/// The example prints every document as TypeScript.
const PRINT: &[&str] = &[
    "run",
    "--quiet",
    "--locked",
    "-p",
    "vigil-proto",
    "--features",
    "types",
    "--example",
    "types",
];

pub(crate) fn run(args: &[OsString]) -> Result<()> {
    match args {
        [] => write(),
        [flag] if flag == "--check" => check(),
        _ => bail!("usage: cargo xtask types [--check]"),
    }
}

/// The file, made anew.
fn write() -> Result<()> {
    let (path, text) = (path(), print()?);
    if fs::read_to_string(&path).is_ok_and(|now| now == text) {
        return Ok(());
    }
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))
}

/// The file says what the Rust types say.
pub(crate) fn check() -> Result<()> {
    let path = path();
    let said = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    if said != print()? {
        bail!("{} is not what the Rust types say; run: cargo xtask types", path.display());
    }
    Ok(())
}

fn path() -> PathBuf {
    root().join("vigil-agent/dashboard/types/api.d.ts")
}

fn print() -> Result<String> {
    let mut print = cargo::cargo(PRINT);
    print.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = print.output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("the types could not be printed: {}", output.status);
    }
    let text = String::from_utf8(output.stdout).context("the types are not UTF-8")?;
    Ok(in_order(&text))
}

/// The declarations by name, without spaces at the ends of lines. The order in which they are
/// printed differs from one build to the next: a derive goes through a hash set.
fn in_order(text: &str) -> String {
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    let text = text.join("\n");
    let (words, types) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut types: Vec<&str> = types.split("\n\n").map(str::trim).collect();
    types.retain(|declaration| !declaration.is_empty());
    types.sort_by_key(|declaration| name(declaration));
    format!("{words}\n\n{}\n", types.join("\n\n"))
}

fn name(declaration: &str) -> &str {
    let after = declaration.split_once("export type ").map_or("", |(_, after)| after);
    after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;

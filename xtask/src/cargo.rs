//! Calling cargo from the root of the workspace.

use std::{
    env, fmt,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result};

use crate::words::{self, Words};

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// `program ARGS`, to be run in the workspace's root.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let program = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(&program, args)
}

/// A command did not succeed.
#[derive(Debug)]
pub(crate) struct Unsuccessful {
    command: String,
    status: ExitStatus,
    /// The last that it said; nothing where a person has just read it.
    pub(crate) words: Words,
}

impl fmt::Display for Unsuccessful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ended with {}", self.command, self.status)
    }
}

impl std::error::Error for Unsuccessful {}

/// Runs to the end; an error when it does not succeed. On a terminal it writes there itself, with
/// its colours and bars; elsewhere the last of its words go with the error.
pub(crate) fn succeed(command: Command) -> Result<()> {
    run(command, !io::stderr().is_terminal())
}

fn run(mut command: Command, keep: bool) -> Result<()> {
    if keep {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let words = words::listen(&mut child, io::stdout(), |_| {});
    let status = child.wait().with_context(|| format!("cannot wait for {command:?}"))?;
    if status.success() {
        return Ok(());
    }
    Err(Unsuccessful { command: format!("{command:?}"), status, words }.into())
}

/// Builds what a user runs, in release, and says where it is.
pub(crate) fn build_release() -> Result<PathBuf> {
    let packages = ["-p", "vigil-cli", "-p", "vigil-agent"];
    let mut build = cargo(&["build", "--release", "--locked", "--bins"]);
    build.args(packages);
    succeed(build).context("the build failed")?;
    Ok(target_dir()?.join("release"))
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .context("cannot run cargo metadata")?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata gave no JSON")?;
    let folder = metadata.get("target_directory").and_then(|folder| folder.as_str());
    Ok(folder.context("cargo metadata names no target folder")?.into())
}

#[cfg(test)]
mod tests;

//! The operating system's own programs that packages are made by.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};

/// Runs to the end, and gives what it printed.
pub(super) fn output(command: &mut Command) -> Result<Vec<u8>> {
    feed(command, &[])
}

/// The same with `input` on its stdin.
pub(super) fn feed(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let stdin = child.stdin.take();
    let ended = thread::scope(|scope| {
        scope.spawn(move || {
            // One that ends early says so by how it ends.
            stdin.map(|mut stdin| stdin.write_all(input))
        });
        child.wait_with_output()
    });
    let ended = ended.with_context(|| format!("cannot wait for {command:?}"))?;
    if !ended.status.success() {
        let words = String::from_utf8_lossy(&ended.stderr);
        bail!("{command:?} ended with {}: {}", ended.status, words.trim());
    }
    Ok(ended.stdout)
}

/// As `gzip` packs it, without a name and a time.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    gzip_at("-9", bytes)
}

/// The same, as hard as `level` says.
pub(super) fn gzip_at(level: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    feed(Command::new("gzip").args(["-n", level]), bytes)
}

/// A program without what only a debugger wants.
pub(super) fn strip(program: &Path, into: &Path) -> Result<()> {
    let mut strip = Command::new("strip");
    strip.args(["--strip-all", "--remove-section=.comment", "-o"]).arg(into).arg(program);
    output(&mut strip).map(drop)
}

/// The sum of each file, as the program `sum` writes it: paths as they are given, from `folder`.
pub(super) fn sums(sum: &str, folder: &Path, files: &[String]) -> Result<String> {
    let mut command = Command::new(sum);
    command.arg("--").args(files).current_dir(folder);
    String::from_utf8(output(&mut command)?).context("sums are text")
}

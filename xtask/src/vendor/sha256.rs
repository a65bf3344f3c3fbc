//! SHA-256 of a file, by the operating system's own tool: xtask stays small and builds fast.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// What is on Linux, and on a Mac.
const TOOLS: [(&str, &[&str]); 2] = [("sha256sum", &[]), ("shasum", &["-a", "256"])];

/// The digest of `file` in hexadecimal.
pub(super) fn of(file: &Path) -> Result<String> {
    for (tool, args) in TOOLS {
        let mut sum = Command::new(tool);
        sum.args(args).arg(file).stdin(Stdio::null());
        // The tool is not here; the next one may be.
        let Ok(output) = sum.output() else { continue };
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let digest = said.split_whitespace().next().context("no digest")?;
        return Ok(digest.to_owned());
    }
    bail!("neither sha256sum nor shasum is here")
}

//! `SHA256SUMS`: what every package in the folder has to be, for `sha256sum --check`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{put, tools};

const FILE: &str = "SHA256SUMS";

/// Of all of ours in `out`, also those that were made before.
pub(super) fn write(out: &Path) -> Result<PathBuf> {
    let mut names = Vec::new();
    for entry in fs::read_dir(out).with_context(|| format!("list {}", out.display()))? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok();
        let ours = name.filter(|name| name.starts_with("vigil"));
        if let Some(name) = ours.filter(|_| entry.path().is_file()) {
            names.push(name);
        }
    }
    names.sort();
    put(out, FILE, tools::sums("sha256sum", out, &names)?.as_bytes())
}

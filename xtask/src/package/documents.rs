//! The pages of the manual and the completions of shells, by the command itself: they say what it takes.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use super::{
    layout::File,
    tools::{gzip, output},
};
use crate::cargo::root;

/// Shells, and where each looks below the prefix.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/vigil"),
    ("zsh", "share/zsh/vendor-completions/_vigil"),
    ("fish", "share/fish/vendor_completions.d/vigil.fish"),
];

/// Written by hand: the daemon has no grammar to speak of.
const DAEMON: &str = "packaging/man/vigild.8";

pub(super) fn made_by(vigil: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for (name, page) in pages(vigil)? {
        files.push(File::data(format!("share/man/man1/{name}.gz"), gzip(&page)?));
    }
    let daemon = fs::read(root().join(DAEMON)).with_context(|| format!("read {DAEMON}"))?;
    files.push(File::data("share/man/man8/vigild.8.gz", gzip(&daemon)?));
    for (shell, path) in SHELLS {
        let home = tempfile::tempdir().context("cannot make a folder")?;
        let script = output(alone(vigil, home.path()).args(["completions", shell]))?;
        files.push(File::data(path, script));
    }
    Ok(files)
}

fn pages(vigil: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    output(alone(vigil, folder.path()).arg("man").arg(folder.path()))?;
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder.path()).context("list the manual")? {
        let path = entry?.path();
        if let Some(name) =
            path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file())
        {
            pages.push((name.to_owned(), fs::read(&path).context("read a page")?));
        }
    }
    pages.sort();
    Ok(pages)
}

/// The command, with nothing of whoever makes packages.
fn alone(vigil: &Path, home: &Path) -> Command {
    let mut command = Command::new(vigil);
    command.env_clear().env("HOME", home).env("VIGIL_HOME", home.join("vigil")).current_dir(home);
    command
}

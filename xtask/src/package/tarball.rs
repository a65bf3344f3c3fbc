//! The archive for every other Linux, with scripts that install it and take it out again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{Release, layout::File, put, tools};
use crate::cargo::root;

/// What is at the top of the archive, beside the files.
const SCRIPTS: [&str; 2] = ["install.sh", "uninstall.sh"];
const VERSION: &str = "@VERSION@";

/// Where shells look outside of a distribution's own packages.
const ZSH: (&str, &str) = ("share/zsh/vendor-completions/", "share/zsh/site-functions/");

/// Writes it into the folder `out`.
pub(super) fn write(release: &Release, out: &Path) -> Result<PathBuf> {
    let build = tempfile::tempdir().context("cannot make a folder")?;
    let name = release.name();
    for file in files(release)? {
        super::deb::place(build.path(), &format!("{name}/{}", file.path), file.mode, &file.bytes)?;
    }
    let mut tar = Command::new("tar");
    tar.args(["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0"]);
    tar.args(["--numeric-owner", "--mode=go-w"]).arg(format!("--mtime=@{}", release.epoch));
    tar.arg("--directory").arg(build.path()).arg(&name);
    let archive = tools::output(&mut tar)?;
    let level = if release.fast { "-1" } else { "-9" };
    put(out, &format!("{name}.tar.gz"), &tools::gzip_at(level, &archive)?)
}

/// Below the archive's one folder: the installation in `files`, the scripts beside it.
fn files(release: &Release) -> Result<Vec<File>> {
    let mut files: Vec<File> = release
        .layout
        .files
        .iter()
        .cloned()
        .map(|file| File { path: format!("files/{}", elsewhere(&file.path)), ..file })
        .collect();
    for script in SCRIPTS {
        let text = read(&format!("packaging/tarball/{script}"))?;
        let text = text.replace(VERSION, &release.version);
        files.push(File::program(script, text.into_bytes()));
    }
    files.push(File::data("README", read("packaging/tarball/README")?.into_bytes()));
    files.push(File::data("LICENSE", read("LICENSE")?.into_bytes()));
    Ok(files)
}

fn elsewhere(path: &str) -> String {
    match path.strip_prefix(ZSH.0) {
        Some(name) => format!("{}{name}", ZSH.1),
        None => path.to_owned(),
    }
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("read {path}"))
}

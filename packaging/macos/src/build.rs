//! A package from a folder that is the root of what is to be installed.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use embala_pkg::{DirSpec, FileSpec, PkgSpec};

use crate::{
    archive::Parts,
    bom, cpio,
    documents::{Facts, IDENTIFIER},
    macho, owners,
};

/// The only scripts that there are.
pub const SCRIPTS: [&str; 2] = ["postinstall", "preinstall"];

/// Kibibytes that are counted for a folder.
const FOLDER: u64 = 4;

/// The package, unsigned. The same folders give the same bytes.
pub fn package(root: &Path, scripts: &Path, version: &str) -> Result<Vec<u8>> {
    Facts::check_version(version)?;
    let mut found = Found::default();
    found.walk(root, "")?;
    ensure!(names(scripts)? == SCRIPTS, "the scripts are to be {}", SCRIPTS.join(" and "));

    let scratch = tempfile::tempdir().context("make a folder")?;
    let raw = scratch.path().join("raw.pkg");
    let spec = PkgSpec {
        name: "vigil".into(),
        display_name: "Vigil".into(),
        identifier: IDENTIFIER.into(),
        version: version.into(),
        install_location: "/".into(),
        enable_user_home: false,
        files: found.files,
        directories: found.folders,
        scripts: Some(scripts.to_owned()),
    };
    embala_pkg::build(&spec, &raw)?;
    let mut parts = Parts::read(&fs::read(&raw)?)?;

    bom::give(&mut parts.bom, |path, is_folder, mode| {
        owners::of(path, is_folder, mode & 0o111 != 0)
            .with_context(|| format!("{path} has no business in the package"))
    })?;
    cpio::give(&mut parts.payload, |entry| {
        owners::of(&entry.path, entry.is_folder(), entry.mode & 0o111 != 0)
            .with_context(|| format!("{} has no business in the package", entry.path))
    })?;
    let payload = cpio::read(&parts.payload)?;
    let facts = Facts {
        version: version.to_owned(),
        count: payload.len(),
        kibibytes: kibibytes(&payload),
        architectures: architectures(&payload)?,
    };
    parts.package_info = facts.package_info();
    parts.distribution = facts.distribution();
    parts.write()
}

/// What is to be installed takes this much.
pub fn kibibytes(payload: &[cpio::Entry]) -> u64 {
    payload
        .iter()
        .map(
            |entry| {
                if entry.is_folder() { FOLDER } else { (entry.bytes.len() as u64).div_ceil(1024) }
            },
        )
        .sum()
}

/// The processors that all of the programs are for.
pub fn architectures(payload: &[cpio::Entry]) -> Result<Vec<String>> {
    let is_script = |entry: &&cpio::Entry| !entry.bytes.starts_with(b"#!");
    let is_program = |entry: &&cpio::Entry| !entry.is_folder() && entry.mode & 0o111 != 0;
    let mut common: Option<Vec<&str>> = None;
    for program in payload.iter().filter(is_program).filter(is_script) {
        let own = macho::architectures(&program.bytes);
        ensure!(!own.is_empty(), "{} is not a program for macOS", program.path);
        common = Some(match common {
            None => own,
            Some(common) => common.into_iter().filter(|one| own.contains(one)).collect(),
        });
    }
    let common = common.context("there is no program in the package")?;
    ensure!(!common.is_empty(), "the programs are for different processors");
    Ok(common.into_iter().map(str::to_owned).collect())
}

#[derive(Default)]
struct Found {
    files: Vec<FileSpec>,
    folders: Vec<DirSpec>,
}

impl Found {
    fn walk(&mut self, folder: &Path, below: &str) -> Result<()> {
        for name in names(folder)? {
            let path = folder.join(&name);
            let dest = if below.is_empty() { name } else { format!("{below}/{name}") };
            let about = fs::symlink_metadata(&path)
                .with_context(|| format!("look at {}", path.display()))?;
            if about.is_dir() {
                self.folders.push(DirSpec { dest: dest.clone(), mode: Some(0o755) });
                self.walk(&path, &dest)?;
            } else if about.is_file() {
                let is_program = about.permissions().mode() & 0o111 != 0;
                let mode = Some(if is_program { 0o755 } else { 0o644 });
                self.files.push(FileSpec { src: path, dest, mode });
            } else {
                bail!("{} is neither a file nor a folder", path.display());
            }
        }
        Ok(())
    }
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let read = || format!("read {}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(read)? {
        let name: PathBuf = entry.with_context(read)?.file_name().into();
        let name = name.to_str().with_context(|| format!("the name of {}", name.display()))?;
        names.push(name.to_owned());
    }
    names.sort();
    Ok(names)
}

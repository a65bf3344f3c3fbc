//! What the licences of others ask for: their texts, with whatever is built of their work. Each text
//! once, with everybody who uses it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{binaries::Arch, sbom::Parts};
use crate::cargo::root;

/// How files with licences begin, in small letters.
const BEGINNINGS: [&str; 5] = ["licen", "copying", "copyright", "notice", "unlicense"];

/// Of the libraries that the dashboard serves.
const SERVED: &str = "vigil-agent/dashboard/vendor/licences";

pub(super) fn gather(arch: Arch) -> Result<String> {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for ((name, version), part) in Parts::of(arch)?.crates {
        // Our own is in `copyright`.
        if !part.is_shipped || part.folder.starts_with(root()) {
            continue;
        }
        let called = format!("{name} {version} ({})", part.licence);
        let texts = texts(&part.folder)?;
        if texts.is_empty() {
            without.push(called.clone());
        }
        for text in texts {
            users.entry(text).or_default().push(called.clone());
        }
    }
    for path in listed(&root().join(SERVED))? {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        users.entry(read(&path)?).or_default().push(format!("{name} (in the dashboard)"));
    }
    let mut all: Vec<(Vec<String>, String)> =
        users.into_iter().map(|(text, users)| (users, text)).collect();
    all.sort();
    let mut said =
        String::from("Vigil is built of the work of others. These are their licences.\n");
    for (users, text) in all {
        write!(said, "\n{}\n\n{}\n", "=".repeat(80), users.join("\n"))?;
        write!(said, "\n{}\n", text.trim_end())?;
    }
    if !without.is_empty() {
        write!(said, "\n{}\n\nWithout a text of their own:\n\n", "=".repeat(80))?;
        writeln!(said, "{}", without.join("\n"))?;
    }
    Ok(said)
}

/// How far below a crate's folder licences are looked for: sources of C have theirs there.
const DEPTH: u8 = 2;

/// The licences in a crate's folder and a little below.
fn texts(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for path in listed(&folder)? {
            if path.is_dir() && depth < DEPTH {
                folders.push((path, depth + 1));
            } else if is_licence(&path) {
                found.push(read(&path)?);
            }
        }
    }
    // The same text may be there twice.
    found.sort();
    found.dedup();
    Ok(found)
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.to_lowercase();
    path.is_file()
        && path.extension().is_none_or(|end| end != "rs")
        && BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;

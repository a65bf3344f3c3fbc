//! `cargo xtask package extension`: the browser extension as stores take it, one archive for each kind of
//! browser. The files are those of the folder; only the manifest differs. Made twice, it is the same to
//! the byte.

use std::{
    ffi::OsString,
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::cargo::{root, target_dir};

/// Where it is worked on.
const FOLDER: &str = "browser_extension";

/// What is for those who work on it alone.
const LEFT_OUT: [&str; 3] = ["firefox.json", "tsconfig.json", "types.d.ts"];

/// Writes them.
pub(crate) fn package(args: &[OsString]) -> Result<()> {
    match args {
        [what] if what == "extension" => {}
        _ => bail!("usage: cargo xtask package extension"),
    }
    let into = target_dir()?.join("package");
    fs::create_dir_all(&into).with_context(|| format!("create {}", into.display()))?;
    for path in write(&into)? {
        eprintln!("{}", path.display());
    }
    Ok(())
}

/// The archives in the folder `into`, and how they are called.
pub(crate) fn write(into: &Path) -> Result<Vec<PathBuf>> {
    let mut made = Vec::new();
    for (kind, archive) in archives(&root().join(FOLDER))? {
        let path = into.join(format!("vigil-extension-{kind}.zip"));
        fs::write(&path, archive).with_context(|| format!("write {}", path.display()))?;
        made.push(path);
    }
    Ok(made)
}

/// The files as a browser of Chromium's kind loads them from a folder: name and content, in order.
pub(crate) fn unpacked() -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let folder = root().join(FOLDER);
    let read = |name: PathBuf| {
        let bytes =
            fs::read(folder.join(&name)).with_context(|| format!("read {}", name.display()))?;
        Ok((name, bytes))
    };
    files(&folder)?.into_iter().map(read).collect()
}

/// The archive that Firefox loads.
pub(crate) fn for_firefox() -> Result<Vec<u8>> {
    let [_, (_, firefox)] = archives(&root().join(FOLDER))?;
    Ok(firefox)
}

/// The archives, each with the word of its browsers.
fn archives(folder: &Path) -> Result<[(&'static str, Vec<u8>); 2]> {
    let manifest = read_json(&folder.join("manifest.json"))?;
    let mut firefox = manifest.clone();
    merge(&mut firefox, &read_json(&folder.join("firefox.json"))?);
    let files = files(folder)?;
    Ok([
        ("chromium", archive(folder, &files, &manifest)?),
        ("firefox", archive(folder, &files, &firefox)?),
    ])
}

fn archive(folder: &Path, files: &[PathBuf], manifest: &Value) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // No time, no rights of a user: they would differ between two makings.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    for name in files {
        let bytes = if name == Path::new("manifest.json") {
            serde_json::to_vec_pretty(manifest)?
        } else {
            fs::read(folder.join(name)).with_context(|| format!("read {}", name.display()))?
        };
        archive.start_file(name.to_string_lossy(), options)?;
        archive.write_all(&bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The files that belong into it, below `folder`, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let entries = fs::read_dir(folder.join(&below))
            .with_context(|| format!("read {}", folder.join(&below).display()))?;
        for entry in entries {
            let entry = entry?;
            let name = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else if !LEFT_OUT.iter().any(|left_out| name == Path::new(left_out)) {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// A merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests;

//! The files that belong to the project.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A file by its path from the root.
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the root")
}

/// Every text file that git tracks; without git, every file that is not built or downloaded.
pub(crate) fn tracked() -> Vec<SourceFile> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let paths: Vec<PathBuf> = match listed {
        Ok(listed) if listed.status.success() && !listed.stdout.is_empty() => {
            let names = String::from_utf8(listed.stdout).expect("paths are UTF-8");
            names.split_terminator('\0').map(PathBuf::from).collect()
        }
        _ => walk(root()),
    };
    let read = |path: PathBuf| {
        // Removed but not yet committed, or not text.
        let text = fs::read_to_string(root().join(&path)).ok()?;
        Some(SourceFile { path: path.to_str()?.to_owned(), text })
    };
    paths.into_iter().filter_map(read).collect()
}

pub(crate) fn rust() -> Vec<SourceFile> {
    let mut files = tracked();
    files.retain(|file| Path::new(&file.path).extension().is_some_and(|end| end == "rs"));
    assert!(files.len() > 20, "found only {} Rust files", files.len());
    files
}

/// Test code by its place: `tests.rs`, or anywhere below a `tests` folder.
pub(crate) fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests")
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    const NOT_OURS: &[&str] = &["target", ".git", "node_modules"];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("list a folder").flatten() {
        let path = entry.path();
        if NOT_OURS.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path.strip_prefix(root()).expect("below the root").to_owned());
        }
    }
    found
}

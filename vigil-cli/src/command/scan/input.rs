//! The texts of files and folders. Links inside folders are not followed, and what is not text,
//! not a plain file or too large is named as not scanned.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::failure::Failure;

/// The largest text that is scanned, in bytes.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;
/// A NUL within so many first bytes means: not text.
const SNIFFED: usize = 8 * 1024;

/// Something that was not scanned, and why.
#[derive(Debug, Serialize)]
pub(super) struct Skipped {
    /// The path, or a record's place.
    pub(super) id: String,
    /// Why, in words.
    pub(super) reason: String,
    /// True when it was named on the command line.
    #[serde(skip)]
    pub(super) asked_for: bool,
}

/// Gives every text below `paths` to `each`.
pub(super) fn each(
    paths: &[PathBuf],
    skipped: &mut Vec<Skipped>,
    mut each: impl FnMut(&str, String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for path in paths {
        if path.as_os_str() == "-" {
            offer(Path::new("stdin"), io::stdin().lock(), true, skipped, &mut each)?;
            continue;
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => walk(path, skipped, &mut each)?,
            Ok(_) => file(path, true, skipped, &mut each)?,
            Err(error) => skip(path, error.to_string(), true, skipped),
        }
    }
    Ok(())
}

fn walk(
    root: &Path,
    skipped: &mut Vec<Skipped>,
    each: &mut impl FnMut(&str, String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() || path == root => match children(&path) {
                Ok(children) => open.extend(children),
                Err(error) => skip(&path, error.to_string(), path == root, skipped),
            },
            Ok(found) if found.is_file() => file(&path, false, skipped, each)?,
            Ok(found) if found.is_symlink() => {}
            Ok(_) => skip(&path, "not a plain file".to_owned(), false, skipped),
            Err(error) => skip(&path, error.to_string(), false, skipped),
        }
    }
    Ok(())
}

/// Backwards, so that taking from the end gives them in order.
fn children(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut children: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    children.sort_unstable_by(|a, b| b.cmp(a));
    Ok(children)
}

fn file(
    path: &Path,
    asked_for: bool,
    skipped: &mut Vec<Skipped>,
    each: &mut impl FnMut(&str, String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match File::open(path) {
        Ok(file) => offer(path, file, asked_for, skipped, each),
        Err(error) => {
            skip(path, error.to_string(), asked_for, skipped);
            Ok(())
        }
    }
}

fn offer(
    path: &Path,
    reader: impl Read,
    asked_for: bool,
    skipped: &mut Vec<Skipped>,
    each: &mut impl FnMut(&str, String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    if let Err(error) = reader.take(LARGEST + 1).read_to_end(&mut bytes) {
        skip(path, error.to_string(), asked_for, skipped);
    } else if bytes.len() as u64 > LARGEST {
        let reason = format!("larger than {} MiB", LARGEST / (1024 * 1024));
        skip(path, reason, asked_for, skipped);
    } else if bytes.iter().take(SNIFFED).any(|byte| *byte == 0) {
        skip(path, "binary".to_owned(), false, skipped);
    } else {
        each(&path.to_string_lossy(), text(bytes))?;
    }
    Ok(())
}

/// The bytes as text of the same length: each byte that is not UTF-8 becomes a `?`, so that
/// offsets stay those of the file.
fn text(bytes: Vec<u8>) -> String {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error,
    };
    let mut text = String::with_capacity(error.as_bytes().len());
    for chunk in error.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

fn skip(path: &Path, reason: String, asked_for: bool, skipped: &mut Vec<Skipped>) {
    skipped.push(Skipped { id: path.to_string_lossy().into_owned(), reason, asked_for });
}

//! The folders that Vigil makes on a machine, noted beside its record, with which the note goes: whoever
//! takes Vigil away takes those too that are empty then. One that was there before is never noted.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{paths::PathError, private};

/// The note's name in the folder of Vigil's data.
pub const NAME: &str = "folders.json";

/// Some hundred folders.
const MOST: u64 = 256 * 1024;

/// Who makes folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// For Vigil's own files.
    Own,
    /// For the service manager's.
    Service,
    /// For the system's proxy setting.
    Proxy,
}

impl Whose {
    const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Service => "service",
            Self::Proxy => "proxy",
        }
    }
}

/// `folder` and those above it that are not there, the outermost first.
pub fn missing(folder: &Path) -> Vec<PathBuf> {
    let is_missing =
        |at: &&Path| fs::symlink_metadata(at).is_err_and(|e| e.kind() == io::ErrorKind::NotFound);
    let mut missing: Vec<PathBuf> =
        folder.ancestors().take_while(is_missing).map(Path::to_owned).collect();
    missing.reverse();
    missing
}

/// Notes these, beside what was noted before. The folder `data` must be there.
///
/// # Errors
/// The note cannot be read or written.
pub fn note(data: &Path, whose: Whose, folders: &[PathBuf]) -> Result<(), PathError> {
    let mut all = all(data)?;
    let known = all.entry(whose.word().to_owned()).or_default();
    let before = known.len();
    known.extend(folders.iter().filter_map(|folder| folder.to_str().map(str::to_owned)));
    // The outermost first, whenever each was made.
    known.sort_by_key(|folder| (Path::new(folder).components().count(), folder.clone()));
    known.dedup();
    if known.len() == before {
        return Ok(());
    }
    write(data, &all)
}

/// Those that were noted, the outermost first. A note that is not what Vigil wrote says nothing:
/// rather a folder too many stays.
///
/// # Errors
/// The note is not ours alone, or cannot be read.
pub fn read(data: &Path, whose: Whose) -> Result<Vec<PathBuf>, PathError> {
    let noted = all(data)?.remove(whose.word()).unwrap_or_default();
    Ok(noted.into_iter().map(PathBuf::from).collect())
}

/// Forgets them.
///
/// # Errors
/// The note cannot be read or written.
pub fn forget(data: &Path, whose: Whose) -> Result<(), PathError> {
    let mut all = all(data)?;
    match all.remove(whose.word()) {
        Some(_) => write(data, &all),
        None => Ok(()),
    }
}

fn all(data: &Path) -> Result<BTreeMap<String, Vec<String>>, PathError> {
    let bytes = private::read_up_to(&data.join(NAME), MOST)?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

fn write(data: &Path, all: &BTreeMap<String, Vec<String>>) -> Result<(), PathError> {
    let path = data.join(NAME);
    if all.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(PathError::io("remove", &path)(error))
            }
            _ => Ok(()),
        };
    }
    let text = serde_json::to_vec_pretty(all)
        .map_err(|error| PathError::io("write", &path)(error.into()))?;
    private::write(&path, &text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Whose, forget, missing, note, read};

    #[test]
    fn what_is_made_is_known_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("a/b/data");
        let made = missing(&data);
        let expected = ["a", "a/b", "a/b/data"].map(|folder| home.path().join(folder));
        assert_eq!(made, expected);
        fs::create_dir_all(&data).unwrap();
        assert!(missing(&data).is_empty());

        note(&data, Whose::Own, &made[1..]).unwrap();
        note(&data, Whose::Own, &made[..1]).unwrap();
        note(&data, Whose::Service, &[home.path().join("s")]).unwrap();

        assert_eq!(read(&data, Whose::Own).unwrap(), expected);
        forget(&data, Whose::Own).unwrap();
        assert!(read(&data, Whose::Own).unwrap().is_empty());
        assert_eq!(read(&data, Whose::Service).unwrap(), [home.path().join("s")]);
    }
}

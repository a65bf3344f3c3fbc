//! Where browsers keep which pages were visited, and how such a file is opened without being in the
//! browser's way. Asks for names and types; what is in the files is nothing that it knows. The places are
//! from the vendors' documentation; tried were Debian's Chromium and Firefox ESR.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use crate::process;

#[cfg_attr(target_os = "linux", path = "browser_history/linux.rs")]
#[cfg_attr(target_os = "macos", path = "browser_history/macos.rs")]
mod imp;

/// Entries of one folder that are looked at.
const ENTRIES: usize = 1_000;

/// Bytes of Firefox's list of profiles that are looked at.
const LIST: u64 = 64 * 1024;

/// Whose form a history has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Chromium and what is made of it: a file `History` in each profile.
    Chromium,
    /// Firefox: a file `places.sqlite` in each profile.
    Firefox,
}

impl Family {
    /// The name of the file in a profile.
    const fn file(self) -> &'static str {
        match self {
            Self::Chromium => "History",
            Self::Firefox => "places.sqlite",
        }
    }
}

/// A browser's folder below the home, in which each profile is a folder.
struct Place {
    browser: &'static str,
    family: Family,
    folder: &'static str,
}

/// The history of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What the browser's makers call it.
    pub browser: &'static str,
    /// Whose form it has.
    pub family: Family,
    /// The file.
    pub database: PathBuf,
}

/// What there is in a home.
#[derive(Debug, Default)]
pub struct Found {
    /// The profiles, in order of their places.
    pub profiles: Vec<Profile>,
    /// Folders of browsers that cannot be listed, and why.
    pub unlisted: Vec<(PathBuf, io::Error)>,
}

/// The profiles of the user whose home this is.
pub fn profiles(home: &Path) -> Found {
    let mut found = Found::default();
    for place in imp::PLACES {
        let folder = home.join(place.folder);
        let mut folders = listed(&folder, &mut found.unlisted);
        if place.family == Family::Firefox {
            folders.extend(elsewhere(&folder));
        }
        folders.sort();
        folders.dedup();
        let databases = folders.into_iter().map(|folder| folder.join(place.family.file()));
        // One that cannot be looked at is there, and who opens it is told why.
        let there = databases.filter(|file| match fs::symlink_metadata(file) {
            Ok(_) => true,
            Err(error) => !is_absent(&error),
        });
        found.profiles.extend(there.map(|database| Profile {
            browser: place.browser,
            family: place.family,
            database,
        }));
    }
    found
}

/// True when nothing is there.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The folders in `folder`.
fn listed(folder: &Path, unlisted: &mut Vec<(PathBuf, io::Error)>) -> Vec<PathBuf> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            let entries = entries.take(ENTRIES).filter_map(Result::ok);
            entries.filter_map(|entry| folder_at(&entry.path(), unlisted)).collect()
        }
        Err(error) if is_absent(&error) => Vec::new(),
        Err(error) => {
            unlisted.push((folder.to_owned(), error));
            Vec::new()
        }
    }
}

/// `path`, when a folder is there or where it links to, as programs that keep profiles in memory have them.
fn folder_at(path: &Path, unlisted: &mut Vec<(PathBuf, io::Error)>) -> Option<PathBuf> {
    match fs::metadata(path) {
        Ok(about) => about.is_dir().then(|| path.to_owned()),
        // Browsers have links as locks, which lead nowhere.
        Err(error) if is_absent(&error) => None,
        Err(error) => {
            unlisted.push((path.to_owned(), error));
            None
        }
    }
}

/// Firefox's profiles outside its own folder, which its list names by their whole paths.
fn elsewhere(folder: &Path) -> Vec<PathBuf> {
    let beside = folder.parent().map(|above| above.join("profiles.ini"));
    let lists = [Some(folder.join("profiles.ini")), beside];
    let lists = lists.iter().flatten().filter_map(|list| {
        let is_short = fs::metadata(list).is_ok_and(|about| about.is_file() && about.len() <= LIST);
        is_short.then(|| fs::read_to_string(list).ok()).flatten()
    });
    let paths = lists.flat_map(|list| {
        let paths = list.lines().filter_map(|line| line.trim().strip_prefix("Path="));
        paths.map(PathBuf::from).collect::<Vec<_>>()
    });
    paths.filter(|path| path.is_absolute()).take(ENTRIES).collect()
}

/// Opens a history to read it. Takes no lock, follows no link, and waits for nobody.
///
/// # Errors
/// It is not there, not a file, another user's, or not readable.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if about.uid() != process::uid() {
        return Err(io::Error::other("it belongs to another user"));
    }
    Ok(file)
}

#[cfg(test)]
mod tests;

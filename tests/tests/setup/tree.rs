//! A folder with everything in it, to be compared with what it is later.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// What a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    mode: u32,
    content: Option<Vec<u8>>,
    /// Whether it was written again, whatever it says.
    written: (u64, i64, i64),
}

pub(crate) struct Tree(BTreeMap<PathBuf, Entry>);

impl Tree {
    pub(crate) fn of(folder: &Path) -> Self {
        let mut all = BTreeMap::new();
        add(folder, &mut all);
        Self(all)
    }

    /// Not one byte or mode is another, and no file was written again.
    pub(crate) fn is_still(&self, folder: &Path) {
        let now = Self::of(folder);
        assert_eq!(self.names(), now.names());
        for (path, entry) in &self.0 {
            let is_file = entry.content.is_some();
            let now = &now.0[path];
            assert!(now.content == entry.content, "{} is another", path.display());
            assert_eq!(now.mode, entry.mode, "{}", path.display());
            assert!(!is_file || now.written == entry.written, "{} was written", path.display());
        }
    }

    /// Not one byte or mode is another.
    pub(crate) fn is_same(&self, folder: &Path) {
        let now = Self::of(folder);
        assert_eq!(self.names(), now.names());
        for (path, entry) in &self.0 {
            let now = &now.0[path];
            assert!(now.content == entry.content, "{} is another", path.display());
            assert_eq!(now.mode, entry.mode, "{}", path.display());
        }
    }

    fn names(&self) -> Vec<&PathBuf> {
        self.0.keys().collect()
    }
}

fn add(path: &Path, all: &mut BTreeMap<PathBuf, Entry>) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let content = metadata.is_file().then(|| fs::read(path).unwrap());
    let written = (metadata.ino(), metadata.mtime(), metadata.mtime_nsec());
    all.insert(path.to_owned(), Entry { mode: metadata.mode(), content, written });
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            add(&entry.unwrap().path(), all);
        }
    }
}

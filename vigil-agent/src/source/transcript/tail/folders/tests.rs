use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

use super::Folders;
use crate::source::transcript::{copilot, tail::Root};

fn session(root: &Path, name: &str, age: Duration) -> std::path::PathBuf {
    let folder = root.join(name);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("events.jsonl"), "{}\n").unwrap();
    File::open(&folder).unwrap().set_modified(SystemTime::now() - age).unwrap();
    folder
}

#[test]
fn of_old_sessions_only_those_in_use_are_watched() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().canonicalize().unwrap();
    let root = Root { client: &copilot::FILES, path: path.as_path().into() };
    let now = session(&path, "now", Duration::from_mins(1));
    let before = session(&path, "before", Duration::from_hours(2));
    let mut folders = Folders::new();

    folders.add(&root, path.clone());
    let listed = folders.changed(|_| false);
    assert!(folders.known.contains_key(&now));
    assert!(!folders.known.contains_key(&before), "there may be a hundred thousand of them");
    let mut files: Vec<_> = listed.files.iter().map(|found| found.path.to_path_buf()).collect();
    files.sort();
    files.dedup();
    assert_eq!(files, [before.join("events.jsonl"), now.join("events.jsonl")]);

    folders.add_again(&root, &before);
    folders.changed(|_| false);
    folders.forget_old(|folder| folder == before);
    assert!(folders.known.contains_key(&before), "a file in it is written");

    folders.forget_old(|_| false);
    assert!(!folders.known.contains_key(&before));
    assert!(folders.known.contains_key(&now) && folders.known.contains_key(&path));
}

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
};

use super::{
    super::{Folder, SealedError, effective_uid},
    File,
};

const MOST: usize = 1024;

fn folder() -> (tempfile::TempDir, Folder) {
    let dir = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(dir.path()).unwrap();
    let folder = Folder::open(&path, effective_uid()).unwrap();
    (dir, folder)
}

#[test]
fn a_file_is_replaced_whole_and_is_its_owners_alone() {
    let (_dir, folder) = folder();
    assert_eq!(folder.read("kept", MOST).unwrap(), None);

    folder.replace("kept", b"first").unwrap();
    folder.replace("kept", b"second").unwrap();

    assert_eq!(folder.read("kept", MOST).unwrap().as_deref(), Some(&b"second"[..]));
    let mode = fs::metadata(folder.path().join("kept")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    folder.remove("kept").unwrap();
    folder.remove("kept").unwrap();
    assert_eq!(folder.read("kept", MOST).unwrap(), None);
}

#[test]
fn no_link_is_written_through() {
    let (_dir, folder) = folder();
    let theirs = folder.path().join("theirs");
    fs::write(&theirs, "theirs").unwrap();
    symlink(&theirs, folder.path().join("kept")).unwrap();
    symlink(&theirs, folder.path().join(".kept.part")).unwrap();

    folder.replace("kept", b"ours").unwrap();

    assert_eq!(fs::read_to_string(theirs).unwrap(), "theirs");
    assert_eq!(folder.read("kept", MOST).unwrap().as_deref(), Some(&b"ours"[..]));
}

#[test]
fn a_folder_within_is_made_once_and_has_to_be_one() {
    let (_dir, folder) = folder();

    let made = folder.within("more").unwrap();
    folder.within("more").unwrap().replace("kept", b"ours").unwrap();

    assert!(made.read("kept", MOST).unwrap().is_some());
    let mode = fs::metadata(made.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    File::create(folder.path().join("file")).unwrap();
    assert!(matches!(folder.within("file"), Err(SealedError::Kind(_))));
}

use std::{
    fs::{self, Permissions},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

use super::{Folder, SealedError, effective_uid, read};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(root.path()).unwrap().join("state");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
    (root, path)
}

#[test]
fn a_private_folder_opens_and_keeps_one_writer() {
    let (_root, path) = folder();

    let folder = Folder::open(&path, effective_uid()).unwrap();
    let mut file = folder.append("journal").unwrap();

    file.write_all(b"a line").unwrap();
    folder.sync().unwrap();
    assert!(matches!(folder.append("journal"), Err(SealedError::Held(_))));
    let mode = fs::metadata(path.join("journal")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    let (_root, path) = folder();
    fs::set_permissions(&path, Permissions::from_mode(0o770)).unwrap();

    let opened = Folder::open(&path, effective_uid());

    assert!(matches!(opened, Err(SealedError::Writable { mode: 0o770, .. })), "{opened:?}");
}

#[test]
fn a_folder_above_that_others_may_write_to_is_refused() {
    let (root, path) = folder();
    fs::set_permissions(root.path(), Permissions::from_mode(0o777)).unwrap();

    let opened = Folder::open(&path, effective_uid());

    assert!(matches!(opened, Err(SealedError::Writable { mode: 0o777, .. })), "{opened:?}");
}

#[test]
fn a_link_is_neither_a_folder_nor_a_file() {
    let (root, path) = folder();
    let link = fs::canonicalize(root.path()).unwrap().join("link");
    symlink(&path, &link).unwrap();
    let folder = Folder::open(&path, effective_uid()).unwrap();
    fs::write(path.join("elsewhere"), b"1000").unwrap();
    fs::set_permissions(path.join("elsewhere"), Permissions::from_mode(0o600)).unwrap();
    symlink(path.join("elsewhere"), path.join("journal")).unwrap();

    assert!(matches!(Folder::open(&link, effective_uid()), Err(SealedError::Kind(_))));
    assert!(matches!(folder.append("journal"), Err(SealedError::Kind(_))));
    assert!(matches!(folder.clear_socket("journal"), Err(SealedError::Kind(_))));
    let through = read(&path.join("journal"), effective_uid(), 100);
    assert!(matches!(through, Err(SealedError::Kind(_))));
}

#[test]
fn a_file_with_a_second_name_is_refused() {
    let (_root, path) = folder();
    let folder = Folder::open(&path, effective_uid()).unwrap();
    drop(folder.append("journal").unwrap());
    fs::hard_link(path.join("journal"), path.join("second")).unwrap();

    assert!(matches!(folder.append("journal"), Err(SealedError::Kind(_))));
}

#[test]
fn reading_takes_no_more_than_it_may() {
    let (_root, path) = folder();
    let file = path.join("enrolled");
    fs::write(&file, b"12345").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();

    assert_eq!(read(&file, effective_uid(), 5).unwrap().unwrap(), b"12345");
    assert!(matches!(read(&file, effective_uid(), 4), Err(SealedError::TooLarge { .. })));
    assert!(matches!(read(&file, effective_uid() + 1, 5), Err(SealedError::Owner { .. })));
    assert!(read(&path.join("none"), effective_uid(), 5).unwrap().is_none());
    assert!(read(&path.join("no/file"), effective_uid(), 5).unwrap().is_none());
}

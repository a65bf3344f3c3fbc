use std::{os::unix::fs::symlink, thread};

use super::*;

#[test]
fn a_private_file_replaces_the_old_one_and_leaves_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.json");
    fs::write(&path, "old and readable").unwrap();

    write(&path, b"new").unwrap();

    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(mode_of(&fs::metadata(&path).unwrap()), 0o600);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_write_that_fails_leaves_the_folder_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a-folder");
    fs::create_dir(&path).unwrap();

    let error = write(&path, b"new").unwrap_err();

    assert!(matches!(error, PathError::Io { operation: "replace", .. }), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_key_is_made_once_and_then_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("content.key");

    let made = read_or_create_key(&path).unwrap();
    let read = read_or_create_key(&path).unwrap();

    assert_eq!(made, read);
    assert_ne!(made, [0; 32]);
    assert_eq!(mode_of(&fs::metadata(&path).unwrap()), 0o600);
}

#[test]
fn all_who_start_together_get_the_same_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("content.key");

    let keys: Vec<[u8; 32]> = thread::scope(|scope| {
        let started: Vec<_> =
            (0..8).map(|_| scope.spawn(|| read_or_create_key(&path).unwrap())).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });

    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_key_that_others_can_read_or_that_is_a_link_or_damaged_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("content.key");
    read_or_create_key(&path).unwrap();
    let link = dir.path().join("link.key");
    symlink(&path, &link).unwrap();
    let short = dir.path().join("short.key");
    write(&short, b"short").unwrap();

    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();

    let readable = read_or_create_key(&path).unwrap_err();
    assert!(matches!(readable, PathError::Readable { mode: 0o640, .. }), "{readable}");
    assert!(read_or_create_key(&link).is_err());
    assert!(matches!(read_or_create_key(&short).unwrap_err(), PathError::BadKey { length: 5, .. }));
}

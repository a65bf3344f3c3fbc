use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
};

use super::{Beside, BesideError};

#[test]
fn a_file_is_there_whole_once_it_has_its_name() {
    let root = tempfile::tempdir().unwrap();

    let made = Beside::make(root.path(), &["projects", "-a"], "x.jsonl", b"hello").unwrap();
    let path = root.path().join("projects/-a/x.jsonl");
    assert!(!path.exists());
    let identity = made.identity();
    assert_eq!(made.publish().unwrap(), path);

    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"hello");
    assert_eq!((metadata.dev(), metadata.ino()), identity);
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn what_a_killed_process_left_goes_with_the_next_one() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(".x.jsonl.1.part"), "half").unwrap();
    fs::write(root.path().join(".y.jsonl.1.part"), "another's").unwrap();

    Beside::make(root.path(), &[], "x.jsonl", b"whole").unwrap().publish().unwrap();

    let mut names: Vec<_> =
        fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".y.jsonl.1.part", "x.jsonl"]);
}

#[test]
fn what_is_there_is_never_replaced_and_no_link_is_followed() {
    let root = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("p")).unwrap();
    fs::write(root.path().join("p/there"), "mine").unwrap();
    symlink(elsewhere.path().join("nothing"), root.path().join("p/dangling")).unwrap();
    symlink(elsewhere.path(), root.path().join("linked")).unwrap();

    let make = |below: &[&str], name: &str| Beside::make(root.path(), below, name, b"other");

    for name in ["there", "dangling"] {
        let error = make(&["p"], name).unwrap_err();
        assert!(matches!(error, BesideError::Exists(_)), "{error}");
    }
    assert!(matches!(make(&["linked"], "x").unwrap_err(), BesideError::Link(_)));
    for name in ["", ".", "..", "a/b", "/etc/x"] {
        assert!(matches!(make(&["p"], name).unwrap_err(), BesideError::Name(_)));
        assert!(matches!(make(&[name], "x").unwrap_err(), BesideError::Name(_)));
    }
    let raced = make(&["p"], "raced").unwrap();
    symlink(elsewhere.path().join("nothing"), root.path().join("p/raced")).unwrap();
    assert!(matches!(raced.publish().unwrap_err(), BesideError::Exists(_)));
    assert_eq!(fs::read_to_string(root.path().join("p/there")).unwrap(), "mine");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    assert_eq!(fs::read_dir(root.path().join("p")).unwrap().count(), 3);
}

use super::*;

#[test]
fn another_version_or_an_unfinished_install_is_not_current() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (dir.path().join("here"), dir.path().join("there"));
    fs::create_dir_all(&here).unwrap();
    fs::create_dir_all(there.join(INSTALLED)).unwrap();
    for name in FILES {
        fs::write(here.join(name), "1").unwrap();
    }

    assert!(!is_current(&here, &there), "npm has not finished");
    copy(&here, &there.join(INSTALLED)).unwrap();
    assert!(is_current(&here, &there));
    fs::write(here.join("package-lock.json"), "2").unwrap();
    assert!(!is_current(&here, &there), "another version is asked for");
}

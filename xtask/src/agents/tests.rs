use super::*;

#[test]
fn another_version_or_an_unfinished_install_is_not_current() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (dir.path().join("here"), dir.path().join("there"));
    for place in [&here, &there] {
        fs::create_dir_all(place.join("node_modules")).unwrap();
        for name in FILES {
            fs::write(place.join(name), "1").unwrap();
        }
    }

    assert!(!is_current(&here, &there), "npm has not finished");
    fs::write(there.join(INSTALLED), "").unwrap();
    assert!(is_current(&here, &there));
    fs::write(here.join("package-lock.json"), "2").unwrap();
    assert!(!is_current(&here, &there), "another version is asked for");
}

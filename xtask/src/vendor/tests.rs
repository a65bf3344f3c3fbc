use serde_json::json;

use super::*;

/// A folder with every file and the README that belongs to them, and the lock it was made from.
fn sample() -> (tempfile::TempDir, Value) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("licences")).unwrap();
    for name in files() {
        fs::write(dir.path().join(name), name).unwrap();
    }
    let mut lock = json!({"packages": {}});
    for package in PACKAGES {
        lock["packages"][format!("node_modules/{}", package.name)] =
            json!({"version": "1.2.3", "license": "MIT"});
    }
    fs::write(dir.path().join(README), readme(dir.path(), &lock).unwrap()).unwrap();
    (dir, lock)
}

#[test]
fn what_was_made_is_as_it_should_be() {
    let (dir, lock) = sample();

    assert_eq!(differences(dir.path(), &lock).unwrap(), [""; 0]);
}

#[test]
fn a_changed_file_is_found() {
    let (dir, lock) = sample();
    fs::write(dir.path().join("uplot.js"), "eval(name)").unwrap();

    let differs = differences(dir.path(), &lock).unwrap();

    assert_eq!(differs.len(), 1, "{differs:?}");
    assert!(differs[0].contains("uplot.js"), "{differs:?}");
}

#[test]
fn another_version_in_the_lock_file_is_found() {
    let (dir, mut lock) = sample();
    lock["packages"]["node_modules/htm"]["version"] = "1.2.4".into();

    let differs = differences(dir.path(), &lock).unwrap();

    assert!(differs[0].contains("| htm | 1.2.4 |"), "{differs:?}");
}

#[test]
fn a_file_that_is_nobodys_is_found() {
    let (dir, lock) = sample();
    fs::write(dir.path().join("extra.js"), "").unwrap();

    assert_eq!(differences(dir.path(), &lock).unwrap(), ["extra.js is nobody's"]);
}

#[test]
fn the_digest_is_the_standards() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("abc");
    fs::write(&file, "abc").unwrap();

    // FIPS 180-2, appendix B.1.
    assert_eq!(
        sha256::of(&file).unwrap(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn the_dashboards_vendored_files_are_what_the_readme_says() {
    check().unwrap();
}

use std::fs;

use super::{gather, texts};
use crate::package::binaries::Arch;

#[test]
fn licences_are_found_in_a_crate_and_in_the_sources_that_it_brings() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("LICENSE-MIT", "one"),
        ("library/COPYING", "two"),
        ("library/part/LICENSE.txt", "three"),
        ("library/part/deep/LICENSE", "too deep"),
        ("src/license.rs", "code"),
        ("README.md", "nothing"),
        ("other/LICENCE", "one"),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    assert_eq!(texts(folder.path()).unwrap(), ["one", "three", "two"]);
}

#[test]
fn whose_work_is_in_the_programs_is_named() {
    let arch = Arch { debian: "amd64", gnu: "x86_64", target: "x86_64-unknown-linux-gnu" };

    let said = gather(arch).unwrap();

    for name in ["rustls ", "tikv-jemalloc-sys ", "zstd-sys ", "preact (in the dashboard)"] {
        assert!(said.lines().any(|line| line.starts_with(name)), "{name}");
    }
    // The authors of jemalloc, whose sources are a folder below.
    assert!(said.contains("Jason Evans"));
    for not_shipped in ["proptest ", "vigil-store "] {
        assert!(!said.lines().any(|line| line.starts_with(not_shipped)), "{not_shipped}");
    }
}

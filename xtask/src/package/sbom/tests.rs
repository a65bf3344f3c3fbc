use std::collections::BTreeSet;

use super::{Parts, Value, lock, named, served};
use crate::package::binaries::Arch;

const HERE: Arch = Arch { debian: "amd64", gnu: "x86_64", target: "x86_64-unknown-linux-gnu" };

fn pair(name: &str, version: &str) -> (String, String) {
    (name.to_owned(), version.to_owned())
}

#[test]
fn lines_of_a_tree_name_their_crates() {
    assert_eq!(named("serde v1.0.228"), Some(pair("serde", "1.0.228")));
    assert_eq!(
        named("serde_derive v1.0.228 (proc-macro) (*)"),
        Some(pair("serde_derive", "1.0.228"))
    );
    assert_eq!(named(""), None);
}

#[test]
fn sums_are_those_of_the_lock_file() {
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"00ff\"\n\
        dependencies = [\n \"b\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n";

    let sums = lock::sums(lock);

    assert_eq!(sums.get(&pair("a", "1.0.0")).map(String::as_str), Some("00ff"));
    assert_eq!(sums.len(), 1, "one of our own has none");
}

#[test]
fn parts_are_what_the_programs_are_made_of() {
    let parts = Parts::of(HERE).unwrap();
    let is_shipped = |name: &str| {
        let mut found = parts.crates.iter().filter(|((crate_name, _), _)| crate_name == name);
        found.next().map(|(_, part)| part.is_shipped)
    };

    for shipped in ["vigil-cli", "vigil-agent", "vigild", "vigil-store", "rusqlite", "rustls"] {
        assert_eq!(is_shipped(shipped), Some(true), "{shipped}");
    }
    for helper in ["serde_derive", "cc"] {
        assert_eq!(is_shipped(helper), Some(false), "{helper}");
    }
    for not_at_all in ["proptest", "insta", "xtask", "vigil-tests", "security-framework"] {
        assert_eq!(is_shipped(not_at_all), None, "{not_at_all}");
    }
    for (name, part) in &parts.crates {
        assert!(!part.licence.is_empty() && !part.licence.contains('/'), "{name:?}");
    }
}

#[test]
fn the_dashboards_libraries_are_named() {
    let served = served().unwrap();

    let name = |one: &Value| one["purl"].as_str().unwrap().to_owned();
    let purls: BTreeSet<String> = served.iter().map(name).collect();
    assert!(purls.iter().any(|purl| purl.starts_with("pkg:npm/preact@")), "{purls:?}");
    assert!(purls.iter().any(|purl| purl.starts_with("pkg:npm/%40preact/signals@")), "{purls:?}");
}

//! All packages of one making.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;

use super::made::{Made, impossible, must};

#[test]
fn who_makes_them_and_when_makes_no_difference() {
    if impossible() {
        return;
    }
    let one = Made::of(&["all"]);
    let elsewhere = tempfile::tempdir().unwrap();

    let other = one.again(&["all"], |make| {
        make.env("TZ", "Asia/Kathmandu").env("LANG", "tr_TR.UTF-8").env("USER", "somebody");
        make.env("HOME", elsewhere.path()).env("TMPDIR", elsewhere.path());
        // A home of cargo's and of rustup's is not a person's.
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if std::env::var_os(name).is_none() {
                let home = std::env::home_dir().unwrap();
                make.env(name, home.join(folder));
            }
        }
        make.current_dir(elsewhere.path());
    });

    assert_eq!(one.names(), other.names());
    assert_eq!(one.names().len(), 6, "{:?}", one.names());
    let sums = |made: &Made| fs::read_to_string(made.out().join("SHA256SUMS")).unwrap();
    assert_eq!(sums(&one), sums(&other));
    for name in one.names() {
        let read = |made: &Made| fs::read(made.out().join(&name)).unwrap();
        assert!(read(&one) == read(&other), "{name} differs");
    }
    // Each is what the list of sums says.
    let sums = sums(&one);
    assert_eq!(sums.lines().count(), one.names().len() - 1, "{sums}");
    must(
        Command::new("sha256sum")
            .args(["--check", "--strict", "SHA256SUMS"])
            .current_dir(one.out()),
    );
    components_are_those_of_the_lock_file(&one);
}

/// `name version` with its sum, as cargo has written it.
fn locked() -> BTreeMap<String, Option<String>> {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap();
    let blocks = lock.split("[[package]]").skip(1);
    let named = blocks.map(|block| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim_start_matches(" = ").trim_matches('"').to_owned())
        };
        let (name, version) = (field("name").unwrap(), field("version").unwrap());
        (format!("{name} {version}"), field("checksum"))
    });
    named.collect()
}

fn components_are_those_of_the_lock_file(made: &Made) {
    let sbom = fs::read(made.file(".cdx.json")).unwrap();
    let sbom: Value = serde_json::from_slice(&sbom).unwrap();
    assert_eq!(sbom["bomFormat"], "CycloneDX");
    assert_eq!(sbom["specVersion"], "1.5");
    let locked = locked();
    let mut references = BTreeSet::from(["vigil"]);
    let mut sums = 0;
    for component in sbom["components"].as_array().unwrap() {
        let text = |key: &str| component[key].as_str().unwrap();
        assert!(references.insert(text("bom-ref")), "{component}");
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
        if !text("purl").starts_with("pkg:cargo/") {
            continue;
        }
        let name = format!("{} {}", text("name"), text("version"));
        let sum = locked.get(&name).unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
        assert_eq!(component["hashes"][0]["content"].as_str(), sum.as_deref(), "{name}");
        sums += usize::from(sum.is_some());
    }
    assert!(sums > 50, "{sums} crates");
    for dependency in sbom["dependencies"].as_array().unwrap() {
        let below = dependency["dependsOn"].as_array().unwrap();
        for reference in below.iter().chain([&dependency["ref"]]) {
            assert!(references.contains(reference.as_str().unwrap()), "{reference}");
        }
    }
    let programs = sbom["metadata"]["component"]["components"].as_array().unwrap();
    let room = made.room("programs-of-the-deb");
    must(Command::new("dpkg-deb").arg("-x").arg(made.file(".deb")).arg(&room));
    for program in programs {
        let name = program["name"].as_str().unwrap();
        let folder = if name == "vigil" { "usr/bin" } else { "usr/libexec/vigil" };
        let said = must(Command::new("sha256sum").arg(room.join(folder).join(name)));
        let sum = program["hashes"][0]["content"].as_str().unwrap();
        assert_eq!(said.split_whitespace().next().unwrap(), sum, "{name}");
    }
    assert_eq!(programs.len(), 3);
}

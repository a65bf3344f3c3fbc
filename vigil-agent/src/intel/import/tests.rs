use std::{fs, path::PathBuf, sync::Arc};

use tempfile::TempDir;
use vigil_detect::intel::Intel;
use vigil_proto::{Timestamp, intel::IntelForm};

use super::{
    super::{archive::tests::Zip, load},
    ImportError, Source, import,
};

const NOW: i64 = 1_795_651_200_000_000; // 2026-11-26

struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Source {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        Source { path, ..Source::default() }
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn import(&self, sources: &[Source]) -> Result<Vec<String>, ImportError> {
        import(&self.data(), sources, Timestamp::from_micros(NOW)).map(|(_, names)| names)
    }

    fn intel(&self) -> Arc<Intel> {
        Arc::new(load(&self.data()).unwrap())
    }

    fn by(&self, name: &str) -> Option<String> {
        self.intel().package("npm", name, None).map(|listed| listed.by)
    }
}

fn advisory(id: &str, name: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2026-11-20T00:00:00Z","affected":[{{"package":{{"ecosystem":"npm","name":"{name}"}},"ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}}]}}]}}]}}"#
    )
}

#[test]
fn several_files_are_several_lists_at_once() {
    let desk = Desk::new();
    let mut zip = Zip::new();
    zip.file("MAL-1.json", advisory("MAL-1", "evil").as_bytes());
    zip.file("x/MAL-2.json", advisory("MAL-2", "worse").as_bytes());
    zip.file("README.md", b"# hello");
    let sources = [desk.file("all.zip", zip.bytes()), desk.file("mal_npm.tsv", "worst\tall\n")];

    assert_eq!(desk.import(&sources).unwrap(), ["osv-npm", "mal_npm"]);

    assert_eq!(desk.by("evil").as_deref(), Some("osv-npm:MAL-1"));
    assert_eq!(desk.by("worse").as_deref(), Some("osv-npm:MAL-2"));
    assert_eq!(desk.by("worst").as_deref(), Some("mal_npm"));
    let set = vigil_store::intel::set(&desk.data()).unwrap();
    let list = set.lists.iter().find(|list| list.name == "osv-npm").unwrap();
    assert_eq!((list.form, list.packages), (IntelForm::Osv, 2));
    assert_eq!(list.newest.as_deref(), Some("2026-11-20"));
    assert_eq!(list.origin, "all.zip");
    assert_eq!(list.examples["unknown-form"], ["README.md"]);
}

#[test]
fn again_replaces_what_came_from_the_same_list_alone() {
    let desk = Desk::new();
    desk.import(&[desk.file("mal_npm.tsv", "evil\tall\n"), desk.file("npm.tsv", "other\tall\n")])
        .unwrap();

    desk.import(&[desk.file("mal_npm.tsv", "worse\tall\n")]).unwrap();

    assert_eq!(desk.by("evil"), None);
    assert!(desk.by("worse").is_some() && desk.by("other").is_some());
}

#[test]
fn nothing_is_half_imported() {
    let desk = Desk::new();
    desk.import(&[desk.file("mal_npm.tsv", "evil\tall\n")]).unwrap();
    let good = desk.file("npm.tsv", "good\tall\n");

    for (bad, what) in [
        (desk.file("bad.zip", b"PK\x03\x04 and no end of it, which is an error"), "a torn zip"),
        (desk.file("bad.txt", "hello\n"), "no list"),
        (desk.file("empty.json", advisory("GHSA-1", "lodash")), "nothing malicious"),
        (desk.file("whose.tsv", "evil\tall\n"), "no ecosystem"),
    ] {
        let error = desk.import(&[good.clone(), bad]).expect_err(what);

        assert!(!error.to_string().is_empty());
        assert_eq!(desk.by("good"), None, "{what}");
        assert!(desk.by("evil").is_some(), "{what}");
    }
}

#[test]
fn an_ecosystem_is_said_or_in_the_name() {
    let desk = Desk::new();
    let mut named = desk.file("whose.tsv", "evil\tall\n");
    assert!(matches!(desk.import(&[named.clone()]), Err(ImportError::Ecosystem(_))));
    named.ecosystem = Some("PyPI".to_owned());
    named.name = Some("My List!".to_owned());

    assert_eq!(desk.import(&[named]).unwrap(), ["my-list-"]);

    assert!(desk.intel().package("pypi", "evil", None).is_some());
    desk.import(&[desk.file("mal_crates.tsv", "evil_rs\tall\n")]).unwrap();
    assert!(desk.intel().package("crates.io", "evil-rs", None).is_some());
}

#[test]
fn one_advisory_does_not_take_the_place_of_the_archive() {
    let desk = Desk::new();
    let mut zip = Zip::new();
    zip.file("MAL-1.json", advisory("MAL-1", "evil").as_bytes());
    desk.import(&[desk.file("all.zip", zip.bytes())]).unwrap();

    let names = desk.import(&[desk.file("MAL-9.json", advisory("MAL-9", "new"))]).unwrap();

    assert_eq!(names, ["osv-mal-9"]);
    assert!(desk.by("evil").is_some() && desk.by("new").is_some());
}

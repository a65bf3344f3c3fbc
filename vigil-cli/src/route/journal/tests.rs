//! Whatever was noted, done, or cut off in between: what was there before comes back.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::*;
use crate::route::file::hash;

const OLD: &str = "# mine\nA=b";

struct World {
    folder: TempDir,
    paths: Paths,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("user");
        fs::create_dir(&home).unwrap();
        let paths = Paths::below(&folder.path().join("vigil"), home);
        Self { folder, paths }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("user/.env")
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::read(self.paths.home(), &self.file()).unwrap()
    }

    /// What would be written to lead through `port`, from what was there before.
    fn plan(
        &self,
        before: Option<&str>,
        port: u16,
        earlier: Option<Written>,
    ) -> (Written, Vec<u8>) {
        let entries = vec![Entry::new("HTTPS_PROXY", &format!("http://127.0.0.1:{port}"))];
        let old = before.unwrap_or_default().as_bytes();
        let inserted = edit::add(Form::DotEnv, old, &entries).unwrap();
        let new = edit::apply(old, &inserted);
        let written = Written {
            path: self.file(),
            form: Form::DotEnv,
            before: before.map(|text| hash(text.as_bytes())),
            after: hash(&new),
            inserted,
            entries,
            folders: Vec::new(),
            led_since: None,
            adopted: Vec::new(),
            over: false,
            earlier: earlier.map(Box::new),
        };
        (written, new)
    }

    /// As the next command finds it.
    fn found(&self) -> TakenOut {
        let journal: Journal = Journal::hold(&self.paths).unwrap();
        journal.of("codex").unwrap().taken_out(&self.snapshot()).unwrap()
    }

    fn note(&self, written: Written) {
        Journal::hold(&self.paths).unwrap().note("codex", written).unwrap();
    }
}

fn back(text: Option<&str>) -> TakenOut {
    TakenOut { bytes: text.map(|text| text.as_bytes().to_vec()), changed: Vec::new() }
}

#[test]
fn noted_and_not_done_is_nothing_to_undo() {
    let world = World::new();
    fs::write(world.file(), OLD).unwrap();
    world.note(world.plan(Some(OLD), 9080, None).0);

    assert_eq!(world.found(), back(Some(OLD)));
}

#[test]
fn done_is_undone_to_the_byte_and_a_made_file_goes() {
    for before in [Some(OLD), None] {
        let world = World::new();
        let (written, new) = world.plan(before, 9080, None);
        world.note(written);
        fs::write(world.file(), new).unwrap();

        assert_eq!(world.found(), back(before));
    }
}

#[test]
fn cut_off_while_it_was_led_anew_the_first_way_is_undone_all_the_same() {
    for before in [Some(OLD), None] {
        let world = World::new();
        let (first, on_disk) = world.plan(before, 9080, None);
        world.note(first.clone());
        fs::write(world.file(), on_disk).unwrap();
        let (second, new) = world.plan(before, 4444, Some(first));
        world.note(second);

        assert_eq!(world.found(), back(before), "before it was done");

        fs::write(world.file(), new).unwrap();
        assert_eq!(world.found(), back(before), "after it was done");
    }
}

#[test]
fn what_was_changed_since_is_left_and_named() {
    let world = World::new();
    world.note(world.plan(Some(OLD), 9080, None).0);
    fs::write(world.file(), "A=b\nHTTPS_PROXY=http://proxy.example:1\n").unwrap();

    let found = world.found();

    assert_eq!(found.changed, ["HTTPS_PROXY"]);
    assert_eq!(found.bytes.unwrap(), b"A=b\nHTTPS_PROXY=http://proxy.example:1\n");
}

#[test]
fn a_file_that_is_gone_needs_nothing() {
    let world = World::new();
    world.note(world.plan(Some(OLD), 9080, None).0);

    assert_eq!(world.found(), back(None));
}

#[test]
fn the_journal_is_private_and_holds_nothing_of_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.note(world.plan(Some(OLD), 9080, None).0);

    let path: &Path = &world.paths.state().join(NAME);

    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(path).unwrap().contains("A=b"));
}

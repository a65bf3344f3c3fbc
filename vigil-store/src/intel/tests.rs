use std::{collections::BTreeMap, fs, io};

use tempfile::TempDir;
use vigil_proto::{
    Timestamp,
    intel::{IntelForm, IntelList, IntelUpdate},
};

use super::{Change, IntelError, folder, last_update, note_update, open, set, stamp};

fn list(name: &str) -> IntelList {
    IntelList {
        name: name.to_owned(),
        form: IntelForm::Tsv,
        origin: format!("{name}.tsv"),
        imported: Timestamp::from_micros(1),
        newest: None,
        packages: 1,
        hosts: 0,
        addresses: 0,
        urls: 0,
        skipped: BTreeMap::new(),
        examples: BTreeMap::new(),
        file: String::new(),
        bytes: 0,
        etag: None,
        modified: None,
    }
}

fn put(change: &mut Change, name: &str, content: &str) {
    change
        .put(|out| {
            out.write_all(content.as_bytes())?;
            Ok(list(name))
        })
        .unwrap();
}

/// The lists in force, each with what its file holds.
fn read(dir: &TempDir) -> Vec<(String, String)> {
    let opened = open(dir.path()).unwrap();
    opened
        .files
        .into_iter()
        .map(|file| {
            let mut bytes = vec![0; usize::try_from(file.bytes).unwrap()];
            (file.read)(0, &mut bytes).unwrap();
            (file.name, String::from_utf8(bytes).unwrap())
        })
        .collect()
}

fn pair(name: &str, content: &str) -> (String, String) {
    (name.to_owned(), content.to_owned())
}

#[test]
fn a_list_takes_the_place_of_its_own_alone() {
    let dir = tempfile::tempdir().unwrap();
    assert!(read(&dir).is_empty());
    assert_eq!(stamp(dir.path()), None);
    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "b", "old b");
    put(&mut change, "a", "a");
    change.commit().unwrap();
    let before = stamp(dir.path());

    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "b", "new b");
    change.commit().unwrap();

    assert_eq!(read(&dir), [pair("a", "a"), pair("b", "new b")]);
    assert_ne!(stamp(dir.path()), before);
    let files = fs::read_dir(folder(dir.path())).unwrap().flatten();
    let lists = files.filter(|file| file.path().extension().is_some_and(|end| end == "list"));
    assert_eq!(lists.count(), 2, "the old file is gone");
}

#[test]
fn what_is_not_committed_is_not_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "a", "first");
    change.commit().unwrap();

    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "a", "second");
    drop(change);
    assert_eq!(read(&dir), [pair("a", "first")]);

    let mut change = Change::begin(dir.path()).unwrap();
    let full = change.put(|out| {
        out.write_all(b"half")?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert!(matches!(full, Err(IntelError::File { operation: "write", .. })));
    assert_eq!(change.set().lists.len(), 1);
    change.commit().unwrap();
    assert_eq!(read(&dir), [pair("a", "first")]);
}

#[test]
fn an_open_list_stays_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "a", "first");
    change.commit().unwrap();
    let opened = open(dir.path()).unwrap();

    let mut change = Change::begin(dir.path()).unwrap();
    assert!(change.remove("a"));
    assert!(!change.remove("a"));
    change.commit().unwrap();

    let mut bytes = [0; 5];
    (opened.files[0].read)(0, &mut bytes).unwrap();
    assert_eq!(&bytes, b"first");
    assert!(read(&dir).is_empty());
}

#[test]
fn two_changes_do_not_run_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = Change::begin(dir.path()).unwrap();

    assert!(matches!(Change::begin(dir.path()), Err(IntelError::InUse(_))));

    drop(first);
    Change::begin(dir.path()).unwrap();
}

#[test]
fn a_damaged_note_is_told_and_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "a", "first");
    change.commit().unwrap();
    fs::write(folder(dir.path()).join("set.json"), "{\"lists\":[{").unwrap();

    assert!(matches!(open(dir.path()), Err(IntelError::Note { .. })));
    assert!(matches!(set(dir.path()), Err(IntelError::Note { .. })));

    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "b", "second");
    change.commit().unwrap();
    assert_eq!(read(&dir), [pair("b", "second")]);
}

#[test]
fn a_missing_file_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "a", "first");
    let set = change.commit().unwrap();
    fs::remove_file(folder(dir.path()).join(&set.lists[0].file)).unwrap();

    let opened = open(dir.path()).unwrap();

    assert!(opened.files.is_empty());
    let (name, error) = &opened.missing[0];
    assert_eq!(name, "a");
    assert!(error.to_string().contains(".list"), "{error}");
}

#[test]
fn what_nobody_fetches_any_more_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    let change = Change::begin(dir.path()).unwrap();
    let (new, old) = (folder(dir.path()).join("new.part"), folder(dir.path()).join("old.part"));
    fs::write(&new, "half").unwrap();
    let file = fs::File::create(&old).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();

    change.commit().unwrap();

    assert!(new.exists() && !old.exists());
}

#[test]
fn what_is_noted_of_a_list_changes_without_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut change = Change::begin(dir.path()).unwrap();
    put(&mut change, "a", "first");
    change.note("a", |list| {
        list.name = "other".to_owned();
        list.imported = Timestamp::from_micros(9);
    });
    change.commit().unwrap();

    assert_eq!(read(&dir), [pair("a", "first")]);
    assert_eq!(set(dir.path()).unwrap().lists[0].imported, Timestamp::from_micros(9));
}

#[test]
fn the_last_update_is_noted() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(last_update(dir.path()), None);
    let update = IntelUpdate {
        at: Timestamp::from_micros(5),
        changed: 1,
        unchanged: 2,
        failed: BTreeMap::from([("osv-npm".to_owned(), "no answer in time".to_owned())]),
    };

    note_update(dir.path(), &update).unwrap();

    assert_eq!(last_update(dir.path()), Some(update));
}

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

use super::{CALM, Copied, MOST, NAMES_OTHERS, SPARE, Stamp, beside, fits};
use crate::source::history::{tests::rest, trouble::Trouble};

/// A folder with a history of three files.
fn history(folder: &Path, journal: &[u8]) -> std::path::PathBuf {
    let database = folder.join("History");
    fs::write(&database, "the database").unwrap();
    fs::write(beside(&database, "-wal"), "its log").unwrap();
    fs::write(beside(&database, "-journal"), journal).unwrap();
    rest(&database);
    database
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_copy_is_private_and_goes_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let database = history(folder.path(), b"its journal");
    let copies = folder.path().join("copies");

    let copied = Copied::take(&database, &copies, &Stamp::of(&database).unwrap(), CALM).unwrap();

    let here = copied.database();
    assert_eq!(fs::read(&here).unwrap(), b"the database");
    assert_eq!(fs::read(beside(&here, "-wal")).unwrap(), b"its log");
    assert_eq!(fs::read(beside(&here, "-journal")).unwrap(), b"its journal");
    assert_eq!((mode(&copies), mode(here.parent().unwrap())), (0o700, 0o700));
    assert_eq!([mode(&here), mode(&beside(&here, "-wal"))], [0o600, 0o600]);
    drop(copied);
    assert_eq!(fs::read_dir(&copies).unwrap().count(), 0);
}

#[test]
fn files_that_were_written_are_not_taken_for_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let database = history(folder.path(), b"its journal");
    let seen = Stamp::of(&database).unwrap();
    let copies = folder.path().join("copies");
    let take = |seen| Copied::take(&database, &copies, seen, CALM);

    fs::write(beside(&database, "-wal"), "it is longer").unwrap();

    assert!(matches!(take(&seen), Err(Trouble::Busy)), "it is not what was looked at");
    assert_eq!(fs::read_dir(&copies).unwrap().count(), 0);
    let file = File::options().append(true).open(&database).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_millis(400)).unwrap();
    let now = Stamp::of(&database).unwrap();
    assert!(!now.is_calm(CALM, SystemTime::now() + Duration::from_millis(400)));
    assert!(now.is_calm(CALM, SystemTime::now() + Duration::from_mins(1)));
}

#[test]
fn a_journal_that_names_other_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = history(folder.path(), &[&[1; 100][..], &NAMES_OTHERS[..]].concat());

    let taken = Copied::take(
        &database,
        &folder.path().join("copies"),
        &Stamp::of(&database).unwrap(),
        CALM,
    );

    assert!(matches!(taken, Err(Trouble::Busy)));
}

#[test]
fn a_copy_never_takes_the_last_room() {
    assert!(!fits(0, SPARE - 1));
    assert!(!fits(MOST, SPARE + MOST));
    assert!(fits(MOST, SPARE + 2 * MOST));
}

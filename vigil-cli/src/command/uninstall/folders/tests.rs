use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use vigil_platform::paths::Paths;

use super::{Wish, size, take_away};

const ALL: Wish = Wish { does: true, purge: true, is_clean: true };

fn home() -> (tempfile::TempDir, Paths) {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    let paths = Paths::below(&home.join("a/vigil-home"), home);
    paths.ensure().unwrap();
    fs::write(paths.config_file(), "").unwrap();
    for (_, folder) in paths.folders() {
        fs::write(folder.join("file"), "1234").unwrap();
    }
    fs::create_dir(paths.state().join("vault")).unwrap();
    fs::write(paths.state().join("vault/public"), "12").unwrap();
    fs::write(paths.state().join("routes.json"), "{}").unwrap();
    (dir, paths)
}

fn names(folder: &Path) -> Vec<String> {
    let found = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn with_the_record_nothing_is_left() {
    let (_dir, paths) = home();

    let step = take_away(ALL, &paths).unwrap();

    assert!(step.left.is_empty(), "{:?}", step.left);
    assert_eq!(step.done.len(), 5);
    assert_eq!(names(paths.home()), Vec::<String>::new());
    let again = take_away(ALL, &paths).unwrap();
    assert!(again.done.is_empty() && again.left.is_empty());
}

#[test]
fn the_record_stays_and_what_opens_it() {
    let (_dir, paths) = home();

    take_away(Wish { purge: false, ..ALL }, &paths).unwrap();

    assert_eq!(names(paths.state()), ["vault"]);
    assert!(paths.data().join("file").exists() && paths.config_file().exists());
    assert!(!paths.run().exists());
    // Later all of it may go, and then nothing stays.
    take_away(ALL, &paths).unwrap();
    assert_eq!(names(paths.home()), Vec::<String>::new());
}

#[test]
fn while_something_is_left_its_notes_stay() {
    let (_dir, paths) = home();

    take_away(Wish { is_clean: false, ..ALL }, &paths).unwrap();

    assert_eq!(names(paths.state()), ["routes.json"]);
    assert_eq!(names(paths.data()), ["folders.json"]);
    take_away(ALL, &paths).unwrap();
    assert_eq!(names(paths.home()), Vec::<String>::new());
}

#[test]
fn what_is_only_shown_stays() {
    let (_dir, paths) = home();

    let step = take_away(Wish { does: false, ..ALL }, &paths).unwrap();

    assert_eq!(step.done.len(), 5);
    assert!(paths.state().join("routes.json").exists());
}

#[test]
fn a_folder_of_somebody_elses_stays_and_links_are_not_followed() {
    let (dir, paths) = home();
    let treasure = dir.path().join("treasure");
    fs::create_dir(&treasure).unwrap();
    fs::write(treasure.join("gold"), "x").unwrap();
    symlink(&treasure, paths.state().join("link")).unwrap();
    fs::remove_dir_all(paths.run()).unwrap();
    symlink(&treasure, paths.run()).unwrap();
    // These were there before Vigil: it has noted nothing of them.
    let other = dir.path().join("other");
    let others = Paths::below(&other, paths.home().to_owned());
    let before: Vec<PathBuf> = others.folders().map(|(_, folder)| folder.to_owned()).into();
    for folder in &before {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(others.data().join("mine"), "x").unwrap();

    let step = take_away(ALL, &paths).unwrap();
    let of_others = super::is_ours(others.data(), &[], &others);

    assert_eq!(names(&treasure), ["gold"]);
    assert_eq!(step.left.len(), 1, "{:?}", step.left);
    assert!(of_others.is_err());
}

#[test]
fn the_size_is_that_of_the_files() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    fs::write(dir.path().join("a/b"), [0; 1000]).unwrap();
    fs::write(dir.path().join("c"), [0; 24]).unwrap();

    assert_eq!(size(dir.path()), 1024);
    assert_eq!(size(&dir.path().join("nothing")), 0);
}

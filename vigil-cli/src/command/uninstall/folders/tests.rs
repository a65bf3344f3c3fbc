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

    // What says which key is the vault's, too.
    assert_eq!(names(paths.state()), ["routes.json", "vault"]);
    assert!(paths.ca().join("file").exists(), "by it the machine's trust is found out");
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
    let of_others = super::is_ours("data", others.data(), &[], &others);

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

#[test]
fn a_folder_that_only_has_the_name_goes_only_with_nothing_but_what_vigil_writes() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().to_owned();
    let source = home.join("src");
    let places = [("HOME", home.clone()), ("XDG_DATA_HOME", source.clone())];
    let paths = Paths::from_lookup(&|name| {
        places.iter().find(|(known, _)| *known == name).map(|(_, path)| path.into())
    })
    .unwrap();
    let config = paths.config_file().parent().unwrap();
    for folder in [config, paths.data(), paths.state(), &source.join("vigil/docs")] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(config.join("config.toml"), "").unwrap();
    fs::create_dir(config.join("other")).unwrap();
    fs::write(config.join("other/keep"), "theirs").unwrap();
    fs::write(paths.state().join("routes.json"), "{}").unwrap();
    fs::write(paths.state().join(".routes.json.12.0.new"), "{").unwrap();
    let is_checkout = paths.data().starts_with(&source);
    fs::write(paths.data().join("table.csv"), "theirs").unwrap();

    let step = take_away(ALL, &paths).unwrap();

    assert_eq!(fs::read_to_string(config.join("other/keep")).unwrap(), "theirs");
    assert_eq!(fs::read_to_string(paths.data().join("table.csv")).unwrap(), "theirs");
    assert!(!is_checkout || source.join("vigil/docs").exists());
    assert_eq!(step.left.len(), 2, "{:?}", step.left);
    assert!(step.left.iter().any(|words| words.contains("`other`")), "{:?}", step.left);
    assert!(!paths.state().exists(), "that one had nothing else in it");
}

#[test]
fn a_note_of_nothing_goes_without_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    let paths = Paths::below(&home.join("vigil-home"), home);
    // As what only takes back makes them.
    paths.make(&[paths.state()]).unwrap();
    fs::write(paths.state().join("routes.lock"), "").unwrap();

    take_away(Wish { purge: false, ..ALL }, &paths).unwrap();

    assert_eq!(names(paths.home()), Vec::<String>::new());
}

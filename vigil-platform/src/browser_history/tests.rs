use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use super::{Family, imp::PLACES, open, profiles};
use crate::process;

fn write(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "a history").unwrap();
}

fn place(family: Family) -> &'static str {
    PLACES.iter().find(|place| place.family == family).unwrap().folder
}

#[test]
fn each_profile_of_each_browser_is_found_once() {
    let home = tempfile::tempdir().unwrap();
    let mut wanted = Vec::new();
    for place in PLACES {
        let file = home.path().join(place.folder).join("One").join(place.family.file());
        write(&file);
        wanted.push((place.browser, place.family, file));
    }
    write(&home.path().join(place(Family::Chromium)).join("Safe Browsing/Other"));

    let found = profiles(home.path());

    let there: Vec<_> =
        found.profiles.into_iter().map(|one| (one.browser, one.family, one.database)).collect();
    assert_eq!(there, wanted);
    assert!(found.unlisted.is_empty());
    assert!(profiles(&home.path().join("elsewhere")).profiles.is_empty());
}

#[test]
fn a_profile_that_firefox_keeps_elsewhere_is_found() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let inner = home.path().join(place(Family::Firefox));
    write(&inner.join("a.default/places.sqlite"));
    write(&other.path().join("places.sqlite"));
    let list = format!(
        "[Profile0]\nIsRelative=1\nPath=a.default\n[Profile1]\nIsRelative=0\nPath={}\n",
        other.path().display()
    );
    fs::write(inner.join("profiles.ini"), list).unwrap();

    let found: Vec<_> =
        profiles(home.path()).profiles.into_iter().map(|one| one.database).collect();

    let mut wanted =
        vec![inner.join("a.default/places.sqlite"), other.path().join("places.sqlite")];
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
fn a_profile_that_is_a_link_is_found() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = home.path().join(place(Family::Chromium));
    fs::create_dir_all(&folder).unwrap();
    write(&other.path().join("moved/History"));
    symlink(other.path().join("moved"), folder.join("Default")).unwrap();
    // As browsers mark that they run.
    symlink("host-1234", folder.join("SingletonLock")).unwrap();
    symlink("around", folder.join("around")).unwrap();

    let found = profiles(home.path());

    let there: Vec<_> = found.profiles.into_iter().map(|one| one.database).collect();
    assert_eq!(there, [folder.join("Default/History")]);
    let unlisted: Vec<_> = found.unlisted.into_iter().map(|(path, _)| path).collect();
    assert_eq!(unlisted, [folder.join("around")], "what leads nowhere else cannot be read");
}

#[test]
fn a_folder_that_cannot_be_listed_is_named() {
    if process::uid() == 0 {
        eprintln!("skipped: root may list every folder");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(place(Family::Chromium));
    write(&folder.join("Default/History"));
    fs::set_permissions(&folder, Permissions::from_mode(0o000)).unwrap();

    let found = profiles(home.path());

    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(found.unlisted.len(), 1);
    assert_eq!(found.unlisted[0].0, folder);
}

#[test]
fn only_a_file_is_opened() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    write(&at("History"));
    symlink(at("History"), at("link")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(pipe.success());

    assert!(open(&at("History")).is_ok());
    for other in ["link", "folder", "pipe", "nothing"] {
        assert!(open(&at(other)).is_err(), "{other}");
    }
}

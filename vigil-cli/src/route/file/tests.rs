//! Files in a home of their own: links, work trees, and others who write at the same time.

use std::{fs, os::unix::fs::symlink};

use tempfile::TempDir;

use super::*;

struct Home {
    _folder: TempDir,
    home: PathBuf,
}

fn home() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("user");
    fs::create_dir_all(home.join(".claude")).unwrap();
    Home { _folder: folder, home }
}

impl Home {
    fn settings(&self) -> PathBuf {
        self.home.join(".claude/settings.json")
    }

    fn read(&self) -> Result<Snapshot, Refusal> {
        Snapshot::read(&self.home, &self.settings())
    }

    fn names(&self) -> Vec<String> {
        let listed = fs::read_dir(self.home.join(".claude")).unwrap();
        listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

#[test]
fn a_file_is_replaced_whole_and_keeps_its_mode() {
    let home = home();
    for mode in [0o600, 0o640] {
        fs::write(home.settings(), "old").unwrap();
        fs::set_permissions(home.settings(), Permissions::from_mode(mode)).unwrap();

        home.read().unwrap().replace(b"new", || {}).unwrap();

        assert_eq!(fs::read(home.settings()).unwrap(), b"new");
        let now = fs::metadata(home.settings()).unwrap().permissions().mode() & 0o777;
        assert_eq!(now, mode);
        assert_eq!(home.names(), ["settings.json"]);
    }
}

#[test]
fn a_file_that_others_may_read_is_known() {
    let home = home();
    assert!(!home.read().unwrap().is_open_to_others(), "there is none yet");
    fs::write(home.settings(), "old").unwrap();
    for (mode, is_open) in [(0o600, false), (0o640, true), (0o604, true), (0o622, false)] {
        fs::set_permissions(home.settings(), Permissions::from_mode(mode)).unwrap();
        assert_eq!(home.read().unwrap().is_open_to_others(), is_open, "{mode:o}");
    }
}

#[test]
fn a_new_file_is_private_and_goes_away_with_the_folders_made_for_it() {
    let home = home();
    fs::remove_dir(home.home.join(".claude")).unwrap();
    let file = home.read().unwrap();
    let folders = file.missing_folders();

    file.replace(b"new", || {}).unwrap();

    assert_eq!(fs::metadata(home.settings()).unwrap().permissions().mode() & 0o777, 0o600);
    home.read().unwrap().remove(&folders).unwrap();
    assert_eq!(fs::read_dir(&home.home).unwrap().count(), 0);
}

#[test]
fn who_writes_between_reading_and_renaming_wins() {
    let home = home();
    fs::write(home.settings(), "old").unwrap();
    let file = home.read().unwrap();

    let refused = file.replace(b"new", || fs::write(home.settings(), "theirs").unwrap());

    assert!(matches!(refused, Err(Refusal::Changed(_))), "{refused:?}");
    assert_eq!(fs::read(home.settings()).unwrap(), b"theirs");
    assert_eq!(home.names(), ["settings.json"]);
}

#[test]
fn who_makes_the_file_first_or_takes_it_away_wins() {
    let home = home();
    let file = home.read().unwrap();
    let refused = file.replace(b"new", || fs::write(home.settings(), "theirs").unwrap());
    assert!(matches!(refused, Err(Refusal::Changed(_))), "{refused:?}");
    assert_eq!(fs::read(home.settings()).unwrap(), b"theirs");

    let file = home.read().unwrap();
    let refused = file.replace(b"new", || fs::remove_file(home.settings()).unwrap());
    assert!(matches!(refused, Err(Refusal::Changed(_))), "{refused:?}");
    assert!(home.names().is_empty());
}

#[test]
fn a_link_that_is_turned_elsewhere_meanwhile_is_not_followed() {
    let home = home();
    let (one, other) = (home.home.join("one"), home.home.join("other"));
    fs::write(&one, "same").unwrap();
    fs::write(&other, "same").unwrap();
    symlink(&one, home.settings()).unwrap();
    let file = home.read().unwrap();

    let refused = file.replace(b"new", || {
        fs::remove_file(home.settings()).unwrap();
        symlink(&other, home.settings()).unwrap();
    });

    assert!(matches!(refused, Err(Refusal::Changed(_))), "{refused:?}");
    assert_eq!(
        (fs::read(one).unwrap(), fs::read(other).unwrap()),
        (b"same".into(), b"same".into())
    );
}

#[test]
fn a_link_within_the_home_is_followed_and_stays_a_link() {
    let home = home();
    let target = home.home.join("dotfiles.json");
    fs::write(&target, "old").unwrap();
    symlink(&target, home.settings()).unwrap();

    let file = home.read().unwrap();
    file.replace(b"new", || {}).unwrap();

    assert!(file.is_link);
    assert_eq!(file.real, fs::canonicalize(&target).unwrap());
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert!(fs::symlink_metadata(home.settings()).unwrap().is_symlink());
}

#[test]
fn nothing_outside_the_home_is_read_or_written() {
    let home = home();
    let outside = home.home.with_file_name("outside");
    fs::write(&outside, "theirs").unwrap();
    symlink(&outside, home.settings()).unwrap();

    assert!(matches!(home.read(), Err(Refusal::Outside(_))));
    assert!(matches!(Snapshot::read(&home.home, &outside), Err(Refusal::Outside(_))));
    let sly = home.home.join(".claude/../../outside");
    assert!(matches!(Snapshot::read(&home.home, &sly), Err(Refusal::Outside(_))));
}

#[test]
fn a_git_work_tree_is_left_alone_also_behind_a_link() {
    let home = home();
    let tree = home.home.join("dotfiles");
    fs::create_dir_all(tree.join("claude")).unwrap();
    // A worktree has a file there, a repository a folder.
    fs::write(tree.join(".git"), "gitdir: elsewhere").unwrap();
    fs::write(tree.join("claude/settings.json"), "{}").unwrap();
    symlink(tree.join("claude/settings.json"), home.settings()).unwrap();
    let refused = home.read();
    assert!(matches!(&refused, Err(Refusal::GitTree { .. })), "{refused:?}");

    fs::remove_file(home.settings()).unwrap();
    fs::create_dir(home.home.join(".git")).unwrap();
    assert!(matches!(home.read(), Err(Refusal::GitTree { .. })));
}

#[test]
fn what_is_no_plain_file_of_ours_is_left_alone() {
    let home = home();
    symlink(home.home.join("nothing"), home.settings()).unwrap();
    assert!(matches!(home.read(), Err(Refusal::Dangling(_))));
    fs::remove_file(home.settings()).unwrap();

    fs::create_dir(home.settings()).unwrap();
    assert!(matches!(home.read(), Err(Refusal::NotAFile(_))));
    fs::remove_dir(home.settings()).unwrap();

    fs::write(home.settings(), "{}").unwrap();
    fs::hard_link(home.settings(), home.home.join("second")).unwrap();
    assert!(matches!(home.read(), Err(Refusal::HardLink(_))));
    fs::remove_file(home.home.join("second")).unwrap();

    fs::write(home.settings(), vec![b' '; MOST + 1]).unwrap();
    assert!(matches!(home.read(), Err(Refusal::TooLarge(_))));
}

#[test]
fn what_a_killed_one_left_behind_is_no_obstacle() {
    let home = home();
    fs::write(home.settings(), "old").unwrap();
    fs::write(home.home.join(".claude/.settings.json.vigil-new"), "half").unwrap();

    home.read().unwrap().replace(b"new", || {}).unwrap();

    assert_eq!(fs::read(home.settings()).unwrap(), b"new");
    assert_eq!(home.names(), ["settings.json"]);
}

#[test]
fn a_folder_that_may_not_be_written_is_an_error_and_changes_nothing() {
    let home = home();
    fs::write(home.settings(), "old").unwrap();
    let folder = home.home.join(".claude");
    fs::set_permissions(&folder, Permissions::from_mode(0o500)).unwrap();
    if File::create(folder.join("probe")).is_ok() {
        eprintln!("SKIPPED: this user may write everywhere (root)");
        return;
    }

    let refused = home.read().unwrap().replace(b"new", || {});

    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(refused, Err(Refusal::Io { operation: "write", .. })), "{refused:?}");
    assert_eq!(fs::read(home.settings()).unwrap(), b"old");
    assert_eq!(home.names(), ["settings.json"]);
}

use std::{fs, thread, time::Duration};

use super::*;

/// Long enough for a loaded machine; nothing here asserts a time.
const PATIENCE: Duration = Duration::from_secs(20);

fn wait_for(watch: &Watch, wanted: &Path) -> Changes {
    let mut seen = Changes::default();
    for _ in 0..50 {
        let more = watch.wait(PATIENCE / 50);
        seen.rescan |= more.rescan;
        seen.dirs.extend(more.dirs);
        if seen.dirs.contains(wanted) {
            break;
        }
    }
    seen
}

#[test]
fn a_line_written_into_a_watched_folder_names_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let mut watch = Watch::new().unwrap();
    watch.add(dir.path()).unwrap();

    fs::write(dir.path().join("session.jsonl"), "{}\n").unwrap();

    assert!(wait_for(&watch, dir.path()).dirs.contains(dir.path()));
}

#[test]
fn reading_a_file_is_not_a_change() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("session.jsonl");
    fs::write(&file, "{}\n").unwrap();
    let mut watch = Watch::new().unwrap();
    watch.add(dir.path()).unwrap();

    fs::read(&file).unwrap();

    assert!(watch.wait(Duration::from_millis(300)).is_empty());
}

#[test]
fn what_happens_in_a_folder_below_is_not_reported() {
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("below");
    fs::create_dir(&below).unwrap();
    let mut watch = Watch::new().unwrap();
    watch.add(dir.path()).unwrap();

    fs::write(below.join("file"), "x").unwrap();

    assert!(!watch.wait(Duration::from_millis(300)).dirs.contains(&below));
}

#[test]
fn a_removed_folder_can_be_watched_again_when_it_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("project");
    fs::create_dir(&folder).unwrap();
    let mut watch = Watch::new().unwrap();
    watch.add(&folder).unwrap();
    fs::remove_dir(&folder).unwrap();
    assert!(wait_for(&watch, &folder).dirs.contains(&folder));

    fs::create_dir(&folder).unwrap();
    watch.add(&folder).unwrap();
    fs::write(folder.join("file"), "x").unwrap();

    assert!(wait_for(&watch, &folder).dirs.contains(&folder));
}

#[test]
fn more_changed_folders_than_fit_become_one_rescan() {
    let mut state = State::default();
    for n in 0..=MAX_DIRS {
        let dir = PathBuf::from(format!("/watched/{n}"));
        state.watched.insert(dir.clone());
        state.note(&dir.join("file"));
    }

    assert_eq!(state.changes.dirs.len(), MAX_DIRS);
    assert!(state.changes.rescan);
}

#[test]
fn a_wake_up_from_another_thread_ends_the_wait() {
    let watch = Watch::new().unwrap();
    let waker = watch.waker();

    let other = thread::spawn(move || waker.wake());
    let changes = watch.wait(Duration::from_mins(10));

    other.join().unwrap();
    assert!(changes.is_empty());
}

#[test]
fn a_folder_that_is_not_there_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut watch = Watch::new().unwrap();

    let error = watch.add(&dir.path().join("missing")).unwrap_err();

    assert!(error.is_gone());
}

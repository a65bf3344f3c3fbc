use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use super::{days, folders, unread_in};

#[test]
fn only_old_files_that_hold_unread_lines_count() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".claude");
    fs::create_dir_all(folder.join("projects/-p")).unwrap();
    let write = |name: &str, text: &str, days: u64| {
        let path = folder.join("projects/-p").join(name);
        fs::write(&path, text).unwrap();
        let then = SystemTime::now() - Duration::from_hours(days * 24);
        File::options().append(true).open(&path).unwrap().set_modified(then).unwrap();
    };
    write("old.jsonl", "{}\n", 29);
    write("unfinished.jsonl", "{\"a", 29);
    write("new.jsonl", "{}\n", 20);
    write("other.txt", "{}\n", 29);

    assert_eq!(folders(home.path(), Some(folder.clone())).len(), 1);
    assert_eq!((days(&folder), unread_in(&folder, None)), (30, 1));
    fs::write(folder.join("settings.json"), r#"{"cleanupPeriodDays": 90}"#).unwrap();
    assert_eq!((days(&folder), unread_in(&folder, None)), (90, 0));
    fs::write(folder.join("settings.json"), r#"{"cleanupPeriodDays": 10}"#).unwrap();
    assert_eq!(unread_in(&folder, None), 2);
    fs::write(folder.join("settings.json"), "broken").unwrap();
    assert_eq!(days(&folder), 30);
}

use super::{Pace, open_writer};
use crate::folder;

#[test]
fn a_backlog_has_more_memory_and_a_longer_log_until_it_is_over() {
    let dir = tempfile::tempdir().unwrap();
    folder::prepare(dir.path()).unwrap();
    let path = folder::database(dir.path());
    std::fs::File::create(&path).unwrap();
    let conn = open_writer(&path).unwrap();
    let settings = || {
        ["cache_size", "cache_spill", "wal_autocheckpoint"]
            .map(|name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap())
    };

    let calm = settings();
    Pace::Backlog.set(&conn).unwrap();
    let backlog = settings();
    Pace::Calm.set(&conn).unwrap();

    assert_eq!(backlog[0], -20480, "KiB, the negative way SQLite has it");
    assert!(backlog[1] > calm[1] && backlog[2] > calm[2], "{backlog:?} {calm:?}");
    assert_eq!(settings(), calm);
}

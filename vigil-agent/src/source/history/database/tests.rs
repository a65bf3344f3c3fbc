use std::time::Duration;

use vigil_platform::browser_history::Family;

use super::{Database, PATIENCE, question};
use crate::source::history::{
    tests::{History, NOON},
    trouble::Trouble,
};

#[test]
fn only_rows_of_listed_hosts_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    for (family, tables) in [
        (Family::Chromium, ["urls_url_index", "visits_url_index"]),
        (Family::Firefox, ["moz_places_hostindex", "moz_historyvisits_placedateindex"]),
    ] {
        let path = folder.path().join(format!("{family:?}"));
        let history = match family {
            Family::Chromium => History::chromium(path),
            Family::Firefox => History::firefox(path),
        };
        let sql = format!("EXPLAIN QUERY PLAN {}", question(family, family == Family::Chromium));
        let mut statement = history.connection.prepare(&sql).unwrap();
        let plan: Vec<String> = statement
            .query_map(rusqlite::params![0, 10, "[\"claude.ai\"]"], |row| row.get(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();

        for index in tables {
            assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:?}");
        }
        let scans = plan.iter().filter(|step| step.starts_with("SCAN") && !step.contains("SCAN h"));
        assert_eq!(scans.count(), 0, "{plan:?}");
    }
}

#[test]
fn what_takes_too_long_is_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("History");
    drop(History::chromium(path.clone()));
    let database = Database::open(&path, Family::Chromium, PATIENCE).unwrap();
    let database = Database { patience: Duration::from_millis(20), ..database };

    let endless = database.bounded(|connection| {
        let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
        connection.query_row(sql, [], |row| row.get::<_, i64>(0))
    });

    assert!(matches!(endless, Err(Trouble::Slow)), "{endless:?}");
}

#[test]
fn a_page_says_whether_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("History");
    let history = History::chromium(path.clone());
    for n in 1..=3 {
        history.visited(&format!("https://claude.ai/{n}"), NOON + n);
    }
    drop(history);
    let database = Database::open(&path, Family::Chromium, PATIENCE).unwrap();

    let first = database.after(0, &["claude.ai"], 2).unwrap();
    let second = database.after(first.last.unwrap(), &["claude.ai"], 2).unwrap();

    let urls: Vec<_> = first.visits.iter().chain(&second.visits).map(|one| &*one.url).collect();
    assert_eq!(urls, ["https://claude.ai/1", "https://claude.ai/2", "https://claude.ai/3"]);
    assert_eq!((first.goes_on, second.goes_on), (true, false));
    assert_eq!(second.visits[0].micros, NOON + 3);
    assert!(database.after(0, &["claude.a"], 2).unwrap().visits.is_empty());
}

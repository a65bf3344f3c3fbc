//! Histories in the forms that browsers write, read as they change.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::fs::symlink,
    time::{Duration, SystemTime},
};

use vigil_proto::{SessionId, Timestamp, Witness};

use super::super::{
    copy,
    tests::{self as rig, History, Home, NOON, UUID, contents},
};

fn claude() -> String {
    format!("https://claude.ai/chat/{UUID}")
}

fn at(micros: i64, host: &str) -> (i64, String) {
    (NOON + micros, host.to_owned())
}

#[test]
fn each_visit_is_told_once_however_often_the_agent_starts() {
    let home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    let firefox = History::firefox(home.firefox("x.default"));
    chromium.visited(&claude(), NOON + 1);
    chromium.visited("https://example.com/chat/private", NOON + 2);
    firefox.visited_with_firefox(&format!("https://chatgpt.com/c/{UUID}?q=words"), NOON + 3);
    chromium.rest();
    firefox.rest();

    let mut watch = home.look();
    home.look_with(&mut watch);
    assert_eq!(home.visits(), [at(1, "claude.ai"), at(3, "chatgpt.com")]);
    home.look();
    chromium.visited(&claude(), NOON + 4);
    chromium.rest();
    home.look_with(&mut watch);
    home.look();

    let seen = home.visits();
    assert_eq!(seen, [at(1, "claude.ai"), at(3, "chatgpt.com"), at(4, "claude.ai")]);
    assert!(home.gaps().is_empty());
}

#[test]
fn a_visit_is_part_of_the_session_that_the_extension_tells_of() {
    let home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    chromium.visited(&format!("{}?secret=words#more", claude()), NOON);
    chromium.rest();

    home.look();

    let committed = home.committed.lock().unwrap();
    let session = SessionId::of("claude-web", UUID);
    assert_eq!(committed.sessions[0].id, session);
    assert!(committed.sessions[0].title.is_none());
    let event = &committed.events[0];
    assert_eq!((event.session, event.witness), (Some(session), Witness::History));
    let all = format!(
        "{:?}",
        committed
            .events
            .iter()
            .map(|e| e.clone().map_text(&mut |_, text| text.expose().to_owned()))
            .collect::<Vec<_>>()
    );
    assert!(!all.contains("words") && !all.contains("title"), "{all}");
}

#[test]
fn a_browser_at_work_is_not_disturbed_and_what_it_did_not_finish_is_not_told() {
    let home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    chromium.visited(&claude(), NOON + 1);
    // Small enough a memory that it writes into its file before it commits.
    chromium.connection.execute_batch("PRAGMA cache_size = 5; BEGIN IMMEDIATE;").unwrap();
    for n in 0..200 {
        chromium.visited(&format!("{}?{}", claude(), "x".repeat(500)), NOON + 100 + n);
    }
    let firefox = History::firefox(home.firefox("x.default"));
    firefox.visited_with_firefox(&claude(), NOON + 2);
    chromium.rest();
    firefox.rest();
    let folders = [chromium.path.parent().unwrap(), firefox.path.parent().unwrap()];
    let before = folders.map(contents);
    assert!(before[0].len() == 2 && before[1].len() == 2, "a log is beside each");

    let mut watch = home.look();

    assert_eq!(home.visits(), [at(1, "claude.ai"), at(2, "claude.ai")]);
    assert_eq!(folders.map(contents), before);
    chromium.connection.execute_batch("COMMIT").unwrap();
    chromium.rest();
    home.look_with(&mut watch);
    let numbers: BTreeSet<i64> = home.visits().into_iter().map(|(micros, _)| micros).collect();
    assert_eq!((home.visits().len(), numbers.len()), (202, 202));
}

/// More than any test takes.
const LONG: Duration = Duration::from_hours(1);

#[test]
fn what_is_being_written_is_read_when_it_rests() {
    let home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    chromium.visited(&claude(), NOON);
    let mut watch = home.start();

    watch.set_calm(LONG);
    home.look_with(&mut watch);
    assert!(home.visits().is_empty());
    watch.set_calm(Duration::ZERO);
    home.look_with(&mut watch);

    assert_eq!(home.visits(), [at(0, "claude.ai")]);
    assert!(home.gaps().is_empty());
}

#[test]
fn a_browser_that_never_rests_is_a_gap() {
    let home = Home::new();
    let _chromium = History::chromium(home.chromium("Default"));
    let mut watch = home.start();
    watch.set_calm(LONG);

    for _ in 0..=super::PATIENCE {
        assert!(home.gaps().is_empty());
        home.look_with(&mut watch);
    }

    home.look_with(&mut watch);
    assert_eq!(home.gaps(), ["browser-history-busy"]);
}

#[test]
fn numbers_that_are_given_again_hide_nothing() {
    let home = Home::new();
    let firefox = History::firefox(home.firefox("x.default"));
    firefox.visited_with_firefox(&claude(), NOON + 1);
    let last = firefox.visited_with_firefox(&claude(), NOON + 2);
    firefox.rest();
    let mut watch = home.look();

    firefox.connection.execute("DELETE FROM moz_historyvisits WHERE id = ?", [last]).unwrap();
    assert_eq!(firefox.visited_with_firefox(&claude(), NOON + 3), last);
    firefox.rest();
    home.look_with(&mut watch);

    let committed = home.committed.lock().unwrap();
    let ids: BTreeSet<_> = committed.events.iter().map(|event| event.id).collect();
    let times: BTreeSet<i64> = committed.visits().into_iter().map(|(micros, _)| micros).collect();
    assert_eq!(times, BTreeSet::from([NOON + 1, NOON + 2, NOON + 3]));
    assert_eq!(ids.len(), 3, "what is told again is the same event");
}

#[test]
fn the_same_visit_in_two_profiles_is_one_event() {
    let home = Home::new();
    for profile in ["Default", "Profile 1"] {
        let chromium = History::chromium(home.chromium(profile));
        chromium.visited(&claude(), NOON);
        chromium.rest();
    }

    home.look();

    let committed = home.committed.lock().unwrap();
    let ids: BTreeSet<_> = committed.events.iter().map(|event| event.id).collect();
    assert_eq!((committed.events.len(), ids.len()), (2, 1));
    assert_eq!(committed.checkpoints.len(), 2);
}

#[test]
fn what_was_visited_in_a_pause_is_left_out_and_a_gap() {
    let mut home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    for micros in [1, 10, 15, 20, 30] {
        chromium.visited(&claude(), NOON + micros);
    }
    chromium.rest();
    let at_micros = |micros| Timestamp::from_micros(NOON + micros);
    home.pauses = Some(vec![(at_micros(10), Some(at_micros(20)))]);

    home.look();

    assert_eq!(home.visits(), [at(1, "claude.ai"), at(20, "claude.ai"), at(30, "claude.ai")]);
    assert_eq!(home.gaps(), ["paused"]);
    assert_eq!(home.committed.lock().unwrap().count("skip.history-paused"), 2);
}

#[test]
fn without_knowing_the_pauses_nothing_is_read() {
    let mut home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    chromium.visited(&claude(), NOON);
    chromium.rest();
    home.pauses = None;

    home.look();

    assert!(home.visits().is_empty());
}

#[test]
fn a_site_that_is_left_out_is_not_asked_for() {
    let mut home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    chromium.visited(&claude(), NOON + 1);
    chromium.visited(&format!("https://chatgpt.com/c/{UUID}"), NOON + 2);
    chromium.visited(&format!("https://chat.deepseek.com/a/chat/s/{UUID}"), NOON + 3);
    chromium.rest();
    home.exclude.clients = vec!["claude-web".to_owned()];
    home.exclude.hosts = vec!["chatgpt.com".to_owned()];

    home.look();

    assert_eq!(home.visits(), [at(3, "chat.deepseek.com")]);
}

#[test]
fn a_history_that_cannot_be_read_is_a_gap_and_told_once() {
    let home = Home::new();
    // One for each thing that can be wrong.
    let wrong = home.chromium("damaged");
    fs::create_dir_all(wrong.parent().unwrap()).unwrap();
    fs::write(&wrong, "this is no database, and long enough to be taken for one".repeat(40))
        .unwrap();
    rig::rest(&wrong);
    let view =
        "CREATE TABLE t (a); CREATE VIEW visits AS SELECT 1 AS id, 2 AS url, 3 AS visit_time;
                CREATE VIEW urls AS SELECT 2 AS id, 'https://claude.ai/chat/1' AS url;";
    drop(History::new(home.chromium("view"), view));
    rig::rest(&home.chromium("view"));
    let large = home.chromium("large");
    fs::create_dir_all(large.parent().unwrap()).unwrap();
    File::create(&large).unwrap().set_len(copy::MOST + 1).unwrap();
    rig::rest(&large);
    let link = home.chromium("link");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    symlink("/dev/zero", &link).unwrap();

    let mut watch = home.look();
    home.look_with(&mut watch);
    let first = home.gaps();
    home.look();

    let mut told = first.clone();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "browser-history-damaged",
            "browser-history-too-large",
            "browser-history-unknown-form",
            "browser-history-unreadable",
        ]
    );
    let committed = home.committed.lock().unwrap();
    let ids: BTreeSet<_> = committed.events.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 4, "another start tells of the same gaps");
    assert!(committed.counts.keys().all(|name| name.starts_with("gap.")));
}

#[test]
fn hostile_rows_are_bounded_and_counted() {
    let home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    chromium.connection.execute_batch("BEGIN").unwrap();
    chromium.visited(&format!("{}?{}", claude(), "x".repeat(100_000)), NOON);
    chromium.visited("https://claude.ai/chat/not-an-id", NOON);
    chromium.visited(&claude(), -1);
    chromium.visited(&claude(), i64::MAX - 11_644_473_600_000_000);
    let other = chromium.visited(&claude(), NOON + 5);
    chromium
        .connection
        .execute("UPDATE visits SET visit_time = x'00' WHERE id = ?", [other])
        .unwrap();
    let synced = chromium.visited(&claude(), NOON + 6);
    chromium
        .connection
        .execute("UPDATE visits SET originator_cache_guid = 'elsewhere' WHERE id = ?", [synced])
        .unwrap();
    // More than one page of them.
    for n in 0..6_000 {
        chromium.visited(&claude(), NOON + 100 + n);
    }
    chromium.connection.execute_batch("COMMIT").unwrap();
    chromium.rest();

    home.look();

    let committed = home.committed.lock().unwrap();
    assert_eq!(committed.count("read.history-visits"), 6_001);
    assert_eq!(committed.count("skip.history-no-conversation"), 1);
    assert_eq!(committed.count("skip.history-no-time"), 2);
    let now = Timestamp::from(SystemTime::now());
    assert!(committed.events.iter().all(|event| event.at <= now), "nothing is in the future");
    assert!(committed.gaps().is_empty());
}

#[test]
fn a_row_with_no_time_costs_no_other() {
    let home = Home::new();
    let chromium = History::chromium(home.chromium("Default"));
    chromium.visited(&claude(), NOON + 1);
    let last = chromium.visited(&claude(), NOON + 2);
    let spoil = "UPDATE visits SET visit_time = x'00' WHERE id = ?";
    chromium.connection.execute(spoil, [last]).unwrap();
    let firefox = History::firefox(home.firefox("x.default"));
    firefox.visited_with_firefox(&claude(), NOON + 3);
    let last = firefox.visited_with_firefox(&claude(), NOON + 4);
    let spoil = "UPDATE moz_historyvisits SET visit_date = 'noon' WHERE id = ?";
    firefox.connection.execute(spoil, [last]).unwrap();
    chromium.rest();
    firefox.rest();

    let mut watch = home.look();
    assert_eq!(home.visits(), [at(1, "claude.ai"), at(3, "claude.ai")]);
    // Where it had read to is no time either, now.
    chromium.connection.execute_batch("UPDATE visits SET visit_time = x'00'").unwrap();
    chromium.visited(&claude(), NOON + 5);
    chromium.rest();
    home.look_with(&mut watch);

    assert_eq!(home.visits().last(), Some(&at(5, "claude.ai")));
    assert!(home.gaps().is_empty(), "{:?}", home.gaps());
}

#[test]
fn a_folder_that_is_shut_again_is_told_again() {
    let home = Home::new();
    let folder = home.chromium("Default").parent().unwrap().parent().unwrap().to_owned();
    fs::remove_dir(&folder).unwrap();
    // Nobody can list it, not even root.
    symlink(&folder, &folder).unwrap();
    let mut watch = home.look();
    home.look_with(&mut watch);
    assert_eq!(home.gaps(), ["browser-history-unreadable"]);

    fs::remove_file(&folder).unwrap();
    home.look_with(&mut watch);
    symlink(&folder, &folder).unwrap();
    home.look_with(&mut watch);
    home.look();

    let committed = home.committed.lock().unwrap();
    let ids: BTreeSet<_> = committed.events.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 2, "each time is a gap, and once, however often the agent starts");
}

#[test]
fn what_a_killed_agent_left_is_removed() {
    let home = Home::new();
    fs::create_dir_all(home.copies().join("now")).unwrap();
    fs::write(home.copies().join("now/copy"), "somebody's history").unwrap();

    super::super::clear(&home.copies()).unwrap();
    super::super::clear(&home.copies()).unwrap();

    assert!(!home.copies().exists());
}

//! A store that an older Vigil wrote is brought forward, and then answers like a new one.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use vigil_proto::{
    Kind, Outcome, Severity, Span, Witness,
    event::{CallRank, Field},
    view::{AnalyticsQuery, FeedQuery, FindingQuery, SessionQuery},
};

use super::parts::{
    Bench, batch, call_of, finding, in_session, masked, model_call, open, prompt, response, second,
    session, tool_call, tool_result,
};
use crate::{Error, Reader};

const V1: &str = include_str!("../../migrations/0001_initial.sql");

/// A store with something for every rollup, and texts that are long enough to be packed.
fn filled() -> Bench {
    let bench = Bench::new();
    let first = prompt(1, &format!("the aaaa key {}", "of many words ".repeat(20)));
    let content = format!("\"{}\"", "line ".repeat(50));
    let mut lost = response(0, "m0", "before the epoch");
    lost.at = vigil_proto::Timestamp::from_micros(-5);
    let events = vec![
        first.clone(),
        call_of(2, "Write", "t1", &format!(r#"{{"content":{content},"file_path":"/a"}}"#)),
        call_of(3, "Read", "t2", r#"{"file_path":"/b"}"#),
        tool_result(4, "t1", "no", Outcome::Failed),
        tool_result(5000, "t2", "no", Outcome::Denied),
        model_call(5001, "m1", 7, CallRank::Stopped),
        tool_call(9000, "t3", "{}"),
        lost,
    ];
    let span = Span { field: Field::Text, start: 4, end: 8 };
    let mut all = batch(Witness::Transcript, events);
    all.sessions[0].cwd = Some(masked("/code"));
    let found = finding("a", Severity::High, first.id, span);
    bench.writer.submit(all, vec![found]).unwrap();
    bench.put(batch(Witness::Proxy, vec![tool_call(9000, "t3", "otherwise")]));
    let later = in_session("two", batch(Witness::Transcript, vec![prompt(99_000, "the aaaa key")]));
    let found = finding("a", Severity::High, later.events[0].id, span);
    bench.writer.submit(later, vec![found]).unwrap();
    bench.writer.flush().unwrap();
    bench
}

/// The same rows in a database of the first schema.
fn as_first_schema(from: &Path, to: &Path) {
    let conn = Connection::open(to.join("vigil.db")).unwrap();
    conn.execute_batch(V1).unwrap();
    conn.pragma_update(None, "user_version", 1).unwrap();
    conn.execute("ATTACH ? AS new", [from.join("vigil.db").to_str().unwrap()]).unwrap();
    let tables: Vec<String> = conn
        .prepare(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%'",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(tables.len() > 15);
    for table in tables {
        let columns: String = conn
            .query_row("SELECT group_concat(name) FROM pragma_table_info(?)", [&table], |r| {
                r.get(0)
            })
            .unwrap();
        let sql = format!(
            "INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}"
        );
        conn.execute(&sql, []).unwrap();
    }
}

/// Every answer that leans on what the second schema brought.
fn answers(reader: &Reader) -> Value {
    let year = AnalyticsQuery { from: Some(second(-86_400)), ..AnalyticsQuery::default() };
    let now = second(100_000);
    json!({
        "facets": reader.facets().unwrap(),
        "sessions": reader.session_page(&SessionQuery::default()).unwrap(),
        "session": reader.session_view(session()).unwrap(),
        "findings": reader.finding_page(&FindingQuery::default()).unwrap(),
        "feed": reader.feed(&FeedQuery::default()).unwrap(),
        "density": reader.density(None, now).unwrap(),
        "ages": reader.density(Some(second(-4_000_000_000)), now).unwrap(),
        "analytics": reader.analytics(&year, "UTC", now).unwrap(),
        "machine": reader.machine(second(0)).unwrap(),
        "digest": reader.digest(second(0), now).unwrap(),
    })
}

#[test]
fn a_store_of_the_first_schema_answers_like_a_new_one() {
    let Bench { dir, store, .. } = filled();
    store.close().unwrap();
    let old = tempfile::tempdir().unwrap();
    as_first_schema(dir.path(), old.path());

    let unread = Reader::open(old.path()).err().unwrap();
    let (store, damage) = open(old.path());

    assert!(matches!(unread, Error::Older { found: 1, .. }), "{unread}");
    assert!(unread.to_string().contains("vigil up"));
    assert_eq!(damage, None);
    let (before, after) = (Reader::open(dir.path()).unwrap(), Reader::open(old.path()).unwrap());
    let answers_of_old = answers(&after);
    assert_eq!(answers_of_old, answers(&before));
    assert_eq!(answers_of_old["machine"]["files"]["rows"].as_array().unwrap().len(), 2);
    let found = answers_of_old["findings"]["findings"].as_array().unwrap();
    assert!(found.iter().any(|row| row["last"] == json!(second(99_000))));
    store.close().unwrap();
}

#[test]
fn a_migrated_store_goes_on_where_it_was() {
    let Bench { dir, store, .. } = filled();
    store.close().unwrap();
    let old = tempfile::tempdir().unwrap();
    as_first_schema(dir.path(), old.path());

    for path in [dir.path(), old.path()] {
        let (store, _) = open(path);
        let writer = store.writer();
        let events = vec![
            tool_result(9001, "t3", "no", Outcome::Failed),
            call_of(9002, "Edit", "t4", r#"{"file_path":"/b"}"#),
            model_call(9003, "m2", 9, CallRank::Stopped),
        ];
        writer.submit(batch(Witness::Transcript, events), Vec::new()).unwrap();
        store.close().unwrap();
    }

    let [new, old] = [dir.path(), old.path()].map(|path| answers(&Reader::open(path).unwrap()));
    assert_eq!(new, old);
}

#[test]
fn a_store_that_did_not_keep_who_refused_a_call_learns_it_and_stays_intact() {
    let bench = Bench::new();
    let seen = || vec![tool_call(1, "t1", "{}"), tool_result(2, "t1", "no", Outcome::Failed)];
    bench.put(batch(Witness::Proxy, seen()));
    bench.put(batch(Witness::Telemetry, seen()));
    let Bench { dir, store, writer } = bench;
    drop(writer);
    store.close().unwrap();
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    conn.execute("ALTER TABLE sightings DROP COLUMN denied_by", []).unwrap();
    conn.pragma_update(None, "user_version", 8).unwrap();
    drop(conn);

    let (store, damage) = open(dir.path());
    assert_eq!(damage, None);
    // Reading all events verifies the audit chain.
    let all = || super::parts::events(&Reader::open(dir.path()).unwrap());
    assert_eq!(all().len(), 2);
    let mut refused = tool_result(2, "t1", "no", Outcome::Denied);
    if let Kind::ToolResult(result) = &mut refused.kind {
        result.denied_by = Some(masked("hook"));
    }
    let writer = store.writer();
    writer.submit(batch(Witness::Transcript, vec![refused]), Vec::new()).unwrap();
    writer.flush().unwrap();
    let events = all();
    let outcomes: Vec<_> = events.iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Denied); 2]);
    assert_eq!(events[1].detail["denied_by"], "hook");
}

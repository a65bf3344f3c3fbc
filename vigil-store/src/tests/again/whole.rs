//! One run from its beginning to its end.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use rusqlite::Connection;
use vigil_proto::{report::Wrong, view::FindingQuery};

use super::{super::parts::open, *};
use crate::Reader;

fn first_prompt(bench: &Bench) -> Masked {
    let events = bench.events();
    let mut texts = events.iter().filter_map(|event| event.text.as_ref());
    texts.find(|text| text.as_str().starts_with("the aaaa key")).unwrap().clone()
}

#[test]
fn what_newer_rules_find_leaves_every_file_and_is_told_of() {
    let bench = filled();
    assert!(!files_with(bench.dir.path(), WORD).is_empty());
    let before = bench.events().len();

    let status = to_the_end(&bench.writer, 1);

    assert_eq!(files_with(bench.dir.path(), WORD), Vec::<String>::new());
    assert_eq!((status.ended, status.done), (Some(second(2000)), status.total));
    assert!(status.changed > 10 && status.found > 5, "{status:?}");
    let events = bench.events();
    assert_eq!(events.len(), before);
    assert!(first_prompt(&bench).as_str().contains(MASK));
    assert!(bench.reader().search(WORD, 10).unwrap().hits.is_empty());
    let hits = bench.reader().search("user_word", 10).unwrap().hits;
    assert!(!hits.is_empty(), "the kind of secret is a word of the index");
    let reader = bench.reader();
    let id = FindingId::of("user_word", WORD.as_bytes());
    let found = reader.finding(id).unwrap().unwrap();
    let earliest = events
        .iter()
        .filter(|event| event.text.as_ref().is_some_and(|text| text.as_str().contains(MASK)));
    assert_eq!(Some(found.at), earliest.map(|event| event.at).min(), "at its event's own time");
    let verified = reader.verify(None, &mut |_, _| ()).unwrap();
    assert!(verified.intact, "{verified:#?}");
    assert!(verified.chain.rewritten > 5, "{:?}", verified.chain.rewritings);
}

#[test]
fn places_of_known_findings_move_with_their_text() {
    let bench = filled();
    to_the_end(&bench.writer, 1);

    let reader = bench.reader();
    let text = first_prompt(&bench);
    let conn = Connection::open(bench.dir.path().join("vigil.db")).unwrap();
    let mut places = conn
        .prepare(
            "SELECT f.rule, x.start, x.stop, f.start, f.stop, f.evidence FROM finding_sightings x
                 JOIN findings f ON f.id = x.finding
             WHERE x.event = 1 AND f.rule = 'aws_access_key' ORDER BY x.start",
        )
        .unwrap();
    let shown: Vec<(String, String)> = places
        .query_map([], |row| {
            let (from, to): (u32, u32) = (row.get(1)?, row.get(2)?);
            assert_eq!((from, to), (row.get(3)?, row.get(4)?));
            Ok((text.as_str()[from as usize..to as usize].to_owned(), row.get(5)?))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let same = |word: &str| (word.to_owned(), word.to_owned());
    assert_eq!(shown, [same("aaaa"), same("bbbb")]);
    assert_eq!(reader.finding_page(&FindingQuery::default()).unwrap().total, 2);
}

#[test]
fn it_is_done_once_for_the_same_rules_and_again_when_asked_for() {
    let bench = filled();
    let first = to_the_end(&bench.writer, 1);
    assert_eq!(bench.reader().status().unwrap().status.masking, Some(first));

    let same = bench.writer.mask_again(order(1, 3000)).unwrap();
    assert_eq!(same, MaskingStep::Done(first));

    // Nothing is left to change by other rules either, and the database is not written anew.
    let size = std::fs::metadata(bench.dir.path().join("vigil.db")).unwrap().len();
    let other = to_the_end(&bench.writer, 2);
    assert_eq!((other.changed, other.found), (0, 0));
    assert_eq!(std::fs::metadata(bench.dir.path().join("vigil.db")).unwrap().len(), size);

    let asked = MaskAgain { anew_since: Some(second(2500)), ..order(2, 3000) };
    assert_eq!(bench.writer.mask_again(asked).unwrap(), MaskingStep::More);
}

#[test]
fn the_database_is_written_anew_when_it_may_be_and_stopping_that_loses_nothing() {
    let bench = filled();
    let not_yet = || MaskAgain { may_rebuild: false, ..order(1, 2000) };
    let until_big = || {
        for _ in 0..10_000 {
            match bench.writer.mask_again(not_yet()).unwrap() {
                MaskingStep::BigNext => return,
                MaskingStep::Busy => thread::sleep(Duration::from_millis(20)),
                MaskingStep::More | MaskingStep::Done(_) => {}
            }
        }
        panic!("it was never next");
    };
    until_big();
    // It stays next.
    assert_eq!(bench.writer.mask_again(not_yet()).unwrap(), MaskingStep::BigNext);

    // Stopped again and again, it ends well or fails; in both cases the rest follows.
    let (stop, is_over) = (Stop::default(), Arc::new(AtomicBool::new(false)));
    let stopper = thread::spawn({
        let (stop, is_over) = (stop.clone(), Arc::clone(&is_over));
        move || {
            while !is_over.load(Ordering::Relaxed) {
                stop.now();
                thread::yield_now();
            }
        }
    });
    let _ = bench.writer.mask_again(MaskAgain { stop, ..order(1, 2000) });
    is_over.store(true, Ordering::Relaxed);
    stopper.join().unwrap();
    to_the_end(&bench.writer, 1);

    assert!(files_with(bench.dir.path(), WORD).is_empty());
}

#[test]
fn events_of_kinds_that_are_not_known_end_nothing_early() {
    let bench = Bench::new();
    let mut prompts: Vec<_> = (1..=600).map(|n| prompt(n, &format!("nothing {n}"))).collect();
    prompts.push(prompt(601, WORD));
    bench.put(batch(Witness::Transcript, prompts));
    let conn = Connection::open(bench.dir.path().join("vigil.db")).unwrap();
    let last = "(SELECT max(seq) FROM events)";
    conn.execute(&format!("UPDATE events SET kind = 99 WHERE seq < {last}"), []).unwrap();

    to_the_end(&bench.writer, 1);

    let body: String = conn
        .query_row(&format!("SELECT body FROM events WHERE seq = {last}"), [], |row| row.get(0))
        .unwrap();
    assert_eq!(body, MASK);
}

#[test]
fn what_is_said_anew_for_another_reason_is_told_as_an_alteration() {
    let bench = filled();
    to_the_end(&bench.writer, 1);
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    conn.execute("UPDATE events SET body = 'forged' WHERE seq = 1", []).unwrap();
    drop(conn);

    let verified = Reader::open(dir.path()).unwrap().verify(None, &mut |_, _| ()).unwrap();

    assert!(!verified.intact);
    assert!(verified.problems.iter().any(|p| p.what == Wrong::Altered && p.number == 1));
}

#[test]
fn a_name_that_becomes_another_name_stays_one_of_its_own() {
    let bench = Bench::new();
    let named = |call: &str, name: &str| call_of(3, name, call, "{}");
    bench.put(batch(
        Witness::Transcript,
        vec![named("t1", &format!("tool-{WORD}")), named("t2", &format!("tool-{MASK}"))],
    ));

    to_the_end(&bench.writer, 1);

    let mut names: Vec<String> =
        bench.events().iter().map(|event| event.name.clone().unwrap().into_string()).collect();
    names.sort();
    assert_eq!(names, [format!("tool-{MASK}"), format!("tool-{MASK} 2")]);
    assert!(files_with(bench.dir.path(), WORD).is_empty());
}

#[test]
fn suppressions_of_the_schema_before_are_committed_to() {
    let bench = filled();
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    // As the schema before had it: no link spoke of a suppression.
    conn.execute_batch(
        "DROP TABLE masking;
         INSERT INTO suppressions (rule, path, reason, made) VALUES ('a', 'b', 'c', 1);
         PRAGMA user_version = 11;",
    )
    .unwrap();
    conn.execute("DELETE FROM suppressions WHERE id = 1", []).unwrap();
    drop(conn);

    let (store, damage) = open(dir.path());
    assert_eq!(damage, None);
    store.close().unwrap();

    let verified = Reader::open(dir.path()).unwrap().verify(None, &mut |_, _| ()).unwrap();
    // The one that was told of and taken away is missing, the one from before is there.
    let told: Vec<_> = verified.problems.iter().map(|p| (p.what, p.number)).collect();
    assert_eq!(told, [(Wrong::Missing, 1)]);
}

/// Tables and columns whose text is nobody's but Vigil's own, or is no text.
const NO_TEXT: &[(&str, &str)] = &[
    ("meta", "value"),
    ("sources", "key"),
    ("sessions", "key"),
    ("sessions", "parent"),
    ("turns", "event"),
    ("events", "id"),
    ("events", "conflicts_with"),
    ("unsettled", "call"),
    ("counts", "name"),
    ("blocks", "data"),
    ("findings", "key"),
    ("findings", "rule"),
    ("findings", "category"),
    ("findings", "event"),
    ("links", "salt"),
    ("links", "head"),
    ("links", "entries"),
    ("forgotten", "hash"),
    ("known_as", "id"),
    ("suppressions", "finding"),
    ("suppressions", "rule"),
    ("sealed", "value"),
    ("installs", "source"),
    ("installs", "flags"),
    ("masking", "rules"),
    ("meta", "name"),
];

/// Whoever adds a column that holds text adds it to what is masked again.
#[test]
fn every_column_of_text_is_looked_through() {
    let bench = Bench::new();
    let conn = Connection::open(bench.dir.path().join("vigil.db")).unwrap();
    let mut columns = conn
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'search%' AND t.name NOT LIKE 'sqlite%'
                 AND c.type NOT IN ('INTEGER')",
        )
        .unwrap();
    let columns: Vec<(String, String)> = columns
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(columns.len() > 40, "{columns:?}");
    let looked = crate::apply::looked_through();
    for (table, column) in &columns {
        let known = looked.iter().chain(NO_TEXT).any(|known| *known == (table, column));
        assert!(known, "{table}.{column} is not masked again when rules change");
    }
}

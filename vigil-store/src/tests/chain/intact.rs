//! Whatever Vigil itself does to the record leaves the chain intact.

use std::sync::{Arc, Mutex};

use vigil_proto::{
    ContentHash, Event, EventId, Kind, Masked, Outcome, SessionFacts, SessionId, Timestamp, Triage,
    Witness,
    config::Retention,
    event::{CallRank, Thinking, Way},
    rpc::ChainHead,
};

use super::{
    super::parts::{noise, open},
    Bench, batch, edit, filled, finding, masked, model_call, prompt, response, second, tool_call,
    tool_result, verify,
};
use crate::{Committed, Options, Reader, Store, chain::Head};

/// The links of a store that is open.
fn links(bench: &Bench) -> u64 {
    let verified = bench.reader().verify(None, &mut |_, _| ()).unwrap();
    assert!(verified.intact, "{verified:#?}");
    verified.chain.number
}

#[test]
fn every_link_is_counted_and_its_rows_are_intact() {
    let dir = filled();

    let verified = verify(dir.path());

    assert!(verified.intact);
    assert_eq!((verified.chain.links, verified.chain.number), (4, 4));
    assert_eq!((verified.events.intact, verified.findings.intact), (9, 2));
    assert!(verified.other.intact > 5);
    assert_eq!(verified.chain.as_found, None);
}

#[test]
fn what_is_read_again_adds_no_link() {
    let bench = Bench::new();
    let told = || {
        batch(
            Witness::Transcript,
            vec![
                prompt(1, "hello"),
                tool_call(2, "t1", "{}"),
                tool_result(3, "t1", "no", Outcome::Failed),
                model_call(4, "m1", 7, CallRank::Stopped),
            ],
        )
    };
    bench.put(told());
    let seen_by_proxy = || batch(Witness::Proxy, vec![model_call(4, "m1", 9, CallRank::Wire)]);
    bench.put(seen_by_proxy());
    let before = links(&bench);

    for _ in 0..3 {
        bench.put(told());
        bench.put(seen_by_proxy());
    }

    assert_eq!((before, links(&bench)), (2, 2));
}

#[test]
fn what_changes_later_is_told_by_a_later_link() {
    let bench = Bench::new();
    let mut part = prompt(1, "go on");
    part.id = EventId::from_bytes([9; 16]);
    part.turn = Some(part.id);
    part.incomplete_key = true;
    let thought = |text: &str, content: u64| {
        let id = EventId::from_bytes([8; 16]);
        let kind = Kind::Thinking(Thinking { text: masked(text) });
        super::event(id, 2, content, kind)
    };
    let long = "a thought that was hidden at first ".repeat(9);
    let steps: Vec<(Witness, Vec<Event<Masked>>)> = vec![
        (Witness::Proxy, vec![part]),
        (Witness::Transcript, vec![prompt(1, "go on")]),
        (Witness::Transcript, vec![thought("", 0)]),
        (Witness::Proxy, vec![thought(&long, 5)]),
        (Witness::Transcript, vec![tool_call(3, "t1", "{}")]),
        (Witness::Transcript, vec![tool_result(4, "t1", "no", Outcome::Denied)]),
        (Witness::Transcript, vec![model_call(5, "m1", 1, CallRank::Partial)]),
        (Witness::Transcript, vec![model_call(6, "m1", 7, CallRank::Stopped)]),
        (Witness::Transcript, vec![response(7, "m1", "one thing")]),
        (Witness::Proxy, vec![response(7, "m1", "another")]),
    ];

    for (at, (witness, events)) in (1..).zip(steps) {
        bench.put(batch(witness, events));
        assert_eq!(links(&bench), at);
    }
}

#[test]
fn a_persons_word_is_a_link_of_its_own() {
    let bench = Bench::new();
    let event = prompt(1, "the aaaa key");
    let span = vigil_proto::Span { field: vigil_proto::event::Field::Text, start: 4, end: 8 };
    let found = finding("aaaa", vigil_proto::Severity::High, event.id, span);
    let id = found.id;
    bench.writer.submit(batch(Witness::Transcript, vec![event]), vec![found]).unwrap();
    bench.writer.flush().unwrap();

    bench.writer.triage(vec![id], Triage::Resolved, None, second(2)).unwrap();
    bench.writer.triage(Vec::new(), Triage::Resolved, None, second(3)).unwrap();

    assert_eq!(links(&bench), 2);
}

#[test]
fn what_is_too_old_is_purged_and_its_commitment_kept() {
    let bench = Bench::new();
    let old: Vec<_> =
        (0..40_i64).map(|n| response(n, &format!("m{n}"), &noise(n.unsigned_abs()))).collect();
    bench.put(batch(Witness::Transcript, old));
    let day = 24 * 3600;
    bench.put(batch(Witness::Transcript, vec![response(100 * day, "new", "what is new")]));

    let retention = Retention { conversation_days: 30, ..Retention::default() };
    bench.writer.prune(&retention, second(100 * day)).unwrap();

    let verified = bench.reader().verify(None, &mut |_, _| ()).unwrap();
    assert!(verified.intact, "{verified:#?}");
    assert_eq!((verified.events.purged_by_age, verified.events.intact), (40, 1));
    let deletion = &verified.chain.deletions[0];
    assert_eq!((deletion.link, deletion.rows, deletion.why.as_str()), (3, 40, "age"));
}

#[test]
fn what_was_purged_and_is_back_is_told() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![response(1, "m1", "old")]));
    let dir = bench.dir.path().to_owned();
    edit(&dir, "CREATE TABLE kept AS SELECT * FROM events");
    let retention = Retention { conversation_days: 1, ..Retention::default() };
    bench.writer.prune(&retention, second(100 * 24 * 3600)).unwrap();
    edit(&dir, "INSERT INTO events SELECT * FROM kept");

    let verified = verify(&dir);

    assert_eq!(verified.events.added, 1);
    assert!(verified.problems[0].why.contains("it was deleted"), "{verified:#?}");
}

#[test]
fn the_quotas_purge_is_told_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { quota_bytes: Some(1_500_000), ..Options::default() };
    let (store, _) = Store::open(dir.path(), options, Box::new(|_| {})).unwrap();
    let writer = store.writer();
    for n in 0..50_i64 {
        let native = format!("session-{n:02}");
        let key = SessionId::of("claude-code", &native);
        let mut event = response(n, &format!("m{n}"), &noise(n.unsigned_abs()));
        event.session = Some(key);
        let mut batch = batch(Witness::Transcript, vec![event]);
        batch.sessions = vec![SessionFacts::new("claude-code", masked(native), key)];
        writer.submit(batch, Vec::new()).unwrap();
        writer.flush().unwrap();
    }
    store.close().unwrap();

    let verified = verify(dir.path());

    assert!(verified.intact, "{verified:#?}");
    assert!(verified.events.purged_by_quota > 5);
    assert_eq!(verified.events.purged_by_age, 0);
}

#[test]
fn a_new_file_goes_on_where_the_damaged_one_ended() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, vec![prompt(1, "before")]));
    let head = bench.reader().verify(None, &mut |_, _| ()).unwrap().chain.head.unwrap();
    let super::Bench { dir, store, .. } = bench;
    store.close().unwrap();
    let path = dir.path().join("vigil.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute("UPDATE meta SET value = 1 WHERE name = 'open'", []).unwrap();
    let root: u32 = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'events'", [], |r| r.get(0))
        .unwrap();
    drop(conn);
    let mut bytes = std::fs::read(&path).unwrap();
    let root = root as usize;
    bytes[(root - 1) * 4096..root * 4096].fill(0xEE);
    std::fs::write(&path, bytes).unwrap();

    let (store, damage) = open(dir.path());
    assert!(damage.is_some());
    store
        .writer()
        .submit(batch(Witness::Transcript, vec![prompt(2, "after")]), Vec::new())
        .unwrap();
    store.close().unwrap();

    let noted = vigil_proto::report::NotedHead::from_line(&format!("1 {head}")).unwrap();
    let verified = super::verify_by(dir.path(), Some(&[noted]));
    assert!(verified.intact, "{verified:#?}");
    assert_eq!((verified.chain.goes_on_from, verified.chain.number), (Some(1), 3));
    let anchors = verified.anchors.unwrap();
    assert_eq!((anchors.matched, anchors.vouched), (1, 1));
}

#[test]
fn whoever_listens_is_told_where_the_chain_stands() {
    let dir = tempfile::tempdir().unwrap();
    let heads: Arc<Mutex<Vec<Head>>> = Arc::default();
    let told = Arc::clone(&heads);
    let listen = move |committed: &Committed| told.lock().unwrap().push(committed.head);
    let (store, _) = Store::open(dir.path(), Options::default(), Box::new(listen)).unwrap();
    let writer = store.writer();
    for n in 1..=3 {
        writer
            .submit(batch(Witness::Transcript, vec![prompt(n, &format!("{n}"))]), Vec::new())
            .unwrap();
        writer.flush().unwrap();
    }
    store.close().unwrap();

    let heads = heads.lock().unwrap();
    let chain = verify(dir.path()).chain;
    assert_eq!(heads.iter().map(|head| head.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(chain.head, Some(heads[2].head.to_string()));
    assert!(heads[0].count > heads[2].count, "the first link told of the session as well");
    assert_ne!(heads[0].head, ChainHead([0; 32]));
}

/// Takes back what schemas after the fourth added.
const FOURTH: &str = "DROP INDEX events_told_in; ALTER TABLE events DROP COLUMN told_in;
    DROP TABLE aliases; DROP TABLE known_as; DROP TABLE told_by;
    DROP INDEX sessions_deleted; ALTER TABLE sessions DROP COLUMN deleted;
    ALTER TABLE sessions DROP COLUMN rewritten; DROP TABLE transcripts; DROP TABLE forgotten;
    DROP INDEX findings_suppression; ALTER TABLE findings DROP COLUMN suppression;
    DROP TABLE suppressions; DROP TRIGGER sealed_goes; DROP TABLE sealed;
    ALTER TABLE sightings DROP COLUMN denied_by; DROP TABLE installs;
    DROP TABLE masking;";

#[test]
fn a_store_of_the_second_schema_is_committed_to_as_it_is_found() {
    let dir = filled();
    edit(dir.path(), FOURTH);
    edit(
        dir.path(),
        "DROP TABLE links; DROP TABLE processes; DROP TABLE flows; PRAGMA user_version = 2;",
    );

    let (store, damage) = open(dir.path());
    assert_eq!(damage, None);
    store.writer().submit(batch(Witness::Transcript, vec![prompt(20, "new")]), Vec::new()).unwrap();
    store.close().unwrap();

    let verified = verify(dir.path());
    assert!(verified.intact, "{verified:#?}");
    assert_eq!((verified.chain.number, verified.events.intact), (2, 10));
    assert!(verified.chain.as_found.is_some());
    edit(dir.path(), "UPDATE events SET outcome = 2 WHERE seq = 3");
    assert_eq!(verify(dir.path()).events.altered, 1);
}

#[test]
fn connections_of_the_third_schema_are_committed_to_as_they_are_told_since() {
    let dir = filled();
    edit(dir.path(), FOURTH);
    // As the third schema had them: with their figures in the event's row, and in no table.
    edit(
        dir.path(),
        "DELETE FROM links; DROP TABLE processes; DROP TABLE flows;
         INSERT INTO names (text) VALUES ('api.example.com');
         INSERT INTO events (seq, id, at, seen_at, kind, witnesses, source, position, content,
             name, detail)
         VALUES (11, x'01020304050607080910111213141516', 5, 6, 7, 2, 1, 1, 0,
             (SELECT id FROM names WHERE text = 'api.example.com'),
             '{\"port\":443,\"decrypted\":true,\"sent\":7,\"received\":8,\"duration_us\":9}');
         UPDATE meta SET value = 11 WHERE name = 'last seq'; PRAGMA user_version = 3;",
    );

    let (store, damage) = open(dir.path());
    assert_eq!(damage, None);
    store.close().unwrap();

    let reader = Reader::open(dir.path()).unwrap();
    let flows = reader.machine(Timestamp::from_micros(0)).unwrap().connections.rows;
    assert_eq!((flows[0].sent, flows[0].way), (7, Way::Decrypted));
    let verified = verify(dir.path());
    assert!(verified.intact, "{verified:#?}");
    edit(dir.path(), "UPDATE flows SET sent = 8");
    assert_eq!(verify(dir.path()).events.altered, 1);
}

#[test]
fn a_store_that_tells_nothing_yet_is_intact() {
    let bench = Bench::new();

    let verified = bench.reader().verify(None, &mut |_, _| ()).unwrap();

    assert!(verified.intact, "{verified:#?}");
    assert_eq!((verified.chain.links, verified.chain.head), (0, None));
}

#[test]
fn a_text_that_cannot_be_unpacked_any_more_is_told_and_nothing_else_fails() {
    let dir = filled();
    edit(dir.path(), "UPDATE blocks SET data = zeroblob(20)");

    let verified = verify(dir.path());

    assert_eq!(verified.events.altered, 2, "{verified:#?}");
    assert_eq!(verified.problems_total, 2);
}

/// The hash that a witness without the text gives.
#[test]
fn an_event_of_no_content_is_intact_too() {
    let bench = Bench::new();
    let mut empty = response(1, "m1", "");
    empty.content = ContentHash(0);
    let mut at_the_epoch = response(2, "m2", "x");
    at_the_epoch.at = Timestamp::from_micros(-5);

    bench.put(batch(Witness::Transcript, vec![empty, at_the_epoch]));

    assert_eq!(links(&bench), 1);
}

/// A link is in the transaction of its rows: a reader never sees one without the other.
#[test]
fn a_reader_beside_a_writer_sees_both_or_neither() {
    let bench = Bench::new();
    let reader = Reader::open(bench.dir.path()).unwrap();
    for n in 0..200 {
        bench
            .writer
            .submit(batch(Witness::Transcript, vec![prompt(n, &format!("prompt {n}"))]), Vec::new())
            .unwrap();
        if n % 10 == 0 {
            assert!(reader.verify(None, &mut |_, _| ()).unwrap().intact);
        }
    }
}

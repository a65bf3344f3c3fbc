//! What is forgotten is gone, stays gone, and leaves a record that is intact.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use vigil_proto::{
    Batch, Checkpoint, ContentHash, Kind, KindName, Masked, SessionFacts, SessionId, Severity,
    SourceId, Span, Timestamp, Witness,
    event::{CallRank, Field},
    report::UsageBy,
    view::AnalyticsQuery,
};

use super::parts::{
    Bench, batch, call_of, finding, in_session, in_thread, in_turn, masked, model_call, open,
    prompt, response, second, session,
};

const SPAN: Span = Span { field: Field::Text, start: 4, end: 8 };

fn conversation() -> Batch<Masked> {
    let first = prompt(1, "the aaaa key and an unmistakable pangram");
    let long = format!("an unmistakable answer {}", "of many words ".repeat(30));
    let mut told = batch(
        Witness::Transcript,
        vec![
            first.clone(),
            in_turn(&first, response(2, "m1", &long)),
            in_turn(&first, call_of(3, "Write", "t1", r#"{"file_path":"/unmistakable"}"#)),
            model_call(5, "m1", 7, CallRank::Stopped),
            in_thread("a1", prompt(6, "asked by the agent")),
        ],
    );
    told.sessions[0].cwd = Some(masked("/code/app"));
    told.sessions[0].title = Some((vigil_proto::batch::TitleRank::Summary, masked("unmistakable")));
    told
}

/// Two sessions that share a finding; the first has one of its own as well.
fn filled() -> Bench {
    let bench = Bench::new();
    let told = conversation();
    let first = told.events[0].id;
    let found = vec![
        finding("aaaa", Severity::High, first, SPAN),
        finding("unmistakable", Severity::Low, first, SPAN),
    ];
    bench.writer.submit(told, found).unwrap();
    let other = in_session("other", batch(Witness::Transcript, vec![prompt(50, "the aaaa key")]));
    let again = finding("aaaa", Severity::High, other.events[0].id, SPAN);
    bench.writer.submit(other, vec![again]).unwrap();
    bench.writer.flush().unwrap();
    bench
}

/// True when any column of any row, or the file itself, still has the word.
fn remembers(bench: &Bench, word: &str) -> bool {
    bench.reader().search(word, 10).unwrap().hits.iter().any(|_| true)
        || ["vigil.db", "vigil.db-wal"].iter().any(|name| {
            let bytes = std::fs::read(bench.dir.path().join(name)).unwrap_or_default();
            bytes.windows(word.len()).any(|window| window == word.as_bytes())
        })
}

#[test]
fn a_forgotten_session_is_gone_and_the_record_is_intact() {
    let bench = filled();
    assert!(remembers(&bench, "unmistakable"));

    let done = bench.writer.forget(vec![session()], second(1000)).unwrap();

    assert_eq!((done.sessions.len(), done.events, done.findings, done.texts), (1, 5, 1, 1));
    assert!(!remembers(&bench, "unmistakable"));
    let events = bench.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [KindName::Prompt, KindName::ConfigChange]);
    let told = events[1].text.as_ref().unwrap().as_str();
    assert!(told.contains("1 session, 5 events, 1 finding and 1 long text"), "{told}");

    let reader = bench.reader();
    assert_eq!(reader.sessions().unwrap().sessions.len(), 1);
    let findings = reader.findings().unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].sightings, findings[0].at), (1, second(50)));
    assert_eq!(findings[0].session.as_ref().unwrap().as_str(), "other");
    assert_eq!(reader.usage(UsageBy::Day, "UTC").unwrap().total.calls, 0);
    assert_eq!(reader.status().unwrap().clients[0].witnesses[&Witness::Transcript].count, 1);
    let analytics = reader.analytics(&AnalyticsQuery::default(), "UTC", second(2000)).unwrap();
    assert!(!serde_json::to_string(&analytics).unwrap().contains("Write"));
    let verified = reader.verify(None, &mut |_, _| ()).unwrap();
    assert!(verified.intact, "{verified:#?}");
    assert_eq!((verified.events.forgotten, verified.findings.forgotten), (5, 1));
    assert_eq!(verified.chain.deletions[0].why, "forgotten");
}

#[test]
fn what_was_forgotten_is_not_taken_in_again_and_what_comes_later_is() {
    let bench = filled();
    bench.writer.forget(vec![session()], second(1000)).unwrap();
    let known = bench.events().len();

    let told = conversation();
    let found = finding("unmistakable", Severity::Low, told.events[0].id, SPAN);
    bench.writer.submit(told, vec![found]).unwrap();
    bench.writer.flush().unwrap();
    bench.put(batch(Witness::Proxy, vec![response(2, "m1", "as the proxy saw it")]));

    assert_eq!(bench.events().len(), known);
    assert_eq!(bench.reader().status().unwrap().drops["drop.forgotten"], 6);
    assert!(!remembers(&bench, "unmistakable"));
    assert_eq!(bench.reader().sessions().unwrap().sessions.len(), 1);

    let mut later = conversation();
    later.events.push(prompt(2000, "and now something else"));
    bench.put(later);

    let sessions = bench.reader().sessions().unwrap().sessions;
    let again = sessions.iter().find(|row| row.key == session()).unwrap();
    assert_eq!((again.turns, again.title.as_ref()), (1, None));
    // Its number is given again, which is no alteration.
    assert_eq!(bench.events().len(), known + 1);
}

#[test]
fn what_is_forgotten_stays_so_when_the_store_is_opened_again() {
    let Bench { dir, store, writer } = filled();
    writer.forget(vec![session()], second(1000)).unwrap();
    store.close().unwrap();

    let (store, _) = open(dir.path());
    let bench = Bench { dir, writer: store.writer(), store };
    bench.put(conversation());

    assert_eq!(bench.reader().sessions().unwrap().sessions.len(), 1);
    // What stands for the session is a hash under the store's own key.
    let conn = Connection::open(bench.dir.path().join("vigil.db")).unwrap();
    let hash: Vec<u8> = conn.query_row("SELECT hash FROM forgotten", [], |row| row.get(0)).unwrap();
    assert_ne!(hash, session().as_bytes());
}

#[test]
fn sessions_of_a_project_are_those_in_it_and_below() {
    let bench = filled();
    let mut beside = in_session("beside", conversation());
    beside.sessions[0].cwd = Some(masked("/code/app-two"));
    bench.put(beside);

    let reader = bench.reader();
    assert_eq!(reader.sessions_of_project("/code/app/").unwrap(), [session()]);
    assert_eq!(reader.sessions_of_project("/code").unwrap().len(), 2);
    assert_eq!(reader.sessions_of_project("/nowhere").unwrap(), []);
    let all = reader.forgettable(&[session()]).unwrap();
    // One of its two findings is in another session too.
    assert_eq!((all.events, all.findings, all.sessions.len()), (5, 1, 1));
    let none = bench.writer.forget(Vec::new(), Timestamp::from_micros(1)).unwrap();
    assert_eq!(none.sessions.len(), 0);
}

#[test]
fn a_session_whose_events_were_pruned_is_forgotten_whole() {
    let bench = filled();
    let retention = vigil_proto::config::Retention { conversation_days: 1, ..Default::default() };
    bench.writer.prune(&retention, second(30 * 24 * 3600)).unwrap();
    assert!(remembers(&bench, "unmistakable"), "its title is left");
    let all = bench.reader().forgettable(&[session()]).unwrap();

    let done = bench.writer.forget(vec![session()], second(40 * 24 * 3600)).unwrap();

    assert_eq!((done.sessions.len(), done.events, done.pending), (1, 0, false));
    assert!(!remembers(&bench, "unmistakable"));
    let reader = bench.reader();
    assert_eq!(reader.sessions().unwrap().sessions.len(), 1);
    assert_eq!(reader.usage(UsageBy::Session, "UTC").unwrap().rows.len(), 0);
    assert_eq!(bench.events().len(), 1);
    // The other session still has the finding that both had, though its place is gone too.
    assert_eq!((all.findings, done.findings), (1, 1));
    let findings = reader.findings().unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].session.as_ref().unwrap().as_str(), "other");
    assert_eq!(reader.sessions().unwrap().sessions[0].findings, 1);
    let verified = reader.verify(None, &mut |_, _| ()).unwrap();
    assert!(verified.intact, "{verified:#?}");
}

/// A reader in the middle of something.
fn reading(bench: &Bench) -> Connection {
    let conn = Connection::open(bench.dir.path().join("vigil.db")).unwrap();
    conn.execute_batch("BEGIN; SELECT count(*) FROM events;").unwrap();
    conn
}

/// Waits until the word has left the files.
fn goes(bench: &Bench, word: &str) {
    let until = Instant::now() + Duration::from_mins(1);
    while remembers(bench, word) {
        assert!(Instant::now() < until, "it is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_is_forgotten_while_somebody_reads_leaves_the_files_once_they_are_done() {
    let bench = filled();
    let reading = reading(&bench);

    let done = bench.writer.forget(vec![session()], second(1000)).unwrap();

    assert!(done.pending);
    assert!(remembers(&bench, "unmistakable"), "the reader still needs it");
    assert_eq!(bench.reader().sessions().unwrap().sessions.len(), 1);
    reading.execute_batch("COMMIT").unwrap();
    goes(&bench, "unmistakable");
    let other = SessionId::of("claude-code", "other");
    assert!(!bench.writer.forget(vec![other], second(1001)).unwrap().pending);
}

#[test]
fn what_could_not_leave_the_files_does_when_the_store_is_opened_again() {
    let bench = filled();
    let reading = reading(&bench);
    assert!(bench.writer.forget(vec![session()], second(1000)).unwrap().pending);
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();

    let (store, _) = open(dir.path());
    let bench = Bench { dir, writer: store.writer(), store };

    assert!(remembers(&bench, "unmistakable"), "the reader still needs it");
    reading.execute_batch("COMMIT").unwrap();
    goes(&bench, "unmistakable");
}

#[test]
fn each_of_many_forgotten_sessions_is_named() {
    let bench = Bench::new();
    let names: Vec<String> = (0..45).map(|n| format!("many-{n:03}")).collect();
    for name in &names {
        bench.put(in_session(name, batch(Witness::Transcript, vec![prompt(1, name)])));
    }
    let keys = names.iter().map(|name| SessionId::of("claude-code", name)).collect();

    let done = bench.writer.forget(keys, second(1000)).unwrap();

    assert_eq!((done.sessions.len(), done.events), (45, 45));
    let events = bench.events();
    assert_eq!(events.len(), 3);
    let told: Vec<&str> =
        events.iter().map(|event| event.text.as_ref().unwrap().as_str()).collect();
    assert!(told.iter().all(|told| told.starts_with("45 sessions, 45 events")), "{told:#?}");
    for name in &names {
        assert_eq!(told.iter().filter(|told| told.contains(name.as_str())).count(), 1, "{name}");
    }
}

#[test]
fn texts_that_nothing_referred_to_before_are_not_counted() {
    let bench = filled();
    let conn = Connection::open(bench.dir.path().join("vigil.db")).unwrap();
    let orphan = "INSERT INTO bodies SELECT hash + 1, block, start, length FROM bodies LIMIT 1";
    assert_eq!(conn.execute(orphan, []).unwrap(), 1);

    let done = bench.writer.forget(vec![session()], second(1000)).unwrap();

    assert_eq!(done.texts, 1);
    let left: i64 = conn.query_row("SELECT count(*) FROM bodies", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_session_is_forgotten_under_all_of_its_names() {
    let made_up = SessionId::of("claude-code", "flow-7-651");
    let seen = || {
        let mut told = conversation();
        told.source.witness = Witness::Proxy;
        told.sessions = vec![SessionFacts::new("claude-code", masked("flow-7-651"), made_up)];
        let other = |id: vigil_proto::EventId| id.conflicting(ContentHash(7));
        for event in &mut told.events {
            (event.session, event.witness) = (Some(made_up), Witness::Proxy);
            event.turn = event.turn.map(other);
            if !matches!(event.kind, Kind::ModelCall(_)) {
                event.id = other(event.id);
            }
        }
        told.subagents.clear();
        told
    };
    for key in [session(), made_up] {
        let bench = Bench::new();
        bench.put(conversation());
        bench.put(seen());
        let sessions = bench.reader().sessions().unwrap().sessions;
        assert_eq!(sessions.len(), 1, "they are one: {sessions:#?}");
        let known = bench.events().len() as u64;
        assert_eq!(bench.reader().forgettable(&[key]).unwrap().events, known);

        let done = bench.writer.forget(vec![key], second(1000)).unwrap();

        assert_eq!((done.sessions.len(), done.events), (1, known));
        assert!(!remembers(&bench, "unmistakable"));
        assert_eq!(bench.reader().sessions().unwrap().sessions.len(), 0);
        bench.put(conversation());
        bench.put(seen());
        assert_eq!(bench.events().len(), 1, "what is left is that it was done");
        let verified = bench.reader().verify(None, &mut |_, _| ()).unwrap();
        assert!(verified.intact, "{verified:#?}");
    }
}

#[test]
fn no_title_waits_in_the_memory_of_how_far_a_file_was_read() {
    let bench = Bench::new();
    let told_of = |native: &str, of: &[&str]| {
        for name in of {
            let mut told = in_session(name, batch(Witness::Transcript, vec![prompt(1, name)]));
            told.source.id = SourceId::of(native.as_bytes());
            told.checkpoint = Some(Checkpoint {
                source: told.source.id,
                device: 1,
                inode: 2,
                head: 3,
                head_len: 4,
                offset: 5,
                state: format!(r#"{{"session":"{native}","waiting_title":"title of {native}"}}"#)
                    .into_bytes(),
                at: second(1),
            });
            bench.put(told);
        }
    };
    told_of("alone", &["alone"]);
    told_of("shared", &["alone", "stays"]);

    bench.writer.forget(vec![SessionId::of("claude-code", "alone")], second(1000)).unwrap();

    let state = |native: &str| {
        let checkpoint = bench.reader().checkpoint(SourceId::of(native.as_bytes()));
        let checkpoint = checkpoint.unwrap().unwrap();
        assert_eq!(checkpoint.offset, 5);
        String::from_utf8(checkpoint.state).unwrap()
    };
    assert_eq!(state("alone"), r#"{"session":"alone"}"#);
    assert!(state("shared").contains("title of shared"), "it may be the other's");
    assert!(!remembers(&bench, "title of alone"));
}

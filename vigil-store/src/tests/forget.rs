//! What is forgotten is gone, stays gone, and leaves a record that is intact.

use rusqlite::Connection;
use vigil_proto::{
    Batch, KindName, Masked, Severity, Span, Timestamp, Witness,
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
    assert!(told.contains("1 session, 5 events, 1 finding and 1 text"), "{told}");

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
    assert_eq!((all.events, all.findings, all.sessions.len()), (5, 2, 1));
    let none = bench.writer.forget(Vec::new(), Timestamp::from_micros(1)).unwrap();
    assert_eq!(none.sessions.len(), 0);
}

#[test]
fn a_session_whose_events_were_pruned_is_forgotten_whole() {
    let bench = filled();
    let retention = vigil_proto::config::Retention { conversation_days: 1, ..Default::default() };
    bench.writer.prune(&retention, second(30 * 24 * 3600)).unwrap();

    let done = bench.writer.forget(vec![session()], second(40 * 24 * 3600)).unwrap();

    assert_eq!((done.sessions.len(), done.events), (1, 0));
    assert_eq!(bench.reader().sessions().unwrap().sessions.len(), 1);
    assert_eq!(bench.reader().usage(UsageBy::Session, "UTC").unwrap().rows.len(), 0);
    assert_eq!(bench.events().len(), 1);
}

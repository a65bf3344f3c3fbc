//! What is too old or too much goes, with its text and its words; totals stay.

use vigil_proto::{KindName, SessionFacts, SessionId};
use vigil_proto::{Timestamp, Witness, config::Retention, event::CallRank, report::UsageBy};

use super::{
    machine::{kernel, process},
    parts::{Bench, batch, events, masked, model_call, noise, response},
};
use crate::{Options, Reader, Store};

#[test]
fn old_conversations_go_and_their_totals_stay() {
    let bench = Bench::new();
    let old = format!("an ancient pangram {}", "of many words ".repeat(20));
    let new = format!("a recent pangram {}", "of many words ".repeat(20));
    let day = 24 * 3600;
    bench.put(batch(
        Witness::Transcript,
        vec![
            response(0, "m1", &old),
            model_call(1, "m1", 5, CallRank::Stopped),
            response(100 * day, "m2", &new),
        ],
    ));

    let now = Timestamp::from_micros(1_763_000_000_000_000 + 100 * day * 1_000_000);
    let pruned = bench
        .writer
        .prune(&Retention { conversation_days: 30, ..Retention::default() }, now)
        .unwrap();

    assert_eq!((pruned.events, pruned.bodies), (2, 1));
    let reader = bench.reader();
    assert_eq!(bench.events()[0].text.as_ref().unwrap().as_str(), new);
    assert_eq!(reader.search("pangram", 10).unwrap().hits.len(), 1);
    assert_eq!(reader.search("ancient", 10).unwrap().hits.len(), 0);
    assert_eq!(reader.usage(UsageBy::Day, "UTC").unwrap().total.output, 5);
    assert_eq!(reader.status().unwrap().status.events, 1);
    let again = bench.writer.prune(&Retention::default(), now).unwrap();
    assert_eq!(again.events, 0);
}

#[test]
fn processes_of_no_conversation_are_within_the_quota_too() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { quota_bytes: Some(2_500_000), ..Options::default() };
    let (store, _) = Store::open(dir.path(), options, Box::new(|_| {})).unwrap();
    let writer = store.writer();

    for round in 0..12_u32 {
        let told = (0..400).map(|n| {
            let n = round * 400 + n;
            process(n + 1, i64::from(n), &noise(n.into())[..200])
        });
        writer.submit(kernel(told.collect()), Vec::new()).unwrap();
        writer.flush().unwrap();
    }
    store.close().unwrap();

    let reader = Reader::open(dir.path()).unwrap();
    let kept = events(&reader);
    let processes = kept.iter().filter(|row| row.kind == KindName::Process);
    let times: Vec<_> = processes.map(|row| row.process.unwrap().pid).collect();
    assert!((500..4_700).contains(&times.len()), "{} are kept", times.len());
    assert!(times.contains(&4_800), "the newest");
    assert!(!times.contains(&1), "the oldest");
    assert!(reader.status().unwrap().drops["gap.quota"] > 0);
}

#[test]
fn the_quota_takes_the_oldest_conversations_first() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { quota_bytes: Some(1_500_000), ..Options::default() };
    let (store, _) = Store::open(dir.path(), options, Box::new(|_| {})).unwrap();
    let writer = store.writer();

    for n in 0..60_i64 {
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

    let reader = Reader::open(dir.path()).unwrap();
    let kept: Vec<String> = events(&reader)
        .into_iter()
        .filter_map(|row| row.session.map(vigil_proto::Masked::into_string))
        .collect();
    assert!(kept.contains(&"session-59".to_owned()));
    assert!(!kept.contains(&"session-00".to_owned()));
    let status = reader.status().unwrap();
    assert!(status.status.bytes <= 1_600_000, "{}", status.status.bytes);
    assert!(status.drops["gap.quota"] > 0);
    assert_eq!(reader.sessions().unwrap().sessions.len(), 60, "sessions are still listed");
}

use std::{
    path::Path,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, SystemTime},
};

use vigil_proto::{
    Batch, Confidence, ContentHash, Event, Finding, FindingId, Kind, Masked, NaturalKey, Severity,
    Source, SourceId, Timestamp, Witness, event::Gap,
};
use vigil_store::{Options, Store};

use super::{Bell, Listener};

/// However slow the machine is.
const PATIENCE: Duration = Duration::from_mins(1);

/// A store that rings `bell` for what it finds.
fn store(folder: &Path, bell: Bell) -> Store {
    let on_commit = Box::new(move |commit: &vigil_store::Committed| bell.ring(&commit.findings));
    Store::open(folder, Options::default(), on_commit).unwrap().0
}

/// Records a finding of the rule `rule`, in an event of the time `at`.
fn find(store: &Store, rule: &str, severity: Severity, at: Timestamp) -> FindingId {
    let source = Source {
        id: SourceId::of(b"test"),
        witness: Witness::Transcript,
        place: Masked::from_scan("test".to_owned()),
    };
    let key = NaturalKey::Occurrence {
        source: source.id,
        number: at.as_micros().unsigned_abs(),
        what: "gap",
    };
    let gap = Gap { reason: "x", detail: Masked::from_scan("y".to_owned()), bytes: None };
    let mut event = Event::own(key.id(), at, Kind::Gap(gap));
    event.content = ContentHash(1);
    let found = Finding {
        id: FindingId::of(rule, &at.as_micros().to_le_bytes()),
        rule: rule.to_owned(),
        group: "cloud".to_owned(),
        severity,
        confidence: Confidence::High,
        event: event.id,
        span: None,
        evidence: Masked::from_scan("what was found".to_owned()),
        why: Masked::from_scan("why".to_owned()),
        sealed: None,
    };
    let id = found.id;
    let mut batch = Batch::new(source);
    batch.events.push(event);
    let writer = store.writer();
    writer.submit(batch, vec![found]).unwrap();
    writer.flush().unwrap();
    id
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// Listens, and gives what is shown.
fn listen(heard: Receiver<FindingId>, data: &Path, apart: Duration) -> Receiver<(String, String)> {
    let (shown, sees) = channel();
    let listener =
        Listener { heard, data: data.to_owned(), apart, gather: Duration::from_millis(1) };
    thread::spawn(move || {
        listener.run(&|title, words| {
            // The test may have seen enough.
            let _ = shown.send((title.to_owned(), words.to_owned()));
            Ok(())
        });
    });
    sees
}

#[test]
fn a_critical_finding_is_told_by_rule_and_id_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (bell, heard) = Bell::new();
    let store = store(folder.path(), bell);
    let sees = listen(heard, folder.path(), Duration::ZERO);
    let long_ago = Timestamp::from_micros(now().as_micros() - 3_600_000_000);

    find(&store, "old_key", Severity::Critical, long_ago);
    find(&store, "weak_key", Severity::High, now());
    let id = find(&store, "aws_key", Severity::Critical, now());

    let (title, words) = sees.recv_timeout(PATIENCE).unwrap();
    assert_eq!(title, "Vigil: a critical finding", "neither the old nor the weak one is told");
    let short: String = id.to_string().chars().take(12).collect();
    assert_eq!(words, format!("aws_key: `vigil why {short}` says more"));
}

#[test]
fn what_comes_soon_after_is_told_together_and_later() {
    let folder = tempfile::tempdir().unwrap();
    let (bell, heard) = Bell::new();
    let store = store(folder.path(), bell);
    let sees = listen(heard, folder.path(), Duration::from_secs(2));
    find(&store, "first", Severity::Critical, now());
    sees.recv_timeout(PATIENCE).unwrap();

    let mut told = 0;
    for rule in ["second", "third", "fourth"] {
        find(&store, rule, Severity::Critical, now());
    }
    while told < 3 {
        let (title, _) = sees.recv_timeout(PATIENCE).unwrap();
        let number = title.split(' ').nth(1).unwrap();
        told += if number == "a" { 1 } else { number.parse::<usize>().unwrap() };
    }

    assert_eq!(told, 3, "each is told once");
}

#[test]
fn nobody_waits_for_a_bell_that_nobody_hears() {
    let (bell, heard) = Bell::new();
    let id = FindingId::of("x", b"y");
    for _ in 0..3 {
        bell.ring(&vec![id; 1000]);
    }
    assert_eq!(heard.try_iter().count(), super::WAITING);
    drop(heard);
    bell.ring(&[id]);
}

use vigil_proto::{
    Batch, ContentHash, Event, Finding, Kind, NaturalKey, Sensitive, Source, SourceId, Timestamp,
    Witness, event::Gap,
};

use super::Distrust;
use crate::samples::engine;

fn gap(number: u64, witness: Witness, reason: &'static str, detail: &str) -> Event<Sensitive> {
    let source = SourceId::from_bytes([1; 16]);
    Event {
        id: NaturalKey::Occurrence { source, number, what: "test" }.id(),
        incomplete_key: false,
        at: Timestamp::from_micros(1),
        seen_at: Timestamp::from_micros(2),
        witness,
        position: number,
        session: None,
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(0),
        kind: Kind::Gap(Gap { reason, detail: detail.into(), bytes: None }),
    }
}

fn findings(events: Vec<Event<Sensitive>>) -> Vec<Finding> {
    let mut batch = Batch::new(Source {
        id: SourceId::from_bytes([1; 16]),
        witness: Witness::Proxy,
        place: "proxy".into(),
    });
    batch.events = events;
    engine().with_detector(Distrust).inspect(batch).1
}

#[test]
fn each_program_and_host_is_one_finding() {
    let of = |number, detail| gap(number, Witness::Proxy, "client-distrusts", detail);

    let found = findings(vec![of(1, "curl at a"), of(2, "curl at a"), of(3, "curl at b")]);

    assert_eq!(found.len(), 3);
    assert_eq!(found[0].id, found[1].id);
    assert_ne!(found[0].id, found[2].id);
    assert_eq!(found[0].rule, "certificate-rejected");
    assert_eq!(found[0].evidence.as_str(), "curl at a");
}

#[test]
fn other_gaps_and_other_witnesses_are_none() {
    let gaps = vec![
        gap(1, Witness::Proxy, "inspect-queue", "the inspector was behind"),
        gap(2, Witness::Transcript, "client-distrusts", "curl at a"),
    ];

    assert!(findings(gaps).is_empty());
}

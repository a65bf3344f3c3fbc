use std::{borrow::Cow, sync::Arc};

use vigil_proto::{
    Batch, ContentHash, Event, Finding, Kind, NaturalKey, Sensitive, SessionId, Severity, Source,
    SourceId, Timestamp, Witness,
    event::{Connection, Way},
};

use super::{
    super::{Affected, Builder, Intel, Table},
    Contacts,
};
use crate::samples::engine;

fn intel() -> Arc<Intel> {
    let mut builder = Builder::default();
    builder.host("evil.example", "77", &Affected::All);
    builder.host("198.51.100.7", "", &Affected::Some);
    let mut bytes = Vec::new();
    builder.write(&mut bytes).unwrap();
    let len = bytes.len() as u64;
    let read = move |at: u64, buffer: &mut [u8]| {
        let at = usize::try_from(at).unwrap();
        buffer.copy_from_slice(&bytes[at..at + buffer.len()]);
        Ok(())
    };
    Arc::new(Intel::new(vec![Table::open("threatfox", len, Box::new(read)).unwrap()]))
}

fn connection(number: u64, session: &str, host: &str) -> Event<Sensitive> {
    let source = SourceId::from_bytes([1; 16]);
    let id = NaturalKey::Occurrence { source, number, what: "test" }.id();
    let kind = Kind::Connection(Connection {
        host: host.into(),
        port: 443,
        way: Way::Past,
        sent: 0,
        received: 0,
        duration_us: 0,
        detail: None,
        client: Some(Cow::Borrowed("claude-code")),
        client_port: None,
        open: true,
    });
    Event {
        id,
        incomplete_key: false,
        at: Timestamp::from_micros(1),
        seen_at: Timestamp::from_micros(2),
        witness: Witness::Kernel,
        position: number,
        session: Some(SessionId::of("claude-code", session)),
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(0),
        kind,
    }
}

fn findings(events: Vec<Event<Sensitive>>) -> Vec<Finding> {
    let mut batch = Batch::new(Source {
        id: SourceId::from_bytes([1; 16]),
        witness: Witness::Kernel,
        place: "kernel".into(),
    });
    batch.events = events;
    let intel = intel();
    engine().with_detector(Contacts::new(move || Arc::clone(&intel))).inspect(batch).1
}

#[test]
fn a_listed_host_is_one_finding_a_session() {
    let found = findings(vec![
        connection(1, "a", "evil.example"),
        connection(2, "a", "EVIL.example"),
        connection(3, "b", "evil.example"),
        connection(4, "a", "good.example"),
    ]);

    assert_eq!(found.len(), 3);
    assert_eq!(found[0].id, found[1].id);
    assert_ne!(found[0].id, found[2].id);
    assert_eq!(found[0].severity, Severity::Critical);
    assert_eq!(found[0].evidence.as_str(), "evil.example");
    assert!(found[0].why.as_str().contains("threatfox:77"), "{:?}", found[0].why);
}

#[test]
fn a_list_that_is_not_sure_is_no_less_than_high() {
    let found = findings(vec![connection(1, "a", "198.51.100.7")]);

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::High);
}

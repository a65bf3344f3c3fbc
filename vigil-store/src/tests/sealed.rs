//! The vault's values: one for an incident, and gone from the files when they are purged.

use std::fs;

use vigil_proto::{
    Finding, FindingId, SealedValue, SessionId, Severity, Span, Timestamp, Witness, event::Field,
};

use super::parts::{Bench, batch, finding, in_session, prompt};
use crate::vault::{MasterKey, Purge};

const SPAN: Span = Span { field: Field::Text, start: 0, end: 3 };

fn with(finding: Finding, day: u32, bytes: &[u8]) -> Finding {
    Finding { sealed: Some(SealedValue { day, bytes: bytes.to_vec() }), ..finding }
}

fn seen(bench: &Bench, event: i64, value: &str, day: u32, bytes: &[u8]) {
    let batch = in_session("s", batch(Witness::Transcript, vec![prompt(event, value)]));
    let finding = with(finding(value, Severity::High, batch.events[0].id, SPAN), day, bytes);
    bench.writer.submit(batch, vec![finding]).unwrap();
    bench.writer.flush().unwrap();
}

fn id(value: &str) -> FindingId {
    FindingId::of("aws_access_key", value.as_bytes())
}

#[test]
fn an_incident_has_the_value_of_the_day_it_was_last_seen_on() {
    let bench = Bench::new();

    seen(&bench, 1, "a", 10, b"tenth");
    seen(&bench, 2, "a", 12, b"twelfth");
    seen(&bench, 3, "a", 11, b"eleventh");
    seen(&bench, 4, "b", 11, b"other");

    let reader = bench.reader();
    let kept = reader.sealed_value(id("a")).unwrap().unwrap();
    assert_eq!((kept.day, kept.bytes.as_slice()), (12, b"twelfth".as_slice()));
    assert_eq!(reader.sealed_values().unwrap(), 2);
    assert_eq!(reader.sealed_value(id("c")).unwrap(), None);
    assert_eq!(reader.sealed_on(id("a")).unwrap(), Some(12));
    assert_eq!(reader.sealed_on(id("c")).unwrap(), None);
    assert_eq!(reader.sealed_by_day().unwrap(), [(11, 1), (12, 1)]);
}

#[test]
fn what_is_purged_is_in_no_file_any_more() {
    let bench = Bench::new();
    let day = MasterKey::generate().public().new_day().unwrap().0;
    let sealed = |value: &[u8]| day.seal(value).unwrap().unwrap();
    let (one, two, three) = (sealed(b"one"), sealed(b"two"), sealed(b"three"));
    seen(&bench, 1, "a", 10, &one);
    seen(&bench, 2, "b", 11, &two);
    seen(&bench, 3, "c", 12, &three);
    let holds = |bytes: &[u8]| {
        let files = fs::read_dir(bench.dir.path()).unwrap();
        let mut files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        files.any(|file| file.windows(bytes.len()).any(|at| at == bytes))
    };
    assert!(holds(&one) && holds(&two) && holds(&three));

    assert_eq!(bench.writer.purge(Purge::Before(11)).unwrap(), 1);
    assert_eq!((holds(&one), holds(&two), holds(&three)), (false, true, true));
    assert_eq!(bench.writer.purge(Purge::Finding(id("b"))).unwrap(), 1);
    assert_eq!(bench.writer.purge(Purge::Finding(id("b"))).unwrap(), 0);
    assert_eq!((holds(&two), holds(&three)), (false, true));
    assert_eq!(bench.writer.purge(Purge::All).unwrap(), 1);
    assert!(!holds(&three));
    // The incidents themselves stay.
    assert_eq!(bench.reader().findings().unwrap().findings.len(), 3);
}

#[test]
fn a_forgotten_incident_takes_its_value_along() {
    let bench = Bench::new();
    seen(&bench, 1, "a", 10, b"tenth");

    let session = SessionId::of("claude-code", "s");
    bench.writer.forget(vec![session], Timestamp::from_micros(i64::MAX / 2)).unwrap();

    assert_eq!(bench.reader().sealed_values().unwrap(), 0);
}

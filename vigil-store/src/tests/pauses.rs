//! Pauses, as they are on record.

use vigil_proto::{Kind, NaturalKey, SourceId, Timestamp, Witness, event::ConfigChange};

use super::parts::{Bench, batch, masked};

#[test]
fn a_pause_lasts_from_its_beginning_to_its_end() {
    let bench = Bench::new();
    assert_eq!(bench.reader().pauses().unwrap(), []);
    let changes = ["resume", "pause", "triage", "resume", "pause", "pause", "resume", "pause"];
    let events = (1..).zip(changes).map(|(number, what)| {
        let key = NaturalKey::Occurrence { source: SourceId::of(b"us"), number, what };
        let change = ConfigChange { what: masked(what), detail: masked("by the user") };
        let at = Timestamp::from_micros(number.cast_signed() * 10);
        vigil_proto::Event::own(key.id(), at, Kind::ConfigChange(change))
    });
    bench.put(batch(Witness::Vigil, events.collect()));

    let pauses = bench.reader().pauses().unwrap();

    let micros = |at: Timestamp| at.as_micros();
    let seen: Vec<_> =
        pauses.into_iter().map(|(from, to)| (micros(from), to.map(micros))).collect();
    assert_eq!(seen, [(20, Some(40)), (50, Some(60)), (60, Some(70)), (80, None)]);
}

//! What Vigil itself has to say: its pauses and its absences are on record like everything else.

use std::time::SystemTime;

use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Sensitive, Source, SourceId, Timestamp, Witness,
    event::ConfigChange,
};

/// A batch with one event of Vigil's own about `what`, which happened at `at`. The same thing at
/// the same time is the same event.
pub fn own_event(what: &str, at: Timestamp, kind: Kind<Sensitive>) -> Batch<Sensitive> {
    let source = SourceId::of(b"vigil-agent");
    let number = at.as_micros().cast_unsigned();
    let mut batch = Batch::new(Source {
        id: source,
        witness: Witness::Vigil,
        place: Sensitive::from("vigil-agent"),
    });
    let id = NaturalKey::Occurrence { source, number, what }.id();
    let seen_at = Timestamp::from(SystemTime::now());
    batch.events.push(Event { seen_at, ..Event::own(id, at, kind) });
    batch
}

/// A batch that says that something of Vigil's own was changed at `at`.
pub fn own_change(what: &str, detail: String, at: Timestamp) -> Batch<Sensitive> {
    let change = ConfigChange { what: Sensitive::from(what), detail: Sensitive::new(detail) };
    own_event(what, at, Kind::ConfigChange(change))
}

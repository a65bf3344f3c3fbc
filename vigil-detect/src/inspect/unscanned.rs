//! Gaps for what the search did not look into.

use std::collections::BTreeMap;

use vigil_proto::{Event, EventId, Kind, Masked, NaturalKey, SourceId, event::Gap};

use crate::engine::LeftOut;

/// What was left out, by event.
#[derive(Debug, Default)]
pub(super) struct Unscanned(BTreeMap<EventId, LeftOut>);

impl Unscanned {
    pub(super) fn add(&mut self, event: EventId, left_out: LeftOut) {
        if !left_out.is_none() {
            *self.0.entry(event).or_default() += left_out;
        }
    }

    /// Adds a gap beside every event that was not looked into as a whole. The same event, seen
    /// again, has the same gap.
    pub(super) fn tell(self, events: &mut Vec<Event<Masked>>) {
        if self.0.is_empty() {
            return;
        }
        let gaps: Vec<_> = events
            .iter()
            .filter_map(|event| Some((event, self.0.get(&event.id)?)))
            .flat_map(|(event, left_out)| gaps(event, *left_out))
            .collect();
        events.extend(gaps);
    }
}

fn gaps(event: &Event<Masked>, left_out: LeftOut) -> impl Iterator<Item = Event<Masked>> {
    let kinds = [
        ("encoded-too-deep", "text that is encoded more often than is followed", left_out.nested),
        ("compressed", "compressed data in base64, which is not unpacked", left_out.compressed),
    ];
    kinds.into_iter().filter(|(_, _, bytes)| *bytes > 0).map(|(reason, detail, bytes)| {
        let source = SourceId::of(event.id.as_bytes());
        let id = NaturalKey::Occurrence { source, number: 0, what: reason }.id();
        let detail = Masked::from_scan(format!("not searched for secrets: {detail}"));
        let gap = Gap { reason, detail, bytes: u64::try_from(bytes).ok() };
        Event {
            seen_at: event.seen_at,
            witness: event.witness,
            position: event.position,
            session: event.session,
            thread: event.thread.clone(),
            turn: event.turn,
            ..Event::own(id, event.at, Kind::Gap(gap))
        }
    })
}

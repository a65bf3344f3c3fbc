use vigil_proto::{EventId, SourceId, Timestamp, batch::Source, event::ConfigChange};

use super::*;

fn found(what: &str, witness: Witness) -> Vec<Finding> {
    let masked = |text: &str| Masked::from_scan(text.to_owned());
    let id = EventId::from_bytes([1; 16]);
    let change = ConfigChange { what: masked(what), detail: masked("codex: its hooks.json") };
    let mut event = Event::own(id, Timestamp::from_micros(1), Kind::ConfigChange(change));
    event.witness = witness;
    let source =
        Source { id: SourceId::from_bytes([1; 16]), witness, place: masked("vigil-agent") };
    let mut out = Vec::new();
    Unguarded.inspect(&event, &Context { source: &source, sessions: &[] }, &mut out);
    out
}

#[test]
fn a_hook_that_was_taken_away_is_told_of() {
    let found = found(guard::GONE, Witness::Vigil);

    assert_eq!(found.len(), 1);
    assert_eq!((found[0].rule.as_str(), found[0].severity), (RULE, Severity::Medium));
    assert_eq!(found[0].evidence.as_str(), "codex: its hooks.json");
}

#[test]
fn another_change_or_anothers_word_is_not() {
    assert!(found("pause", Witness::Vigil).is_empty());
    assert!(found(guard::GONE, Witness::Transcript).is_empty());
}

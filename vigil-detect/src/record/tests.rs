use super::*;
use crate::{
    class::ALNUM,
    samples::{Dice, engine},
};

#[test]
fn a_record_has_the_words_of_the_contract_and_no_text() {
    let text = ["key gh", "p_", &Dice::new(1).run(ALNUM, 36)].concat();
    let hits = engine().scan(&text);

    let line = serde_json::to_string(&ScanRecord::new("a", &hits[0])).unwrap();

    assert_eq!(
        line,
        r#"{"id":"a","start":4,"end":44,"type":"github_ghp","group":"vcs","severity":"critical"}"#
    );
}

#[test]
fn a_trace_says_of_a_hit_what_the_engine_found() {
    let text = ["key gh", "p_", &Dice::new(1).run(ALNUM, 36)].concat();
    let hit = &engine().scan(&text)[0];

    let trace = trace(hit.rule.name, hit.severity, hit.confidence).unwrap();

    assert!(trace.anchors.iter().any(|anchor| text.contains(anchor)), "{:?}", trace.anchors);
    assert_eq!((trace.rule, trace.confidence), (hit.rule.name, hit.confidence));
    let last = trace.checks.last().unwrap();
    assert_eq!((last.what, last.held), ("the checksum in it", false), "it was made up");
    assert!(hit.confidence < hit.rule.confidence);
}

#[test]
fn a_trace_says_what_only_documentation_has() {
    let example = ["AK", "IA", "IOSFODNN7", "EXAMPLE"].concat();
    let hit = &engine().scan(&format!("key {example} "))[0];
    assert!(hit.documented_example);

    let trace = trace(hit.rule.name, hit.severity, hit.confidence).unwrap();

    assert!(!trace.checks.last().unwrap().held);
    assert_eq!(super::trace("no_rule", hit.severity, hit.confidence), None);
}

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
fn the_suppressing_line_can_hold_no_syntax_of_a_stranger() {
    let line = suppress_hint("db_url\"\n[evil", Some("00ff\"]"));

    assert_eq!(line, r#"suppress = [{ rule = "db_urlevil", fingerprint = "00ff" }]"#);
}

use vigil_proto::{NaturalKey, SourceId, config::Config};

use super::*;
use crate::{Custom, FingerprintKey, class::ALNUM, samples::Dice};

fn engine(rules: &str) -> Engine {
    let detect = Config::parse(rules).unwrap().detect;
    let custom = Custom::new(&detect, "2026-11-26").unwrap();
    Engine::new(FingerprintKey::from_bytes([7; 32])).with_custom(custom)
}

fn event() -> EventId {
    NaturalKey::Occurrence { source: SourceId::from_bytes([1; 16]), number: 1, what: "test" }.id()
}

const ACME: &str = "[detect.rules.acme]\npattern = 'acme_[a-z0-9]{12}'\n";

#[test]
fn a_new_rule_masks_what_an_old_engine_left_and_keeps_its_masks() {
    let token = ["gh", "p_", &Dice::new(1).run(ALNUM, 36)].concat();
    let later = ["acme_", "k3v9q2m7x1z5"].concat();
    let clear = format!("first {later}, then {token}, then {later} and the end");
    let (before, marks) = engine("").mask(clear.into());
    let old = marks[0].start..marks[0].end;
    let mask = before.as_str()[old.clone()].to_owned();

    let again = engine(ACME).again(before.as_str(), Some((event(), Field::Text))).unwrap();

    assert!(!again.text.as_str().contains(&later));
    assert_eq!(again.text.as_str().matches("[[vigil:user_acme::").count(), 2);
    assert_eq!(again.text.as_str()[again.moved(old)], mask);
    let at_end = before.as_str().len() - 3..before.as_str().len();
    assert_eq!(&again.text.as_str()[again.moved(at_end)], "end");
    assert_eq!(again.findings.len(), 1, "the same value is one finding");
    assert_eq!(again.findings[0].rule, "user_acme");
    assert!(again.findings[0].why.as_str().ends_with(LATER));
    assert!(engine(ACME).again(again.text.as_str(), None).is_none(), "nothing is left");
}

#[test]
fn a_mask_that_a_new_one_takes_in_is_where_that_one_is() {
    let token = ["gh", "p_", &Dice::new(1).run(ALNUM, 36)].concat();
    let (before, marks) = engine("").mask(format!("key <{token}> end").into());
    let wide = engine("[detect.rules.wide]\npattern = '<[^>]*>'\n");

    let again = wide.again(before.as_str(), None);

    // A rule that finds a mask within may leave it alone; if it does not, the place is its mask's.
    if let Some(again) = again {
        let place = again.moved(marks[0].start..marks[0].end);
        assert!(again.text.as_str()[place].contains("[[vigil:"));
    }
}

#[test]
fn clean_text_is_left_alone() {
    assert!(engine(ACME).again("nothing in here to be found at all", None).is_none());
}

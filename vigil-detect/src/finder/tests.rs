use super::*;
use crate::samples::with_form;

#[test]
fn no_anchor_of_a_pass_hides_another() {
    let anchors: Vec<_> = Rule::all().flat_map(|rule| rule.anchors).collect();
    for a in &anchors {
        for b in &anchors {
            let same_pass = a.len() == b.len() && a.len() < 4;
            assert!(a == b || !same_pass || !b.starts_with(**a), "{a} begins {b}");
        }
    }
}

#[test]
fn every_anchor_is_found_wherever_it_stands() {
    let finder = Finder::new(Rule::all(), &["oken"]);
    for rule in with_form() {
        for anchor in rule.anchors {
            for at in [0, 1, 15, 64, 200] {
                let text = ["#".repeat(at).as_str(), anchor, "#"].concat();
                let mut places = Vec::new();

                finder.each(text.as_bytes(), &(0..text.len()), |found, place| {
                    let Found::Anchor(rules) = found else { return };
                    if rules.iter().any(|found| std::ptr::eq(*found, rule)) {
                        places.push(place);
                    }
                });

                assert_eq!(places, vec![at..at + anchor.len()], "{anchor} at {at}");
            }
        }
    }
}

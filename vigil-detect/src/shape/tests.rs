use super::*;
use crate::class::{DIGIT, HEX};

fn candidate(text: &str, anchor: &str) -> usize {
    text.find(anchor).unwrap()
}

#[test]
fn parts_are_matched_away_from_the_anchor_on_both_sides() {
    let text = "see 1234@o77.site/99 there";
    let at = candidate(text, ".site");
    let mut candidate = Candidate { text: text.as_bytes(), anchor: at..at + 5, work: 0 };

    let place = candidate.fit(
        &[Part::Run(DIGIT, 1, 4), Part::Lit("@o"), Part::Run(HEX, 4, 4)],
        &[Part::Lit("/"), Part::Run(DIGIT, 2, 2)],
    );

    assert_eq!(place, Some(4..20));
    assert!(candidate.work > 0);
}

#[test]
fn the_letter_of_an_escape_belongs_to_no_word() {
    for before in
        ["\\n", "\\\\n", "\\u003d", "%3D", "\u{1b}[1;31m", "\\u001b[0m", "\\x1b[0m", " ", "="]
    {
        let text = format!("{before}token");
        let candidate = Candidate { text: text.as_bytes(), anchor: 0..0, work: 0 };
        assert!(candidate.starts_word(before.len(), WORD), "{before:?}");
    }
    for before in ["n", "word", "_", "3D", "a[m"] {
        let text = format!("{before}token");
        let candidate = Candidate { text: text.as_bytes(), anchor: 0..0, work: 0 };
        assert!(!candidate.starts_word(before.len(), WORD), "{before:?}");
    }
}

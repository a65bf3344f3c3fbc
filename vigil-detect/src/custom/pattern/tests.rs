use proptest::prelude::*;

use super::*;

fn places(pattern: &str, text: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    Pattern::new(pattern).unwrap().each(text, |place| {
        assert!(places.len() < 1000, "{pattern} is found without an end");
        places.push((place.start, place.end));
    });
    places
}

#[test]
fn edges_of_words_are_no_places_and_are_passed() {
    for text in ["two words", "two words ", "ü", "über \u{1f680} all", ""] {
        for pattern in ["\\b", "\\b(x*)", "(?m)\\b$", "x\\B|\\b"] {
            assert!(places(pattern, text).is_empty(), "{pattern} in {text}");
        }
    }
    assert_eq!(places("\\b\\w*\\b", "two words"), [(0, 3), (4, 9)]);
    assert_eq!(places("\\b[A-Z]*\\b", "it IS so"), [(3, 5)]);
    assert_eq!(places("pin=([a-z]*)", "pin= 1 pin=ab"), [(11, 13)]);
}

#[test]
fn a_long_match_is_found_whole_wherever_it_begins() {
    for (pattern, ahead) in [("BLOB:[a-z0-9]+", 0), ("BLOB:([a-z0-9]+)", 5)] {
        for len in [20, 2000, 9000, 30_000, 70_000, 200_000] {
            for at in [0, 6500, 7000, 15_000, 16_383, 23_000, 24_570, 24_576, 60_000] {
                let text = [&"x ".repeat(at), "BLOB:", &"k3".repeat(len / 2), " end"].concat();
                let text = text.get(at..).unwrap();

                assert_eq!(places(pattern, text), [(at + ahead, at + 5 + len)], "{len} at {at}");
            }
        }
    }
}

#[test]
fn a_match_with_an_end_of_its_own_is_found_wherever_it_begins() {
    for at in [0, 12_000, 16_382, 16_384, 20_000, 24_000, 24_576, 40_000] {
        let text =
            [&"é".repeat(at / 2), "{", &"k3 ".repeat(2000), "}", &" y".repeat(9000)].concat();

        assert_eq!(places("\\{[^}]*\\}|\\{", &text), [(at, at + 6002)], "{at}");
    }
}

proptest! {
    /// Of matches that are no longer than what is seen ahead: `#` ends each.
    #[test]
    fn windows_change_nothing_of_what_is_found(
        pieces in proptest::collection::vec(("[a-c ü]{1,6}", 1..680_usize), 1..24),
        pattern in "(a|b|\\[ab\\]|ü|\\\\b|c)[+*]?(\\|a|b\\+|[abc ]{0,40}|\\\\b)",
    ) {
        let runs = pieces.iter().map(|(piece, times)| piece.repeat(*times) + "#");
        let text: String = runs.collect();
        // One that fits the empty text is refused.
        if let Ok(ours) = Pattern::new(&pattern) {
            let mut found = Vec::new();
            ours.each(&text, |place| found.push(place));

            let whole = ours.0.find_iter(&text).map(|place| place.range());
            let wanted: Vec<_> = whole.filter(|place| !place.is_empty()).collect();
            prop_assert_eq!(found, wanted, "{}", pattern);
        }
    }
}

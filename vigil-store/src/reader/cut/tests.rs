use proptest::prelude::*;

use super::{around, head, piece, units};

const MASK: &str = "[[vigil:github_ghp:ghp_****zzzz:0011223344556677]]";

#[test]
fn a_beginning_ends_before_the_mask_that_does_not_fit() {
    let text = format!("the key {MASK} is old");

    assert_eq!(head(&text, 8), "the key ");
    for chars in 9..8 + MASK.len() {
        assert_eq!(head(&text, chars), "the key ", "{chars}");
    }
    assert_eq!(head(&text, 8 + MASK.len()), format!("the key {MASK}"));
    assert_eq!(head(&text, 1000), text);
    assert_eq!(head(MASK, 5), MASK, "nothing could be shown instead");
    assert_eq!(head("[[vigil:never closed", 5), "[[vig");
    assert_eq!(head("日本語", 2), "日本");
}

#[test]
fn a_snippet_shows_the_hit_and_whole_masks() {
    let text = format!("{MASK} and\nthen {MASK} and {}", "more ".repeat(50));
    let second = text.rfind(MASK).unwrap();

    let line = around(&text, second..second + MASK.len(), 20, 60);

    assert_eq!(line, format!("…and then {MASK} and more…"));
    assert_eq!(around("short", 2..3, 40, 40), "short");
    assert_eq!(around("", 9..12, 40, 40), "");
}

#[test]
fn a_browser_counts_in_pairs_of_bytes() {
    assert_eq!(units("a😀é"), 4);
}

/// Texts in which masks, halves of masks and wide characters stand close together.
fn texts() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        Just(MASK.to_owned()),
        Just("[[vigil:".to_owned()),
        Just("]]".to_owned()),
        Just("[".to_owned()),
        Just("😀é日".to_owned()),
        "[a-z \n]{0,40}",
    ];
    prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat())
}

/// True when `cut`, a part of `text` at `start`, divides none of the masks that were put in.
fn divides_none(text: &str, start: usize, end: usize) -> bool {
    text.match_indices(MASK).all(|(at, _)| {
        let inside = |edge: usize| at < edge && edge < at + MASK.len();
        !inside(start) && !inside(end)
    })
}

proptest! {
    #[test]
    fn nothing_is_cut_in_two(text in texts(), chars in 0_usize..120) {
        let cut = head(&text, chars);
        prop_assert!(text.starts_with(cut));
        prop_assert!(cut.chars().count() <= chars.max(256));
        prop_assert!(divides_none(&text, 0, cut.len()));
    }

    #[test]
    fn pieces_tell_the_whole_text_once(text in texts(), bytes in 1_usize..90) {
        let mut told = String::new();
        let mut from = 0;
        while from < text.len() {
            let range = piece(&text, from, bytes.max(4));
            prop_assert_eq!(range.start, from);
            prop_assert!(range.end > range.start);
            prop_assert!(divides_none(&text, range.start, range.end));
            told.push_str(&text[range.clone()]);
            from = range.end;
        }
        prop_assert_eq!(told, text);
    }

    #[test]
    fn a_piece_can_begin_anywhere(text in texts(), from in 0_usize..400) {
        let range = piece(&text, from, 64);
        prop_assert!(range.start <= from && range.end >= range.start);
        prop_assert!(divides_none(&text, range.start, range.end));
    }

    #[test]
    fn a_snippet_is_never_half_a_mask(text in texts(), at in 0_usize..400, wide in 0_usize..80) {
        let line = around(&text, at..at + 3, wide, wide + 10);
        let masks = line.matches(MASK).count();
        prop_assert!(masks <= text.matches(MASK).count());
        // No end or beginning of a mask but within a whole one or where one was put alone.
        prop_assert!(!line.replace(MASK, "").contains("0011223344556677"));
    }
}

use proptest::prelude::*;

use super::*;
use crate::samples::{Dice, engine, with_form};

#[test]
fn clean_text_passes_through_without_a_copy() {
    let text = "nothing to see here, move along please".to_owned();
    let place = text.as_ptr();

    let (masked, hits) = engine().mask(Sensitive::new(text));

    assert!(hits.is_empty());
    assert_eq!(masked.as_str().as_ptr(), place);
}

#[test]
fn a_documented_example_is_a_hit_of_low_severity() {
    let text = ["key AK", "IAIOSFODNN7EXAMPLE and no more"].concat();

    let hits = engine().scan(&text);

    assert_eq!(hits.len(), 1);
    assert!(hits[0].documented_example);
    assert_eq!((hits[0].severity, hits[0].confidence), (Severity::Low, Confidence::Low));
}

#[test]
fn a_place_without_a_byte_is_no_hit() {
    let rule = Rule::named("github_ghp").unwrap();

    let hits = vec![Hit::of(rule, 4..4)];
    let more = vec![Hit::of(rule, 4..4), Hit::of(rule, 4..8), Hit::of(rule, 9..9)];

    assert!(without_overlaps(hits).is_empty());
    assert_eq!(without_overlaps(more).len(), 1);
}

#[test]
fn a_token_within_a_url_is_named_by_its_own_rule() {
    let token = ["gh", "p_", &Dice::new(4).run(crate::class::ALNUM, 36)].concat();

    let hits = engine().scan(&format!("git clone https://oauth2:{token}@git.corp.test/x"));

    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].rule.name, "github_ghp");
}

#[test]
fn a_longer_password_around_a_token_is_masked_whole() {
    let token = ["gh", "p_", &Dice::new(4).run(crate::class::ALNUM, 36)].concat();
    let text = format!("https://u:pre-{token}@git.corp.test/x");

    let hits = engine().scan(&text);

    assert_eq!(hits.len(), 1);
    assert_eq!(&text[hits[0].start..hits[0].end], format!("pre-{token}"));
}

#[test]
fn a_value_that_was_found_is_found_wherever_it_stands() {
    let password = ["Kq7x", "!Vt2pL"].concat();
    let text = format!("DB_PASSWORD={password}\n$ try {password} again, not {password}9\n");

    let hits = engine().scan_for(&text, Profile::Mask);

    let places: Vec<_> = hits.iter().map(|hit| &text[hit.start..hit.end]).collect();
    assert_eq!(places, [&password, &password]);
    assert_eq!(engine().scan(&text).len(), 1, "a password is told of once");
}

/// Counts the bytes that verification looks at, not the time it takes.
#[test]
fn hostile_text_costs_work_in_proportion_to_its_length() {
    let engine = engine();
    let joints = ["", "-", ".", "/", " ", "\\n", "a", ":a@", "\n"];
    for rule in with_form() {
        for anchor in rule.anchors {
            for joint in joints {
                let text = [*anchor, joint].concat().repeat(8_000 / (anchor.len() + joint.len()));

                let (_, work, _) = engine.scan_counting(&text);

                assert!(
                    work <= 250 * text.len(),
                    "{anchor:?} {joint:?}: {} a byte",
                    work / text.len()
                );
            }
        }
    }
}

#[test]
fn a_long_run_after_many_beginnings_is_read_once() {
    let engine = engine();
    let begin = ["-----BEGIN PRIVATE", " KEY-----"].concat();
    let texts = [
        begin.repeat(3_000),
        format!("{}{}", [&begin, "\n"].concat().repeat(1_000), "A".repeat(100_000)),
        ["ey", "Jhbabcdefghijklm.ey", "J"].concat().repeat(3_000),
        "://u:".repeat(10_000),
        "://u:p@".repeat(10_000),
    ];
    for text in texts {
        let (_, work, _) = engine.scan_counting(&text);

        assert!(work <= 250 * text.len(), "{}...: {} a byte", &text[..20], work / text.len());
    }
}

proptest! {
    #[test]
    fn any_text_gives_sorted_separate_hits_on_character_boundaries(text in "\\PC{0,400}") {
        let hits = engine().scan(&text);
        prop_assert!(hits.iter().all(|hit| text.get(hit.start..hit.end).is_some()));
        prop_assert!(hits.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}

/// What is hardest for the parts of the search, each piece to be repeated.
const HOSTILE: [&str; 27] = [
    "password=",
    "api_key: \"",
    "\\u0070assword\\u003d",
    "%70assword%3D",
    "4111 1111 1111 ",
    "591-65-6864 ",
    "DE33",
    "+1-713-375-2073,",
    "bGFudGVybiB0aHVuZGVyIGxhbnRlcm4g",
    "data: {\"delta\":{\"text\":\"a\"}}\n",
    "data: ",
    "[[vigil:",
    "\"signature\":\"",
    "\\\\\\\\\"",
    "\\",
    "\"",
    "a=",
    "%",
    "%25",
    "%2525",
    "\\\\u005cu005cu0041",
    "A",
    "Authorization: Basic ",
    "mysql -p'",
    "<key>token</key>",
    "0123456789",
    "7",
];

/// Ten million bytes, a stretch of each; counted, not timed.
#[test]
fn ten_megabytes_of_hostile_text_cost_work_in_proportion() {
    // Without optimisation this search is a hundred times slower.
    const SIZE: usize = if cfg!(debug_assertions) { 1_000_000 } else { 10_000_000 };
    let engine = engine();
    let stretches = HOSTILE.map(|piece| piece.repeat(SIZE / HOSTILE.len() / piece.len()));

    let (_, work, _) = engine.scan_counting(&stretches.concat());

    assert!(work <= 50 * SIZE, "{} a byte", work / SIZE);
}

#[test]
fn twice_the_hostile_text_is_twice_the_work() {
    const SIZE: usize = if cfg!(debug_assertions) { 30_000 } else { 5_000_000 };
    let engine = engine();
    for piece in HOSTILE {
        let once = piece.repeat(SIZE / piece.len());

        let (_, work, _) = engine.scan_counting(&once);
        let (_, twice, _) = engine.scan_counting(&once.repeat(2));

        assert!(work <= 250 * once.len(), "{piece:?}: {} a byte", work / once.len());
        assert!(2 * twice <= 5 * work + 20_000, "{piece:?}: {work}, then {twice}");
    }
}

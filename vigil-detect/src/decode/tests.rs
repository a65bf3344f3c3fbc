use proptest::prelude::*;

use crate::{
    class::ALNUM,
    engine::{Engine, Hit},
    samples::{Dice, engine},
};

fn token(seed: u64) -> String {
    ["gh", "p_", &Dice::new(seed).run(ALNUM, 36)].concat()
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text.as_bytes()
        .chunks(3)
        .map(|three| {
            let byte = |i: usize| usize::from(three.get(i).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let letter = |i: usize| {
                if i > three.len() {
                    return '=';
                }
                char::from(LETTERS[bits >> (18 - 6 * i) & 63])
            };
            (0..4).map(letter).collect::<String>()
        })
        .collect()
}

fn only(text: &str) -> Hit {
    let hits = engine().scan(text);
    assert_eq!(hits.len(), 1, "{hits:?}");
    hits.into_iter().next().unwrap()
}

#[test]
fn escaped_letters_are_found_where_they_stand() {
    let secret = token(1);
    let escaped = secret.replace('_', "\\u005f");

    let hit = only(&format!("{{\"text\":\"use\\u0020{escaped}\\u0020now\"}}"));

    assert_eq!(hit.rule.name, "github_ghp");
    assert_eq!((hit.start, hit.end - hit.start), (18, escaped.len()));
}

#[test]
fn a_sign_is_no_digit_of_an_escape() {
    assert_eq!(super::unescaped(r"\u+041 \u0041"), r"\u+041 A");
}

#[test]
fn percent_signs_are_read() {
    let secret = token(2);
    let text = format!("https://h.test/?q=token%3D{}%26x", secret.replace('_', "%5F"));

    let hit = only(&text);

    assert_eq!(&text[hit.end..], "%26x");
    assert!(text[hit.start..].starts_with("ghp%5F"));
}

#[test]
fn base64_of_text_is_read_and_the_groups_that_hold_the_secret_are_its_place() {
    let before = "first line of a file\nTOKEN=";
    let text = base64(&format!("{before}{}\nlast line of it\n", token(3)));

    let hit = only(&format!("content: {text}"));

    assert_eq!(hit.start, 9 + before.len() / 3 * 4);
    assert_eq!(hit.end, 9 + (before.len() + 40).div_ceil(3) * 4);
}

#[test]
fn base64_within_base64_is_read() {
    let inner = base64(&format!("user: app\ntoken: {}\n", token(4)));

    let hit = only(&base64(&format!("apiVersion: v1\nkind: Secret\ndata:\n  x: {inner}\n")));

    assert_eq!(hit.rule.name, "github_ghp");
}

#[test]
fn pieces_of_a_stream_are_one_secret_and_each_is_masked() {
    let secret = token(5);
    let event = |text: &str| {
        format!("event: d\ndata: {{\"type\":\"delta\",\"delta\":{{\"text\":\"{text}\"}}}}\n\n")
    };
    let text = [event("use "), event(&secret[..9]), event(&secret[9..]), event(" now")].concat();

    let hit = only(&text);
    let (masked, hits) = engine().mask(text.as_str().into());

    assert_eq!(hit.rule.name, "github_ghp");
    assert_eq!(hits.len(), 2);
    assert!(!masked.as_str().contains(&secret[9..]) && !masked.as_str().contains(&secret[..9]));
    assert_eq!(hits[0].fingerprint, engine().fingerprint(&secret));
    assert_eq!(hits[0].fingerprint, hits[1].fingerprint);
    assert_eq!(masked.as_str().matches("\"}}\n\n").count(), 4);
}

#[test]
fn a_secret_in_another_form_is_the_same_incident() {
    let secret = token(6);
    let forms = [
        secret.clone(),
        secret.replace('_', "\\u005f"),
        secret.replace('_', "%5f"),
        base64(&format!("this is a text with {secret} in it")),
    ];
    for form in forms {
        let (_, hits) = engine().mask(format!("x {form} x").as_str().into());

        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].fingerprint, engine().fingerprint(&secret), "{}", form.len());
    }
}

#[test]
fn what_only_a_provider_can_read_is_left_alone() {
    let secret = token(7);
    for field in ["signature", "encrypted_content", "thoughtSignature"] {
        let text =
            format!("{{\"type\":\"thinking\",\"{field}\":\"{}/{secret}\"}}", "Eq9".repeat(20));

        assert!(engine().scan(&text).is_empty(), "{field}");
    }
}

fn places_fit(engine: &Engine, text: &str) {
    for hit in engine.scan_counting(text).0 {
        assert!(text.get(hit.start..hit.end).is_some_and(|place| !place.is_empty()), "{hit:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_decodes_to_places_on_character_boundaries(
        text in "(\\\\u00[2-7][0-9a-f]|\\\\u[0-9a-f]{4}|%[0-9A-F]{2}|\\\\\\\\|token=|password: |data: \\{\"delta\":\\{\"text\":\"|\"\\}\\}\n|[A-Za-z0-9+/]{40}|\u{e4}\u{1f680}|\\PC){0,30}"
    ) {
        places_fit(&engine(), &text);
    }
}

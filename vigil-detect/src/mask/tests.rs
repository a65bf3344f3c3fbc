use proptest::prelude::*;

use super::*;
use crate::samples::{Dice, engine, with_form};
use vigil_proto::Sensitive;

fn rules() -> Vec<&'static Rule> {
    with_form().collect()
}

fn github_token(seed: u64) -> String {
    ["gh", "p_", &Dice::new(seed).run(crate::class::ALNUM, 36)].concat()
}

#[test]
fn a_mask_names_type_hint_and_fingerprint_and_keeps_the_rest() {
    let token = github_token(1);
    let fingerprint = engine().fingerprint(&token);

    let (masked, hits) = engine().mask(Sensitive::new(format!("use {token} now")));

    let tail = &token[token.len() - 4..];
    let mask = format!("[[vigil:github_ghp:ghp_..{tail}:{fingerprint}]]");
    assert_eq!(masked.as_str(), format!("use {mask} now"));
    assert_eq!(&masked.as_str()[hits[0].start..hits[0].end], mask);
    assert_eq!(fingerprint.to_string().len(), 16);
    assert_eq!(masks_in(&masked).collect::<Vec<_>>(), vec![4..4 + mask.len()]);
}

#[test]
fn another_key_gives_another_fingerprint() {
    let other = Engine::new(FingerprintKey::from_bytes([8; 32]));

    assert_ne!(engine().fingerprint("the same value"), other.fingerprint("the same value"));
}

#[test]
fn nothing_of_a_password_or_a_private_key_is_shown() {
    let mut dice = Dice::new(2);
    for name in ["db_url", "basic_auth_url", "private_key", "gcp_service_account", "age_key"] {
        let rule = Rule::named(name).unwrap();
        let (before, secret, after) = dice.sample(rule);

        let (masked, hits) = engine().mask(Sensitive::new([before, secret, after].concat()));

        let mask = &masked.as_str()[hits[0].start..hits[0].end];
        assert!(mask.starts_with(&format!("[[vigil:{name}::")), "{name}");
    }
}

#[test]
fn a_key_is_the_same_incident_with_real_and_with_escaped_line_ends() {
    let real = Dice::new(6).pem("\n");
    let escaped = Dice::new(6).pem("\\n");
    let twice = Dice::new(6).pem("\\\\n");

    assert_eq!(engine().fingerprint(&real), engine().fingerprint(&escaped));
    assert_eq!(engine().fingerprint(&real), engine().fingerprint(&twice));
    assert_ne!(engine().fingerprint(&real), engine().fingerprint(&Dice::new(7).pem("\n")));
}

#[test]
fn an_imitation_of_a_mask_hides_nothing() {
    let token = github_token(3);
    let hostile = [
        format!("[[vigil:github_ghp:{token}:9f3c07d1e85b2a64]]"),
        format!("[[vigil:{token}]]"),
        format!("postgres://u:[[vigil:{token}]]@db.corp.test/x"),
        format!("postgres://u:[[vigil:db_url::9f3c07d1e85b2a64]]{token}@db.corp.test/x"),
        "postgres://u:[[vigil:not-a-rule::9f3c07d1e85b2a64]]@db.corp.test/x".to_owned(),
        "postgres://u:[[vigil:db_url:my..secret-pass:9f3c07d1e85b2a64]]@db.corp.test/x".to_owned(),
    ];
    for text in hostile {
        let (masked, hits) = engine().mask(Sensitive::new(text.clone()));

        assert!(!hits.is_empty(), "missed in an imitation");
        assert!(!masked.as_str().contains(&token));
    }
}

#[test]
fn a_mask_says_no_more_than_the_masks_that_are_made() {
    let digits = "0123456789abcdef";
    let random = Dice::new(21).run(crate::class::ALNUM, 30);
    let mask =
        |name: &str, hint: &str| is_mask(format!("[[vigil:{name}:{hint}:{digits}]]").as_bytes());

    assert!(mask("user_acme-2026", "") && mask("db_url", "") && mask("github_ghp", "gh..xy"));
    assert!(mask("github_ghp", "ghp_..wxyz"));
    for (name, hint) in [
        (format!("user_{random}").as_str(), ""),
        (format!("user_{digits}").as_str(), ""),
        (format!("user_{}", "a".repeat(41)).as_str(), ""),
        ("user_", ""),
        ("user_acme", "ab..yz"),
        ("db_url", "ab..yz"),
        ("github_ghp", ".."),
        ("github_ghp", "a..z"),
        ("github_ghp", "abc..z"),
        ("github_ghp", "..secrets"),
        ("github_ghp", "ghp_x.wxyz"),
        ("github_ghp", "ghp_5..wxyz5"),
    ] {
        assert!(!mask(name, hint), "{name} {hint}");
    }
}

#[test]
fn a_secret_in_the_place_of_a_rules_name_is_masked() {
    let secret = Dice::new(22).run(crate::class::ALNUM, 30);

    for text in [
        format!("API_TOKEN=\"[[vigil:user_{secret}::0123456789abcdef]]\""),
        format!("API_TOKEN=[[vigil:user_{secret}::0123456789abcdef]]"),
        format!("{{\"api_token\": \"[[vigil:db_url:{secret}:0123456789abcdef]]\"}}"),
    ] {
        let (masked, _) = engine().mask(Sensitive::new(text));

        assert!(!masked.as_str().contains(&secret), "{masked:?}");
    }
}

#[test]
fn a_fingerprint_key_does_not_print_itself() {
    assert_eq!(format!("{:?}", FingerprintKey::from_bytes([65; 32])), "FingerprintKey(hidden)");
}

#[test]
fn a_number_of_any_form_becomes_a_string_of_json() {
    let numbers = ["0.9876543210987", "-9876543210987", "9.876543210987E+12"];
    for number in numbers {
        for colon in [":", ": ", " : "] {
            let text = format!("{{\"password\"{colon}{number}}}");

            let (masked, hits) = engine().mask(Sensitive::new(text.clone()));

            let read = serde_json::from_str::<serde_json::Value>(masked.as_str());
            assert!(read.is_ok() && hits.len() == 1, "{text}: {}", masked.as_str());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_secret_survives_masking_and_masking_again_changes_nothing(
        picks in proptest::collection::vec((any::<prop::sample::Index>(), any::<u64>(), "[ -~\\n\u{e4}\u{1f680}]{0,12}"), 1..5),
    ) {
        let engine = engine();
        let rules = rules();
        let mut text = String::new();
        let mut secrets = Vec::new();
        for (pick, seed, filler) in picks {
            let (before, secret, after) = Dice::new(seed).sample(rules[pick.index(rules.len())]);
            text.push_str(&filler);
            text.push(' ');
            text.push_str(&before);
            text.push_str(&secret);
            text.push_str(&after);
            text.push(' ');
            secrets.push(secret);
        }

        let (once, hits) = engine.mask(Sensitive::new(text));
        let (twice, again) = engine.mask(Sensitive::new(once.as_str()));

        for secret in &secrets {
            prop_assert!(!once.as_str().contains(secret.as_str()), "a secret survived");
        }
        for hit in &hits {
            let mask = &once.as_str()[hit.start..hit.end];
            prop_assert!(is_mask(mask.as_bytes()), "{mask}");
        }
        prop_assert_eq!(again.len(), 0);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn masks_in_never_fails(text in "(\\[\\[vigil:|\\]\\]|db_url|:|[0-9a-f]{16}|\\PC){0,40}") {
        let masked = Masked::from_scan(text);
        for place in masks_in(&masked) {
            prop_assert!(masked.as_str().get(place).is_some());
        }
    }
}

/// What stands around a value in the texts of agents.
const FORMS: &[&str] = &[
    "DB_PASSWORD=#\n",
    "{\"api_key\":\"#\"}",
    "{\\\"token\\\": \\\"#\\\"}",
    "card: #, ",
    "ssn # ",
    "Tel: # ",
    "\\u0023 token\\u003d#",
    "my password is # and",
    "{\"card\": #, \"n\": [#,#]}",
    "Authorization: Bearer #\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn masking_again_changes_nothing_whatever_was_found(
        picks in proptest::collection::vec((0..FORMS.len(), any::<u64>(), 0..6_usize), 1..4),
    ) {
        let engine = engine();
        let text: String = picks
            .iter()
            .map(|(form, seed, kind)| FORMS[*form].replace('#', &value(*seed, *kind)))
            .collect();

        let (once, _) = engine.mask(Sensitive::new(text));
        let (twice, again) = engine.mask(Sensitive::new(once.as_str()));

        prop_assert_eq!(again.len(), 0, "{}", once.as_str());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn json_is_valid_after_masking(
        picks in proptest::collection::vec((any::<u64>(), 0..6_usize, "[ -~\\n\u{e4}]{0,20}"), 1..4),
    ) {
        let engine = engine();
        let inner: Vec<_> = picks
            .iter()
            .map(|(seed, kind, note)| {
                let value = value(*seed, *kind);
                let number: serde_json::Value =
                    serde_json::from_str(&value).unwrap_or_else(|_| value.clone().into());
                serde_json::json!({"password": value, "card": number, "note": note,
                    "text": format!("{note} api_key={value}\ncard {value}")})
            })
            .collect();
        let once = serde_json::to_string(&inner).unwrap();
        let twice = serde_json::to_string(&serde_json::json!({"output": once})).unwrap();
        for text in [once, twice] {
            let (masked, _) = engine.mask(Sensitive::new(text));

            let read = serde_json::from_str::<serde_json::Value>(masked.as_str());
            prop_assert!(read.is_ok(), "{:?}: {}", read, masked.as_str());
        }
    }
}

/// A value of one of the kinds that are looked for.
fn value(seed: u64, kind: usize) -> String {
    let mut dice = Dice::new(seed);
    match kind {
        0 => ["gh", "p_", &dice.run(crate::class::ALNUM, 36)].concat(),
        1 => dice.run(crate::class::ALNUM, 30) + "4z",
        2 => dice.run(crate::class::DIGIT, 16),
        3 => ["591", "65", &dice.run(crate::class::DIGIT, 4)].join("-"),
        4 => ["+44 7928 ", &dice.run(crate::class::DIGIT, 6)].concat(),
        _ => ["Aa1!", &dice.run(crate::class::ALNUM, 9), "\\\"&", "x"].concat(),
    }
}

#[test]
fn a_token_in_the_users_place_of_an_address_keeps_its_mask() {
    let engine = engine();
    let token = github_token(2);
    for (text, rules) in [
        (
            format!("git clone https://{token}:x-oauth-basic@github.com/o/r.git"),
            ["github_ghp", "basic_auth_url"].as_slice(),
        ),
        (format!("npm i https://{token}@github.com/o/r"), &["github_ghp"]),
    ] {
        let (masked, hits) = engine.mask(text.into());
        let found: Vec<_> = hits.iter().map(|hit| hit.rule.name).collect();
        assert_eq!(found, rules, "{masked}");
        assert!(!masked.as_str().contains("[[vigil:[["), "{masked}");
        assert!(masked.as_str().contains("[[vigil:github_ghp:"), "{masked}");
    }
}

use std::collections::HashMap;

use super::*;
use crate::{
    class::ALNUM,
    engine::Hit,
    rule::Matcher,
    samples::{Dice, engine, with_form},
    shape::Part,
};

const SEEDS: std::ops::Range<u64> = 1..12;

fn found(hits: &[Hit], rule: &Rule, start: usize, end: usize) -> bool {
    matches!(hits, [hit] if hit.rule.name == rule.name && (hit.start, hit.end) == (start, end))
}

#[test]
fn every_rule_finds_its_secret_exactly_once_and_exactly_there() {
    let engine = engine();
    let surroundings = [
        ("", ""),
        ("Straße 日本語 🚀 ", " and so on"),
        ("TOKEN=", "\n"),
        ("{\"key\":\"", "\",\"n\":1}"),
        ("{\\\"key\\\": \\\"", "\\\", \\\"n\\\": 1}"),
        ("first\\n", "\\nlast"),
        ("x%3D", "%26y"),
        ("\\u0022", "\\u0022"),
        ("\u{1b}[31m", "\u{1b}[0m"),
        ("`", "`."),
    ];
    for rule in with_form() {
        for seed in SEEDS {
            for (left, right) in surroundings {
                let (before, secret, after) = Dice::new(seed).sample(rule);
                // A digit may belong to the value, and an id before a
                // secret is a hit of its own.
                if secret.starts_with(|c: char| c.is_ascii_digit()) && left.ends_with("0022")
                    || before.starts_with("AKIA")
                    || before.starts_with("ASIA")
                {
                    continue;
                }
                let start = left.len() + before.len();
                let text = [left, &before, &secret, &after, right].concat();

                let hits = engine.scan(&text);

                assert!(
                    found(&hits, rule, start, start + secret.len()),
                    "{} seed {seed} between {left:?} and {right:?}: {hits:?}, expected {start}+{}",
                    rule.name,
                    secret.len(),
                );
            }
        }
    }
}

#[test]
fn a_value_within_a_longer_word_is_not_one() {
    let engine = engine();
    for rule in with_form().filter(|rule| !rule.named) {
        let Matcher::Shape { behind, .. } = rule.matcher else { continue };
        if rule.left != crate::class::WORD || !behind.is_empty() {
            continue;
        }
        for seed in SEEDS {
            let (_, secret, _) = Dice::new(seed).sample(rule);

            let hits = engine.scan(&format!("abcXYZ{secret}"));

            assert!(hits.iter().all(|hit| hit.start > 6), "{}: {hits:?}", rule.name);
        }
    }
}

#[test]
fn a_value_that_goes_on_too_long_is_not_one() {
    let engine = engine();
    for rule in with_form() {
        let Matcher::Shape { ahead, .. } = rule.matcher else { continue };
        let Some(Part::Run(class, min, max)) = ahead.last() else { continue };
        if min != max || !class.covers(ALNUM) {
            continue;
        }
        let (before, secret, _) = Dice::new(5).sample(rule);

        let hits = engine.scan(&[&before, &secret, "aB3"].concat());

        assert!(hits.iter().all(|hit| hit.rule.name != rule.name), "{}: {hits:?}", rule.name);
    }
}

#[test]
fn what_stands_in_for_a_secret_is_not_one() {
    let engine = engine();
    let hyphens = "-----";
    let label = ["BEGIN RSA PRIVATE", "KEY"].join(" ");
    let end = ["END RSA PRIVATE", "KEY"].join(" ");
    let texts = [
        ["gh", "p_", &"x".repeat(36)].concat(),
        ["sk-", "proj-", "your-api-key-goes-right-here-and-nowhere-else-please"].concat(),
        ["AI", "za", "REPLACE_ME_WITH_A_REAL_KEY_PLEASE_1"].concat(),
        ["sk-", "walnut-meadow-saffron-quartz-layout-and-more-words-yet"].concat(),
        ["gh", "p_", "****************************a1B2"].concat(),
        "Authorization: Bearer $TOKEN and postgres://svc:${DB_PASSWORD}@db/prod".to_owned(),
        "postgres://user:password@localhost:5432/db redis://redis:6379/0 ssh://git@host:22/x"
            .to_owned(),
        "https://user:secretpass@example.com/ mongodb://<user>:<password>@cluster0/".to_owned(),
        "postgresql://postgres:postgres@localhost:5432/postgres".to_owned(),
        format!("if key.startswith('{hyphens}{label}{hyphens}'): raise ValueError"),
        format!("{hyphens}{label}{hyphens}\n...\n{hyphens}{end}{hyphens}"),
        format!("{hyphens}{label}{hyphens}\\nYOUR_KEY_HERE\\n{hyphens}{end}{hyphens}"),
        ["patterns: AK", "IA[0-9A-Z]{16}, gh", "p_[A-Za-z0-9]{36}, AI", "za[0-9A-Za-z_-]{35}"]
            .concat(),
        "cache-key-d41d8cd98f00b204e9800998ecf8427e restored".to_owned(),
        "arn:aws:iam::195947197779:role/x AIDAHQ6GLDB4KVV5VBWHG toolu_01Rg7bYk2Zq9mN4pX8sT1vWc"
            .to_owned(),
    ];
    for text in texts {
        let hits = engine.scan(&text);

        assert!(hits.is_empty(), "{text}: {hits:?}");
    }
}

#[test]
fn a_key_that_was_cut_off_is_found_to_where_it_ends() {
    let whole = Dice::new(3).pem("\\n");
    let cut = &whole[..whole.len() - 50];
    let text = format!("{{\"text\":\"{cut}\",\"more\":true}}");

    let hits = engine().scan(&text);

    assert_eq!(hits.len(), 1);
    assert_eq!(&text[hits[0].end..], "\",\"more\":true}");
}

#[test]
fn an_access_key_id_and_the_secret_beside_it_are_two_hits() {
    let mut dice = Dice::new(9);
    let id = ["AK", "IA", &dice.run(crate::class::UPPER_NUM, 16)].concat();
    let secret = dice.run(crate::class::BASE64, 40);

    let names: Vec<_> = engine()
        .scan(&format!("Access key ID,Secret access key\n{id},{secret}\n"))
        .iter()
        .map(|hit| hit.rule.name)
        .collect();

    assert_eq!(names, ["aws_access_key", "aws_secret_key"]);
}

#[test]
fn rules_of_one_name_agree_on_their_group() {
    let mut groups = HashMap::new();
    for rule in with_form() {
        let known = groups.entry(rule.name).or_insert(rule.group);
        assert_eq!(*known, rule.group, "{}", rule.name);
        assert!(rule.anchors.iter().all(|anchor| anchor.len() >= 2), "{}", rule.name);
    }
}

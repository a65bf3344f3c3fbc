use vigil_proto::{Sensitive, config::Config};

use super::*;
use crate::{
    class::ALNUM,
    engine::{Engine, Profile},
    samples::Dice,
};

const TODAY: &str = "2026-11-26";

fn key() -> FingerprintKey {
    FingerprintKey::from_bytes([7; 32])
}

fn custom(text: &str) -> Result<Custom, BadDetect> {
    Custom::new(&Config::parse(text).unwrap().detect, TODAY)
}

fn engine(text: &str) -> Engine {
    Engine::new(key()).with_custom(custom(text).unwrap())
}

const ACME: &str =
    "[detect.rules.acme]\npattern = 'acme_([a-z0-9]{12})'\nseverity = \"critical\"\n";

#[test]
fn a_rule_of_the_users_finds_its_first_group() {
    let text = "deploy with acme_k3v9q2m7x1z5 today";

    let hits = engine(ACME).scan(text);

    assert_eq!(hits.len(), 1);
    assert_eq!(&text[hits[0].start..hits[0].end], "k3v9q2m7x1z5");
    assert_eq!((hits[0].rule.name, hits[0].rule.group), ("user_acme", "user"));
    assert_eq!(hits[0].severity, Severity::Critical);
}

#[test]
fn it_finds_what_is_escaped_and_wins_over_a_name() {
    let engine = engine(ACME);

    let hits = engine.scan(r#"{"text":"{\"token\":\"acme_k3v9q2m7x1z5\"}"}"#);

    assert!(hits.iter().any(|hit| hit.rule.name == "user_acme"), "{hits:?}");
}

#[test]
fn its_mask_is_one_and_stays_when_masked_again() {
    let engine = engine("[detect.rules.hex]\npattern = '[0-9a-f]{16}'\n");
    let once = engine.mask(Sensitive::new("id 0123abcd0123abcd end".to_owned())).0;

    let (twice, hits) = engine.mask(Sensitive::new(once.as_str().to_owned()));

    assert!(once.as_str().contains("[[vigil:user_hex::"), "{once:?}");
    assert_eq!((twice, hits.len()), (once, 0));
}

#[test]
fn an_edge_of_a_word_and_an_empty_group_are_no_secrets() {
    let engine = engine(
        "[detect.rules.edge]\npattern = '\\b'\n[detect.rules.part]\npattern = 'id=(.*?);'\n",
    );
    // The last edge is at the end of the text, where a search must not stay.
    let text = "a plain line with id=; in it";

    let (masked, hits) = engine.mask(Sensitive::from(text));

    assert_eq!((masked.as_str(), hits.len()), (text, 0));
}

#[test]
fn a_group_without_a_letter_leaves_the_text_as_it_is() {
    let engine = engine("[detect.rules.pin]\npattern = 'pin=([a-z]*)'\n");
    let text = "pin= 1 and more, pin=abcdef";

    let (once, hits) = engine.mask(Sensitive::from(text));
    let (twice, again) = engine.mask(Sensitive::new(once.as_str().to_owned()));

    assert!(once.as_str().starts_with("pin= 1 and more, pin=[[vigil:user_pin::"), "{once:?}");
    assert_eq!(hits.len(), 1);
    assert_eq!((twice, again.len()), (once, 0));
}

#[test]
fn a_match_across_the_cut_of_a_long_line_is_found_once() {
    let engine = engine("[detect.rules.acme]\npattern = 'acme_[0-9]{40}'\n");
    for at in [8150, 8170, 8192, 7168, 7200, 16_000] {
        let text =
            [&"x ".repeat(at / 2), "acme_", &"1234567890".repeat(4), &" y".repeat(5000)].concat();

        let hits = engine.scan(&text);

        assert_eq!(hits.len(), 1, "{at}: {hits:?}");
        assert_eq!(hits[0].end - hits[0].start, 45);
    }
}

#[test]
fn what_is_wrong_has_a_line_and_a_remedy() {
    let too_long = format!("[[detect.allow]]\npath = \"{}\"\nreason = \"x\"\n", "a".repeat(257));
    let cases = [
        ("[detect.rules.a]\npattern = '('\n", 2, "does not compile"),
        ("[detect.rules.a]\n\npattern = 'x*'\n", 3, "empty text"),
        ("[detect.rules.a]\npattern = '.'\n", 2, "most other text"),
        ("[detect.rules.a]\npattern = '.+'\n", 2, "most other text"),
        ("[detect.rules.a]\npattern = '\\S{2,}'\n", 2, "most other text"),
        ("[detect.rules.a]\npattern = '[a-z]{4}'\n", 2, "most other text"),
        ("[detect.rules.a]\npattern = '\\d\\d'\n", 2, "most other text"),
        ("[detect.rules.a]\npattern = '(?=x)y'\n", 2, "look-around"),
        ("[detect.rules.a]\npattern = '[\\w]{1000}{100}'\n", 2, "larger than"),
        ("[detect.rules.Ab]\npattern = 'x'\n", 1, "no name"),
        ("[detect.rules.a12345]\npattern = 'x'\n", 1, "no name"),
        ("[detect.canaries]\nBackup = \"v1:16\"\n", 2, "no name"),
        ("[[detect.allow]]\nreason = \"x\"\n", 2, "what it allows"),
        ("[[detect.allow]]\npattern = '.+'\nreason = \"x\"\n", 2, "fits every value"),
        ("[[detect.allow]]\nprefix = \"abcd\"\nreason = \" \"\n", 3, "no reason"),
        ("[[detect.allow]]\nprefix = \"abc\"\nreason = \"x\"\n", 2, "so short"),
        ("[[detect.allow]]\nfingerprint = \"xyz\"\nreason = \"x\"\n", 2, "no fingerprint"),
        ("[[detect.allow]]\nprefix = \"abcd\"\nreason = \"x\"\nexpires = \"soon\"\n", 4, "no day"),
        ("[detect.canaries]\nbackup = \"abc\"\n", 2, "no canary"),
        ("[[detect.allow]]\npath = \"\"\nreason = \"x\"\n", 2, "no pattern of a path"),
        (&too_long, 2, "no pattern of a path"),
    ];
    for (text, line, message) in cases {
        let error = custom(text).unwrap_err();

        assert_eq!(error.line_in(text), line, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn what_is_allowed_is_masked_and_not_told() {
    let token = ["gh", "p_", &Dice::new(5).run(ALNUM, 36)].concat();
    let fingerprint = key().fingerprint(&token).to_string();
    let sections = [
        "prefix = \"ghp_\"\n".to_owned(),
        "pattern = 'ghp_\\w{36}'\n".to_owned(),
        format!("fingerprint = \"{fingerprint}\"\n"),
        "prefix = \"ghp_\"\nrule = \"github_ghp\"\nexpires = \"2026-11-26\"\n".to_owned(),
    ];
    for section in sections {
        let engine = engine(&format!("[[detect.allow]]\nreason = \"test\"\n{section}"));
        let text = format!("use {token} here");

        assert!(engine.scan(&text).is_empty(), "{section}");
        assert_eq!(engine.scan_for(&text, Profile::Mask).len(), 1, "{section}");
    }
}

#[test]
fn what_allows_something_else_allows_nothing() {
    let token = ["gh", "p_", &Dice::new(5).run(ALNUM, 36)].concat();
    let sections = [
        "prefix = \"gho_\"\n",
        "pattern = 'ghp_'\n",
        "prefix = \"ghp_\"\nrule = \"npm\"\n",
        "prefix = \"ghp_\"\nexpires = \"2026-11-25\"\n",
        "path = \"tests/**\"\n",
    ];
    for section in sections {
        let engine = engine(&format!("[[detect.allow]]\nreason = \"test\"\n{section}"));

        assert_eq!(engine.scan(&format!("use {token} here")).len(), 1, "{section}");
    }
}

#[test]
fn an_exception_that_ran_out_is_told() {
    let custom =
        custom("[[detect.allow]]\nprefix = \"abcd\"\nreason = \"old\"\nexpires = \"2026-11-25\"\n");

    assert_eq!(custom.unwrap().expired(), ["old"]);
}

#[test]
fn paths_are_told_by_their_stars() {
    let allows = |glob: &str, path: &str| {
        let text = format!("[[detect.allow]]\npath = \"{glob}\"\nreason = \"x\"\n");
        custom(&text).unwrap().allows_path(path).is_some()
    };

    for (glob, path) in [
        ("tests/**", "tests/a/b.rs"),
        ("tests/**", "/home/u/p/tests/a.rs"),
        ("*.snap", "a/b/c.snap"),
        ("a/*/c", "a/b/c"),
        ("**/fixtures/*.json", "x/y/fixtures/z.json"),
        ("a?c", "abc"),
        ("gr?n.txt", "/u/grün.txt"),
    ] {
        assert!(allows(glob, path), "{glob} {path}");
    }
    for (glob, path) in [
        ("tests/*", "tests/a/b.rs"),
        ("*.snap", "a.snap.rs"),
        ("a/*/c", "a/b/d/c"),
        ("tests/**", "mytests/a.rs"),
        ("a?c", "a/c"),
    ] {
        assert!(!allows(glob, path), "{glob} {path}");
    }
}

fn planted(value: &str) -> String {
    canary::planted(value, &key()).unwrap()
}

#[test]
fn a_canary_is_seen_wherever_it_stands_and_nothing_else_is() {
    let mut dice = Dice::new(11);
    let (value, other) = (dice.run(ALNUM, 32), dice.run(ALNUM, 32));
    let engine = engine(&format!("[detect.canaries]\nbackup = \"{}\"\n", planted(&value)));
    let sighted = |text: &str| engine.scan(text).iter().any(|hit| hit.rule.name == "canary");

    for text in [
        value.clone(),
        format!("cat: {value}\n"),
        format!("AAAA{value}BBBB and more"),
        format!("{{\"a\":\"x\\n{value}\\n\"}}"),
        format!("https://x.test/?q={value}&r=1"),
        format!("token_{value}"),
        format!("{{\"signature\":\"{}{value}\"}}", "A".repeat(64)),
        format!("data:image/png;base64,{value}{value}{value}"),
    ] {
        assert!(sighted(&text), "{text}");
    }
    assert!(!sighted(&other));
    assert!(!sighted(&value[1..]));
    assert!(!sighted(&value.to_lowercase()));
}

#[test]
fn a_sighting_is_critical_and_names_the_canary() {
    let value = Dice::new(12).run(ALNUM, 40);
    let engine = engine(&format!("[detect.canaries]\nbackup = \"{}\"\n", planted(&value)));
    let text = format!("API_TOKEN={value}");

    let hits = engine.scan(&text);

    assert_eq!(hits.len(), 1, "{hits:?}");
    assert_eq!((hits[0].rule.group, hits[0].severity), ("canary", Severity::Critical));
    assert!(hits[0].rule.title.contains("`backup`"));
    assert!(!engine.mask(Sensitive::new(text)).0.as_str().contains(&value));
}

#[test]
fn what_the_configuration_keeps_says_nothing_of_the_canary() {
    let value = Dice::new(13).run(ALNUM, 24);
    let other_key = FingerprintKey::from_bytes([8; 32]);

    let (kept, other) = (planted(&value), canary::planted(&value, &other_key).unwrap());

    assert!(!kept.contains(&value[..6]));
    assert!(kept.split(':').skip(2).all(|part| !other.contains(part)), "{kept} {other}");
}

#[test]
fn a_canary_that_could_be_met_by_chance_is_refused() {
    assert!(canary::planted("short", &key()).is_err());
    assert!(canary::planted("with a blank in it, and long", &key()).is_err());
}

#[test]
fn without_the_section_there_is_nothing() {
    assert!(custom("").unwrap().is_empty());
}

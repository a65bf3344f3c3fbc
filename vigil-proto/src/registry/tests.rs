use std::collections::BTreeSet;

use super::{ECOSYSTEMS, RULES, WORDS, ecosystem, known_ecosystem, unknown_rule};

#[test]
fn an_ecosystem_has_one_word() {
    for (word, one) in [
        ("npm", "npm"),
        ("PyPI", "pypi"),
        ("pip", "pypi"),
        ("cargo", "crates.io"),
        ("Rust", "crates.io"),
        ("RubyGems", "rubygems"),
        ("gem", "rubygems"),
        ("golang", "go"),
        ("Debian:12", "debian"),
    ] {
        assert_eq!(known_ecosystem(word), Ok(one), "{word}");
    }
    assert_eq!(ecosystem("something new"), "something new");
    for (ours, _) in WORDS {
        assert!(ECOSYSTEMS.contains(ours), "{ours}");
    }
}

#[test]
fn a_word_that_nothing_is_called_is_told_with_the_nearest() {
    let wrong = |word| known_ecosystem(word).unwrap_err();

    assert!(wrong("pypy").ends_with("did you mean `pypi`?"), "{}", wrong("pypy"));
    assert_eq!(wrong("nonsense"), "`nonsense` is no ecosystem that is known");
    let rule = unknown_rule("unkown-name").unwrap();
    assert!(rule.ends_with("did you mean `unknown-name`?"), "{rule}");
    assert_eq!(unknown_rule("unknown-name"), None);
}

/// A reason that gets words of its own gets its place in the list, too.
#[test]
fn every_reason_with_words_is_in_the_list() {
    let told = include_str!("../package.rs").lines().filter_map(|line| {
        let (word, _) = line.trim().strip_prefix('"')?.split_once("\" =>")?;
        Some(word)
    });

    // What looks like something has the words that all others have.
    let told: BTreeSet<&str> = told.chain(["similar-name"]).collect();

    assert_eq!(told, RULES.iter().copied().collect());
}

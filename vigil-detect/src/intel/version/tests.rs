use std::cmp::Ordering;

use super::{Asked, compare};

fn assert_ordered(ecosystem: &str, versions: &[&str]) {
    for (i, a) in versions.iter().enumerate() {
        for (j, b) in versions.iter().enumerate() {
            assert_eq!(compare(ecosystem, a, b), i.cmp(&j), "{ecosystem}: {a} and {b}");
        }
    }
}

#[test]
fn semantic_versions_are_in_order() {
    assert_ordered(
        "npm",
        &[
            "0.0.1",
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "99999999999999999999999.0.0",
        ],
    );
    assert_eq!(compare("go", "v1.2.3", "1.2.3"), Ordering::Equal);
    assert_eq!(compare("npm", "1.0.0+a", "1.0.0+b"), Ordering::Equal);
    assert_eq!(compare("nuget", "1.0", "1.0.0.0"), Ordering::Equal);
}

#[test]
fn pythons_versions_are_in_order() {
    assert_ordered(
        "pypi",
        &[
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "1!0.1",
        ],
    );
    for (a, b) in [
        ("1.0", "1.0.0"),
        ("1.0-1", "1.0.post1"),
        ("v1.0.ALPHA.1", "1.0a1"),
        ("1.0c1", "1.0rc1"),
        ("1.0+ubuntu1", "1.0"),
    ] {
        assert_eq!(compare("pypi", a, b), Ordering::Equal, "{a} and {b}");
    }
}

#[test]
fn gems_are_in_order() {
    assert_ordered("rubygems", &["1.0.a", "1.0.b1", "1.0.rc2", "1.0", "1.0.1", "1.10", "2"]);
}

#[test]
fn nothing_is_too_strange_to_be_compared() {
    let strange =
        ["", "-", "v", "1..2", "ä", "1.0-", "!", "1!", "1.0.postx", "9".repeat(99).leak()];
    for ecosystem in ["npm", "pypi", "rubygems", "maven", "unheard-of"] {
        for a in &strange {
            assert_eq!(compare(ecosystem, a, a), Ordering::Equal);
            for b in &strange {
                let there = compare(ecosystem, a, b);
                assert_eq!(there, compare(ecosystem, b, a).reverse(), "{ecosystem}: {a}, {b}");
            }
        }
    }
}

#[test]
fn what_is_asked_for_is_one_version_or_may_become_several() {
    for (ecosystem, version, expected) in [
        ("npm", "1.2.3", Asked::Exactly("1.2.3")),
        ("npm", "=1.2.3", Asked::Exactly("1.2.3")),
        ("npm", "3", Asked::AtLeast("3")),
        ("npm", "^1.2.3", Asked::AtLeast("1.2.3")),
        ("npm", "1.2.x", Asked::AtLeast("1.2")),
        ("npm", "latest", Asked::Any),
        ("npm", "^1 || ^2", Asked::Any),
        ("pypi", "==2.31.0", Asked::Exactly("2.31.0")),
        ("pypi", "2.31", Asked::Exactly("2.31")),
        ("pypi", "2.31.*", Asked::AtLeast("2.31")),
        ("pypi", ">=0.110", Asked::AtLeast("0.110")),
        ("pypi", ">=0.110,<1", Asked::Any),
        ("rubygems", "~> 4.9", Asked::AtLeast("4.9")),
        ("crates.io", "1.0", Asked::AtLeast("1.0")),
        ("go", "v1.9.1", Asked::Exactly("v1.9.1")),
        ("go", "v2", Asked::AtLeast("v2")),
        ("nuget", "1.0.0", Asked::Exactly("1.0.0")),
        ("npm", "<2", Asked::Any),
        ("npm", "", Asked::Any),
    ] {
        assert_eq!(Asked::of(ecosystem, Some(version)), expected, "{ecosystem} {version}");
    }
    assert_eq!(Asked::of("npm", None), Asked::Any);
}

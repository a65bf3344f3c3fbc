//! What the embedded names say, and how packages are judged by them. Small cases of our own; quality
//! on labelled names is measured by `cargo xtask bench packages`.

use std::borrow::Cow;

use proptest::prelude::*;
use vigil_proto::{
    Severity,
    package::{Assessment, Package, PackageSource},
};

use super::{Knowledge, brands, names::Fame, normal::normal, notorious, walk};
use crate::intel::Intel;

mod commands;
mod sources;

fn package(ecosystem: &'static str, name: &str) -> Package<String> {
    Package {
        manager: Cow::Borrowed(""),
        ecosystem: Cow::Borrowed(ecosystem),
        name: Some(name.to_owned()),
        version: None,
        source: PackageSource::Registry,
        url: None,
        flags: Vec::new(),
    }
}

fn judge(package: &Package<String>) -> Assessment {
    Knowledge::embedded().judge(package, &Intel::default())
}

/// Severity, rule and target of the weightiest reason.
fn worst(ecosystem: &'static str, name: &str) -> (Option<Severity>, String, Option<String>) {
    let thought = judge(&package(ecosystem, name));
    let reason = thought.reasons.first();
    let rule = reason.map_or(String::new(), |reason| reason.rule.to_string());
    (thought.severity, rule, reason.and_then(|reason| reason.target.clone()))
}

#[track_caller]
fn passes_for(ecosystem: &'static str, name: &str, rule: &str, target: &str) {
    let expected = (Some(Severity::High), rule.to_owned(), Some(target.to_owned()));
    assert_eq!(worst(ecosystem, name), expected, "{ecosystem} {name}");
}

#[test]
fn nothing_is_said_of_what_everybody_uses() {
    let names = [
        ("npm", "react"),
        ("npm", "Lodash"),
        ("npm", "@babel/core"),
        ("pypi", "requests"),
        ("pypi", "Typing_Extensions"),
        ("pypi", "ruamel.yaml"),
        ("pypi", "requests[socks]"),
        ("crates.io", "serde_json"),
        ("crates.io", "serde-json"),
        ("go", "github.com/spf13/cobra"),
        ("go", "golang.org/x/tools/cmd/goimports@latest"),
        ("rubygems", "rack"),
        ("docker", "nginx:1.27"),
        ("docker", "docker.io/library/postgres@sha256:0"),
        ("nuget", "Newtonsoft.Json"),
        ("packagist", "monolog/monolog"),
        ("vscode", "ms-python.python"),
        ("debian", "curl"),
    ];
    for (ecosystem, name) in names {
        let thought = judge(&package(ecosystem, name));
        assert_eq!(thought, Assessment::default(), "{ecosystem} {name}");
    }
}

#[test]
fn a_name_that_nobody_knows_may_be_invented() {
    let nobody = "made-up-by-a-model-for-this-test";
    let expected = (Some(Severity::Medium), "unknown-name".to_owned(), None);
    assert_eq!(worst("npm", nobody), expected);
    assert_eq!(worst("pypi", nobody), expected);
    assert_eq!(worst("npm", "@nobody-at-all/made-up-thing"), expected);
}

#[test]
fn where_not_all_names_are_known_none_is_unknown() {
    for ecosystem in ["crates.io", "go", "docker", "nuget", "homebrew", "no-such"] {
        let thought = judge(&package(ecosystem, "made-up-by-a-model-for-this-test"));
        assert_eq!(thought.severity, None, "{ecosystem}");
    }
}

#[test]
fn what_is_no_name_is_not_compared() {
    for name in ["", "$NAME", "[[vigil:api_key:x:0]]", "foo bar", "{a,b}", "a*"] {
        let thought = judge(&package("npm", name));
        assert_eq!(thought, Assessment::default(), "{name:?}");
    }
}

#[test]
fn another_number_is_another_version() {
    assert_eq!(worst("go", "gopkg.in/yaml.v1").0, None);
    assert_eq!(worst("crates.io", "rand3").0, None);
}

#[test]
fn only_its_owner_publishes_in_a_well_known_scope() {
    let expected = (Some(Severity::Low), "unknown-name".to_owned(), None);
    assert_eq!(worst("npm", "@babel/made-up-by-a-model-for-this-test"), expected);
}

#[test]
fn slips_lead_to_what_was_meant() {
    passes_for("npm", "lodahs", "similar-name", "lodash");
    passes_for("npm", "comander", "similar-name", "commander");
    passes_for("npm", "eslint-plugin-imprt", "similar-name", "eslint-plugin-import");
    passes_for("pypi", "reqeusts", "similar-name", "requests");
    passes_for("pypi", "requezsts", "similar-name", "requests");
    passes_for("pypi", "pandsa", "similar-name", "pandas");
    passes_for("pypi", "b0tocore", "similar-name", "botocore");
    passes_for("crates.io", "serde-jsn", "similar-name", "serde-json");
    passes_for("docker", "ngnix", "similar-name", "nginx");
}

#[test]
fn two_slips_are_seen_where_the_name_is_very_well_known() {
    passes_for("pypi", "tensoorfllow", "similar-name", "tensorflow");
    passes_for("npm", "webpcak-dev-sevrer", "similar-name", "webpack-dev-server");
}

#[test]
fn separators_are_no_difference() {
    passes_for("npm", "crossspawn", "similar-name", "cross-spawn");
    passes_for("npm", "babel-core-js2", "edition-of", "@babel/core");
}

#[test]
fn scopes_are_not_dropped_or_imitated_unseen() {
    passes_for(
        "npm",
        "plugin-transform-runtime",
        "scope-dropped",
        "@babel/plugin-transform-runtime",
    );
    passes_for("npm", "@bable/core", "similar-name", "@babel/core");
    passes_for("npm", "@babelx/core", "similar-name", "@babel/core");
    passes_for("npm", "@mybabel/core", "scope-imitated", "@babel/core");
}

#[test]
fn words_that_say_nothing_are_looked_through() {
    passes_for("npm", "yargs-parser-npm", "affix-added", "yargs-parser");
    passes_for("npm", "axios-official", "edition-of", "axios");
    passes_for("pypi", "requests-v2", "edition-of", "requests");
    passes_for("npm", "webpack-plugin-html", "words-reordered", "html-webpack-plugin");
}

#[test]
fn brands_are_led_to_their_package() {
    let (severity, rule, target) = worst("pypi", "sklearn");
    assert_eq!((severity, rule.as_str()), (Some(Severity::Info), "brand-name"));
    assert_eq!(target.as_deref(), Some("scikit-learn"));
    passes_for("pypi", "pytorchh", "similar-name", "torch");
}

#[test]
fn letters_of_other_alphabets_are_told() {
    passes_for("npm", "r\u{435}act", "look-alike-letters", "react");
    passes_for("pypi", "re\u{200b}quests", "look-alike-letters", "requests");
    let (severity, rule, target) = worst("npm", "\u{4f60}\u{597d}");
    assert_eq!((severity, rule.as_str()), (Some(Severity::Medium), "look-alike-letters"));
    assert_eq!(target, None);
}

#[test]
fn what_is_known_is_only_noted_beside_what_is_better_known() {
    // It has been in the registry for years.
    let expected = (Some(Severity::Low), "similar-name".to_owned(), Some("express".to_owned()));
    assert_eq!(worst("npm", "expres"), expected);
}

#[test]
fn a_compromised_version_is_not_a_compromised_package() {
    let of = |version: Option<&str>| {
        let mut package = package("npm", "ua-parser-js");
        package.version = version.map(str::to_owned);
        judge(&package).severity
    };
    assert_eq!(of(Some("0.7.29")), Some(Severity::Critical));
    assert_eq!(of(Some("=0.7.29")), Some(Severity::Critical));
    assert_eq!(of(Some("0.7.30")), None);
    assert_eq!(of(Some("^0.7.29")), None);
    assert_eq!(of(None), None);
    assert_eq!(worst("npm", "crossenv").0, Some(Severity::Critical));
}

#[test]
fn purposes_are_worth_a_look_and_no_more() {
    let rules = [
        ("pypi", "mitmproxy", "traffic-interception", Severity::Low),
        ("npm", "puppeteer", "browser-automation", Severity::Info),
        ("npm", "stripe", "money-movement", Severity::Info),
        ("pypi", "keyring", "credential-access", Severity::Low),
    ];
    for (ecosystem, name, rule, severity) in rules {
        assert_eq!(worst(ecosystem, name), (Some(severity), rule.to_owned(), None), "{name}");
    }
}

#[test]
fn tables_are_in_order() {
    assert!(brands::all().is_sorted());
    assert!(notorious::all().is_sorted_by_key(|(ecosystem, name, _)| (*ecosystem, *name)));
    for (ecosystem, name, _) in brands::all() {
        assert_eq!(*name, normal(ecosystem, name));
    }
    for (ecosystem, name, _) in notorious::all() {
        assert_eq!(*name, normal(ecosystem, name));
    }
}

#[test]
fn every_brand_means_something_well_known() {
    for (ecosystem, _, meant) in brands::all() {
        assert!(super::names_of(ecosystem).fame(meant).is_some(), "{ecosystem} {meant}");
    }
}

#[test]
fn the_carried_files_are_those_that_were_made() {
    let sums = include_str!("../../data/packages/sums.tsv");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/packages");
    let mut total = 0;
    for line in sums.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, names, bytes, sum] = fields.as_slice() else { panic!("a line of sums.tsv") };
        let read = std::fs::read(folder.join(file)).unwrap();
        assert_eq!(read.len().to_string(), *bytes, "{file}");
        assert_eq!(blake3::hash(&read).to_hex().as_str(), *sum, "{file}");
        assert!(names.parse::<usize>().is_ok());
        total += read.len();
    }
    assert!(sums.lines().count() > 15, "sums.tsv names every file");
    assert!(total < 2_500_000, "{total} bytes are carried");
}

#[test]
fn fame_has_classes() {
    assert!(Fame::at(0) < Fame::at(5_000));
    assert!(Fame::at(99).within(100) && !Fame::at(100).within(100));
    assert!(!Fame::at(50_000).within(20_000));
    assert!(Fame::BRAND.within(100));
}

/// Letters by which `typed` differs from `meant`, neighbours that change places counted once.
fn distance(typed: &str, meant: &str) -> usize {
    let (typed, meant) = (typed.as_bytes(), meant.as_bytes());
    let mut rows = vec![vec![0; meant.len() + 1]; typed.len() + 1];
    for i in 0..=typed.len() {
        for j in 0..=meant.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(typed[i - 1] != meant[j - 1]);
                let mut least =
                    (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                if i > 1 && j > 1 && typed[i - 1] == meant[j - 2] && typed[i - 2] == meant[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[typed.len()][meant.len()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The walk finds exactly the names that are one slip away.
    #[test]
    fn a_walk_finds_what_a_comparison_with_all_finds(place in 0_usize..700, at in 0_usize..40, letter in b'a'..=b'z') {
        let all: Vec<String> = include_str!("../../data/packages/lists/crates.txt").lines().map(|name| normal("crates.io", name)).collect();
        let mut typed = all[place].replace('-', "").into_bytes();
        let at = at % (typed.len() + 1);
        if usize::from(letter) % 2 == 0 && at < typed.len() { typed[at] = letter } else { typed.insert(at, letter) }
        let typed = String::from_utf8(typed).unwrap();
        let reach = walk::Reach { slips: 1, likely: false, scopes: walk::Scopes::Too, begun: false };
        let mut found: Vec<String> = walk::near(super::names_of("crates.io"), &typed, reach).into_iter().map(|near| near.name).collect();
        let mut expected: Vec<String> = all.iter().filter(|name| distance(&typed, &name.replace('-', "")) <= 1).cloned().collect();
        found.sort();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(found, expected);
    }

    /// Whatever is asked about, there is an answer, and the same again.
    #[test]
    fn any_name_is_judged(ecosystem in prop::sample::select(vec!["npm", "pypi", "go", "docker", "crates.io"]), name in "\\PC{0,40}|[@a-z0-9/._-]{0,60}") {
        let package = package(ecosystem, &name);
        prop_assert_eq!(judge(&package), judge(&package));
    }
}

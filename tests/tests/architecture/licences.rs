//! Every crate we are built with has a licence that `deny.toml` allows. cargo-deny knows more, but
//! is not on every machine; this runs everywhere.

use serde_json::Value;

use super::{assert_none, edges::cargo, files};

/// The `allow` list of the section `[licenses]`.
fn allowed(deny: &str) -> Vec<&str> {
    let section = deny.split_once("\n[licenses]\n").map_or("", |(_, rest)| rest);
    let list = section.split_once("allow = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).collect()
}

/// True when `expression` can be met with the licences of `allow`. `/` is the old way to write OR.
fn is_met(expression: &str, allow: &[&str]) -> bool {
    let expression = expression.replace('/', " OR ");
    let expression = expression.trim();
    if let Some((left, right)) = split_outside(expression, " AND ") {
        return is_met(left, allow) && is_met(right, allow);
    }
    if let Some((left, right)) = split_outside(expression, " OR ") {
        return is_met(left, allow) || is_met(right, allow);
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => is_met(inner, allow),
        None => allow.contains(&expression),
    }
}

/// Splits at the first `word` that stands outside of parentheses. Expressions that mix AND and OR
/// without parentheses do not occur; they would be read with AND binding weaker, the strict way.
fn split_outside<'a>(expression: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    expression.match_indices(word).find_map(|(at, _)| {
        let (left, right) = (expression.get(..at)?, expression.get(at + word.len()..)?);
        (left.matches('(').count() == left.matches(')').count()).then_some((left, right))
    })
}

fn offences(metadata: &Value, allow: &[&str]) -> Vec<String> {
    let packages = metadata.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |package: &Value, key: &str| {
        package.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    packages
        .iter()
        .map(|package| (text(package, "name"), text(package, "license")))
        .filter(|(_, licence)| !is_met(licence, allow))
        .map(|(name, licence)| format!("{name}: licence `{licence}` is not on deny.toml's list"))
        .collect()
}

#[test]
fn every_crate_has_a_licence_on_the_list() {
    let files = files::tracked();
    let deny = files.iter().find(|file| file.path == "deny.toml").unwrap();
    let allow = allowed(&deny.text);
    let version = cargo(&["version", "--verbose"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();

    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--locked",
        "--filter-platform",
        host,
    ]);

    assert!(allow.contains(&"MIT"), "{allow:?}");
    assert_none(&offences(&serde_json::from_str(&metadata).unwrap(), &allow));
}

#[test]
fn a_licence_that_is_not_on_the_list_is_found() {
    let metadata = serde_json::json!({"packages": [
        {"name": "fine", "license": "(MIT OR Apache-2.0) AND Unicode-3.0"},
        {"name": "old-style", "license": "GPL-3.0/MIT"},
        {"name": "copyleft", "license": "MIT AND GPL-3.0"},
        {"name": "nothing"},
    ]});

    let found = offences(&metadata, &["MIT", "Unicode-3.0"]);

    assert_eq!(found.len(), 2, "{found:?}");
}

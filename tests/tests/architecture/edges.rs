//! Which crate may use which. The list is the design's; a crate that is not in it may use none.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde_json::Value;

use super::{
    assert_none,
    files::{self, SourceFile},
};

/// Workspace crate, and the workspace crates it may use. `vigil-tests` and `xtask` are free.
const MAY_USE: &[(&str, &[&str])] = &[
    ("vigil-proto", &[]),
    ("vigil-platform", &["vigil-proto"]),
    ("vigil-detect", &["vigil-proto"]),
    ("vigil-store", &["vigil-proto"]),
    ("vigild", &["vigil-proto", "vigil-platform"]),
    ("vigil-agent", &["vigil-proto", "vigil-platform", "vigil-detect", "vigil-store"]),
    ("vigil-bench", &["vigil-proto", "vigil-platform", "vigil-detect", "vigil-tests"]),
    ("vigil-cli", &["vigil-proto", "vigil-platform", "vigil-detect", "vigil-store"]),
];
const FREE: &[&str] = &["vigil-tests", "xtask"];

/// Outside crate, and the only workspace crates that may use it directly.
const KEPT_IN: &[(&str, &[&str])] = &[
    ("rusqlite", &["vigil-store", "vigil-agent", "vigil-tests"]),
    ("rustix", &["vigil-platform"]),
    ("libc", &["vigil-platform"]),
    ("nix", &["vigil-platform"]),
    ("notify", &["vigil-platform"]),
];

/// What the root daemon may pull in, itself and its build included.
const DAEMON_BUDGET: usize = 40;

/// Crate, and the crates it names as dependencies of any kind.
type Edges = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn cargo(args: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(args).current_dir(files::root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn workspace_edges() -> Edges {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let name = |value: &Value| value.get("name").and_then(Value::as_str).unwrap().to_owned();
    let list = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    list(&metadata, "packages")
        .iter()
        .map(|package| (name(package), list(package, "dependencies").iter().map(name).collect()))
        .collect()
}

fn forbidden(edges: &Edges) -> Vec<String> {
    let mut offences = Vec::new();
    for (from, uses) in edges {
        let allowed = MAY_USE.iter().find(|(name, _)| name == from).map(|(_, allowed)| *allowed);
        for to in uses {
            let inside = edges.contains_key(to);
            if inside
                && !FREE.contains(&from.as_str())
                && !allowed.is_some_and(|allowed| allowed.contains(&to.as_str()))
            {
                offences.push(format!("{from} may not use {to}"));
            }
            let kept = KEPT_IN.iter().find(|(name, _)| name == to);
            if let Some((_, only)) = kept.filter(|(_, only)| !only.contains(&from.as_str())) {
                offences.push(format!("{from} may not use {to}: only {} may", only.join(", ")));
            }
        }
    }
    offences
}

fn foreign_sources(lock: &str) -> Vec<String> {
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let sources = lock.lines().filter(|line| line.starts_with("source = "));
    sources.filter(|line| *line != public).map(ToOwned::to_owned).collect()
}

#[test]
fn crates_use_only_what_the_design_allows() {
    let edges = workspace_edges();

    assert!(edges.contains_key("vigil-proto") && edges.contains_key("vigil-agent"));
    assert_none(&forbidden(&edges));
}

#[test]
fn the_root_daemon_stays_within_its_budget() {
    let tree = cargo(&[
        "tree",
        "-p",
        "vigild",
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "--offline",
        "--locked",
        "--no-dedupe",
        "--format",
        "{p}",
    ]);

    let crates: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (proc-macro)").trim())
        .filter(|line| !line.is_empty())
        .collect();

    assert!(crates.len() <= DAEMON_BUDGET, "{} crates:\n{crates:#?}", crates.len());
}

#[test]
fn every_dependency_comes_from_the_public_registry() {
    let mut locks = files::tracked();
    locks.retain(|file| Path::new(&file.path).ends_with("Cargo.lock"));

    assert!(locks.iter().any(|lock| lock.path == "Cargo.lock"));
    for SourceFile { path, text } in locks {
        let named = |line: String| format!("{path}: {line}");
        assert_none(&foreign_sources(&text).into_iter().map(named).collect::<Vec<_>>());
    }
}

#[test]
fn a_forbidden_edge_is_found() {
    let sample = |from: &str, to: &str| {
        let mut edges: Edges =
            MAY_USE.iter().map(|(name, _)| ((*name).to_owned(), BTreeSet::new())).collect();
        edges.entry(from.to_owned()).or_default().insert(to.to_owned());
        forbidden(&edges).len()
    };

    assert_eq!(sample("vigil-detect", "vigil-store"), 1);
    assert_eq!(sample("vigil-cli", "vigil-agent"), 1);
    assert_eq!(sample("vigil-cli", "rusqlite"), 1);
    assert_eq!(sample("a-new-crate", "vigil-proto"), 1);
    assert_eq!(sample("vigil-tests", "vigil-agent"), 0);
    assert_eq!(sample("vigil-store", "rusqlite"), 0);
}

#[test]
fn a_dependency_from_elsewhere_is_found() {
    let lock = "source = \"git+https://example.com/x\"\n\
                source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

    assert_eq!(foreign_sources(lock).len(), 1);
}

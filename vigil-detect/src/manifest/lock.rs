//! Lock files: everything that would be installed, with its exact version.

use vigil_proto::package::Package;

use super::{json, package};

/// The names of the lock files that [`locked`] reads.
pub const LOCKS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Cargo.lock",
    "go.sum",
    "Gemfile.lock",
    "composer.lock",
];

/// Whose names a file lists.
type Whose = (&'static str, &'static str);

/// The packages of the lock file that is called `name`.
pub fn locked(name: &str, text: &str) -> Vec<Package<String>> {
    let mut found = match name {
        "package-lock.json" | "npm-shrinkwrap.json" => npm(text),
        "composer.lock" => composer(text),
        "yarn.lock" => yarn(text),
        "pnpm-lock.yaml" => pnpm(text),
        "poetry.lock" | "uv.lock" | "pdm.lock" => tables(text, ("pip", "pypi")),
        "Cargo.lock" => tables(text, ("cargo", "crates.io")),
        "go.sum" => go(text),
        "Gemfile.lock" => gems(text),
        _ => Vec::new(),
    };
    found.sort_unstable_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    found.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    found
}

fn npm(text: &str) -> Vec<Package<String>> {
    let mut found = Vec::new();
    json::pairs(text, |within, key, value| {
        if key == "version"
            && let Some((_, name)) = within.and_then(|path| path.rsplit_once("node_modules/"))
        {
            found.push(package(("npm", "npm"), name, Some(value)));
        }
    });
    found
}

fn composer(text: &str) -> Vec<Package<String>> {
    let mut found: Vec<Package<String>> = Vec::new();
    let mut name = None;
    json::pairs(text, |_, key, value| match key {
        "name" if value.contains('/') => name = Some(value.to_owned()),
        "version" => {
            let own = name.take();
            found.extend(own.map(|own| package(("composer", "packagist"), &own, Some(value))));
        }
        _ => {}
    });
    found
}

fn yarn(text: &str) -> Vec<Package<String>> {
    let mut found = Vec::new();
    let mut name = None;
    for line in text.lines() {
        if let Some(head) = line.strip_suffix(':').filter(|head| !head.starts_with([' ', '#'])) {
            let first = head.split(',').next().unwrap_or_default().trim_matches('"');
            let at = first.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
            name = at.and_then(|at| first.get(..at));
        } else if let Some(version) = line.trim().strip_prefix("version") {
            let version = version.trim_matches([' ', ':', '"']);
            found.extend(name.take().map(|name| package(("yarn", "npm"), name, Some(version))));
        }
    }
    found
}

fn pnpm(text: &str) -> Vec<Package<String>> {
    let mut found = Vec::new();
    let mut listed = false;
    for line in text.lines() {
        if line.is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            listed = matches!(line, "packages:" | "snapshots:");
            continue;
        }
        let key = line.strip_prefix("  ").filter(|key| listed && !key.starts_with(' '));
        let Some(key) = key.and_then(|key| key.split(':').next()) else { continue };
        let key = key.trim_matches('\'').trim_start_matches('/');
        let key = key.split('(').next().unwrap_or(key);
        if let Some((name, version)) = key.rsplit_once('@').filter(|(name, _)| !name.is_empty()) {
            found.push(package(("pnpm", "npm"), name, Some(version)));
        }
    }
    found
}

fn tables(text: &str, whose: Whose) -> Vec<Package<String>> {
    let mut found = Vec::new();
    let mut name = None;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(" = ") else {
            if line.starts_with("[[") {
                name = None;
            }
            continue;
        };
        let value = value.trim_matches('"');
        match key {
            "name" => name = Some(value),
            "version" => {
                found.extend(name.take().map(|name| package(whose, name, Some(value))));
            }
            _ => {}
        }
    }
    found
}

fn go(text: &str) -> Vec<Package<String>> {
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (module, version) = (words.next()?, words.next()?);
        let version = version.strip_suffix("/go.mod").unwrap_or(version);
        Some(package(("go", "go"), module, Some(version)))
    };
    text.lines().filter_map(entry).collect()
}

fn gems(text: &str) -> Vec<Package<String>> {
    let entry = |line: &str| {
        // Four blanks: a gem of the lock; six: what it needs.
        let gem = line.strip_prefix("    ").filter(|gem| !gem.starts_with(' '))?;
        let (name, version) = gem.strip_suffix(')')?.split_once(" (")?;
        Some(package(("bundle", "rubygems"), name, Some(version)))
    };
    text.lines().filter_map(entry).collect()
}

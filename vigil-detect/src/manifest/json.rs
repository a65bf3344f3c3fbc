//! `package.json` and `composer.json`, whole or in pieces.

use vigil_proto::package::{Package, PackageSource};

use super::{from, package};

const NPM: (&str, &str) = ("npm", "npm");
const COMPOSER: (&str, &str) = ("composer", "packagist");

/// The objects that list packages.
const SECTIONS: &[&str] =
    &["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

/// Keys that stand beside versions in other objects of a piece.
const NOT_NAMES: &[&str] = &["version", "node", "npm", "yarn", "pnpm", "bun", "vscode", "php"];

pub(super) fn package_json(text: &str) -> Vec<Package<String>> {
    let is_whole = text.trim_start().starts_with('{');
    let mut found = Vec::new();
    pairs(text, |within, key, value| {
        let listed = match within {
            Some(section) => SECTIONS.contains(&section),
            None => !is_whole && !NOT_NAMES.contains(&key) && is_spec(value),
        };
        if listed {
            found.extend(npm(key, value));
        }
    });
    found
}

pub(super) fn composer(text: &str) -> Vec<Package<String>> {
    let is_whole = text.trim_start().starts_with('{');
    let mut found = Vec::new();
    pairs(text, |within, key, value| {
        let listed = match within {
            Some(section) => matches!(section, "require" | "require-dev"),
            None => !is_whole && is_spec(value),
        };
        if listed && key.contains('/') {
            found.push(package(COMPOSER, key, Some(value)));
        }
    });
    found
}

fn npm(key: &str, value: &str) -> Option<Package<String>> {
    if key.is_empty() || value.starts_with("workspace:") {
        return None;
    }
    if let Some(real) = value.strip_prefix("npm:") {
        let at = real.rfind('@').filter(|at| *at > 0).unwrap_or(real.len());
        let (name, version) = real.split_at(at);
        return Some(package(NPM, name, version.strip_prefix('@')));
    }
    let is_of = |starts: &[&str]| starts.iter().any(|start| value.starts_with(start));
    let plain = package(NPM, key, None);
    Some(if is_of(&["git+", "git:", "github:", "gitlab:", "bitbucket:", "git@"]) {
        from(plain, PackageSource::Git, value)
    } else if is_of(&["http:", "https:"]) {
        from(plain, PackageSource::Url, value)
    } else if is_of(&["file:", "link:", "portal:"]) {
        from(plain, PackageSource::File, value)
    } else if value.contains('/') {
        // OWNER/REPOSITORY.
        from(plain, PackageSource::Git, value)
    } else {
        package(NPM, key, Some(value))
    })
}

/// What a version is given as.
fn is_spec(value: &str) -> bool {
    let starts = [
        "latest",
        "next",
        "npm:",
        "git",
        "http",
        "file:",
        "link:",
        "portal:",
        "workspace:",
        "bitbucket:",
    ];
    let first = value.trim_start_matches(['^', '~', '>', '<', '=', 'v', ' ']).chars().next();
    value == "*"
        || first.is_some_and(|c| c.is_ascii_digit())
        || starts.iter().any(|start| value.starts_with(start))
}

/// Calls `each` with the name of the object around (none outside of one), a key and its text.
pub(super) fn pairs(text: &str, mut each: impl FnMut(Option<&str>, &str, &str)) {
    // The names of the objects that are open; a list's and an unnamed one's are empty.
    let mut open: Vec<&str> = Vec::new();
    let mut key = None;
    let mut before: Option<&str> = None;
    let mut rest = text;
    while let Some(at) = rest.find(['"', '{', '}', '[', ']', ':', ',']) {
        let (_, found) = rest.split_at(at);
        let mut chars = found.chars();
        let c = chars.next();
        rest = chars.as_str();
        match c {
            Some('"') => {
                let Some((string, after)) = string(rest) else { return };
                rest = after;
                match key.take() {
                    Some(key) => each(open.last().copied(), key, string),
                    None => before = Some(string),
                }
            }
            Some(':') => key = before.take(),
            Some('{' | '[') => open.push(key.take().unwrap_or_default()),
            Some('}' | ']') => {
                open.pop();
                (key, before) = (None, None);
            }
            _ => (key, before) = (None, None),
        }
    }
}

/// The string that begins here, as it stands, and what follows its quote.
fn string(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return Some((text.get(..at)?, text.get(at + 1..)?)),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

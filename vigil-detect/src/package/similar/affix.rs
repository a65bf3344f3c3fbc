//! A well-known name with something before or after it that says nothing: the language, the
//! registry, or that this is a better edition.

use super::{Similar, spelled};
use crate::package::{Lore, normal::words};

/// What names of JavaScript are often given beside.
const SCRIPT: &[&str] = &["js", "node", "npm", "nodejs", "ts"];
/// The same of Python.
const PYTHON: &[&str] = &["python", "py", "python3", "py3", "lib"];
const RUST: &[&str] = &["rs", "rust", "crate"];
const GEM: &[&str] = &["ruby", "rb", "gem"];

/// Words that promise the same thing, only better.
const EDITIONS: &[&str] = &[
    "beta", "compat", "dev", "fix", "fixed", "full", "genuine", "internal", "latest", "new",
    "next", "official", "original", "patch", "patched", "plus", "premium", "pro", "real", "safe",
    "secure", "stable", "the", "true", "update", "updated", "upgraded",
];

/// Shorter names are everybody's.
const SHORTEST: usize = 4;

fn affixes(ecosystem: &str) -> &'static [&'static str] {
    match ecosystem {
        "npm" => SCRIPT,
        "pypi" => PYTHON,
        "crates.io" => RUST,
        "rubygems" => GEM,
        _ => &[],
    }
}

fn is_edition(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    EDITIONS.contains(&word)
        || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn added(lore: &Lore<'_>, name: &str, letters: &str) -> Option<Similar> {
    let affixes = affixes(lore.ecosystem);
    let parts: Vec<&str> = words(name).collect();
    let ends = [parts.split_first(), parts.split_last()];
    for (affix, core) in ends.into_iter().flatten() {
        let core = core.concat();
        if affixes.contains(affix) && core.len() >= SHORTEST {
            if let Some((target, _)) = spelled(lore.names, &core, 20_000) {
                return Some(Similar::of(target, "affix-added"));
            }
            if let Some(target) = otherwise(lore, affixes, &core, letters) {
                return Some(Similar::of(target, "affix-changed"));
            }
        }
    }
    edition(lore, &parts)
        .or_else(|| numbered(lore, &parts))
        .or_else(|| glued(lore, affixes, letters))
}

/// One word, wherever it stands, only promises that this is better.
fn edition(lore: &Lore<'_>, parts: &[&str]) -> Option<Similar> {
    parts.iter().enumerate().filter(|(_, part)| is_edition(part)).find_map(|(at, _)| {
        let words = parts.iter().enumerate().filter(|(other, _)| *other != at);
        let core: String = words.map(|(_, word)| *word).collect();
        let (target, _) = spelled(lore.names, &core, 20_000).filter(|_| core.len() >= 5)?;
        Some(Similar::of(target, "edition-of"))
    })
}

/// One word has a number behind.
fn numbered(lore: &Lore<'_>, parts: &[&str]) -> Option<Similar> {
    parts.iter().enumerate().find_map(|(at, part)| {
        let bare = part.trim_end_matches(|c: char| c.is_ascii_digit());
        if bare == *part || bare.is_empty() {
            return None;
        }
        let words =
            parts.iter().enumerate().map(|(other, word)| if other == at { bare } else { word });
        let core: String = words.collect();
        let (target, _) = spelled(lore.names, &core, 20_000).filter(|_| core.len() >= 5)?;
        Some(Similar::of(target, "edition-of"))
    })
}

/// The same where nothing separates it.
fn glued(lore: &Lore<'_>, affixes: &[&str], letters: &str) -> Option<Similar> {
    for affix in affixes {
        for core in [letters.strip_prefix(affix), letters.strip_suffix(affix)] {
            let Some(core) = core.filter(|core| core.len() >= 5) else { continue };
            if let Some((target, _)) = spelled(lore.names, core, 5_000) {
                return Some(Similar::of(target, "affix-added"));
            }
            if let Some(target) = otherwise(lore, affixes, core, letters) {
                return Some(Similar::of(target, "affix-changed"));
            }
        }
    }
    None
}

/// The well-known name that has another affix, or has it at its other end.
fn otherwise(lore: &Lore<'_>, affixes: &[&str], core: &str, letters: &str) -> Option<String> {
    affixes
        .iter()
        .flat_map(|affix| [format!("{core}{affix}"), format!("{affix}{core}")])
        .filter(|other| other != letters)
        .find_map(|other| spelled(lore.names, &other, 10_000))
        .map(|(target, _)| target)
}

//! Tables of names and versions, as in `Cargo.toml`, `Pipfile` and Poetry's part of `pyproject.toml`.

use vigil_proto::package::{Package, PackageSource};

use super::{from, package, python::PIP};

const CARGO: (&str, &str) = ("cargo", "crates.io");

/// Keys that stand beside versions in other tables of a piece.
const NOT_NAMES: &[&str] = &["version", "edition", "rust-version", "name", "python", "resolver"];

pub(super) fn cargo(text: &str) -> Vec<Package<String>> {
    named(text, CARGO, |section| {
        section.ends_with("dependencies") || section.contains("dependencies.")
    })
}

pub(super) fn pipfile(text: &str) -> Vec<Package<String>> {
    named(text, PIP, |section| matches!(section, "packages" | "dev-packages"))
}

/// The packages of tables that `lists` says list them; in a piece without tables, whatever looks like
/// one.
pub(super) fn named(
    text: &str,
    whose: (&'static str, &'static str),
    lists: impl Fn(&str) -> bool,
) -> Vec<Package<String>> {
    let mut found: Vec<Package<String>> = Vec::new();
    let mut section: Option<&str> = None;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('[')
            && let Some((name, _)) = line.trim_start_matches('[').split_once(']')
        {
            section = Some(name);
            // `[dependencies.NAME]` is a package of its own.
            if lists(name)
                && let Some((_, own)) = name.rsplit_once("dependencies.")
            {
                found.push(package(whose, own.trim_matches(['"', '\'']), None));
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim().trim_matches(['"', '\'']), value.trim());
        let is_own = section.is_some_and(|name| name.contains("dependencies."));
        if is_own {
            if let (true, Some(last)) = (section.is_some_and(&lists), found.last_mut()) {
                detail(last, key, value);
            }
            continue;
        }
        let listed = match section {
            Some(section) => lists(section),
            None => !NOT_NAMES.contains(&key) && looks_like_one(value),
        };
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if !listed || key.is_empty() || !key.chars().all(is_name) {
            continue;
        }
        if let Some(version) = text_of(value) {
            found.push(package(whose, key, Some(version)));
        } else if let Some(table) = value.strip_prefix('{') {
            let mut own = package(whose, key, None);
            let is_elsewhere =
                |key: &str| table.split(',').any(|part| part.trim_start().starts_with(key));
            // What is of this project, or told elsewhere in it.
            if is_elsewhere("path") || is_elsewhere("workspace") {
                continue;
            }
            for part in table.trim_end_matches('}').split(',') {
                if let Some((key, value)) = part.split_once('=') {
                    detail(&mut own, key.trim(), value.trim());
                }
            }
            found.push(own);
        }
    }
    found
}

fn detail(package: &mut Package<String>, key: &str, value: &str) {
    let Some(text) = text_of(value) else { return };
    match key {
        "version" => package.version = Some(text.to_owned()),
        "package" => package.name = Some(text.to_owned()),
        "git" => *package = from(package.clone(), PackageSource::Git, text),
        "url" => *package = from(package.clone(), PackageSource::Url, text),
        "registry" | "index" | "source" => {
            *package = from(package.clone(), PackageSource::Index, text);
        }
        _ => {}
    }
}

fn looks_like_one(value: &str) -> bool {
    let is_version = |text: &str| {
        let first = text.trim_start_matches(['^', '~', '>', '<', '=', ' ']).chars().next();
        text == "*" || first.is_some_and(|c| c.is_ascii_digit())
    };
    text_of(value).is_some_and(is_version)
        || value.starts_with('{') && (value.contains("version") || value.contains("git"))
}

/// What stands between quotes at the beginning.
fn text_of(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split(quote).next()
}

//! `requirements.txt` and `pyproject.toml`.

use vigil_proto::package::{Package, PackageSource};

use super::{from, package, toml};

pub(super) const PIP: (&str, &str) = ("pip", "pypi");

pub(super) fn requirements(text: &str) -> Vec<Package<String>> {
    let mut found = Vec::new();
    let mut index = None;
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.starts_with('#') {
            continue;
        }
        if let Some(option) = line.strip_prefix('-') {
            let (name, value) = option.split_once([' ', '=']).unwrap_or((option, ""));
            match name {
                "i" | "-index-url" | "-extra-index-url" | "f" | "-find-links" => {
                    index = Some(value.trim());
                }
                "e" | "-editable" => found.extend(requirement(value.trim())),
                _ => {}
            }
            continue;
        }
        found.extend(requirement(line));
    }
    if let Some(index) = index {
        for package in &mut found {
            if package.source == PackageSource::Registry {
                package.source = PackageSource::Index;
                package.url = Some(index.to_owned());
            }
        }
    }
    found
}

pub(super) fn pyproject(text: &str) -> Vec<Package<String>> {
    let mut found = toml::named(text, PIP, |section| {
        section.starts_with("tool.") && section.ends_with("dependencies")
    });
    found.retain(|package| package.name.as_deref() != Some("python"));
    let mut in_list = false;
    let mut section = "";
    let mut any_section = false;
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
            && !in_list
        {
            (section, any_section) = (name.trim_matches(['[', ']']), true);
            continue;
        }
        let mut values = line;
        if !in_list && let Some((key, value)) = line.split_once('=') {
            let key = key.trim();
            let lists = matches!(key, "dependencies" | "requires" | "dev-dependencies")
                || matches!(section, "project.optional-dependencies" | "dependency-groups");
            if lists && value.trim_start().starts_with('[') {
                in_list = true;
                values = value.trim_start().trim_start_matches('[');
            }
        }
        // A piece of a file may be a piece of a list.
        let is_piece = !any_section && !in_list && line.starts_with(['"', '\'']);
        if in_list || is_piece {
            let quoted = values.split(['"', '\'']).skip(1).step_by(2);
            found.extend(quoted.filter_map(requirement));
            in_list = in_list && !ends(values);
        }
    }
    found
}

/// True when a list ends on this line: extras have brackets too, but within quotes.
fn ends(line: &str) -> bool {
    line.split(['"', '\'']).step_by(2).any(|outside| outside.contains(']'))
}

/// One requirement, such as `name[extra]>=1; marker` or `name @ address`.
pub(super) fn requirement(text: &str) -> Option<Package<String>> {
    let text = text.split(';').next()?.trim();
    let first = text.split_whitespace().next()?;
    if first.starts_with("git+") || first.starts_with("file:") || first.contains("://") {
        let name = text.split_once("#egg=").map(|(_, egg)| egg);
        let mut found = elsewhere(package(PIP, name.unwrap_or_default(), None), text);
        found.name = name.map(|name| name.split(['&', '[']).next().unwrap_or(name).to_owned());
        return Some(found);
    }
    if text.starts_with(['.', '/']) {
        return None;
    }
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let rest = match rest.trim_start().strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = rest.trim();
    match rest.strip_prefix('@') {
        Some(address) => Some(elsewhere(package(PIP, name, None), address.trim())),
        None if rest.is_empty() || rest.starts_with(['=', '<', '>', '~', '!', '(']) => {
            // One exact version is a version, a range stays as it is written.
            let exact = rest.strip_prefix("==").filter(|exact| !exact.contains([',', '*']));
            Some(package(PIP, name, Some(exact.unwrap_or(rest).trim())))
        }
        None => None,
    }
}

fn elsewhere(package: Package<String>, address: &str) -> Package<String> {
    let source = if address.starts_with("git+") {
        PackageSource::Git
    } else if address.starts_with("file:") {
        PackageSource::File
    } else {
        PackageSource::Url
    };
    from(package, source, address)
}

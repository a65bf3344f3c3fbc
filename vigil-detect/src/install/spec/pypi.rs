//! What is given to `pip install` and its relatives: PEP 508, addresses, repositories, paths.

use vigil_proto::package::PackageSource;

use super::{super::expand::Arg, Item, ends, is_path, is_url};

const VCS: [&str; 4] = ["git+", "hg+", "svn+", "bzr+"];
const ARCHIVES: [&str; 6] = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".egg"];

/// A requirement.
pub(in super::super) fn pypi(arg: &Arg<'_>) -> Option<Item> {
    let text = arg.text.trim();
    // The environment it is for.
    let text = if is_url(text) { text } else { text.split(';').next().unwrap_or_default().trim() };
    if let Some(place) = place(text) {
        return Some(place);
    }
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '$' | '{' | '}')))
        .unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() {
        return arg.hides(text).then(|| Item::named(text, None));
    }
    rest = rest.trim_start();
    if rest.starts_with('[') {
        rest = rest.split_once(']').map_or("", |(_, rest)| rest).trim_start();
    }
    if let Some(version) = rest.strip_prefix('@') {
        let version = version.trim();
        return Some(match place(version) {
            Some(item) => Item { name: Some(name.to_owned()), version: item.version, ..item },
            None => Item::named(name, Some(version)),
        });
    }
    let rest = rest.trim_start_matches('(').trim_end_matches(')');
    let exact = rest.strip_prefix("===").or_else(|| rest.strip_prefix("==")).unwrap_or(rest);
    let exact = if rest.contains(',') { rest } else { exact };
    Some(Item::named(name, Some(exact.trim()).filter(|version| !version.is_empty())))
}

/// What is no name.
fn place(text: &str) -> Option<Item> {
    if let Some(url) = VCS.iter().find_map(|vcs| text.strip_prefix(vcs)) {
        return Some(repository(url));
    }
    if text.starts_with("git@") || text.starts_with("ssh://") || text.starts_with("git://") {
        return Some(repository(text));
    }
    if is_url(text) {
        let url = text.split('#').next().unwrap_or_default();
        if ends(url, &[".git"]) {
            return Some(repository(text));
        }
        let (name, version) = archive(url);
        let egg = egg(text).map(str::to_owned);
        return Some(Item { name: egg.or(name), version, ..Item::at(PackageSource::Url, text) });
    }
    let bare = text.split('[').next().unwrap_or_default();
    let is_archive = !bare.contains(['@', ' ']) && ARCHIVES.iter().any(|end| bare.ends_with(end));
    if is_path(bare) || is_archive || (bare.contains('/') && !bare.contains(['@', ' ', '='])) {
        let (name, version) = archive(bare);
        return Some(Item { name, version, ..Item::at(PackageSource::File, bare) });
    }
    None
}

fn egg(text: &str) -> Option<&str> {
    let fragment = text.split_once('#')?.1;
    let name = fragment.split('&').find_map(|part| part.strip_prefix("egg="))?;
    name.split(['[', '-']).next().filter(|name| !name.is_empty()).map(|short| {
        // `egg=name-1.0` has a version, `egg=my-name` has not.
        let long = name.split('[').next().unwrap_or_default();
        match long.rsplit_once('-') {
            Some((before, after)) if after.starts_with(|c: char| c.is_ascii_digit()) => before,
            Some(_) => long,
            None => short,
        }
    })
}

/// A repository with what follows `@` or `#`.
fn repository(text: &str) -> Item {
    let (url, fragment) = match text.split_once('#') {
        Some((url, fragment)) => (url, Some(fragment)),
        None => (text, None),
    };
    let path = url.rfind('/').map_or(0, |slash| slash + 1);
    let reference = url.get(path..).and_then(|last| last.rfind('@')).map(|at| at + path);
    let (url, version) = match reference {
        Some(at) => (url.get(..at).unwrap_or_default(), url.get(at + 1..)),
        None => (url, None),
    };
    let branch = fragment.filter(|fragment| !fragment.contains('='));
    Item {
        name: egg(text).map(str::to_owned),
        version: version.or(branch).map(str::to_owned),
        ..Item::at(PackageSource::Git, url)
    }
}

/// The name and version in the name of an archive.
fn archive(path: &str) -> (Option<String>, Option<String>) {
    let file = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let Some(stem) = ARCHIVES.iter().find_map(|end| file.strip_suffix(end)) else {
        return (None, None);
    };
    let split = if ends(file, &[".whl"]) {
        let mut parts = stem.split('-');
        parts.next().zip(parts.next())
    } else {
        stem.rsplit_once('-')
            .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))
    };
    match split {
        Some((name, version)) if !name.is_empty() => {
            (Some(name.to_owned()), Some(version.to_owned()))
        }
        _ => (None, None),
    }
}

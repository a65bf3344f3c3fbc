//! What an operand names: a package with a version, an address, a repository or a file, by the
//! rules of each package program.

use vigil_proto::package::PackageSource;

use super::expand::Arg;

mod npm;
mod other;
mod pypi;

pub(super) use self::{npm::*, other::*, pypi::*};

/// What an operand names.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) source: PackageSource,
    pub(super) url: Option<String>,
    pub(super) flags: Vec<&'static str>,
    /// Whose names these are, where it is not the program's usual place.
    pub(super) ecosystem: Option<&'static str>,
}

impl Item {
    /// A package by name.
    pub(super) fn named(name: &str, version: Option<&str>) -> Self {
        Self {
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            version: version.map(str::to_owned).filter(|version| !version.is_empty()),
            source: PackageSource::Registry,
            url: None,
            flags: Vec::new(),
            ecosystem: None,
        }
    }

    /// Something at an address.
    pub(super) fn at(source: PackageSource, url: &str) -> Self {
        Self {
            name: None,
            version: None,
            source,
            url: Some(url.to_owned()),
            flags: Vec::new(),
            ecosystem: None,
        }
    }

    /// The same of another place's names.
    pub(super) const fn of(mut self, ecosystem: &'static str) -> Self {
        self.ecosystem = Some(ecosystem);
        self
    }

    pub(super) fn flagged(mut self, flag: &'static str) -> Self {
        self.flags.push(flag);
        self
    }
}

/// Reads an operand; none where it names nothing that is installed.
pub(super) type Spec = fn(&Arg<'_>) -> Option<Item>;

/// What only the shell knows.
pub(super) fn unresolved() -> Item {
    Item { source: PackageSource::Unresolved, url: None, ..Item::at(PackageSource::Unresolved, "") }
        .flagged("dynamic")
}

/// `spec`, but what the shell alone knows is told as such.
pub(super) fn resolved(spec: Spec, arg: &Arg<'_>) -> Option<Item> {
    if arg.known {
        return spec(arg);
    }
    let item = spec(arg)?;
    let hidden = |text: &Option<String>| text.as_deref().is_some_and(|text| arg.hides(text));
    if hidden(&item.name)
        || (item.name.is_none()
            && item.url.as_deref().is_none_or(|url| url.starts_with(['$', '`'])))
    {
        return Some(unresolved());
    }
    Some(item.flagged("dynamic"))
}

/// True where `text` has one of these ends.
pub(super) fn ends(text: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| text.ends_with(end))
}

/// True for what programs take for a path.
pub(super) fn is_path(text: &str) -> bool {
    matches!(text, "." | ".." | "~")
        || ["./", "../", "/", "~/", "file:", ".\\", "..\\"]
            .iter()
            .any(|start| text.starts_with(start))
}

/// The place after the host of an address.
pub(super) fn after_host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once(['/', ':']).map_or("", |(_, path)| path)
}

/// True for an address that is fetched without a program of repositories.
pub(super) fn is_url(text: &str) -> bool {
    ["https://", "http://", "ftp://"].iter().any(|start| text.starts_with(start))
}

//! Which packages a project's file names: manifests that people and agents write, and lock files that
//! managers write. Read line by line, so that a piece of a file says what it can. Never resolves
//! anything.

use vigil_proto::package::{Package, PackageSource};

mod json;
mod lines;
mod lock;
mod python;
mod toml;

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    PackageJson,
    Composer,
    Requirements,
    Pyproject,
    Pipfile,
    Cargo,
    GoMod,
    Gemfile,
}

/// Names of manifests; a text without any of them names no manifest.
pub(crate) const NAMES: &[&str] = &[
    "package.json",
    "composer.json",
    "requirements",
    "pyproject.toml",
    "Pipfile",
    "Cargo.toml",
    "go.mod",
    "Gemfile",
];

fn form(path: &str) -> Option<Form> {
    let name = path.rsplit(['/', '\\']).next()?;
    Some(match name {
        "package.json" => Form::PackageJson,
        "composer.json" => Form::Composer,
        "pyproject.toml" => Form::Pyproject,
        "Pipfile" => Form::Pipfile,
        "Cargo.toml" => Form::Cargo,
        "go.mod" => Form::GoMod,
        "Gemfile" => Form::Gemfile,
        _ if name.strip_suffix(".txt").is_some_and(|stem| stem.contains("requirements")) => {
            Form::Requirements
        }
        _ => return None,
    })
}

/// True for a file that [`named`] reads.
pub fn is_manifest(path: &str) -> bool {
    form(path).is_some()
}

/// The packages that `text` names, which is the file at `path` or a piece of it.
pub fn named(path: &str, text: &str) -> Vec<Package<String>> {
    match form(path) {
        Some(Form::PackageJson) => json::package_json(text),
        Some(Form::Composer) => json::composer(text),
        Some(Form::Requirements) => python::requirements(text),
        Some(Form::Pyproject) => python::pyproject(text),
        Some(Form::Pipfile) => toml::pipfile(text),
        Some(Form::Cargo) => toml::cargo(text),
        Some(Form::GoMod) => lines::go_mod(text),
        Some(Form::Gemfile) => lines::gemfile(text),
        None => Vec::new(),
    }
}

/// Those that `new` names and `old` does not, by name and version.
pub fn added(path: &str, old: &str, new: &str) -> Vec<Package<String>> {
    let before = named(path, old);
    let mut after = named(path, new);
    after.retain(|package| {
        !before.iter().any(|known| known.name == package.name && known.url == package.url)
    });
    after
}

pub use self::lock::{LOCKS, locked};

/// A package of a manifest, from the usual registry.
fn package(
    (manager, ecosystem): (&'static str, &'static str),
    name: &str,
    version: Option<&str>,
) -> Package<String> {
    Package {
        manager: manager.into(),
        ecosystem: ecosystem.into(),
        name: Some(name.to_owned()),
        version: version.filter(|version| !version.is_empty()).map(str::to_owned),
        source: PackageSource::Registry,
        url: None,
        flags: Vec::new(),
    }
}

/// The same from elsewhere.
fn from(mut package: Package<String>, source: PackageSource, url: &str) -> Package<String> {
    package.source = source;
    package.url = Some(url.to_owned());
    package
}

#[cfg(test)]
mod tests;

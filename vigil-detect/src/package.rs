//! What is known of packages without asking anybody, and what is thought of one. Nothing here is
//! read from a disk; what the data says and where it is from is in `docs/PACKAGES.md`.

use std::sync::LazyLock;

use vigil_proto::{
    Severity, Timestamp,
    package::{Assessment, Package, PackageSource, Reason},
};

use crate::{
    install::{self, Opaque},
    intel::Intel,
};

pub mod brands;
pub mod names;
pub mod normal;

mod archive;
mod notorious;
mod purpose;
mod similar;
mod slip;
mod source;
mod walk;

#[cfg(test)]
mod tests;

use self::{
    names::{Dictionary, Names},
    normal::normal,
};

/// The registries whose well-known names are carried.
const REGISTRIES: usize = 9;

/// What is known of names without asking anybody: how well known, malicious, risky by purpose.
#[derive(Debug)]
pub struct Knowledge {
    registries: [Registry; REGISTRIES],
    dictionary: Dictionary,
}

#[derive(Debug)]
struct Registry {
    ecosystem: &'static str,
    names: Names,
    /// The best known of these, to look farther among.
    best: Names,
}

/// What a name is compared with.
struct Lore<'a> {
    ecosystem: &'a str,
    names: &'a Names,
    best: &'a Names,
    dictionary: &'a Dictionary,
}

macro_rules! carried {
    ($($name:literal),+) => {
        include_bytes!(concat!("../data/packages/", $($name),+)).as_slice()
    };
}

/// The registry `$name`, and where there is one, the filter of all its names.
macro_rules! registry {
    ($ecosystem:literal, $name:literal, $known:expr) => {
        Registry {
            ecosystem: $ecosystem,
            names: Names::new(carried!("famous-", $name, ".fst"), $known),
            best: Names::new(carried!("best-", $name, ".fst"), None),
        }
    };
}

static EMBEDDED: LazyLock<Knowledge> = LazyLock::new(|| Knowledge {
    registries: [
        registry!("npm", "npm", Some(carried!("known-npm.fuse8"))),
        registry!("pypi", "pypi", Some(carried!("known-pypi.fuse8"))),
        registry!("crates.io", "crates", None),
        registry!("docker", "docker", None),
        registry!("go", "go", None),
        registry!("nuget", "nuget", None),
        registry!("packagist", "packagist", None),
        registry!("rubygems", "rubygems", None),
        registry!("vscode", "vscode", None),
    ],
    dictionary: Dictionary::new(carried!("words.fst")),
});

impl Knowledge {
    /// What this program carries.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// How new it is: the day that the lists of names were taken, 22 November 2026.
    pub const fn made(&self) -> Timestamp {
        Timestamp::from_micros(1_795_305_600_000_000)
    }

    /// What is thought of one package.
    pub fn judge(&self, package: &Package<String>, intel: &Intel) -> Assessment {
        let mut found = Assessment::default();
        source::weigh(package, intel, &mut found);
        let registered = matches!(package.source, PackageSource::Registry | PackageSource::Index);
        match &package.name {
            Some(name) if registered => self.weigh_name(package, name, intel, &mut found),
            _ if package.source == PackageSource::Url => {
                self.weigh_archive(package, intel, &mut found);
            }
            _ => {}
        }
        found
    }

    /// What is listed stays so where its archive is named in its stead.
    fn weigh_archive(&self, package: &Package<String>, intel: &Intel, found: &mut Assessment) {
        let ecosystem = package.ecosystem.as_ref();
        let address = package.url.as_deref().unwrap_or_default();
        let archive = archive::named(ecosystem, address);
        let version = archive.as_ref().map(|(_, version)| version.as_str());
        let own =
            package.name.as_deref().map(|name| (name, package.version.as_deref().or(version)));
        let held = archive.as_ref().map(|(name, version)| (name.as_str(), Some(version.as_str())));
        let lore = self.lore(ecosystem);
        for (name, version) in [held, own].into_iter().flatten() {
            let is_famous =
                lore.as_ref().is_some_and(|lore| is_famous(lore, &normal(ecosystem, name)));
            match listed(package, name, version, intel) {
                Some(true) => {
                    found.add(Severity::Critical, Reason::of("malicious"));
                    return;
                }
                Some(false) => {
                    found.add(in_some_version(is_famous), Reason::of("malicious-version"));
                    return;
                }
                None => {}
            }
        }
    }

    fn weigh_name(
        &self,
        package: &Package<String>,
        name: &str,
        intel: &Intel,
        found: &mut Assessment,
    ) {
        let ecosystem = package.ecosystem.as_ref();
        let listed = listed(package, name, package.version.as_deref(), intel);
        let is_name = normal::is_name(ecosystem, name);
        let name = normal(ecosystem, name);
        let lore = self.lore(ecosystem);
        let is_famous = lore.as_ref().is_some_and(|lore| is_famous(lore, &name));
        if listed == Some(true) {
            found.add(Severity::Critical, Reason::of("malicious"));
            if let Some(lore) = lore.filter(|_| !is_famous)
                && let Some(similar) = similar::unknown(&lore, &name)
            {
                found.add(Severity::High, similar.reason(&lore));
            }
            return;
        }
        if !is_name {
            found.add(Severity::Medium, Reason::of("invalid-name"));
            return;
        }
        if listed.is_some() {
            found.add(in_some_version(is_famous), Reason::of("malicious-version"));
        }
        if let Some(purpose) = purpose::of(ecosystem, &name) {
            found.add(purpose.severity(), Reason::of(purpose.rule()));
        }
        if let Some(lore) = lore {
            compare(&lore, package, &name, is_famous, found);
        }
    }

    fn lore(&self, ecosystem: &str) -> Option<Lore<'_>> {
        let registry = self.registries.iter().find(|registry| registry.ecosystem == ecosystem)?;
        Some(Lore {
            ecosystem: registry.ecosystem,
            names: &registry.names,
            best: &registry.best,
            dictionary: &self.dictionary,
        })
    }
}

/// What is said of this version of a package of that name: true is certain.
fn listed(
    package: &Package<String>,
    name: &str,
    version: Option<&str>,
    intel: &Intel,
) -> Option<bool> {
    let ecosystem = package.ecosystem.as_ref();
    // Names of npm that differ by case alone are two.
    let name = match ecosystem {
        "npm" => name.trim().to_owned(),
        _ => normal(ecosystem, name),
    };
    if notorious::is_malicious(ecosystem, &name, version) {
        return Some(true);
    }
    let listed = intel.package(ecosystem, &name, version).map(|listed| listed.certain);
    listed.or_else(|| {
        // `cargo add x@1.0.2` means 1.0.2 or what is newer; `cargo install` that one.
        let is_added =
            package.manager == "cargo" && package.flags.iter().all(|flag| flag != "global");
        let version = version.filter(|_| ecosystem == "crates.io" && is_added)?;
        let is_bare = version.trim().starts_with(|c: char| c.is_ascii_digit());
        let caret = is_bare.then(|| format!("^{}", version.trim()))?;
        intel.package(ecosystem, &name, Some(&caret)).map(|_| false)
    })
}

/// Whoever publishes little else than malicious versions is not in wide use.
const fn in_some_version(is_famous: bool) -> Severity {
    if is_famous { Severity::Low } else { Severity::High }
}

/// True for a well-known name, and for a part of a well-known module.
fn is_famous(lore: &Lore<'_>, name: &str) -> bool {
    if lore.ecosystem != "go" {
        return lore.names.fame(name).is_some();
    }
    let mut name = name;
    loop {
        if lore.names.fame(name).is_some() {
            return true;
        }
        match name.rsplit_once('/') {
            Some((parent, _)) => name = parent,
            None => return false,
        }
    }
}

/// Compares `name` with the names that are known.
fn compare(
    lore: &Lore<'_>,
    package: &Package<String>,
    name: &str,
    is_famous: bool,
    found: &mut Assessment,
) {
    if let Some(plain) = normal::plain(name) {
        let passes = lore.names.fame(&plain).map(|_| plain.clone());
        let passes = passes.or_else(|| Some(similar::unknown(lore, &plain)?.target));
        let severity = if passes.is_some() { Severity::High } else { Severity::Medium };
        let rule = "look-alike-letters";
        found.add(severity, passes.map_or(Reason::of(rule), |target| Reason::like(rule, target)));
        return;
    }
    if !normal::is_comparable(name) {
        return;
    }
    let known = lore.names.knows(name);
    if let Some(meant) = brands::meant(lore.ecosystem, name) {
        let severity = if known == Some(false) { Severity::High } else { Severity::Info };
        found.add(severity, Reason::like("brand-name", meant));
        return;
    }
    if is_famous {
        return;
    }
    let similar = match known {
        Some(true) => similar::known(lore, name),
        _ => similar::unknown(lore, name),
    };
    if let Some(similar) = similar {
        let severity = match known {
            Some(true) => Severity::Low,
            None if !similar.plain => Severity::Medium,
            _ => Severity::High,
        };
        found.add(severity, similar.reason(lore));
    }
    if known == Some(false) {
        found.add(unknown(lore, package, name), Reason::of("unknown-name"));
    }
}

/// How bad it is that nobody knows `name`.
fn unknown(lore: &Lore<'_>, package: &Package<String>, name: &str) -> Severity {
    let scope = name.split_once('/').map(|(scope, _)| format!("{scope}/"));
    if scope.is_some_and(|scope| scope.starts_with('@') && lore.names.has_below(&scope)) {
        // Only the owner of a well-known scope publishes there.
        return Severity::Low;
    }
    let extra = package.flags.iter().any(|flag| flag == "extra-index-url");
    if package.source == PackageSource::Index && !extra {
        // Another index has names of its own.
        return Severity::Info;
    }
    Severity::Medium
}

#[cfg(test)]
fn names_of(ecosystem: &str) -> &'static Names {
    EMBEDDED.lore(ecosystem).unwrap().names
}

/// What is thought of a command that may install something.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Its packages, each with what is thought of it.
    pub packages: Vec<(Package<String>, Assessment)>,
    /// What is thought of the whole: the worst of its packages, and what the command itself does.
    pub verdict: Assessment,
    /// What could not be seen through.
    pub opaque: Vec<Opaque>,
}

/// What is thought of `command`.
pub fn judge(command: &str, knowledge: &Knowledge, intel: &Intel) -> Judgement {
    let reading = install::read(command);
    let mut judged = Judgement { opaque: reading.opaque, ..Judgement::default() };
    let mut worst: Vec<(Severity, Reason)> = Vec::new();
    for package in reading.packages {
        let verdict = knowledge.judge(&package, intel);
        if let Some(severity) = verdict.severity {
            for reason in &verdict.reasons {
                keep(&mut worst, severity, reason);
            }
        }
        judged.packages.push((package, verdict));
    }
    if judged.opaque.iter().any(Opaque::is_cut) {
        keep(&mut worst, Severity::High, &Reason::of("too-long"));
    }
    if !judged.opaque.is_empty() {
        keep(&mut worst, Severity::Info, &Reason::of("opaque"));
    }
    worst.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    for (severity, reason) in worst {
        judged.verdict.add(severity, reason);
    }
    judged
}

/// A command is told no more reasons: the worst.
const MOST_REASONS: usize = 64;

/// A command of many packages says each thing once. Where there is no room any more, what weighs
/// least makes room.
fn keep(all: &mut Vec<(Severity, Reason)>, severity: Severity, reason: &Reason) {
    if let Some((known, _)) = all.iter_mut().find(|(_, known)| known == reason) {
        *known = severity.max(*known);
    } else if all.len() < MOST_REASONS {
        all.push((severity, reason.clone()));
    } else if let Some(least) = all.iter_mut().min_by_key(|(severity, _)| *severity)
        && least.0 < severity
    {
        *least = (severity, reason.clone());
    }
}

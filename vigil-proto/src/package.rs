//! Packages that commands install, and what is thought of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    Severity,
    finding::words,
    id::{EventId, FindingId},
    text::Masked,
    time::Timestamp,
};

/// Where a package comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub enum PackageSource {
    /// The registry that the manager asks if nobody says otherwise.
    Registry,
    /// Another registry or index, which the command names.
    Index,
    /// An archive or a script at an address.
    Url,
    /// A repository.
    Git,
    /// A file or folder of this machine.
    File,
    /// What a file of the project lists, such as `requirements.txt`.
    Manifest,
    /// A variable or a substitution: only the shell knows.
    Unresolved,
}

impl PackageSource {
    /// Every source, in order.
    pub const ALL: &[Self] = &[
        Self::Registry,
        Self::Index,
        Self::Url,
        Self::Git,
        Self::File,
        Self::Manifest,
        Self::Unresolved,
    ];

    /// The source that has this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|source| source.word() == word)
    }

    /// Its word, as it is written and stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Index => "index",
            Self::Url => "url",
            Self::Git => "git",
            Self::File => "file",
            Self::Manifest => "manifest",
            Self::Unresolved => "unresolved",
        }
    }
}

/// One package that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Package<T> {
    /// The program that is asked, such as `npm`, `pip`, `uvx`; `script` for `curl | sh`.
    pub manager: Cow<'static, str>,
    /// Whose names these are, such as `npm`, `pypi`, `crates.io`, `debian`.
    pub ecosystem: Cow<'static, str>,
    /// Its name, as the command says it; none where it has only an address.
    #[serde(rename = "package")]
    pub name: Option<T>,
    /// The version or range, as the command says it.
    pub version: Option<T>,
    /// Where it comes from.
    pub source: PackageSource,
    /// The address, for every source but the usual registry.
    pub url: Option<T>,
    /// What else the command says of it, in fixed words (`global`, `exec`, `no-verify`).
    pub flags: Vec<Cow<'static, str>>,
}

impl<T> Package<T> {
    /// The same package with every text turned by `f`.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Package<U> {
        Package {
            manager: self.manager,
            ecosystem: self.ecosystem,
            name: self.name.map(&mut f),
            version: self.version.map(&mut f),
            source: self.source,
            url: self.url.map(f),
            flags: self.flags,
        }
    }
}

/// Why something is thought of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Reason {
    /// A fixed word, such as `malicious`, `unknown-name`, `similar-name`.
    pub rule: Cow<'static, str>,
    /// The well-known package that it looks like, for the rules that compare.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
}

impl Reason {
    /// A reason that compares with nothing.
    pub const fn of(rule: &'static str) -> Self {
        Self { rule: Cow::Borrowed(rule), target: None }
    }

    /// A reason that names what the package looks like.
    pub fn like(rule: &'static str, target: impl Into<String>) -> Self {
        Self { rule: Cow::Borrowed(rule), target: Some(target.into()) }
    }
}

impl Reason {
    /// The reason as the end of a sentence that begins with the package.
    pub fn words(&self) -> String {
        if let Some(target) = &self.target {
            return match self.rule.as_ref() {
                "affix-added" => format!("is {target} with a word added that says nothing"),
                "affix-changed" => format!("is {target} with another word before or after it"),
                "brand-name" => format!("is what everybody calls {target}, whose name is another"),
                "edition-of" => format!("promises a better edition of {target}"),
                "look-alike-letters" => format!("passes for {target} with letters that look alike"),
                "scope-dropped" => format!("is {target} without its scope"),
                "scope-imitated" => format!("has a scope that passes for the one of {target}"),
                "words-reordered" => format!("is {target} with its words in another order"),
                _ => format!("looks like {target}, which is well known"),
            };
        }
        let said = match self.rule.as_ref() {
            "bare-address" => "comes from a bare address on the internet",
            "browser-automation" => "drives a browser, with its logins",
            "credential-access" => "gets at stored or typed credentials",
            "download-then-run" => "is a script that runs right after it is fetched",
            "extra-index" => "may come from an index that the command adds",
            "from-address" => "comes from an address, not from a registry",
            "from-repository" => "comes from a repository, not from a registry",
            "install-script" => "runs a script when it is installed",
            "look-alike-letters" => "has letters of another alphabet in its name",
            "invalid-name" => "has a name that no registry takes",
            "malicious" => "is listed as malicious",
            "malicious-address" => "comes from an address that is listed as malicious",
            "malicious-version" => "is listed as malicious in some versions",
            "money-movement" => "moves money or signs transactions",
            "opaque" => "hides what it runs",
            "other-configuration" => "is installed by a configuration that the command brings",
            "pipe-to-shell" => "is a script that runs as it comes from the network",
            "redirected-index" => "comes from another index than usual",
            "system-packages" => "may break what the system itself uses",
            "throwaway-host" => "comes from a place where anybody puts anything for a while",
            "too-long" => "is too long, or too deep, to be read to its end",
            "traffic-interception" => "reads or changes network traffic",
            "unencrypted" => "comes over a way that nothing encrypts",
            "unknown-name" => "is not known: the name may be made up",
            "unresolved-name" => "has a name that only the shell knows",
            "verification-off" => "is installed with verification switched off",
            rule => return format!("is spoken against by the rule {rule}"),
        };
        said.to_owned()
    }
}

/// What is thought of a package or a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// How bad; none where nothing speaks against it.
    pub severity: Option<Severity>,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}

impl Assessment {
    /// Adds a reason of this weight.
    pub fn add(&mut self, severity: Severity, reason: Reason) {
        if self.severity.is_none_or(|most| most < severity) {
            self.severity = Some(severity);
            self.reasons.insert(0, reason);
        } else {
            self.reasons.push(reason);
        }
    }
}

words! {
    /// What shows that something was, or was to be, installed.
    InstallWay {
        /// A command that a tool call names.
        Command = "command",
        /// A manifest or a lock file that a tool call writes.
        Manifest = "manifest",
        /// A process of an agent's tree, where no tool call named it.
        Process = "process",
        /// A file on the disk that an installation changed.
        Disk = "disk",
    }
}

/// A package that an event installs, or would: a fact beside the event, which has its session, its
/// turn, its outcome and its witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The tool call or the process.
    pub event: EventId,
    /// Its place among the packages of the event.
    pub place: u32,
    /// What shows it.
    pub way: InstallWay,
    /// The package.
    pub package: Package<Masked>,
    /// What was thought of it.
    pub verdict: Assessment,
    /// How new what it was judged by is.
    pub judged_by: Timestamp,
}

impl Installed {
    /// The group of the rules of packages.
    pub const GROUP: &str = "package";

    /// The rule that an installation is found by which no tool call named.
    pub const UNNAMED: &str = "install-unnamed";

    /// The rule that the package is found by once it is thought badly of: by the weightiest reason.
    pub fn rule(&self) -> Option<String> {
        let reason = &self.verdict.reasons.first()?.rule;
        Some(format!("package-{}", reason.strip_suffix("-name").unwrap_or(reason)))
    }

    /// What is found of the package by `rule`: one finding, wherever the package is asked for.
    pub fn finding_id(&self, rule: &str) -> FindingId {
        let what = self.package.name.as_ref().or(self.package.url.as_ref());
        let what = what.map_or("", Masked::as_str);
        FindingId::of(rule, format!("{}\0{what}", self.package.ecosystem).as_bytes())
    }

    /// The findings that it may be part of.
    pub fn finding_ids(&self) -> impl Iterator<Item = FindingId> {
        let unnamed = (self.way == InstallWay::Process).then(|| Self::UNNAMED.to_owned());
        self.rule().into_iter().chain(unnamed).map(|rule| self.finding_id(&rule))
    }
}

//! `vigil intel import`: makes files to lists, and puts all of them in force at once or none.

use std::{
    io::{self, BufRead},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use vigil_detect::intel::Builder;
use vigil_proto::{
    Timestamp,
    intel::{IntelForm, IntelList, IntelSet},
};
use vigil_store::intel::{Change, IntelError};

use super::{
    archive::{self, ArchiveError},
    form,
    gathered::{Ecosystems, Gathered},
};

/// How often it is tried whether somebody else is done, and after how long again.
const TRIES: u32 = 50;
const TRY_EVERY: Duration = Duration::from_millis(100);
/// The longest name of a list.
const NAME_MAX: usize = 64;

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be taken in.
    #[error("cannot import {}: {why}; nothing was changed", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// There is no form in it that Vigil knows.
    #[error(
        "{} is no list that Vigil knows; give archives or files of OSV, tables `name<TAB>all|some`, or \
         exports of URLhaus or ThreatFox",
        .0.display()
    )]
    Unknown(PathBuf),
    /// There is nothing malicious in it.
    #[error("nothing in {} is an indicator{}; nothing was changed", path.display(), left_out(skipped))]
    Empty {
        /// The file.
        path: PathBuf,
        /// What was left out, by reason.
        skipped: std::collections::BTreeMap<String, u64>,
    },
    /// It is not known whose names a list has.
    #[error("whose names are those in {}? say it with `--ecosystem npm` or another", .0.display())]
    Ecosystem(PathBuf),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] IntelError),
}

impl ImportError {
    /// In words, without the file: of what was fetched it says nothing.
    pub(super) fn without_path(&self) -> String {
        match self {
            Self::Unreadable { why, .. } => format!("what was fetched cannot be used: {why}"),
            Self::Unknown(_) => "what was fetched is no list that Vigil knows".to_owned(),
            Self::Empty { .. } => "nothing in what was fetched is an indicator".to_owned(),
            Self::Ecosystem(_) => {
                "it is not said whose names these are; call it such as `ours-npm`".to_owned()
            }
            Self::Folder(error) => error.to_string(),
        }
    }
}

fn left_out(skipped: &std::collections::BTreeMap<String, u64>) -> String {
    let parts: Vec<_> = skipped.iter().map(|(why, n)| format!("{why} {n}")).collect();
    if parts.is_empty() { String::new() } else { format!(" (left out: {})", parts.join(", ")) }
}

/// What to import.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The file or folder.
    pub path: PathBuf,
    /// The list's name, where it is not to be made from the file.
    pub name: Option<String>,
    /// Whose names a list of bare names has, where the file's name does not say.
    pub ecosystem: Option<String>,
    /// Where it is from, where that is not the file.
    pub origin: Option<String>,
    /// What the server said of its state.
    pub etag: Option<String>,
    /// And when it was changed.
    pub modified: Option<String>,
    /// True where its end may be missing without a trace, so that a last line must have its end.
    pub may_be_cut: bool,
}

/// Imports all of `sources`, or changes nothing. Gives the set then in force, and the names of the
/// lists that are new in it.
///
/// # Errors
/// A source cannot be read, is no list or has nothing in it; or the folder cannot be written.
pub fn import(
    data: &Path,
    sources: &[Source],
    now: Timestamp,
) -> Result<(IntelSet, Vec<String>), ImportError> {
    let mut change = begin(data)?;
    let mut names = Vec::new();
    for source in sources {
        names.push(prepare(source, now)?.put(&mut change)?);
    }
    Ok((change.commit()?, names))
}

/// Begins a change. Who puts a fetched list in force has done so soon.
fn begin(data: &Path) -> Result<Change, IntelError> {
    for _ in 0..TRIES {
        match Change::begin(data) {
            Err(IntelError::InUse(_)) => thread::sleep(TRY_EVERY),
            begun => return begun,
        }
    }
    Change::begin(data)
}

/// A list that can be put in force.
pub(super) struct Prepared {
    list: IntelList,
    builder: Builder,
}

impl Prepared {
    /// How many indicators it has.
    pub(super) fn indicators(&self) -> u64 {
        let IntelList { packages, hosts, addresses, urls, .. } = &self.list;
        packages + hosts + addresses + urls
    }

    /// Adds it to a change; gives its name.
    pub(super) fn put(self, change: &mut Change) -> Result<String, IntelError> {
        let Self { list, builder } = self;
        let name = list.name.clone();
        change.put(move |out| builder.write(out).map(|_| list))?;
        Ok(name)
    }
}

/// Makes a list of a source.
pub(super) fn prepare(source: &Source, now: Timestamp) -> Result<Prepared, ImportError> {
    let gathered = gather(source, now)?;
    let form = gathered.form.ok_or_else(|| ImportError::Unknown(source.path.clone()))?;
    let counts = gathered.builder.counts();
    if counts == vigil_detect::intel::Built::default() {
        let (path, skipped) = (source.path.clone(), gathered.skipped);
        return Err(ImportError::Empty { path, skipped });
    }
    let name = match &source.name {
        Some(name) => plain(name),
        None => name_of(form, &source.path, &gathered.ecosystems),
    };
    let list = IntelList {
        name,
        form,
        origin: source.origin.clone().unwrap_or_else(|| file_name(&source.path)),
        imported: now,
        newest: gathered.newest,
        packages: counts.packages,
        hosts: counts.hosts,
        addresses: counts.addresses,
        urls: counts.urls,
        skipped: gathered.skipped,
        examples: gathered.examples,
        file: String::new(),
        bytes: 0,
        etag: source.etag.clone(),
        modified: source.modified.clone(),
    };
    Ok(Prepared { list, builder: gathered.builder })
}

/// Reads a source.
fn gather(source: &Source, now: Timestamp) -> Result<Gathered, ImportError> {
    let Source { path, ecosystem, .. } = source;
    let today = now.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut gathered = Gathered::new(today);
    gathered.may_be_cut = source.may_be_cut;
    let ecosystem = ecosystem.clone().or_else(|| ecosystem_of(&path.to_string_lossy()));
    let mut needs_ecosystem = false;
    let mut left_out: Vec<(&'static str, String)> = Vec::new();
    let read = archive::each_text(
        path,
        &mut |name: &str, text: &mut dyn BufRead| {
            if !form::take_in(text, name, ecosystem.as_deref(), &mut gathered)? {
                gathered.skip("unknown-form", name);
            }
            if gathered.form == Some(IntelForm::Tsv) && ecosystem.is_none() {
                needs_ecosystem = true;
                return Err(io::ErrorKind::Interrupted.into());
            }
            Ok(())
        },
        &mut |why, name| left_out.push((why, name.to_owned())),
    );
    if needs_ecosystem {
        return Err(ImportError::Ecosystem(path.clone()));
    }
    read.map_err(|why: ArchiveError| ImportError::Unreadable {
        path: path.clone(),
        why: why.to_string(),
    })?;
    for (why, name) in left_out {
        gathered.skip(why, &name);
    }
    Ok(gathered)
}

/// The list's name, where nobody gave one. An archive with the packages of one ecosystem is that
/// ecosystem's list, so that the next day's takes its place.
fn name_of(form: IntelForm, path: &Path, ecosystems: &Ecosystems) -> String {
    let is_json = path.extension().is_some_and(|end| end == "json" || end == "jsonl");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match (form, ecosystems) {
        (IntelForm::Urlhaus, _) => "urlhaus".to_owned(),
        (IntelForm::Threatfox, _) => "threatfox".to_owned(),
        (IntelForm::Osv, Ecosystems::One(one)) if !is_json => plain(&format!("osv-{one}")),
        (IntelForm::Osv, _) => plain(&format!("osv-{stem}")),
        (IntelForm::Tsv, _) => plain(&stem),
    }
}

/// A name of letters, digits and `-._`.
pub(super) fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let name = name.trim().chars().take(NAME_MAX);
    let name: String = name.map(|c| if is_plain(c) { c } else { '-' }).collect();
    if name.is_empty() { "list".to_owned() } else { name.to_ascii_lowercase() }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Whose names are in a file called so: `mal_npm.tsv`, `pypi.tsv`.
pub(super) fn ecosystem_of(path: &str) -> Option<String> {
    const KNOWN: &[&str] =
        &["npm", "pypi", "crates.io", "rubygems", "go", "nuget", "maven", "packagist", "vscode"];
    let stem = Path::new(path).file_stem()?.to_string_lossy().to_lowercase();
    let words = stem.split(['_', '-', ' ']).rev();
    words
        .map(vigil_detect::intel::ecosystem)
        .find_map(|word| KNOWN.contains(&word.as_ref()).then(|| word.into_owned()))
}

#[cfg(test)]
mod tests;

//! Entries put into a settings file, and taken out of it, without touching anything else of it.
//! What is put in is text between the file's own bytes, so taking it out again gives these bytes.
//! Pure.

use std::ops::Range;

use serde::{Deserialize, Serialize};

mod hooks;
mod json;
mod lines;

/// The largest settings file that is edited, in bytes.
pub(crate) const MOST: usize = 4 * 1024 * 1024;

/// How a settings file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// JSON, with comments and trailing commas where the client takes them: an object `env`.
    Json,
    /// `NAME=value`, a line each.
    DotEnv,
    /// aider's YAML: a list `set-env` of `NAME=value`.
    AiderYaml,
    /// Codex's TOML: a table `[otel]`.
    CodexToml,
    /// JSON with lists of hooks by their events.
    Hooks,
    /// The same, with a version.
    VersionedHooks,
    /// A file that is ours as a whole.
    Whole,
}

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Entry {
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

/// Text that was put into a file, at an offset of what the file was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Insertion {
    /// In bytes.
    pub(crate) at: usize,
    pub(crate) text: String,
}

/// Why a file is not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("it is not text in UTF-8")]
    NotText,
    #[error("it is larger than any settings file")]
    TooLarge,
    #[error("line {line} is not what the form allows: {what}")]
    Syntax { line: usize, what: &'static str },
    #[error("{0} is not an object")]
    NotAnObject(&'static str),
    #[error("it sets {0} already, to something else")]
    Taken(String),
    #[error("`{0}` cannot be written there")]
    Value(String),
    #[error("the file with the entries would not read as it should")]
    Unsure,
}

/// What to put into `old` so that it has all `entries`; nothing when it has them.
pub(crate) fn add(form: Form, old: &[u8], entries: &[Entry]) -> Result<Vec<Insertion>, Unfit> {
    let text = text(old)?;
    let added = match form {
        Form::Json => json::add(text, entries)?,
        Form::DotEnv => lines::add(lines::Kind::DotEnv, text, entries)?,
        Form::AiderYaml => lines::add(lines::Kind::AiderYaml, text, entries)?,
        Form::CodexToml => lines::add(lines::Kind::CodexToml, text, entries)?,
        Form::Hooks => hooks::add(text, one(entries)?, None)?,
        Form::VersionedHooks => hooks::add(text, one(entries)?, Some(1))?,
        Form::Whole => whole(text, one(entries)?)?,
    };
    let new = apply(old, &added);
    let all_there = entries.iter().all(|entry| matches!(has(form, &new, entry), Ok(true)));
    if !all_there || undo(&new, &added).as_deref() != Some(old) {
        return Err(Unfit::Unsure);
    }
    Ok(added)
}

/// `old` with `insertions`, which are in the order of their places.
pub(crate) fn apply(old: &[u8], insertions: &[Insertion]) -> Vec<u8> {
    let mut new = Vec::with_capacity(old.len() + 256);
    let mut done = 0;
    for insertion in insertions {
        new.extend_from_slice(old.get(done..insertion.at).unwrap_or_default());
        new.extend_from_slice(insertion.text.as_bytes());
        done = insertion.at;
    }
    new.extend_from_slice(old.get(done..).unwrap_or_default());
    new
}

/// `new` without `insertions`; `None` when they do not stand where they were put.
pub(crate) fn undo(new: &[u8], insertions: &[Insertion]) -> Option<Vec<u8>> {
    let mut old = Vec::with_capacity(new.len());
    let mut rest = new;
    for insertion in insertions {
        let before = rest.split_off(..insertion.at.checked_sub(old.len())?)?;
        old.extend_from_slice(before);
        rest = rest.strip_prefix(insertion.text.as_bytes())?;
    }
    old.extend_from_slice(rest);
    Some(old)
}

/// What was made around the entries, where it was not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// What they stand in.
    pub(crate) inner: bool,
    /// What that stands in.
    pub(crate) outer: bool,
}

impl Made {
    /// What `insertions` made.
    pub(crate) fn by(form: Form, insertions: &[Insertion]) -> Self {
        match form {
            Form::Hooks | Form::VersionedHooks => hooks::made(insertions),
            _ => insertions.iter().any(|made| made.text.contains("\"env\": {")).into(),
        }
    }
}

impl From<bool> for Made {
    fn from(made: bool) -> Self {
        Self { inner: made, outer: made }
    }
}

/// What is left of a file when our entries are taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Removed {
    pub(crate) bytes: Vec<u8>,
    /// Entries that have another value by now, and were left.
    pub(crate) changed: Vec<String>,
    /// Nothing but what we made is left: white space, or an empty object.
    pub(crate) is_empty: bool,
}

/// Takes `entries` out of a file that others have changed since: those of exactly that value, and
/// with them what stands around them when it is ours (`made`) and empty.
pub(crate) fn remove(
    form: Form,
    now: &[u8],
    entries: &[Entry],
    made: impl Into<Made>,
) -> Result<Removed, Unfit> {
    let (text, made) = (text(now)?, made.into());
    let cuts = match form {
        Form::Json => json::remove(text, entries, made.inner)?,
        Form::Hooks | Form::VersionedHooks => hooks::remove(text, one(entries)?, made)?,
        Form::Whole if text == one(entries)?.value => std::iter::once(0..text.len()).collect(),
        Form::Whole => Vec::new(),
        Form::DotEnv => lines::remove(lines::Kind::DotEnv, text, entries),
        Form::AiderYaml => lines::remove(lines::Kind::AiderYaml, text, entries),
        Form::CodexToml => lines::remove(lines::Kind::CodexToml, text, entries),
    };
    let bytes = without(now, cuts);
    let mut changed = Vec::new();
    for entry in entries {
        if value_of(form, &bytes, &entry.name)?.is_some() {
            changed.push(entry.name.clone());
        }
    }
    let left = str::from_utf8(&bytes).unwrap_or_default().trim_start_matches('\u{feff}');
    let left: String = left.chars().filter(|c| !c.is_whitespace()).collect();
    let is_empty = left.is_empty()
        || matches!(form, Form::Json | Form::Hooks) && left == "{}"
        || form == Form::VersionedHooks && left == "{\"version\":1}";
    Ok(Removed { bytes, changed, is_empty })
}

/// What a file sets `name` to.
pub(crate) fn value_of(form: Form, file: &[u8], name: &str) -> Result<Option<String>, Unfit> {
    let text = text(file)?;
    match form {
        Form::Json => json::value_of(text, name),
        Form::DotEnv => Ok(lines::value_of(lines::Kind::DotEnv, text, name)),
        Form::AiderYaml => Ok(lines::value_of(lines::Kind::AiderYaml, text, name)),
        Form::CodexToml => Ok(lines::value_of(lines::Kind::CodexToml, text, name)),
        Form::Hooks | Form::VersionedHooks => hooks::value_of(text, name),
        Form::Whole => Ok((!text.is_empty()).then(|| text.to_owned())),
    }
}

/// True when a file has the entry.
pub(crate) fn has(form: Form, file: &[u8], entry: &Entry) -> Result<bool, Unfit> {
    match form {
        Form::Hooks | Form::VersionedHooks => hooks::has(text(file)?, entry),
        _ => Ok(value_of(form, file, &entry.name)?.as_ref() == Some(&entry.value)),
    }
}

/// The entry of a form that has one.
fn one(entries: &[Entry]) -> Result<&Entry, Unfit> {
    match entries {
        [entry] => Ok(entry),
        _ => Err(Unfit::Unsure),
    }
}

/// All of a file that is ours.
fn whole(text: &str, entry: &Entry) -> Result<Vec<Insertion>, Unfit> {
    match text {
        "" => Ok(vec![Insertion { at: 0, text: entry.value.clone() }]),
        text if text == entry.value => Ok(Vec::new()),
        _ => Err(Unfit::Taken(entry.name.clone())),
    }
}

fn text(bytes: &[u8]) -> Result<&str, Unfit> {
    if bytes.len() > MOST {
        return Err(Unfit::TooLarge);
    }
    str::from_utf8(bytes).map_err(|_| Unfit::NotText)
}

fn without(bytes: &[u8], mut cuts: Vec<Range<usize>>) -> Vec<u8> {
    cuts.sort_by_key(|cut| cut.start);
    let mut left = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for cut in cuts {
        left.extend_from_slice(bytes.get(done..cut.start).unwrap_or_default());
        done = done.max(cut.end);
    }
    left.extend_from_slice(bytes.get(done..).unwrap_or_default());
    left
}

/// The line end of a text: its first one.
fn newline(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((line, _)) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests;

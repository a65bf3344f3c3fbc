//! Settings of a line each: `.env` files, aider's YAML as far as a list at its end goes, and
//! Codex's TOML as far as a table at its end goes.

use std::ops::Range;

use super::{Entry, Insertion, Unfit, newline};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DotEnv,
    AiderYaml,
    CodexToml,
}

/// The line above ours.
const HEADING: &str =
    "# Led through Vigil's proxy on this machine; `vigil route off` takes this out.";
const LIST: &str = "set-env:";
/// The line above our table.
const TELLING: &str =
    "# Its telemetry goes to Vigil on this machine; `vigil route off` takes this out.";
const TABLE: &str = "[otel]";

pub(super) fn add(kind: Kind, text: &str, entries: &[Entry]) -> Result<Vec<Insertion>, Unfit> {
    let missing = match kind {
        Kind::DotEnv => missing_of_env(text, entries)?,
        Kind::AiderYaml => missing_of_yaml(text, entries)?,
        Kind::CodexToml => missing_of_toml(text, entries)?,
    };
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let end = newline(text);
    let mut new = String::new();
    if !text.trim_start_matches('\u{feff}').is_empty() && !text.ends_with('\n') {
        new.push_str(end);
    }
    for line in block(kind, &missing)? {
        new.push_str(&line);
        new.push_str(end);
    }
    Ok(vec![Insertion { at: text.len(), text: new }])
}

fn missing_of_env<'a>(text: &str, entries: &'a [Entry]) -> Result<Vec<&'a Entry>, Unfit> {
    let mut missing = Vec::new();
    for entry in entries {
        let set: Vec<(&str, String)> =
            assignments(text).filter(|(name, _)| name.eq_ignore_ascii_case(&entry.name)).collect();
        if set.is_empty() {
            missing.push(entry);
        } else if !set.iter().all(|(name, value)| *name == entry.name && *value == entry.value) {
            return Err(Unfit::Taken(entry.name.clone()));
        }
    }
    Ok(missing)
}

/// All or none: a list of somebody else's is not extended.
fn missing_of_yaml<'a>(text: &str, entries: &'a [Entry]) -> Result<Vec<&'a Entry>, Unfit> {
    let has =
        |entry: &Entry| value_of(Kind::AiderYaml, text, &entry.name).as_ref() == Some(&entry.value);
    if entries.iter().all(has) {
        return Ok(Vec::new());
    }
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let key = line.trim_start_matches(['"', '\'']);
        if key.starts_with("set-env") || key.starts_with("set_env") {
            return Err(Unfit::Taken("set-env".to_owned()));
        }
        let odd = line.starts_with(['{', '[', '%']) || line.starts_with("...");
        if odd || (at > 0 && line.starts_with("---")) {
            let what = "only a plain mapping, a key a line, is extended";
            return Err(Unfit::Syntax { line: at + 1, what });
        }
    }
    Ok(entries.iter().collect())
}

/// All or none: a table of somebody else's is not extended.
fn missing_of_toml<'a>(text: &str, entries: &'a [Entry]) -> Result<Vec<&'a Entry>, Unfit> {
    let has =
        |entry: &Entry| value_of(Kind::CodexToml, text, &entry.name).as_ref() == Some(&entry.value);
    if entries.iter().all(has) {
        return Ok(Vec::new());
    }
    // As a table, a key, or the beginning of one, in whatever quotes.
    let is_named = |line: &str| {
        let key = line.trim_start_matches(['\u{feff}', ' ', '\t', '[', '"', '\'']);
        key.strip_prefix("otel").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    if text.lines().any(is_named) {
        return Err(Unfit::Taken("otel".to_owned()));
    }
    if ["\"\"\"", "'''"].iter().any(|quotes| text.matches(quotes).count() % 2 == 1) {
        let line = text.lines().count();
        return Err(Unfit::Syntax { line, what: "a text over several lines does not end" });
    }
    Ok(entries.iter().collect())
}

const fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::DotEnv | Kind::AiderYaml => HEADING,
        Kind::CodexToml => TELLING,
    }
}

/// The lines that say `entries`, without line ends.
fn block(kind: Kind, entries: &[&Entry]) -> Result<Vec<String>, Unfit> {
    let mut lines = vec![heading(kind).to_owned()];
    match kind {
        Kind::DotEnv => {}
        Kind::AiderYaml => lines.push(LIST.to_owned()),
        Kind::CodexToml => lines.push(TABLE.to_owned()),
    }
    for entry in entries {
        lines.push(line(kind, entry)?);
    }
    Ok(lines)
}

fn line(kind: Kind, Entry { name, value }: &Entry) -> Result<String, Unfit> {
    let odd = || Unfit::Value(value.clone());
    if value.chars().any(char::is_control) {
        return Err(odd());
    }
    match kind {
        Kind::DotEnv => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,".contains(c);
            if value.chars().all(is_plain) {
                return Ok(format!("{name}={value}"));
            }
            // The readers differ about escapes; within these quotes none has any.
            if value.contains(['\'', '\\']) { Err(odd()) } else { Ok(format!("{name}='{value}'")) }
        }
        Kind::CodexToml => Ok(format!("{name} = {value}")),
        Kind::AiderYaml => serde_json::to_string(&format!("{name}={value}"))
            .map(|quoted| format!("  - {quoted}"))
            .map_err(|_| odd()),
    }
}

pub(super) fn value_of(kind: Kind, text: &str, name: &str) -> Option<String> {
    match kind {
        Kind::DotEnv => assignments(text).find(|(own, _)| *own == name).map(|(_, value)| value),
        Kind::CodexToml => text
            .lines()
            .skip_while(|line| line.trim_end() != TABLE)
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .find_map(|line| {
                Some(line.trim_end().strip_prefix(name)?.strip_prefix(" = ")?.to_owned())
            }),
        Kind::AiderYaml => text
            .lines()
            .skip_while(|line| line.trim_end() != LIST)
            .skip(1)
            .map_while(|line| line.trim_start().strip_prefix("- "))
            .map(|item| {
                serde_json::from_str(item.trim()).unwrap_or_else(|_| item.trim().to_owned())
            })
            .find_map(|item| Some(item.strip_prefix(name)?.strip_prefix('=')?.to_owned())),
    }
}

/// What a `.env` file sets. A value that goes on in the next line is not told from the next line.
fn assignments(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.trim_start_matches('\u{feff}').lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once(['=', ':'])?;
        let name = name.trim();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        (!name.is_empty() && name.chars().all(is_name)).then(|| (name, unquoted(value.trim())))
    })
}

fn unquoted(value: &str) -> String {
    let within = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    within('\'').or_else(|| within('"')).unwrap_or(value).to_owned()
}

/// The lines to cut. Of a list or a table only the whole block as we wrote it.
pub(super) fn remove(kind: Kind, text: &str, entries: &[Entry]) -> Vec<Range<usize>> {
    let lines = ranges(text);
    let of = |range: &Range<usize>| {
        text.get(range.clone()).unwrap_or_default().trim_end_matches(['\n', '\r'])
    };
    let ours: Vec<String> = match kind {
        Kind::DotEnv => entries.iter().filter_map(|entry| line(kind, entry).ok()).collect(),
        Kind::AiderYaml | Kind::CodexToml => {
            let all: Vec<&Entry> = entries.iter().collect();
            block(kind, &all).unwrap_or_default().into_iter().skip(1).collect()
        }
    };
    let mut cuts: Vec<usize> = match kind {
        Kind::DotEnv => (0..lines.len())
            .filter(|at| lines.get(*at).is_some_and(|l| ours.iter().any(|own| own == of(l))))
            .collect(),
        Kind::AiderYaml | Kind::CodexToml => {
            let begins = |at: &usize| {
                let here = lines.iter().skip(*at).map(of);
                here.take(ours.len()).eq(ours.iter().map(String::as_str))
            };
            let first = (0..lines.len()).rfind(begins);
            first
                .into_iter()
                .flat_map(|first| {
                    let end = first + ours.len();
                    let after: Vec<&str> = lines.iter().skip(end).map(of).collect();
                    // Without its header, what somebody wrote below would be in another table.
                    let keeps_header = kind == Kind::CodexToml && has_a_key(&after);
                    first + usize::from(keeps_header)..end
                })
                .collect()
        }
    };
    if !cuts.is_empty()
        && let Some(heading) = lines.iter().rposition(|line| of(line) == heading(kind))
    {
        cuts.push(heading);
    }
    cuts.into_iter().filter_map(|at| lines.get(at).cloned()).collect()
}

/// True when `lines`, which go on within a table, set something before the next table begins.
fn has_a_key(lines: &[&str]) -> bool {
    lines
        .iter()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .is_some_and(|line| !line.trim_start().starts_with('['))
}

/// The lines of a text, their ends included.
fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            start..at
        })
        .collect()
}

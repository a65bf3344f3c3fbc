//! JSON settings with an object `env`.

use std::ops::Range;

use super::{Entry, Insertion, Unfit, newline};

pub(super) mod scan;
use self::scan::{Member, Object};

const ENV: &str = "env";

/// The root of a file and those of its `env` that are objects.
struct Settings {
    /// `None` when the file says nothing.
    root: Option<Object>,
    envs: Vec<Object>,
}

fn read(text: &str) -> Result<Settings, Unfit> {
    let Some(root) = scan::root(text)? else {
        return Ok(Settings { root: None, envs: Vec::new() });
    };
    let envs = root.members.iter().filter(|member| member.key == ENV);
    let envs = envs
        .map(|member| scan::object(text, member.value.start)?.ok_or(Unfit::NotAnObject("`env`")))
        .collect::<Result<_, _>>()?;
    Ok(Settings { root: Some(root), envs })
}

pub(super) fn value_of(text: &str, name: &str) -> Result<Option<String>, Unfit> {
    // Of what is there twice, the last counts.
    let Settings { envs, .. } = read(text)?;
    let member = envs.last().and_then(|env| env.members.iter().rfind(|member| member.key == name));
    Ok(member.map(|member| value(text, member)))
}

pub(super) fn add(text: &str, entries: &[Entry]) -> Result<Vec<Insertion>, Unfit> {
    let Settings { root, envs } = read(text)?;
    let members = || envs.iter().flat_map(|env| &env.members);
    let mut missing = Vec::new();
    for entry in entries {
        let mut same_name =
            members().filter(|member| member.key.eq_ignore_ascii_case(&entry.name)).peekable();
        if same_name.peek().is_none() {
            missing.push(entry);
        } else if !same_name.all(|m| m.key == entry.name && value(text, m) == entry.value) {
            return Err(Unfit::Taken(entry.name.clone()));
        }
    }
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let lines = |indent: &str| -> Result<Vec<String>, Unfit> {
        missing.iter().map(|entry| Ok(format!("{indent}{}", pair(entry)?))).collect()
    };
    let end = newline(text);
    let Some(root) = root else {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let body = lines("    ")?.join(&format!(",{end}"));
        let last = if text.len() == at { end } else { "" };
        let text = format!("{{{end}  \"{ENV}\": {{{end}{body}{end}  }}{end}}}{last}");
        return Ok(vec![Insertion { at, text }]);
    };
    let unit = root.indent(text).filter(|indent| !indent.is_empty()).unwrap_or("  ");
    let (object, text) = if let Some(env) = envs.last() {
        let indent = env.indent(text).map_or_else(|| unit.repeat(2), str::to_owned);
        (env, env.insert(text, &lines(&indent)?, unit, end))
    } else {
        let body = lines(&unit.repeat(2))?.join(&format!(",{end}"));
        let whole = format!("{unit}\"{ENV}\": {{{end}{body}{end}{unit}}}");
        (&root, root.insert(text, &[whole], "", end))
    };
    Ok(vec![Insertion { at: object.open + 1, text }])
}

impl Object {
    /// The white space before its first member, when that begins a line.
    pub(super) fn indent<'a>(&self, text: &'a str) -> Option<&'a str> {
        let before = text.get(self.open + 1..self.members.first()?.start)?;
        let indent = before.rsplit_once('\n')?.1;
        indent.chars().all(|c| c == ' ' || c == '\t').then_some(indent)
    }

    /// The text that puts `lines`, members each, right behind the opening brace. `outer` is the
    /// indent of the closing one.
    pub(super) fn insert(&self, text: &str, lines: &[String], outer: &str, end: &str) -> String {
        let first = self.members.first();
        let gap_end = first.map_or(self.close, |member| member.start);
        let is_broken = text.get(self.open..gap_end).is_some_and(|gap| gap.contains('\n'));
        match first {
            // On one line with what follows.
            Some(_) if !is_broken => {
                let parts: Vec<&str> = lines.iter().map(|line| line.trim_start()).collect();
                format!("{}, ", parts.join(", "))
            }
            Some(_) => format!("{end}{},", lines.join(&format!(",{end}"))),
            None if is_broken => format!("{end}{}", lines.join(&format!(",{end}"))),
            None => format!("{end}{}{end}{outer}", lines.join(&format!(",{end}"))),
        }
    }
}

pub(super) fn remove(
    text: &str,
    entries: &[Entry],
    made_container: bool,
) -> Result<Vec<Range<usize>>, Unfit> {
    let Settings { root, envs } = read(text)?;
    let ours = |member: &Member| {
        entries.iter().any(|e| e.name == member.key && e.value == value(text, member))
    };
    let mut cuts = Vec::new();
    let mut emptied = Vec::new();
    for env in &envs {
        let own = cut(text, env, ours);
        if made_container && !own.is_empty() && is_bare(text, env, &own) {
            emptied.push(env.open);
        } else {
            cuts.extend(own);
        }
    }
    if let Some(root) = root {
        cuts.extend(cut(text, &root, |member| emptied.contains(&member.value.start)));
    }
    Ok(cuts)
}

/// What to cut so that the members that are `ours` are gone, their commas and line with them.
pub(super) fn cut(
    text: &str,
    object: &Object,
    ours: impl Fn(&Member) -> bool,
) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    for member in object.members.iter().filter(|member| ours(member)) {
        let before = text.get(..member.start).unwrap_or_default();
        let line = before.trim_end_matches([' ', '\t']);
        let own_line = line.strip_suffix('\n').map(|l| l.strip_suffix('\r').unwrap_or(l));
        let start = own_line.map_or(member.start, str::len);
        let mut end = member.comma.map_or(member.value.end, |comma| comma + 1);
        // What stood on one line with the next one leaves no gap.
        if own_line.is_none() && text.get(end..).is_some_and(|rest| rest.starts_with(' ')) {
            end += 1;
        }
        match member.comma {
            // What stands between a value and its comma is somebody's.
            Some(comma)
                if text.get(member.value.end..comma).is_some_and(|gap| !gap.trim().is_empty()) =>
            {
                cuts.push(start..member.value.end);
                cuts.push(comma..comma + 1);
            }
            _ => cuts.push(start..end),
        }
    }
    // Whoever is last now needs no comma, unless the last one had one.
    let last_is_cut = object.members.last().is_some_and(|last| ours(last) && last.comma.is_none());
    if let Some(comma) = object.members.iter().rfind(|m| !ours(m)).and_then(|m| m.comma)
        && last_is_cut
    {
        cuts.push(comma..comma + 1);
    }
    cuts
}

/// True when nothing but white space is left of an object.
pub(super) fn is_bare(text: &str, object: &Object, cuts: &[Range<usize>]) -> bool {
    let bytes = text.as_bytes();
    (object.open + 1..object.close)
        .filter(|at| !cuts.iter().any(|cut| cut.contains(at)))
        .all(|at| bytes.get(at).is_some_and(u8::is_ascii_whitespace))
}

/// A member's value as text: a string's content, or its source.
fn value(text: &str, member: &Member) -> String {
    let source = text.get(member.value.clone()).unwrap_or_default();
    serde_json::from_str::<String>(source).unwrap_or_else(|_| source.to_owned())
}

fn pair(entry: &Entry) -> Result<String, Unfit> {
    let quoted =
        |text: &str| serde_json::to_string(text).map_err(|_| Unfit::Value(text.to_owned()));
    Ok(format!("{}: {}", quoted(&entry.name)?, quoted(&entry.value)?))
}

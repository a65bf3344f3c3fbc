//! JSON settings with lists of hooks: `{"hooks": {"EVENT": [..]}}`. An entry's name is the event, its
//! value one element of the list, as JSON.

use std::ops::Range;

use serde_json::Value;

use super::{
    Entry, Insertion, Made, Unfit,
    json::{
        self,
        scan::{self, Object},
    },
    newline,
};

const HOOKS: &str = "hooks";

/// The root, the object of the hooks and the list of one event, as far as they are there.
struct Lists {
    root: Option<Object>,
    hooks: Option<Object>,
    list: Option<Object>,
}

fn read(text: &str, event: &str) -> Result<Lists, Unfit> {
    let Some(root) = scan::root(text)? else {
        return Ok(Lists { root: None, hooks: None, list: None });
    };
    // Of what is there twice, the last counts.
    let member = root.members.iter().rfind(|member| member.key == HOOKS);
    let hooks = member
        .map(|member| scan::object(text, member.value.start)?.ok_or(Unfit::NotAnObject("`hooks`")))
        .transpose()?;
    let member = hooks.iter().flat_map(|hooks| &hooks.members).rfind(|member| member.key == event);
    let list = member
        .map(|member| {
            scan::list(text, member.value.start)?
                .ok_or(Unfit::NotAnObject("what `hooks` has of the event, which is no list,"))
        })
        .transpose()?;
    Ok(Lists { root: Some(root), hooks, list })
}

/// True when the list of the event has the entry.
pub(super) fn has(text: &str, entry: &Entry) -> Result<bool, Unfit> {
    let list = read(text, &entry.name)?.list;
    Ok(list.is_some_and(|list| list.members.iter().any(|item| is(text, &item.value, entry))))
}

/// An element of the event's list that has Vigil asked, whatever else it says.
pub(super) fn value_of(text: &str, event: &str) -> Result<Option<String>, Unfit> {
    let Some(list) = read(text, event)?.list else { return Ok(None) };
    let items = list.members.iter().filter_map(|item| text.get(item.value.clone()));
    let mut asking = items.filter(|item| item.contains("vigil") && item.contains(" hook "));
    Ok(asking.next().map(str::to_owned))
}

/// Puts the entry into the list, which is made where it is not there. `version`: a file that is made
/// for it begins with that.
pub(super) fn add(
    text: &str,
    entry: &Entry,
    version: Option<u32>,
) -> Result<Vec<Insertion>, Unfit> {
    if has(text, entry)? {
        return Ok(Vec::new());
    }
    let Lists { root, hooks, list } = read(text, &entry.name)?;
    let end = newline(text);
    let event = serde_json::to_string(&entry.name).map_err(|_| Unfit::Value(entry.name.clone()))?;
    let indent = |object: &Object| object.indent(text).filter(|i| !i.is_empty());
    let unit = root.as_ref().and_then(indent).unwrap_or("  ").to_owned();
    let unit = unit.as_str();
    // From the inside out: the list, the object of the hooks, the file.
    let listed = |depth: usize| {
        let (outer, inner) = (unit.repeat(depth), unit.repeat(depth + 1));
        format!("{outer}{event}: [{end}{inner}{}{end}{outer}]", entry.value)
    };
    let hooked = |depth: usize| {
        let outer = unit.repeat(depth);
        format!("{outer}\"{HOOKS}\": {{{end}{}{end}{outer}}}", listed(depth + 1))
    };
    let (object, text) = match (&root, &hooks, &list) {
        (Some(_), Some(_), Some(list)) => {
            let inner = list.indent(text).map_or_else(|| unit.repeat(3), str::to_owned);
            (list, list.insert(text, &[format!("{inner}{}", entry.value)], &unit.repeat(2), end))
        }
        (Some(_), Some(hooks), None) => (hooks, hooks.insert(text, &[listed(2)], unit, end)),
        (Some(root), None, _) => (root, root.insert(text, &[hooked(1)], "", end)),
        (None, ..) => {
            let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let version = version.map(|version| format!("{unit}\"version\": {version},{end}"));
            let last = if text.len() == at { end } else { "" };
            let text = format!("{{{end}{}{}{end}}}{last}", version.unwrap_or_default(), hooked(1));
            return Ok(vec![Insertion { at, text }]);
        }
    };
    Ok(vec![Insertion { at: object.open + 1, text }])
}

/// What `insertions` made besides the element itself.
pub(super) fn made(insertions: &[Insertion]) -> Made {
    let has = |what: &str| insertions.iter().any(|insertion| insertion.text.contains(what));
    let outer = has("\"hooks\": {");
    Made { inner: outer || has("\": [\n") || has("\": [\r\n"), outer }
}

/// Takes the entry out, and with it what was made for it and is empty.
pub(super) fn remove(text: &str, entry: &Entry, made: Made) -> Result<Vec<Range<usize>>, Unfit> {
    let Lists { root, hooks, list } = read(text, &entry.name)?;
    let (Some(root), Some(hooks), Some(list)) = (root, hooks, list) else { return Ok(Vec::new()) };
    let cuts = json::cut(text, &list, |item| is(text, &item.value, entry));
    if cuts.is_empty() || !made.inner || !json::is_bare(text, &list, &cuts) {
        return Ok(cuts);
    }
    let cuts = json::cut(text, &hooks, |member| member.value.start == list.open);
    if !made.outer || !json::is_bare(text, &hooks, &cuts) {
        return Ok(cuts);
    }
    Ok(json::cut(text, &root, |member| member.value.start == hooks.open))
}

fn is(text: &str, value: &Range<usize>, entry: &Entry) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let ours = read(&entry.value);
    ours.is_some() && text.get(value.clone()).and_then(read) == ours
}

#[cfg(test)]
mod tests;

//! Words as programs get them: variables, substitutions and braces replaced where what they stand
//! for is known. What is not known stays as it was written.

use std::borrow::Cow;

use super::{
    flow::Flow,
    run::{At, Run, UNKNOWN},
};
use crate::shell::{How, Part, Variable, Word};

/// How many words one word may become.
const MOST: usize = 64;
/// Longest value that is followed, in bytes.
const LONGEST: usize = 1 << 16;

/// Where a value is split into words, while a word is put together.
const SPLIT: char = '\u{1}';
const OPEN: char = '\u{2}';
const COMMA: char = '\u{3}';
const CLOSE: char = '\u{4}';

/// A word that a program gets.
#[derive(Clone, Debug, Default)]
pub(super) struct Arg<'a> {
    /// What it says; with `$name` and the like where that is not known.
    pub(super) text: Cow<'a, str>,
    /// True when all of it is known.
    pub(super) known: bool,
    /// What the commands wrote whose output it is, or holds.
    pub(super) flow: Option<Box<Flow>>,
}

impl<'a> Arg<'a> {
    /// A word that is known.
    pub(super) fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), known: true, flow: None }
    }

    /// A part of it.
    pub(super) fn part<'b>(&self, text: &'b str) -> Arg<'b> {
        Arg { text: Cow::Borrowed(text), known: self.known, flow: None }
    }

    /// True where a variable or substitution stands in `text`, a part of it.
    pub(super) fn hides(&self, text: &str) -> bool {
        !self.known && text.contains(['$', '`', '<'])
    }
}

/// A value of a variable, or several of which each may be meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub(super) all: Vec<String>,
    /// True when it may be something else too.
    pub(super) unknown: bool,
    /// True for an array: all values are meant.
    pub(super) array: bool,
    /// What wrote it, where that is not text.
    pub(super) flow: Option<Box<Flow>>,
}

impl Value {
    /// Its bytes.
    pub(super) fn size(&self) -> usize {
        self.all.iter().map(String::len).sum()
    }
}

/// A word that is put together.
struct Building {
    all: Vec<(String, bool)>,
    flow: Option<Box<Flow>>,
    split: bool,
    braces: bool,
    /// True when all of the values are meant.
    list: bool,
}

impl Building {
    fn new() -> Self {
        Self {
            all: vec![(String::new(), true)],
            flow: None,
            split: false,
            braces: false,
            list: false,
        }
    }

    fn push(&mut self, text: &str) {
        for (all, _) in &mut self.all {
            // The signs used here have no business in a word.
            if text.bytes().any(|byte| (1..5).contains(&byte)) {
                all.extend(text.chars().filter(|c| !(SPLIT..=CLOSE).contains(c)));
            } else {
                all.push_str(text);
            }
        }
    }

    fn push_unknown(&mut self, raw: &str) {
        self.push(raw);
        for (_, known) in &mut self.all {
            *known = false;
        }
    }

    fn push_sign(&mut self, sign: char) {
        for (all, _) in &mut self.all {
            all.push(sign);
        }
    }

    /// Adds a value as it is or, unquoted, as several words.
    fn push_value(&mut self, value: &str, quoted: bool) {
        if quoted || !value.contains(char::is_whitespace) {
            self.push(value);
            return;
        }
        self.split = true;
        for (place, word) in value.split(char::is_whitespace).enumerate() {
            if place > 0 {
                self.push_sign(SPLIT);
            }
            self.push(word);
        }
    }

    /// Adds each of several values to each of what there is.
    fn push_each(&mut self, values: &[String], quoted: bool) {
        let [one] = values else {
            let before = std::mem::take(&mut self.all);
            let mut all = Vec::new();
            for value in values {
                if all.len() >= MOST {
                    break;
                }
                self.all.clone_from(&before);
                self.push_value(value, quoted);
                all.append(&mut self.all);
            }
            self.all = all;
            return;
        };
        self.push_value(one, quoted);
    }

    fn note(&mut self, flow: Flow) {
        match &mut self.flow {
            Some(all) => all.then(flow),
            None => self.flow = Some(Box::new(flow)),
        }
    }

    fn size(&self) -> usize {
        self.all.iter().map(|(text, _)| text.len()).sum()
    }
}

impl Run {
    /// Adds what `word` becomes to `out`. Gives how many words it may be of which one is meant.
    pub(super) fn expand<'s>(
        &mut self,
        word: &'s Word<'s>,
        at: At<'_>,
        out: &mut Vec<Arg<'s>>,
    ) -> usize {
        if let Some(text) = word.literal() {
            out.push(Arg::plain(text));
            return 1;
        }
        let mut building = Building::new();
        self.build(&word.parts, at, &mut building);
        let Building { all, flow, split, braces, list } = building;
        let choices = if list { 1 } else { all.len() };
        for (text, known) in all {
            let mut each = Vec::new();
            if braces {
                brace(&text, 0, &mut each);
            } else {
                each.push(text);
            }
            for text in each {
                if !split {
                    out.push(Arg { text: text.into(), known, flow: flow.clone() });
                    continue;
                }
                for text in text.split(SPLIT).filter(|text| !text.is_empty()) {
                    out.push(Arg { text: text.to_owned().into(), known, flow: flow.clone() });
                }
            }
        }
        choices
    }

    /// What `word` becomes as one text, as in an assignment or a here-document.
    pub(super) fn value(&mut self, word: &Word<'_>, at: At<'_>) -> Value {
        if let Some(text) = word.literal() {
            return Value { all: vec![text.into_owned()], ..Value::default() };
        }
        let mut building = Building::new();
        self.build(&word.parts, at, &mut building);
        let unknown = building.all.iter().any(|(_, known)| !known);
        let signs = |c| match c {
            SPLIT => ' ',
            OPEN => '{',
            COMMA => ',',
            CLOSE => '}',
            other => other,
        };
        let plain = building.split || building.braces;
        let all = building
            .all
            .into_iter()
            .map(|(text, _)| if plain { text.chars().map(signs).collect() } else { text });
        Value { all: all.collect(), unknown, array: false, flow: building.flow }
    }

    fn build(&mut self, parts: &[Part<'_>], at: At<'_>, building: &mut Building) {
        for part in parts {
            if building.size() > LONGEST || !self.spend(building.size()) {
                building.push_unknown("$");
                return;
            }
            match part {
                Part::Text(text) => building.push(text),
                Part::Brace(c) => {
                    building.braces = true;
                    building.push_sign(match c {
                        '{' => OPEN,
                        ',' => COMMA,
                        _ => CLOSE,
                    });
                }
                Part::Variable(variable) => self.variable(variable, at, building),
                Part::Output { body, quoted, raw } => {
                    let flow = self.apart(|run| run.steps(body, at));
                    output(flow, *quoted, raw, building);
                }
                Part::Ticks { body, quoted, raw } => {
                    let flow = self.apart(|run| run.script(body, at.place, at.input));
                    output(flow, *quoted, raw, building);
                }
                Part::Process { body, raw } => {
                    let flow = self.apart(|run| run.steps(body, at));
                    building.push_unknown(raw);
                    building.note(flow);
                }
                Part::Sum { inner, raw } => {
                    self.build(inner, at, &mut Building::new());
                    building.push_unknown(raw);
                }
            }
        }
        if !self.spend(building.size()) {
            building.push_unknown("$");
        }
    }

    fn variable(&mut self, variable: &Variable<'_>, at: At<'_>, building: &mut Building) {
        let &Variable { name, ref how, quoted, raw } = variable;
        let value = match how {
            How::Other(inner) => {
                self.build(inner, at, &mut Building::new());
                self.lookup(name).and_then(|value| changed(value, name, raw))
            }
            _ => self.lookup(name),
        };
        let said =
            value.as_ref().is_some_and(|value| value.all.iter().any(|text| !text.is_empty()));
        match (how, value) {
            (How::Else(inner), value) if !said => {
                if value.is_some_and(|value| value.unknown) {
                    building.push_unknown(raw);
                } else {
                    self.build(inner, at, building);
                }
            }
            (How::Set(inner), _) if !said => {
                let mut own = Building::new();
                self.build(inner, at, &mut own);
                let unknown = own.all.iter().any(|(_, known)| !known);
                let all = own.all.iter().map(|(text, _)| text.replace(SPLIT, " ")).collect();
                self.set(name, Value { all, unknown, array: false, flow: own.flow }, false);
                self.build(inner, at, building);
            }
            (How::Then(inner), value) => {
                if value.is_some() {
                    self.build(inner, at, building);
                } else {
                    // It may be set elsewhere: what runs in it counts.
                    self.build(inner, at, &mut Building::new());
                }
            }
            (_, Some(value)) if !value.all.is_empty() || value.array => {
                let values = match how {
                    How::At(place) => value.all.get(*place..=*place).unwrap_or_default(),
                    How::Plain if value.array => value.all.get(..1).unwrap_or_default(),
                    _ => &value.all,
                };
                if let Some(flow) = value.flow.clone() {
                    building.note(*flow);
                }
                if values.is_empty() {
                    // An array of nothing is no word.
                    building.split = true;
                } else if !quoted && self.splits == UNKNOWN {
                    building.push_unknown(raw);
                } else if !quoted && !self.splits.is_empty() {
                    let signs: Vec<char> = self.splits.chars().take(16).collect();
                    let values: Vec<String> =
                        values.iter().map(|value| value.replace(signs.as_slice(), " ")).collect();
                    building.list |= value.array;
                    building.push_each(&values, quoted);
                } else {
                    building.list |= value.array;
                    building.push_each(values, quoted);
                }
                if value.unknown {
                    for (_, known) in &mut building.all {
                        *known = false;
                    }
                }
            }
            (_, value) => {
                if let Some(flow) = value.and_then(|value| value.flow) {
                    building.note(*flow);
                }
                building.push_unknown(raw);
            }
        }
    }
}

fn output(flow: Flow, quoted: bool, raw: &str, building: &mut Building) {
    match &flow.text {
        Some(text) if !flow.is_fetched() => {
            if text.trim_end().is_empty() && !quoted {
                building.split = true;
            }
            building.push_value(text.trim_end_matches(['\n', '\r']), quoted);
        }
        _ => {
            building.push_unknown(raw);
            building.note(flow);
        }
    }
}

/// Adds each text that braces make of `text`.
fn brace(text: &str, depth: usize, out: &mut Vec<String>) {
    let plain = |text: &str| -> String {
        let sign = |c| match c {
            OPEN => '{',
            COMMA => ',',
            CLOSE => '}',
            other => other,
        };
        text.chars().map(sign).collect()
    };
    let Some(open) = text.find(OPEN).filter(|_| depth < 8) else {
        out.push(plain(text));
        return;
    };
    let (mut level, mut cuts, mut close) = (0_usize, vec![open], None);
    for (place, c) in text.char_indices().skip_while(|(place, _)| *place < open) {
        match c {
            OPEN => level += 1,
            CLOSE if level == 1 => {
                cuts.push(place);
                close = Some(place);
                break;
            }
            CLOSE => level -= 1,
            COMMA if level == 1 => cuts.push(place),
            _ => {}
        }
    }
    let before = text.get(..open).unwrap_or_default();
    let Some(close) = close else {
        out.push(plain(text));
        return;
    };
    let after = text.get(close + 1..).unwrap_or_default();
    if cuts.len() < 3 {
        // Not a list: the braces are text.
        let inside = plain(text.get(open + 1..close).unwrap_or_default());
        brace(&format!("{before}{{{inside}}}{after}"), depth + 1, out);
        return;
    }
    for pair in cuts.windows(2) {
        let &[from, to] = pair else { continue };
        if out.len() >= MOST {
            return;
        }
        let inside = text.get(from + 1..to).unwrap_or_default();
        brace(&format!("{before}{inside}{after}"), depth + 1, out);
    }
}

/// What `${name#text}` and its relatives make of a value; none for what is not understood.
fn changed(mut value: Value, name: &str, raw: &str) -> Option<Value> {
    let how = raw.strip_prefix("${")?.strip_suffix('}')?.strip_prefix(name)?;
    // Patterns and what is put together are not followed.
    if how.contains(['*', '?', '$', '`', '\\', '[']) {
        return None;
    }
    for text in &mut value.all {
        *text = changed_text(text, how)?;
    }
    Some(value)
}

fn changed_text(text: &str, how: &str) -> Option<String> {
    let bare = how.trim_matches(['\'', '"']);
    Some(match how {
        ",," => text.to_lowercase(),
        "^^" => text.to_uppercase(),
        _ if how.starts_with('#') => {
            let start = bare.trim_start_matches('#').trim_matches(['\'', '"']);
            text.strip_prefix(start).unwrap_or(text).to_owned()
        }
        _ if how.starts_with('%') => {
            let end = bare.trim_start_matches('%').trim_matches(['\'', '"']);
            text.strip_suffix(end).unwrap_or(text).to_owned()
        }
        _ if how.starts_with('/') => {
            let all = how.starts_with("//");
            let (from, to) = how
                .trim_start_matches('/')
                .split_once('/')
                .unwrap_or((how.trim_start_matches('/'), ""));
            if from.is_empty() || text.len() > 4096 {
                return None;
            }
            if all { text.replace(from, to) } else { text.replacen(from, to, 1) }
        }
        _ => {
            let (from, length) = match how.strip_prefix(':')?.split_once(':') {
                Some((from, length)) => (from, Some(length.trim().parse::<usize>().ok()?)),
                None => (how.strip_prefix(':')?, None),
            };
            let from = from.trim().parse::<usize>().ok()?;
            text.chars().skip(from).take(length.unwrap_or(usize::MAX)).collect()
        }
    })
}

//! Lines of values between commas, as the exports of abuse.ch have them: a comment names the columns,
//! values are in quotes, and a space may stand before them.

use std::borrow::Cow;

use vigil_proto::intel::IntelForm;

/// The values of a line are read so far.
const MOST: usize = 32;

/// Which column is which.
#[derive(Debug, Default)]
pub(super) struct Columns(Vec<String>);

impl Columns {
    /// Takes the columns' names from the first line that names `known` among them; true where the line
    /// is no row.
    pub(super) fn take(&mut self, line: &str, known: &str) -> bool {
        let is_comment = line.trim_start().starts_with('#');
        if self.0.is_empty() && line.contains(known) {
            let names = values(line.trim_start_matches(['#', ' ']));
            let names: Vec<_> = names.iter().map(|name| name.trim().to_lowercase()).collect();
            if names.iter().any(|name| name == known) {
                self.0 = names;
                return true;
            }
        }
        is_comment
    }

    /// The value of this column, which is at `usual` where nothing names the columns.
    pub(super) fn of<'a>(&self, row: &'a [Cow<'_, str>], name: &str, usual: usize) -> &'a str {
        let at = if self.0.is_empty() {
            Some(usual)
        } else {
            self.0.iter().position(|column| column == name)
        };
        at.and_then(|at| row.get(at)).map_or("", |value| value.trim())
    }
}

/// What rows without a head are, by what stands in them.
pub(super) fn form_of(begin: &str) -> Option<IntelForm> {
    let line = begin.lines().find(|line| !line.starts_with('#') && !line.trim().is_empty())?;
    let row = values(line);
    let value = |at: usize| row.get(at).map_or("", |value| value.trim());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !line.trim_start().starts_with('"') {
        None
    } else if is_number(value(0)) && value(2).contains("://") {
        Some(IntelForm::Urlhaus)
    } else if is_number(value(1)) && row.len() >= 10 {
        Some(IntelForm::Threatfox)
    } else {
        None
    }
}

/// The values of a line.
pub(super) fn values(line: &str) -> Vec<Cow<'_, str>> {
    let mut values = Vec::new();
    let mut rest = line;
    while values.len() < MOST {
        let begin = rest.trim_start_matches([' ', '\t']);
        let (value, after) = if let Some(quoted) = begin.strip_prefix('"') {
            in_quotes(quoted)
        } else {
            let end = begin.find(',').unwrap_or(begin.len());
            let (value, after) = begin.split_at(end);
            (Cow::Borrowed(value), after)
        };
        values.push(value);
        // What stands between a quote and the comma belongs to nothing.
        match after.find(',').and_then(|at| after.get(at + 1..)) {
            Some(next) => rest = next,
            None => break,
        }
    }
    values
}

/// The value up to its quote, which is written twice where it is part of it, and what follows.
fn in_quotes(text: &str) -> (Cow<'_, str>, &str) {
    let mut value = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let end = rest.find('"').unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if value.is_empty() {
            value = Cow::Borrowed(part);
        } else {
            value.to_mut().push_str(part);
        }
        let after = after.strip_prefix('"').unwrap_or(after);
        match after.strip_prefix('"') {
            Some(more) => {
                value.to_mut().push('"');
                rest = more;
            }
            None => return (value, after),
        }
    }
}

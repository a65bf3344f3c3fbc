//! The parts of a question: lists of words, numbers of rows, conditions with their parameters.
//! Values reach SQL as bound parameters alone.

use rusqlite::{ToSql, types::ToSqlOutput};
use vigil_proto::view::MAX_ROWS;

use crate::error::Error;

/// Words that are looked for are at most so long, in bytes.
const LONGEST_WORDS: usize = 1000;

/// The values of a comma-separated list, each one of `all`.
pub(super) fn list<T: Copy>(
    what: &'static str,
    text: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<Vec<T>, Error> {
    text.split(',').map(str::trim).map(|given| one(what, given, all, word)).collect()
}

/// The value of `all` that is written `given`.
pub(super) fn one<T: Copy>(
    what: &'static str,
    given: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, Error> {
    all.iter().copied().find(|value| word(*value) == given).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
        Error::Question { what, given: given.to_owned(), expected: words.join(", ") }
    })
}

/// How many rows to give: as many as asked for, within the bound that every list has.
pub(super) fn rows(asked: Option<u64>) -> i64 {
    asked.unwrap_or(MAX_ROWS).min(MAX_ROWS).cast_signed()
}

/// How many rows to pass over.
pub(super) fn offset(asked: Option<u64>) -> i64 {
    i64::try_from(asked.unwrap_or(0)).unwrap_or(i64::MAX)
}

/// Words that are looked for, without blanks around them; none when there are none.
///
/// # Errors
/// [`Error::Question`] when they are longer than anybody types.
pub(super) fn words(text: Option<&str>) -> Result<Option<&str>, Error> {
    let words = text.map(str::trim).filter(|words| !words.is_empty());
    match words {
        Some(words) if words.len() > LONGEST_WORDS => Err(Error::Question {
            what: "q",
            given: format!("{} bytes", words.len()),
            expected: format!("at most {LONGEST_WORDS} bytes"),
        }),
        words => Ok(words),
    }
}

/// A pattern of LIKE, with `\` as its escape, for what contains `text`.
pub(super) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Conditions that all must hold, with the values of their parameters.
#[derive(Default)]
pub(super) struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

/// A parameter.
pub(super) enum Value {
    Number(i64),
    Text(String),
    Bytes([u8; 16]),
}

impl Conditions {
    /// One more, of our own words; `values` are those of its `?`.
    pub(super) fn and<const N: usize>(&mut self, sql: impl Into<String>, values: [Value; N]) {
        self.sql.push(sql.into());
        self.values.extend(values);
    }

    /// `column` is one of these numbers.
    pub(super) fn among<N: Into<i64>>(
        &mut self,
        column: &str,
        numbers: impl IntoIterator<Item = N>,
    ) {
        self.one_of(column, numbers.into_iter().map(|n| Value::Number(n.into())).collect());
    }

    /// `column` is one of these texts.
    pub(super) fn among_texts(
        &mut self,
        column: &str,
        texts: impl IntoIterator<Item: Into<String>>,
    ) {
        self.one_of(column, texts.into_iter().map(|text| Value::Text(text.into())).collect());
    }

    fn one_of(&mut self, column: &str, values: Vec<Value>) {
        let places = vec!["?"; values.len()].join(", ");
        self.sql.push(format!("{column} IN ({places})"));
        self.values.extend(values);
    }

    /// ` WHERE ...`, or nothing.
    pub(super) fn clause(&self) -> String {
        if self.sql.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", self.sql.join(" AND "))
        }
    }

    /// The values, with further ones after them.
    pub(super) fn values<'a>(&'a self, more: &'a [Value]) -> Vec<&'a dyn ToSql> {
        self.values.iter().chain(more).map(|value| value as &dyn ToSql).collect()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Number(number) => number.to_sql(),
            Self::Text(text) => text.to_sql(),
            Self::Bytes(bytes) => bytes.to_sql(),
        }
    }
}

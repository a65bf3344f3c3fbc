//! Types of credentials that have no prefix of their own: a service's name in the value's name,
//! and the form its values have. The names and forms are those of each service's documentation.

use std::ops::Range;

use memchr::memmem;

pub(crate) use self::table::TABLE;
use super::name::{Kind, Name};
use crate::{class::Class, rule::Rule};

mod table;

/// A type that is told by the service's name.
#[derive(Debug)]
pub(crate) struct Bound {
    /// The type.
    pub(crate) rule: Rule,
    /// The service's names, in lower case with `_` between words. One of three letters or fewer
    /// must be a whole word.
    words: &'static [&'static str],
    /// The letters of its values.
    class: Class,
    min: u16,
    max: u16,
}

impl Bound {
    /// How its values are told, in words.
    pub(crate) fn form(&self) -> String {
        let letters = crate::rules::catalogue::letters(self.class);
        let len = if self.min == self.max {
            self.min.to_string()
        } else {
            format!("{}-{}", self.min, self.max)
        };
        format!("a name with `{}`: `[{letters}]{{{len}}}`", self.words.join("`, `"))
    }
}

const fn bound(
    name: &'static str,
    group: &'static str,
    title: &'static str,
    words: &'static [&'static str],
    class: Class,
    min: u16,
    max: u16,
) -> Bound {
    Bound { rule: Rule::assigned(name, group, title), words, class, min, max }
}

/// The types of values whose service is not known.
pub(crate) static RULES: &[Rule] = &[
    Rule::assigned("generic_password", "generic", "a password"),
    Rule::assigned("generic_secret", "generic", "a secret key"),
    Rule::assigned("generic_api_key", "generic", "a key or token of a service"),
    Rule::assigned("http_bearer", "token", "a bearer token"),
    Rule::assigned("http_basic", "token", "a user and password in base64"),
    Rule::assigned("docker_auth", "config", "a registry's user and password in base64"),
    Rule::assigned("netrc", "config", "a password of a .netrc"),
    Rule::assigned("mssql_conn", "db", "a password in a connection string"),
];

/// A key or token of a service.
pub(crate) static LAST: &Rule =
    &Rule::assigned("generic_api_key", "generic", "a key or token of a service");

fn named(name: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.name == name).unwrap_or(LAST)
}

/// The type of a known service whose name and form fit.
pub(super) fn of(name: &Name, before: &[u8], value: &[u8]) -> Option<&'static Rule> {
    let mut lower = [0; 64];
    let lower = lower.get_mut(..before.len().min(64))?;
    lower.copy_from_slice(before.get(before.len() - lower.len()..)?);
    lower.make_ascii_lowercase();
    let sentence = lower.rsplit(|byte| matches!(byte, b'\n' | b'.' | b'"')).next()?;
    let near = if sentence.ends_with(b" ") { sentence } else { b"" };
    TABLE
        .iter()
        .find(|bound| {
            let len = value.len();
            let fits = len >= usize::from(bound.min)
                && len <= usize::from(bound.max)
                && value.iter().all(|byte| bound.class.has(*byte))
                && (value.iter().any(u8::is_ascii_digit) || len >= 40);
            fits && bound.words.iter().any(|word| {
                says(name.as_str().as_bytes(), word) || (word.len() > 3 && says(near, word))
            })
        })
        .map(|bound| &bound.rule)
}

fn says(name: &[u8], word: &str) -> bool {
    memmem::find_iter(name, word.as_bytes()).any(|at| {
        let end = at + word.len();
        let starts = at == 0 || name.get(at - 1).is_some_and(|byte| !byte.is_ascii_alphanumeric());
        let ends = name.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        starts && (ends || word.len() > 3)
    })
}

/// The type of a value in base64 of a user and a password.
pub(super) fn pair(name: &Name) -> &'static Rule {
    named(if name.as_str().ends_with("auth") { "docker_auth" } else { "http_basic" })
}

/// The type of a value whose service is not known.
pub(super) fn generic(kind: Kind, text: &str, name: &Range<usize>) -> &'static Rule {
    let bytes = text.as_bytes();
    let before = bytes.get(name.start.saturating_sub(120)..name.start).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    named(match kind {
        Kind::Password if line.ends_with(b";") || line.ends_with(b"; ") => "mssql_conn",
        Kind::Password if memmem::find(before, b"login ").is_some() => "netrc",
        Kind::Password => "generic_password",
        Kind::Secret => "generic_secret",
        Kind::Bearer => "http_bearer",
        Kind::Token | Kind::Pair | Kind::Likely | Kind::Weak => "generic_api_key",
    })
}

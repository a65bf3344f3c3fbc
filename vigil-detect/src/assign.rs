//! Values with a telling name: `DB_PASSWORD=...`, `"apiKey": "..."`, `<key>token</key>`, `my
//! password is ...`. A small parser, no expression: a name that ends in a word for a secret, a
//! sign that gives it a value, and a value that is neither a reference nor a stand-in.

use std::ops::Range;

use self::{
    loose::Loose,
    name::{Kind, Name},
};
use crate::{class::URL64_DOT, rule::Rule};

mod bound;
mod columns;
mod expression;
mod gap;
mod loose;
mod name;
mod service;
mod value;
mod wide;

pub(crate) use self::{
    bound::{LAST as KEY, RULES as GENERIC, TABLE as BOUND},
    service::introduces,
};

/// Parts of the words that a name of a secret contains, in the ways they are written. Four letters
/// or more: the search looks at four letters at once.
pub(crate) const WORDS: &[&str] = &[
    "\"key\"", "'key'", "\nkey", "?key=", "&key=", "\"pass", "'pass", "\"pw\"", "PASS=", "PASS:",
    "_creds", "_CREDS", "Creds", "_key", "-key", " key", "ikey", "skey", "hkey", "_KEY", "-KEY",
    " KEY", "IKEY", "iKey", "tKey", "yKey", "eKey", "sKey", "nKey", "pKey", "rKey", "-Key", " Key",
    "_Key", "PKey", "IKey", "oken", "OKEN", "ecret", "ECRET", "assw", "ASSW", "assp", "ASSP",
    "_pass", "_PASS", "Pass", "dbpass", "DBPASS", "pass:", "pass=", "_pwd", "_PWD", "bPwd", "nPwd",
    "sPwd", "rPwd", "Pwd=", "PWD=", "pwd=", "pwd\"", "pwd:", "edential", "EDENTIAL", "_auth",
    "_AUTH", "\"auth", "earer", "asic ", "rization", "salt", "SALT", "_pat=", "_pat =", "_pat:",
    "_pat\"", "_PAT", ".key=", ".key =", ".key:", ".pass=", ".pass =", ".pass:",
];

/// Reads the values of names, one name after the other.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Read so far.
    at: usize,
    /// The bytes looked at.
    pub(crate) work: usize,
}

/// A value with a telling name.
#[derive(Debug)]
pub(crate) struct Assigned {
    /// The value's place.
    pub(crate) place: Range<usize>,
    /// Its type.
    pub(crate) rule: &'static Rule,
    /// False when it is only sure enough to be masked.
    pub(crate) alert: bool,
}

impl Names {
    /// Calls `found` with every secret that is given to the name around `word`; words come in the
    /// order of their places, and one within what was read already is none.
    pub(crate) fn at(&mut self, text: &str, word: &Range<usize>, mut found: impl FnMut(Assigned)) {
        if word.start < self.at {
            return;
        }
        self.at = word.end;
        let bytes = text.as_bytes();
        if bytes.get(word.clone()) == Some(b"oken")
            && bytes.get(word.end) == Some(&b's')
            && bytes.get(word.end + 1).is_none_or(|byte| !URL64_DOT.has(*byte))
        {
            // Models count tokens in every answer.
            return;
        }
        let Some(name) = name::around(bytes, word) else { return };
        self.at = self.at.max(name.end);
        self.work += name.len();
        if bytes.get(name.clone()).is_none_or(|name| name.ends_with(b"tokens")) {
            return;
        }
        let Some(named) = named(text, &name) else { return };
        let given = (&named.0, named.1, &name, named.2);
        match read(text, given, &mut self.work) {
            Some(assigned) => {
                self.at = self.at.max(assigned.place.start);
                found(assigned);
            }
            None => in_columns(text, given, &mut self.work, found),
        }
    }
}

/// What the name at `place` says, and what stands before it, when it may be one of a secret.
fn named<'t>(text: &'t str, place: &Range<usize>) -> Option<(Name, Kind, &'t [u8])> {
    let bytes = text.as_bytes();
    let name = Name::new(bytes.get(name::with_word_before(bytes, place))?);
    let kind = name.kind()?;
    if kind != Kind::Likely && !name::is_property_of_secret(bytes.get(place.clone())?) {
        return None;
    }
    let before = bytes.get(place.start.saturating_sub(48)..place.start)?;
    (!name::denied_by(before)).then_some((name, kind, before))
}

/// The secret that the name is given, if it is given one.
fn read(text: &str, given: Given<'_>, work: &mut usize) -> Option<Assigned> {
    plainly(text, given, work)
        .or_else(|| loosely(text, given, work, loose::after))
        .or_else(|| loosely(text, given, work, wide::after))
}

/// The secrets below the name, where it heads a column.
fn in_columns(
    text: &str,
    (name, kind, place, before): Given<'_>,
    work: &mut usize,
    mut found: impl FnMut(Assigned),
) {
    let bytes = text.as_bytes();
    *work += columns::each(bytes, place, kind, |value| {
        let secret = bytes.get(value.clone()).unwrap_or_default();
        let rule = bound::of(name, before, secret);
        let rule = rule.unwrap_or_else(|| bound::generic(kind, text, place));
        found(Assigned { place: value, rule, alert: true });
    });
}

/// A name: its words, its kind, its place and what stands before it.
type Given<'t> = (&'t Name, Kind, &'t Range<usize>, &'t [u8]);

/// With a sign between name and value.
fn plainly(
    text: &str,
    (name, kind, place, before): Given<'_>,
    work: &mut usize,
) -> Option<Assigned> {
    let bytes = text.as_bytes();
    let gap = gap::after(bytes, place, kind)?;
    *work += gap.start - place.end;
    let value = value::unfeigned(bytes, value::at(bytes, &gap, kind)?);
    if gap.tag && bytes.get(value.end) != Some(&b'<') {
        return None;
    }
    *work += value.len() + 8;
    // The name of a thing with its UUID, or a function that is asked for what has it.
    let named = gap.bare && value.len() > 36;
    let asked = bytes.get(place.end) == Some(&b'(') && value.len() == 36;
    if (named || asked) && secret_ends_in_uuid(bytes, &value) {
        return None;
    }
    let secret = bytes.get(value.clone())?;
    let chosen = matches!(kind, Kind::Password | Kind::Secret) && !gap.bare;
    if !chosen && secret.len() < 40 && !secret.iter().any(u8::is_ascii_digit) {
        return None;
    }
    if value::is_reference(secret, &gap) || value::is_stand_in(secret) {
        return None;
    }
    if kind == Kind::Pair && value::is_pair(secret) {
        return Some(Assigned { place: value, rule: bound::pair(name), alert: true });
    }
    if let Some(rule) = bound::of(name, before, secret) {
        return Some(Assigned { place: value, rule, alert: true });
    }
    let alert = match kind {
        Kind::Weak | Kind::Likely | Kind::Pair => {
            service::gives(bytes, place, (name, kind), secret, &gap).then_some(true)?
        }
        _ if gap.bare => {
            service::gives(bytes, place, (name, kind), secret, &gap).then_some(true)?
        }
        Kind::Password => value::is_password(secret, &gap)?,
        _ => value::is_random(secret, kind, &gap)?,
    };
    Some(Assigned { place: value, rule: bound::generic(kind, text, place), alert })
}

fn secret_ends_in_uuid(text: &[u8], value: &Range<usize>) -> bool {
    text.get(value.clone()).and_then(<[u8]>::last_chunk).is_some_and(loose::is_uuid)
}

/// In one of the less usual ways, where only a value that could be nothing else counts.
fn loosely(
    text: &str,
    (name, kind, place, before): Given<'_>,
    work: &mut usize,
    way: fn(&[u8], &Range<usize>, Kind) -> Option<Loose>,
) -> Option<Assigned> {
    let bytes = text.as_bytes();
    let loose = way(bytes, place, kind)?;
    *work += loose.place.end.saturating_sub(place.end) + 8;
    let secret = bytes.get(loose.place.clone())?;
    let rule = if loose.is_certain(secret, kind) {
        bound::of(name, before, secret).unwrap_or_else(|| bound::generic(kind, text, place))
    } else {
        return None;
    };
    Some(Assigned { place: loose.place, rule, alert: true })
}

/// Whether a value that a command takes as a password is one, and no reference or stand-in.
pub(crate) fn is_given_password(value: &[u8]) -> bool {
    let gap = gap::Gap::after_flag();
    !value::is_reference(value, &gap)
        && !value::is_stand_in(value)
        && value::is_password(value, &gap).unwrap_or_default()
}

/// The same for what stands where a program takes a password, and nothing else.
pub(crate) fn is_password_of_program(value: &[u8]) -> bool {
    let gap = gap::Gap::of_a_program();
    !value::is_reference(value, &gap)
        && !value::is_stand_in(value)
        && value::is_password(value, &gap).unwrap_or_default()
}

/// The same without what is often a mere id.
pub(crate) fn is_certain_key(value: &[u8]) -> bool {
    Loose::new(0..value.len(), false).is_certain(value, Kind::Token)
}

/// True for what could be nothing else than a key or token that a service gave out.
pub(crate) fn is_certain_token(value: &[u8]) -> bool {
    Loose::new(0..value.len(), true).is_certain(value, Kind::Token)
}

/// True for a path of names, a call, a variable, a stand-in: no value.
pub(crate) fn is_name_or_reference(value: &[u8]) -> bool {
    value::is_reference(value, &gap::Gap::after_flag()) || value::is_stand_in(value)
}

#[cfg(test)]
mod tests;

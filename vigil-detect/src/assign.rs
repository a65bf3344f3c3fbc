//! Values with a telling name: `DB_PASSWORD=...`, `"apiKey": "..."`, `<key>token</key>`, `my
//! password is ...`. A small parser, no expression: a name that ends in a word for a secret, a
//! sign that gives it a value, and a value that is neither a reference nor a stand-in.

use std::ops::Range;

use aho_corasick::{
    AhoCorasick, MatchKind, Span,
    packed::{self, Searcher},
};

use self::name::{Kind, Name};
use crate::rule::Rule;

mod bound;
mod gap;
mod name;
mod value;

pub(crate) use self::bound::{RULES as GENERIC, TABLE as BOUND};

/// Parts of the words that a name of a secret contains, in the ways they are written. Four letters
/// or more: the search looks at four letters at once.
const WORDS: &[&str] = &[
    "_key", "-key", " key", "ikey", "skey", "hkey", "_KEY", "-KEY", " KEY", "IKEY", "iKey", "tKey",
    "yKey", "eKey", "sKey", "nKey", "pKey", "rKey", "-Key", " Key", "_Key", "PKey", "IKey", "oken",
    "OKEN", "ecret", "ECRET", "assw", "ASSW", "assp", "ASSP", "_pass", "_PASS", "Pass", "dbpass",
    "DBPASS", "pass:", "pass=", "_pwd", "_PWD", "bPwd", "nPwd", "sPwd", "rPwd", "Pwd=", "PWD=",
    "pwd=", "pwd\"", "pwd:", "edential", "EDENTIAL", "_auth", "_AUTH", "\"auth", "earer", "asic ",
    "rization", "salt", "SALT", "_pat=", "_PAT",
];

/// Finds names and reads their values.
#[derive(Debug)]
pub(crate) struct Assignments {
    search: Search,
}

#[derive(Debug)]
enum Search {
    Vector(Box<Searcher>),
    Automaton(Box<AhoCorasick>),
    Empty,
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

impl Assignments {
    /// Ready to search.
    pub(crate) fn new() -> Self {
        let vector = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostFirst)
            .builder()
            .extend(WORDS)
            .build();
        let search = match vector {
            Some(searcher) => Search::Vector(Box::new(searcher)),
            None => AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostFirst)
                .build(WORDS)
                .map_or(Search::Empty, |automaton| Search::Automaton(Box::new(automaton))),
        };
        Self { search }
    }

    /// Calls `found` with every value that is taken for a secret; gives the bytes looked at.
    pub(crate) fn each(&self, text: &str, mut found: impl FnMut(Assigned)) -> usize {
        let bytes = text.as_bytes();
        let (mut at, mut work) = (0, 0);
        while let Some(place) = self.search.next(bytes, at) {
            at = place.end;
            let Some(name_place) = name::around(bytes, &place) else { continue };
            at = at.max(name_place.end);
            work += name_place.len();
            if let Some(assigned) = read(text, name_place, &mut work) {
                at = at.max(assigned.place.start);
                found(assigned);
            }
        }
        work
    }
}

impl Search {
    fn next(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        match self {
            Self::Vector(searcher) => {
                Some(searcher.find_in(text, Span { start: at, end: text.len() })?.range())
            }
            Self::Automaton(automaton) => {
                Some(automaton.find(aho_corasick::Input::new(text).range(at..))?.range())
            }
            Self::Empty => None,
        }
    }
}

/// The secret that the name at `place` is given, if it is given one.
fn read(text: &str, place: Range<usize>, work: &mut usize) -> Option<Assigned> {
    let bytes = text.as_bytes();
    let name = Name::new(text.get(name::with_word_before(bytes, &place))?);
    let kind = name.kind()?;
    let gap = gap::after(bytes, &place, kind)?;
    *work += gap.start - place.end;
    let value = value::at(bytes, &gap)?;
    if gap.tag && bytes.get(value.end) != Some(&b'<') {
        return None;
    }
    *work += value.len() + 8;
    let secret = bytes.get(value.clone())?;
    let before = bytes.get(place.start.saturating_sub(48)..place.start)?;
    if name::denied_by(before) || value::is_reference(secret, &gap) || value::is_stand_in(secret) {
        return None;
    }
    if kind == Kind::Pair {
        let rule = bound::pair(&name);
        return value::is_pair(secret).then_some(Assigned { place: value, rule, alert: true });
    }
    if let Some(rule) = bound::of(&name, before, secret) {
        return Some(Assigned { place: value, rule, alert: true });
    }
    if gap.bare {
        return None;
    }
    let alert = match kind {
        Kind::Password => value::is_password(secret, &gap)?,
        Kind::Weak => return None,
        _ => value::is_random(secret, kind, &gap)?,
    };
    Some(Assigned { place: value, rule: bound::generic(kind, text, &place), alert })
}

/// Whether a value that a command takes as a password is one, and no reference or stand-in.
pub(crate) fn is_given_password(value: &[u8]) -> bool {
    let gap = gap::Gap::after_flag();
    !value::is_reference(value, &gap)
        && !value::is_stand_in(value)
        && value::is_password(value, &gap).unwrap_or_default()
}

#[cfg(test)]
mod tests;

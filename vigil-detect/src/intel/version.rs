//! Versions, compared as far as a list of malicious ones needs it: in the order of their ecosystem,
//! and of a version that a command asks for, whether it is one or may become several.

use std::{borrow::Cow, cmp::Ordering};

/// What a command asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// This version.
    Exactly(&'a str),
    /// This one or a later one; a range's upper end is not looked at.
    AtLeast(&'a str),
    /// It cannot be told.
    Any,
}

/// In front of versions; the first that fits is meant.
const AT_LEAST: &[&str] = &["^", "~>", "~=", "~", ">=", ">"];
const EXACTLY: &[&str] = &["===", "==", "="];

impl<'a> Asked<'a> {
    /// What `version` means where commands of this ecosystem say it.
    pub(super) fn of(ecosystem: &str, version: Option<&'a str>) -> Self {
        let Some(version) = version.map(str::trim) else { return Self::Any };
        for sign in AT_LEAST {
            if let Some(version) = version.strip_prefix(sign) {
                return Self::known(version).map_or(Self::Any, Self::AtLeast);
            }
        }
        let bare = EXACTLY.iter().find_map(|sign| version.strip_prefix(sign));
        let is_said = bare.is_some();
        let bare = bare.unwrap_or(version).trim();
        let Some(known) = Self::known(bare) else { return Self::Any };
        let parts = known.split(['-', '+']).next().unwrap_or_default().split('.').count();
        match ecosystem {
            _ if known.len() < bare.len() => Self::AtLeast(known),
            // `npm i x@3` is the newest 3, `go get x@v2` the newest v2.
            "npm" | "go" | "packagist" if parts < 3 => Self::AtLeast(known),
            // A bare one in a manifest is a caret; on the command line it is that one.
            "crates.io" if parts < 3 && !is_said => Self::AtLeast(known),
            _ => Self::Exactly(known),
        }
    }

    /// The version without stars, if it is one version at all.
    fn known(version: &str) -> Option<&str> {
        let version = version.trim();
        let is_one = |c: char| c.is_ascii_alphanumeric() || ".-+!_".contains(c);
        let plain = version.trim_end_matches(".*").trim_end_matches(".x").trim_end_matches(".X");
        let digits = plain.strip_prefix(['v', 'V']).unwrap_or(plain);
        (digits.starts_with(|c: char| c.is_ascii_digit()) && plain.chars().all(is_one))
            .then_some(plain)
    }
}

/// The order of two versions of an ecosystem. Versions that are none of its kind are compared piece
/// by piece, so that the same text is always equal.
pub fn compare(ecosystem: &str, a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim(), b.trim());
    if a == b {
        return Ordering::Equal;
    }
    match ecosystem {
        "pypi" => match (Pep440::read(a), Pep440::read(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => by_pieces(a, b),
        },
        "rubygems" | "maven" => by_pieces(a, b),
        _ => semantic(a, b),
    }
}

/// Semantic versions; more or fewer numbers than three are taken as they come.
fn semantic(a: &str, b: &str) -> Ordering {
    let (a, b) = (SemVer::read(a), SemVer::read(b));
    let numbers = numbers_of(&a.core, &b.core);
    numbers.then_with(|| match (a.pre, b.pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => pre_releases(a, b),
    })
}

struct SemVer<'a> {
    core: Vec<&'a str>,
    pre: Option<&'a str>,
}

impl<'a> SemVer<'a> {
    fn read(text: &'a str) -> Self {
        let text = text.strip_prefix(['v', 'V', '=']).unwrap_or(text);
        let text = text.split('+').next().unwrap_or_default();
        let (core, pre) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
        Self { core: core.split('.').collect(), pre }
    }
}

fn numbers_of(a: &[&str], b: &[&str]) -> Ordering {
    let len = a.len().max(b.len());
    let at = |parts: &[&str], i: usize| parts.get(i).copied().unwrap_or("0").to_owned();
    (0..len)
        .map(|i| identifier(&at(a, i), &at(b, i)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn pre_releases(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => identifier(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Numbers by their value, and before words.
fn identifier(a: &str, b: &str) -> Ordering {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match (is_number(a), is_number(b)) {
        (true, true) => by_value(a, b),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

/// Digits by their value, however many there are.
fn by_value(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Runs of digits and of letters, compared one by one: a word is before a number, and what is
/// missing is a zero (`1.0.a` < `1.0` < `1.0.1`).
fn by_pieces(a: &str, b: &str) -> Ordering {
    let (a, b) = (pieces(a), pieces(b));
    let at =
        |pieces: &[Cow<'_, str>], i: usize| pieces.get(i).map_or("0", |piece| piece).to_owned();
    let order = |i: usize| identifier(&at(&a, i), &at(&b, i));
    let words_first = |i: usize| {
        let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        match (is_number(&at(&a, i)), is_number(&at(&b, i))) {
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => order(i),
        }
    };
    (0..a.len().max(b.len()))
        .map(words_first)
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn pieces(text: &str) -> Vec<Cow<'_, str>> {
    let mut pieces = Vec::new();
    for part in text.split(['.', '-', '_', '+']).filter(|part| !part.is_empty()) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let is_digit = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != is_digit).unwrap_or(rest.len());
            let (piece, left) = rest.split_at(end);
            pieces.push(match piece.to_ascii_lowercase().as_str() {
                "final" | "ga" | "release" => Cow::Borrowed("0"),
                word if word == piece => Cow::Borrowed(piece),
                word => Cow::Owned(word.to_owned()),
            });
            rest = left;
        }
    }
    pieces
}

/// A version of Python's, in the order of its parts: epoch, release, before a release, after it, in
/// development (PEP 440). What stands behind `+` is somebody's own and says nothing.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pep440 {
    epoch: u64,
    release: Vec<u64>,
    /// -1 in development of the release itself, 0 to 2 alpha, beta, candidate, 3 the release.
    phase: (i8, u64),
    /// -1 where it is none.
    post: i128,
    /// `u64::MAX` where it is none.
    dev: u64,
}

/// The words before a release, and their order.
const PHASES: &[(&str, i8)] = &[
    ("alpha", 0),
    ("a", 0),
    ("beta", 1),
    ("b", 1),
    ("preview", 2),
    ("pre", 2),
    ("rc", 2),
    ("c", 2),
];

impl Pep440 {
    fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let text = text.strip_prefix('v').unwrap_or(&text);
        let text = text.split('+').next().unwrap_or_default();
        let (epoch, mut rest) = match text.split_once('!') {
            Some((epoch, rest)) => (epoch.parse().ok()?, rest),
            None => (0, text),
        };
        let mut release = vec![take_number(&mut rest)?];
        while let Some(mut after) = rest.strip_prefix('.') {
            let Some(number) = take_number(&mut after) else { break };
            release.push(number);
            rest = after;
        }
        while release.last() == Some(&0) {
            release.pop();
        }
        let pre = PHASES.iter().find_map(|(word, phase)| Some((*phase, take(&mut rest, word)?)));
        let post = take(&mut rest, "post")
            .or_else(|| take(&mut rest, "rev"))
            .or_else(|| take(&mut rest, "r"))
            .or_else(|| {
                let mut after = rest.strip_prefix('-')?;
                let number = take_number(&mut after)?;
                rest = after;
                Some(number)
            });
        let dev = take(&mut rest, "dev");
        let phase = match (pre, post, dev) {
            (Some(pre), _, _) => pre,
            (None, None, Some(_)) => (-1, 0),
            (None, _, _) => (3, 0),
        };
        rest.is_empty().then_some(Self {
            epoch,
            release,
            phase,
            post: post.map_or(-1, i128::from),
            dev: dev.unwrap_or(u64::MAX),
        })
    }
}

fn take_number(rest: &mut &str) -> Option<u64> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    let number = digits.parse().ok()?;
    *rest = after;
    Some(number)
}

/// Takes `word`, what may stand around it, and its number, which is 0 where it is not said.
fn take(rest: &mut &str, word: &str) -> Option<u64> {
    const BETWEEN: [char; 3] = ['.', '-', '_'];
    let begin = rest.strip_prefix(BETWEEN).unwrap_or(rest);
    let mut after = begin.strip_prefix(word)?;
    let mut number = after.strip_prefix(BETWEEN).unwrap_or(after);
    let value = match take_number(&mut number) {
        Some(value) => {
            after = number;
            value
        }
        None => 0,
    };
    // `a` begins other words too.
    if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let goes_on = ["post", "rev", "r", "dev"].iter().any(|word| after.starts_with(word));
        if !goes_on {
            return None;
        }
    }
    *rest = after;
    Some(value)
}

#[cfg(test)]
mod tests;

//! The mask that stands for a secret: `[[vigil:TYPE:HINT:FP16]]`. It shows at most a third of the
//! value, and of what is not a random token nothing.

use std::{fmt, ops::Range};

use vigil_proto::{Confidence, FindingId, Masked, SealedValue, Severity};

use crate::{
    custom, decode,
    engine::{Engine, Hit},
    rule::Rule,
};

mod json;
mod shown;

pub(crate) use self::json::within_values;

/// How a mask begins.
pub(crate) const OPEN: &str = "[[vigil:";
/// How it ends.
pub(crate) const CLOSE: &str = "]]";
/// A mask is never longer than this, in bytes.
pub(crate) const LONGEST: usize = 128;
/// An access key id and a secret key at most so many bytes apart are one credential.
pub(crate) const PAIR_GAP: usize = 200;
/// So many of a value's first characters a hint shows at most, and of its last.
const MOST_SHOWN: usize = 4;

/// The installation's key for fingerprints. Whoever has it can test guesses against masks.
#[derive(Clone)]
pub struct FingerprintKey([u8; 32]);

impl FingerprintKey {
    /// From 32 random bytes, kept in a file that only the user can read.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The fingerprint of `value`. A key of its own is derived first, so that these hashes can
    /// never equal another use of the same installation key.
    fn of(&self, value: &[u8]) -> Fingerprint {
        let key = blake3::derive_key("vigil 2026 fingerprint of a secret", &self.0);
        let digest = blake3::keyed_hash(&key, value);
        let mut first = [0; 8];
        first.copy_from_slice(digest.as_bytes().split_at(8).0);
        Fingerprint(first)
    }
}

impl FingerprintKey {
    /// The key for this purpose of an installation's one key.
    pub fn of_installation(key: &[u8; 32]) -> Self {
        Self(blake3::derive_key("vigil 2026-11 secret fingerprints", key))
    }

    /// The fingerprint of a clear value, as it stands in that value's mask.
    pub(crate) fn fingerprint(&self, value: &str) -> Fingerprint {
        self.of(&essence(value))
    }
}

impl From<[u8; 32]> for FingerprintKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(hidden)")
    }
}

/// The first 8 bytes of the keyed BLAKE3 hash of a secret; 16 hexadecimal digits in a mask.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    /// Its bytes, the subject of [`FindingId::of`].
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A hit, as it stands in masked text.
#[derive(Clone, Debug)]
pub struct MaskedHit {
    /// First byte of the mask in the masked text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// True for a value that a provider's documentation uses.
    pub documented_example: bool,
    /// The secret's fingerprint.
    pub fingerprint: Fingerprint,
    /// False for what is masked but not sure enough to be told of.
    pub(crate) alert: bool,
    /// The value, where the vault is on.
    pub(crate) sealed: Option<SealedValue>,
}

impl MaskedHit {
    /// The incident: the same value, wherever it is seen.
    pub fn finding_id(&self) -> FindingId {
        FindingId::of(self.rule.name, self.fingerprint.as_bytes())
    }
}

/// Replaces every hit of `text` by its mask.
pub(crate) fn replace(engine: &Engine, text: &str, hits: &[Hit]) -> (Masked, Vec<MaskedHit>) {
    let mut out = String::with_capacity(text.len() + hits.len() * 32);
    let mut masked = Vec::with_capacity(hits.len());
    let mut at = 0;
    let mut quotes = Quotes::default();
    for hit in hits {
        let Some(value) = text.get(hit.start..hit.end) else { continue };
        out.push_str(text.get(at..hit.start).unwrap_or_default());
        let secret = hit.decoded.as_ref().map_or(value, |decoded| decoded.value.as_str());
        let fingerprint = engine.fingerprint(secret);
        let quoted = quotes.needed(text, hit);
        let start = out.len();
        out.push_str(if quoted { "\"" } else { "" });
        out.push_str(OPEN);
        out.push_str(hit.rule.name);
        out.push(':');
        if hit.rule.hint {
            push_hint(&mut out, secret);
        }
        out.push(':');
        out.push_str(&fingerprint.to_string());
        out.push_str(CLOSE);
        out.push_str(if quoted { "\"" } else { "" });
        let vault = engine.vault().filter(|_| hit.alert);
        let sealed = vault.and_then(|vault| match second_half(text, hits, hit) {
            Some(second) => vault.seal(&format!("{secret}\n{second}")),
            None => vault.seal(secret),
        });
        masked.push(MaskedHit {
            start,
            end: out.len(),
            rule: hit.rule,
            severity: hit.severity,
            confidence: hit.confidence,
            documented_example: hit.documented_example,
            fingerprint,
            alert: hit.alert,
            sealed,
        });
        at = hit.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (Masked::from_scan(out), masked)
}

/// The secret key beside this AWS access key id: one finding speaks for both, so that what it seals
/// is both.
fn second_half<'t>(text: &'t str, hits: &[Hit], id: &Hit) -> Option<&'t str> {
    if id.rule.name != "aws_access_key" {
        return None;
    }
    let gap = |other: &Hit| {
        if other.start < id.start {
            id.start.saturating_sub(other.end)
        } else {
            other.start.saturating_sub(id.end)
        }
    };
    let nearest = hits
        .iter()
        .filter(|other| other.rule.name == "aws_secret_key" && gap(other) <= PAIR_GAP)
        .min_by_key(|other| gap(other))?;
    text.get(nearest.start..nearest.end)
}

/// The marks of a text that was masked once more: those of before at their new places, but for
/// those that one of the new `hits` takes in, and the new ones.
pub(crate) fn merged(
    before: Vec<MaskedHit>,
    hits: &[Hit],
    mut marks: Vec<MaskedHit>,
) -> Vec<MaskedHit> {
    let places: Vec<_> =
        hits.iter().zip(&marks).map(|(hit, mark)| (hit.start..hit.end, mark.end)).collect();
    for mut mark in before {
        let passed = places.partition_point(|(hit, _)| hit.end <= mark.start);
        if places.get(passed).is_some_and(|(hit, _)| hit.start < mark.end) {
            continue;
        }
        if let Some((hit, end)) = passed.checked_sub(1).and_then(|last| places.get(last)) {
            mark.start = mark.start - hit.end + end;
            mark.end = mark.end - hit.end + end;
        }
        marks.push(mark);
    }
    marks.sort_by_key(|mark| mark.start);
    marks
}

/// Whether a number that is masked stood bare in JSON, where only a string may take its place.
#[derive(Default)]
struct Quotes {
    /// Read so far.
    at: usize,
    in_string: bool,
    escaped: bool,
}

impl Quotes {
    fn needed(&mut self, text: &str, hit: &Hit) -> bool {
        let number = text.get(hit.start..hit.end).unwrap_or_default();
        let of_number = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        if !number.bytes().all(of_number) || hit.start < self.at {
            return false;
        }
        let passed = text.get(self.at..hit.start).unwrap_or_default();
        for byte in passed.bytes() {
            match byte {
                b'\n' => self.in_string = false,
                b'"' if !self.escaped => self.in_string = !self.in_string,
                _ => {}
            }
            self.escaped = byte == b'\\' && !self.escaped;
        }
        self.at = hit.start;
        let before = text.get(..hit.start).unwrap_or_default().trim_ascii_end();
        let after = text.get(hit.end..).unwrap_or_default().trim_ascii_start();
        !self.in_string
            && (before.ends_with(['[', ',']) || ends_with_name(before))
            && after.starts_with([',', ']', '}'])
    }
}

/// True when a name of JSON and its colon stand at the end of `before`.
fn ends_with_name(before: &str) -> bool {
    before.strip_suffix(':').is_some_and(|name| name.trim_ascii_end().ends_with('"'))
}

/// What of a value makes it the same secret: a key in PEM form without its line ends, which JSON
/// writes in two characters and a terminal in one; everything else without the escapes of JSON.
fn essence(value: &str) -> Vec<u8> {
    if !value.starts_with("-----BEGIN") {
        return decode::unescaped(value).into_bytes();
    }
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                while bytes.next_if_eq(&b'\\').is_some() {}
                bytes.next_if(|letter| matches!(letter, b'n' | b'r' | b't'));
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            other => out.push(other),
        }
    }
    out
}

/// The first and last four characters, when that is at most a third of the value; fewer of a
/// shorter value, none of one under 16 characters.
fn push_hint(out: &mut String, value: &str) {
    if value.len() < 16 || !value.is_ascii() {
        return;
    }
    let shown = (value.len() / 6).min(MOST_SHOWN);
    let (Some(first), Some(last)) = (value.get(..shown), value.get(value.len() - shown..)) else {
        return;
    };
    if first.bytes().chain(last.bytes()).all(is_shown) {
        out.push_str(first);
        out.push_str("..");
        out.push_str(last);
    }
}

/// True for what [`push_hint`] writes.
fn is_hint(hint: &[u8]) -> bool {
    let shown = hint.len().saturating_sub(2) / 2;
    let (first, rest) = hint.split_at(shown);
    let last = rest.strip_prefix(b"..").unwrap_or_default();
    (2..=MOST_SHOWN).contains(&shown)
        && last.len() == shown
        && first.iter().chain(last).all(|byte| is_shown(*byte))
}

/// True for what a hint may show.
const fn is_shown(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.')
}

/// True when the whole of `text` is one mask of ours: a known type, a short hint where masks of
/// the type have one, a fingerprint. Anything longer or else in it is not ours and hides nothing.
///
/// A rule of the user's is known by the form of its name: what was masked by one that is gone by
/// now stays what it is.
pub(crate) fn is_mask(text: &[u8]) -> bool {
    let inner = text.strip_prefix(b"[[vigil:").and_then(|rest| rest.strip_suffix(b"]]"));
    inner.and_then(|inner| std::str::from_utf8(inner).ok()).is_some_and(is_inside_of_mask)
}

fn is_inside_of_mask(inner: &str) -> bool {
    let Some((name, rest)) = inner.split_once(':') else { return false };
    let Some((hint, fingerprint)) = rest.rsplit_once(':') else { return false };
    let known = if hint.is_empty() {
        Rule::named(name).is_some()
            || name.strip_prefix(custom::PREFIX).is_some_and(custom::is_rule)
    } else {
        is_hint(hint.as_bytes()) && Rule::all().any(|rule| rule.name == name && rule.hint)
    };
    let digits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    known && fingerprint.len() == 16 && fingerprint.bytes().all(digits)
}

/// The marks of all masks in `text`, for front ends that colour or count them.
pub fn masks_in(text: &Masked) -> impl Iterator<Item = Range<usize>> + '_ {
    let text = text.as_str();
    text.match_indices(OPEN).filter_map(move |(start, _)| {
        let len = text.get(start..)?.find("]]")? + 2;
        let place = start..start + len;
        is_mask(text.get(place.clone())?.as_bytes()).then_some(place)
    })
}

impl Engine {
    /// The fingerprint of a clear value, as it stands in that value's mask.
    pub fn fingerprint(&self, value: &str) -> Fingerprint {
        self.key().fingerprint(value)
    }
}

#[cfg(test)]
mod tests;

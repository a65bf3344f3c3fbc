//! The engine: finds secrets in text, masks them, and turns a batch of clear events into masked
//! events with findings. Its answers depend on text, rules and key alone.

use std::{fmt, ops::Range};

use vigil_proto::{Confidence, Masked, Sensitive, Severity};

use crate::{
    class::{Class, NONE},
    detector::Detector,
    finder::Finder,
    mask::{self, FingerprintKey, MaskedHit},
    plausible,
    rule::{Matcher, Rule},
    shape::{Candidate, Part},
};

/// Texts shorter than this hold no secret of a fixed shape.
const SHORTEST_TEXT: usize = 16;
/// From this length on a value's own alphabet may not stand before it: a text that repeats an
/// anchor then cannot make every repetition read to the end of the run.
const LONG_RUN: u16 = 256;

/// Finds and masks secrets. Cheap to share between threads, costly to make (milliseconds).
pub struct Engine {
    key: FingerprintKey,
    finder: Finder,
    pub(crate) detectors: Vec<Box<dyn Detector>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("finder", &self.finder).finish_non_exhaustive()
    }
}

/// A secret in a text, by its place alone.
#[derive(Clone, Debug)]
pub struct Hit {
    /// First byte of the secret.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// True for a value that a provider's documentation uses; it is masked like any other, and
    /// front ends that list secrets leave it out.
    pub documented_example: bool,
}

impl Engine {
    /// An engine with every rule; `key` makes its fingerprints.
    pub fn new(key: FingerprintKey) -> Self {
        Self { key, finder: Finder::new(Rule::all()), detectors: Vec::new() }
    }

    /// With one more detector of masked events.
    #[must_use]
    pub fn with_detector(mut self, detector: impl Detector + 'static) -> Self {
        self.detectors.push(Box::new(detector));
        self
    }

    pub(crate) fn key(&self) -> &FingerprintKey {
        &self.key
    }

    /// The secrets in `text`: sorted, not overlapping, places in bytes and on character
    /// boundaries. Takes time in proportion to the text, whatever it holds.
    pub fn scan(&self, text: &str) -> Vec<Hit> {
        self.scan_counting(text).0
    }

    /// Also gives the number of bytes that verification looked at.
    pub(crate) fn scan_counting(&self, text: &str) -> (Vec<Hit>, usize) {
        if text.len() < SHORTEST_TEXT {
            return (Vec::new(), 0);
        }
        let mut hits = Vec::new();
        let mut work = 0;
        self.finder.each(text.as_bytes(), |rules, anchor| {
            let mut candidate = Candidate { text: text.as_bytes(), anchor, work: 0 };
            hits.extend(rules.iter().filter_map(|rule| verify(rule, &mut candidate)));
            work += candidate.work;
        });
        (without_overlaps(hits), work)
    }

    /// Replaces every secret of `text` by its mask. Clean text passes through unmoved.
    pub fn mask(&self, text: Sensitive) -> (Masked, Vec<MaskedHit>) {
        let hits = self.scan(text.expose());
        if hits.is_empty() {
            return (Masked::from_scan(text.into_clear()), Vec::new());
        }
        mask::replace(&self.key, text.expose(), &hits)
    }
}

fn verify(rule: &'static Rule, candidate: &mut Candidate<'_>) -> Option<Hit> {
    let (place, alphabet) = match rule.matcher {
        Matcher::Custom(find) => (find(candidate)?, NONE),
        Matcher::Shape { behind, ahead } => {
            let (alphabet, longest) = last_run(ahead);
            let left = if longest > LONG_RUN { rule.left.or(alphabet) } else { rule.left };
            if behind.is_empty() && !candidate.starts_word(candidate.anchor.start, left) {
                return None;
            }
            let mut place = candidate.fit(behind, ahead)?;
            if !candidate.ends_word(place.end, alphabet)
                || !candidate.starts_word(place.start, left)
            {
                return None;
            }
            if rule.named {
                place.start = candidate.anchor.end;
            }
            (place, alphabet)
        }
    };
    let value = candidate.text.get(place.clone())?;
    let documented_example = plausible::is_documented(value);
    if !documented_example && !is_real(rule, value, candidate, &place, alphabet) {
        return None;
    }
    let (severity, confidence) = if documented_example {
        (Severity::Low, Confidence::Low)
    } else if rule.checksum && !checksum_holds(rule, value) {
        (rule.severity, Confidence::Medium)
    } else {
        (rule.severity, rule.confidence)
    };
    let Range { start, end } = place;
    Some(Hit { start, end, rule, severity, confidence, documented_example })
}

/// The alphabet of a shape's last run, and the length of its longest.
fn last_run(parts: &[Part]) -> (Class, u16) {
    parts.iter().fold((NONE, 0), |(class, longest), part| match part {
        Part::Run(run, _, max) => (if *max > 2 { *run } else { class }, longest.max(*max)),
        _ => (class, longest),
    })
}

fn is_real(
    rule: &Rule,
    value: &[u8],
    candidate: &Candidate<'_>,
    place: &Range<usize>,
    alphabet: Class,
) -> bool {
    match rule.matcher {
        Matcher::Custom(_) => true,
        Matcher::Shape { .. } => {
            let prefix = candidate.anchor.end.saturating_sub(place.start);
            let body = if prefix <= value.len() / 2 { value.get(prefix..) } else { None };
            plausible::plausible(body.unwrap_or(value), alphabet)
        }
    }
}

fn checksum_holds(rule: &Rule, value: &[u8]) -> bool {
    rule.anchors
        .iter()
        .find_map(|anchor| value.strip_prefix(anchor.as_bytes()))
        .is_some_and(crate::checksum::crc32_base62)
}

/// Sorted; of overlapping hits the longest keeps its rule and takes in the others' bytes, and of
/// equally long ones the first found.
fn without_overlaps(mut hits: Vec<Hit>) -> Vec<Hit> {
    if hits.len() < 2 {
        return hits;
    }
    hits.sort_by_key(|hit| (hit.start, hit.end));
    let mut out: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match out.last_mut() {
            Some(last) if hit.start < last.end => {
                let (start, end) = (last.start, last.end.max(hit.end));
                let specific = last.rule.name.ends_with("_url");
                let longer = hit.end - hit.start > last.end - last.start;
                let equal = hit.end - hit.start == last.end - last.start;
                if longer || (equal && specific) {
                    *last = hit;
                }
                last.start = start;
                last.end = end;
            }
            _ => out.push(hit),
        }
    }
    out
}

#[cfg(test)]
mod tests;

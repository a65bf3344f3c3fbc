//! Whether what stands around an anchor is a secret.

use std::ops::Range;

use vigil_proto::{Confidence, Severity};

use super::Hit;
use crate::{
    checksum,
    class::{Class, NONE},
    plausible,
    rule::{Matcher, Rule},
    shape::{Candidate, Part},
};

/// From this length on a value's own alphabet may not stand before it: a text that repeats an
/// anchor then cannot make every repetition read to the end of the run.
const LONG_RUN: u16 = 256;

/// The secret of `rule` at `candidate`, if there is one.
pub(super) fn verify(rule: &'static Rule, candidate: &mut Candidate<'_>) -> Option<Hit> {
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
    Some(Hit { severity, confidence, documented_example, ..Hit::of(rule, start..end) })
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
        .is_some_and(checksum::crc32_base62)
}

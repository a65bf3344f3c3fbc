//! The same value elsewhere in a text: what one place makes a secret is one at every place, whatever
//! stands around it there.

use memchr::memmem;

use super::Hit;
use crate::{assign, class::WORD};

/// The most values that are looked for again, so that the search stays linear.
const MOST: usize = 16;
/// The shortest value that hardly stands in a text by chance.
const SHORTEST: usize = 16;
/// The shortest one with capitals, small letters and digits.
const SHORTEST_MIXED: usize = 8;

/// Adds the other places of what was found; gives the bytes looked at.
pub(super) fn add(text: &str, hits: &mut Vec<Hit>) -> usize {
    let mut values: Vec<(&str, usize)> = Vec::new();
    for (at, hit) in hits.iter().enumerate() {
        let value = text.get(hit.start..hit.end).unwrap_or_default();
        let known = values.iter().any(|(other, _)| *other == value);
        if hit.decoded.is_none() && hit.rule.group != "pii" && !known && is_telling(value) {
            values.push((value, at));
        }
        if values.len() == MOST {
            break;
        }
    }
    let bytes = text.as_bytes();
    let mut more = Vec::new();
    for (value, of) in &values {
        for start in memmem::find_iter(bytes, value) {
            let end = start + value.len();
            let inside = |at: Option<usize>| {
                at.and_then(|at| bytes.get(at)).is_some_and(|byte| WORD.has(*byte))
            };
            let next = hits.partition_point(|hit| hit.end <= start);
            let known = hits.get(next).is_some_and(|hit| hit.start < end);
            if !known
                && !inside(start.checked_sub(1))
                && !inside(Some(end))
                && let Some(hit) = hits.get(*of)
            {
                // What a person chose is told of once: one mistake is not to be many.
                let alert =
                    hit.alert && (hit.has_form() || assign::is_certain_token(value.as_bytes()));
                more.push(Hit { start, end, alert, ..hit.clone() });
            }
        }
    }
    let work = values.len() * text.len();
    hits.append(&mut more);
    work
}

/// True for a value that is nothing else where it stands again.
fn is_telling(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
    value.len() >= SHORTEST
        || value.len() >= SHORTEST_MIXED
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
}

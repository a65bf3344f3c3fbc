//! Lists of people's mail addresses: customers, recipients, users. A single address says little, and
//! those of a program's authors are public; many of them below one another are personal data.

use std::ops::Range;

use memchr::memmem;

use crate::class::ALNUM;

/// The fewest different addresses of a list.
const FEWEST: usize = 10;
/// The most bytes between two of them.
const APART: usize = 240;
/// Bytes before the first in which the list is named.
const BEFORE: usize = 240;
/// The longest part of an address on either side of its sign (RFC 5321: 64 and 255).
const LONGEST: usize = 64;

/// What names such a list, and what says that its people are known, in small letters.
const NAMES: &[&[u8]] = &[
    b"mail",
    b"customer",
    b"subscriber",
    b"recipient",
    b"contact",
    b"user",
    b"member",
    b"lead",
    b"patient",
    b"employee",
    b"client",
    b"student",
    b"guest",
    b"attendee",
];
const KNOWN: &[&[u8]] = &[
    b"author",
    b"maintain",
    b"contribut",
    b"commit",
    b"signed-off",
    b"copyright",
    b"review",
    b"valid",
    b"regex",
    b"test(",
];

/// Calls `found` with the place of every address of a list in `text`, and true for the first of a
/// list; gives the bytes looked at.
pub(crate) fn lists(text: &[u8], mut found: impl FnMut(Range<usize>, bool)) -> usize {
    if memchr::memchr_iter(b'@', text).take(FEWEST).count() < FEWEST {
        return 0;
    }
    let (mut list, mut work): (Vec<Range<usize>>, usize) = (Vec::new(), 0);
    for at in memchr::memchr_iter(b'@', text) {
        work += 2 * LONGEST;
        let Some(place) = around(text, at) else { continue };
        if list.last().is_some_and(|last| place.start > last.end + APART) {
            work += tell(text, &list, &mut found);
            list.clear();
        }
        if list.last().is_none_or(|last| last.end <= place.start) {
            list.push(place);
        }
    }
    work + tell(text, &list, &mut found)
}

/// Tells of the addresses, if they are a list of people.
fn tell(text: &[u8], list: &[Range<usize>], found: &mut impl FnMut(Range<usize>, bool)) -> usize {
    let Some(first) = list.first().filter(|_| list.len() >= FEWEST) else { return 0 };
    let mut values: Vec<&[u8]> = list.iter().filter_map(|place| text.get(place.clone())).collect();
    values.sort_unstable();
    values.dedup();
    let before = text.get(first.start.saturating_sub(BEFORE)..first.start).unwrap_or_default();
    let before = before.to_ascii_lowercase();
    let says = |words: &[&[u8]]| words.iter().any(|word| memmem::find(&before, word).is_some());
    // `Name <address>`, as the people of a project are listed.
    let in_angles =
        |place: &&Range<usize>| place.start > 0 && text.get(place.start - 1) == Some(&b'<');
    let angles = list.iter().filter(in_angles).count();
    if values.len() >= FEWEST && angles * 2 < list.len() && says(NAMES) && !says(KNOWN) {
        for (i, place) in list.iter().enumerate() {
            found(place.clone(), i == 0);
        }
    }
    values.iter().map(|value| value.len()).sum()
}

/// The address around the sign at `at`, when a person may have it.
fn around(text: &[u8], at: usize) -> Option<Range<usize>> {
    let local = |byte: &&u8| ALNUM.has(**byte) || b"._%+-".contains(*byte);
    let before = text.get(at.saturating_sub(LONGEST)..at)?;
    let start = at - before.iter().rev().take_while(local).count();
    let domain = |byte: &&u8| ALNUM.has(**byte) || matches!(**byte, b'.' | b'-');
    let after = text.get(at + 1..text.len().min(at + 1 + LONGEST))?;
    let len = after.iter().take_while(domain).count();
    let host = after.get(..len)?;
    let stops = host.iter().rev().take_while(|byte| !ALNUM.has(**byte)).count();
    let host = host.get(..len - stops)?;
    let top = host.rsplit(|byte| *byte == b'.').next()?;
    // RFC 2606 keeps these for documentation.
    let kept = [&b"example.com"[..], b"example.org", b"example.net"].contains(&host)
        || [&b"test"[..], b"example", b"invalid", b"localhost"].contains(&top);
    let real = top.len() >= 2 && top.len() < host.len() && top.iter().all(u8::is_ascii_alphabetic);
    // After the letter of an escape an address begins one later.
    let escaped = text.get(start.wrapping_sub(1)) == Some(&b'\\')
        && matches!(text.get(start), Some(b'n' | b't' | b'r'));
    let start = start + usize::from(escaped);
    (real && !kept && start < at).then(|| start..at + 1 + host.len())
}

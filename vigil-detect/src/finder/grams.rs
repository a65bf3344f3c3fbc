//! Anchors and words of four bytes and more, all in one pass over every other place of a text: three
//! rare bytes of each are a bit in a small table, and only where a text's three bytes hit such a bit is
//! looked closer, at the first four bytes. One pass for hundreds of anchors costs what vectorised
//! search costs for a few dozen.

use std::ops::Range;

use super::{Anchor, Found};
use crate::rule::Rule;

/// Bits of a table, as a power of two: few of them set.
const BITS: u32 = 16;
/// Of the one that is asked most: what hits a bit by chance costs more than the table's bytes.
const BITS_NEAR: u32 = 17;
/// Their words.
const WORDS: usize = 1 << (BITS - 6);
const WORDS_NEAR: usize = 1 << (BITS_NEAR - 6);
/// How far from its first letter an anchor is looked for.
const DEEPEST: usize = 16;
/// Two ways to spread four bytes over a table. What hits a bit by chance hardly hits both.
const FIRST: u32 = 0x9E37_79B1;
const SECOND: u32 = 0x85EB_CA77;

/// Finds anchors and words by their first four bytes.
pub(super) struct Grams {
    /// The first three letters of each and the three after its first, for every other place.
    near: Table<WORDS_NEAR>,
    table: Table<WORDS>,
    again: Table<WORDS>,
    /// Sorted; for each entry, the same place in `entries` has the rest.
    known: Vec<u32>,
    entries: Vec<Entry>,
}

struct Entry {
    text: &'static str,
    /// Where its rarest four letters stand in it.
    offset: usize,
    /// None for a word.
    rules: Vec<&'static Rule>,
}

/// A set of numbers of four bytes, in the bits of so many words, which are a power of two.
struct Table<const WORDS: usize> {
    bits: Box<[u64; WORDS]>,
    factor: u32,
}

impl Grams {
    /// Of those anchors and words, all of four bytes or more.
    pub(super) fn new(anchors: Vec<Anchor>, words: &[&'static str]) -> Self {
        // Words are met in the order of their places by their first letters.
        let words = words.iter().map(|word| Entry { text: word, offset: 0, rules: Vec::new() });
        let anchors = anchors.into_iter().map(|Anchor { text, rules }| {
            let offset = rarest(text.as_bytes());
            Entry { text, offset, rules }
        });
        let mut found: Vec<(u32, Entry)> = anchors
            .chain(words)
            .filter_map(|entry| {
                let four = entry.text.as_bytes().get(entry.offset..)?.first_chunk()?;
                Some((u32::from_le_bytes(*four), entry))
            })
            .collect();
        found.sort_by_key(|(gram, _)| *gram);
        let (known, entries): (Vec<u32>, Vec<Entry>) = found.into_iter().unzip();
        // A factor without its lowest byte leaves the fourth letter out of the product.
        let threes: Vec<u32> = known.iter().flat_map(|gram| [*gram, gram >> 8]).collect();
        Self {
            near: Table::new(&threes, FIRST << 8),
            table: Table::new(&known, FIRST),
            again: Table::new(&known, SECOND),
            known,
            entries,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Calls `found` with every anchor and word in `text` that begins at one of `starts`, in the
    /// order of their places.
    pub(super) fn each(
        &self,
        text: &[u8],
        starts: &Range<usize>,
        found: &mut impl FnMut(Found<'_>, Range<usize>),
    ) {
        // What begins between two of the places that are looked at has its second letter at one.
        let end = (starts.end + DEEPEST + 1).min(text.len().saturating_sub(2));
        let mut at = starts.start;
        // Three places from one load.
        while at + 6 <= end
            && let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk())
        {
            let eight = u64::from_le_bytes(*eight);
            let near = |place: u32| u8::from(self.near.bit(low(eight >> (16 * place)))) << place;
            // One branch for three places.
            let mut places = near(0) | near(1) | near(2);
            while places != 0 {
                self.around(text, at + 2 * places.trailing_zeros() as usize, starts, found);
                places &= places - 1;
            }
            at += 6;
        }
        while at < end {
            let rest = text.get(at..).unwrap_or_default();
            if let Some([a, b, c]) = rest.first_chunk()
                && self.near.bit(u32::from_le_bytes([*a, *b, *c, 0]))
            {
                self.around(text, at, starts, found);
            }
            at += 2;
        }
    }

    /// Looks at the place before `at`, and at `at` itself.
    fn around(
        &self,
        text: &[u8],
        at: usize,
        starts: &Range<usize>,
        found: &mut impl FnMut(Found<'_>, Range<usize>),
    ) {
        let known = |at: usize| {
            let four = text.get(at..).and_then(|rest| rest.first_chunk());
            four.map(|four| u32::from_le_bytes(*four))
                .filter(|gram| self.table.bit(*gram) && self.again.bit(*gram))
        };
        let before = at.checked_sub(1);
        for at in before.into_iter().chain([at]) {
            if let Some(gram) = known(at) {
                self.look(text, at, gram, starts, found);
            }
        }
    }

    /// Calls `found` with what of those that have `gram` has it at `at`, and begins at one of `starts`.
    #[inline(never)]
    fn look(
        &self,
        text: &[u8],
        at: usize,
        gram: u32,
        starts: &Range<usize>,
        found: &mut impl FnMut(Found<'_>, Range<usize>),
    ) {
        let first = self.known.partition_point(|other| *other < gram);
        let alike = self.known.iter().zip(&self.entries).skip(first);
        for (_, entry) in alike.take_while(|(other, _)| **other == gram) {
            let Some(at) = at.checked_sub(entry.offset).filter(|at| starts.contains(at)) else {
                continue;
            };
            if text.get(at..).is_some_and(|rest| rest.starts_with(entry.text.as_bytes())) {
                let place = at..at + entry.text.len();
                if entry.rules.is_empty() {
                    found(Found::Word, place);
                } else {
                    found(Found::Anchor(&entry.rules), place);
                }
            }
        }
    }
}

/// Where those four letters of an anchor begin that a text has least often, as far as one can tell
/// from each letter alone.
fn rarest(text: &[u8]) -> usize {
    let often = |at: usize| {
        let three = text.get(at..at + 3).unwrap_or_default();
        three.iter().map(|byte| frequency(*byte)).product::<u32>()
    };
    let last = text.len().saturating_sub(4).min(DEEPEST);
    (0..=last).min_by_key(|at| often(*at) + often(at + 1)).unwrap_or_default()
}

/// How often a letter stands in prose, code and JSON, in thousandths.
const fn frequency(byte: u8) -> u32 {
    match byte {
        b' ' | b'e' => 100,
        b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 60,
        b'd' | b'l' | b'c' | b'u' | b'h' | b'"' => 35,
        b'm' | b'f' | b'p' | b'g' | b'\\' => 22,
        b'w'
        | b'y'
        | b'b'
        | b'v'
        | b'k'
        | b'0'..=b'9'
        | b'/'
        | b'.'
        | b','
        | b':'
        | b'-'
        | b'_' => 14,
        _ => 3,
    }
}

impl<const WORDS: usize> Table<WORDS> {
    fn new(grams: &[u32], factor: u32) -> Self {
        let mut table = Self { bits: Box::new([0; WORDS]), factor };
        for gram in grams {
            let (word, shift) = table.place(*gram);
            if let Some(word) = table.bits.get_mut(word) {
                *word |= 1 << shift;
            }
        }
        table
    }

    /// True if the table has `gram`, and hardly ever else.
    fn bit(&self, gram: u32) -> bool {
        let (word, shift) = self.place(gram);
        self.bits.get(word).is_some_and(|word| word & (1 << shift) != 0)
    }

    /// The word of the table and the bit in it that stand for `gram`.
    const fn place(&self, gram: u32) -> (usize, u32) {
        let hash = gram.wrapping_mul(self.factor) >> (26 - WORDS.trailing_zeros());
        ((hash >> 6) as usize & (WORDS - 1), hash & 63)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
const fn low(eight: u64) -> u32 {
    eight as u32
}

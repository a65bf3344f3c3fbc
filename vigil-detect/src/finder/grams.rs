//! Anchors and words of four bytes and more, all in one pass: the first four bytes of each are a
//! bit in a small table, and only where a text's four bytes hit such a bit is looked closer. One
//! pass for hundreds of anchors costs what vectorised search costs for a few dozen.

use std::ops::Range;

use super::{Anchor, Found};
use crate::rule::Rule;

/// Bits of a table: eight kilobytes, few of them set.
const BITS: u32 = 16;
const WORDS: usize = 1 << (BITS - 6);
/// Two ways to spread four bytes over a table. What hits a bit by chance hardly hits both.
const FIRST: u32 = 0x9E37_79B1;
const SECOND: u32 = 0x85EB_CA77;

/// Finds anchors and words by their first four bytes.
pub(super) struct Grams {
    table: Table,
    again: Table,
    /// Sorted; for each entry, the same place in `entries` has the rest.
    known: Vec<u32>,
    entries: Vec<Entry>,
}

struct Entry {
    text: &'static str,
    /// None for a word.
    rules: Vec<&'static Rule>,
}

struct Table {
    bits: Box<[u64; WORDS]>,
    factor: u32,
}

impl Grams {
    /// Of those anchors and words, all of four bytes or more.
    pub(super) fn new(anchors: Vec<Anchor>, words: &[&'static str]) -> Self {
        let words = words.iter().map(|word| Entry { text: word, rules: Vec::new() });
        let anchors = anchors.into_iter().map(|Anchor { text, rules }| Entry { text, rules });
        let mut found: Vec<(u32, Entry)> = anchors
            .chain(words)
            .filter_map(|entry| {
                Some((u32::from_le_bytes(*entry.text.as_bytes().first_chunk()?), entry))
            })
            .collect();
        found.sort_by_key(|(gram, _)| *gram);
        let (known, entries): (Vec<u32>, Vec<Entry>) = found.into_iter().unzip();
        Self { table: Table::new(&known, FIRST), again: Table::new(&known, SECOND), known, entries }
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
        let end = starts.end.min(text.len().saturating_sub(3));
        let mut at = starts.start;
        // Four places from one load.
        while at + 4 <= end
            && let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk())
        {
            let eight = u64::from_le_bytes(*eight);
            let near = |shift: u32| self.table.bit(low(eight >> shift));
            if near(0) || near(8) || near(16) || near(24) {
                for i in (0..4).filter(|i| near(8 * i)) {
                    self.look(text, at + i as usize, found);
                }
            }
            at += 4;
        }
        for at in at..end {
            self.look(text, at, found);
        }
    }

    #[inline(never)]
    fn look(&self, text: &[u8], at: usize, found: &mut impl FnMut(Found<'_>, Range<usize>)) {
        let rest = text.get(at..).unwrap_or_default();
        let Some(gram) = rest.first_chunk().map(|four| u32::from_le_bytes(*four)) else { return };
        if !self.table.bit(gram) || !self.again.bit(gram) {
            return;
        }
        let first = self.known.partition_point(|other| *other < gram);
        let alike = self.known.iter().zip(&self.entries).skip(first);
        for (_, entry) in alike.take_while(|(other, _)| **other == gram) {
            if rest.starts_with(entry.text.as_bytes()) {
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

impl Table {
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
        let hash = gram.wrapping_mul(self.factor) >> (32 - BITS);
        ((hash >> 6) as usize & (WORDS - 1), hash & 63)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
const fn low(eight: u64) -> u32 {
    eight as u32
}

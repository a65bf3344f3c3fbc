//! Anchors of four bytes and more, all in one pass: the first four bytes of each are a bit in a
//! small table, and only where a text's four bytes hit such a bit is looked closer. One pass for
//! hundreds of anchors costs what vectorised search costs for a few dozen.

use std::ops::Range;

use crate::rule::Rule;

/// Bits of the table: four kilobytes, few of them set.
const BITS: u32 = 15;
const WORDS: usize = 1 << (BITS - 6);

/// Finds anchors by their first four bytes.
pub(super) struct Grams {
    table: Box<[u64]>,
    /// Sorted by the first four bytes; of equal ones the earlier rule's first.
    anchors: Vec<Anchor>,
}

struct Anchor {
    gram: u32,
    text: &'static str,
    rules: Vec<&'static Rule>,
}

impl Grams {
    /// Of those anchors that are four bytes or longer.
    pub(super) fn new(anchors: &[(&'static str, Vec<&'static Rule>)]) -> Self {
        let mut table = vec![0; WORDS].into_boxed_slice();
        let mut found: Vec<Anchor> = anchors
            .iter()
            .filter(|(text, _)| text.len() > 3)
            .filter_map(|(text, rules)| {
                let gram = u32::from_le_bytes(*text.as_bytes().first_chunk()?);
                Some(Anchor { gram, text, rules: rules.clone() })
            })
            .collect();
        found.sort_by_key(|anchor| anchor.gram);
        for anchor in &found {
            let (word, bit) = place(anchor.gram);
            if let Some(slot) = table.get_mut(word) {
                *slot |= bit;
            }
        }
        Self { table, anchors: found }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Calls `candidate` with the rules and the place of every anchor in `text`.
    pub(super) fn each(
        &self,
        text: &[u8],
        candidate: &mut impl FnMut(&[&'static Rule], Range<usize>),
    ) {
        let Some(table) = self.table.first_chunk::<WORDS>() else { return };
        for (at, four) in text.windows(4).enumerate() {
            let Ok(four) = <[u8; 4]>::try_from(four) else { continue };
            let gram = u32::from_le_bytes(four);
            let (word, bit) = place(gram);
            if table.get(word).is_some_and(|word| word & bit != 0) {
                self.look(text, at, gram, candidate);
            }
        }
    }

    #[cold]
    fn look(
        &self,
        text: &[u8],
        at: usize,
        gram: u32,
        candidate: &mut impl FnMut(&[&'static Rule], Range<usize>),
    ) {
        let first = self.anchors.partition_point(|anchor| anchor.gram < gram);
        let alike = self.anchors.get(first..).unwrap_or_default();
        let rest = text.get(at..).unwrap_or_default();
        for anchor in alike.iter().take_while(|anchor| anchor.gram == gram) {
            if rest.starts_with(anchor.text.as_bytes()) {
                candidate(&anchor.rules, at..at + anchor.text.len());
            }
        }
    }
}

/// The word of the table and the bit in it that stand for `gram`.
const fn place(gram: u32) -> (usize, u64) {
    let hash = gram.wrapping_mul(0x9E37_79B1) >> (32 - BITS);
    ((hash >> 6) as usize & (WORDS - 1), 1 << (hash & 63))
}

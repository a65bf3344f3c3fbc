//! Where the anchors of the rules stand in a text, and the words that names of secrets are made
//! of: a few passes of vectorised search over those of two and three bytes, and one pass over all
//! longer ones by their first four bytes.

use std::{fmt, ops::Range};

use aho_corasick::{
    AhoCorasick, AhoCorasickKind, Input, MatchKind, Span,
    packed::{self, Searcher},
};

use self::grams::Grams;
use crate::rule::Rule;

mod grams;

/// Anchors a pass: the vectorised search has so many buckets, and with one anchor in each it takes
/// nothing for one that is none.
const PASS: usize = 8;

/// Finds candidates of all rules and of names.
pub(crate) struct Finder {
    passes: Vec<Pass>,
    grams: Grams,
}

/// What stands at a place.
pub(crate) enum Found<'f> {
    /// An anchor that these rules have.
    Anchor(&'f [&'static Rule]),
    /// A word that names of secrets are made of.
    Word,
}

/// An anchor and the rules that have it.
struct Anchor {
    text: &'static str,
    rules: Vec<&'static Rule>,
}

/// Anchors of one length.
struct Pass {
    search: Search,
    len: usize,
    /// For each anchor, the rules that have it.
    rules: Vec<Vec<&'static Rule>>,
}

enum Search {
    Vector(Box<Searcher>),
    /// For processors without the vector instructions.
    Automaton(Box<AhoCorasick>),
    /// No anchors.
    Empty,
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short: usize = self.passes.iter().map(|pass| pass.rules.len()).sum();
        write!(f, "Finder({short} short and {} long anchors)", self.grams.len())
    }
}

impl Finder {
    /// A finder for `rules` and `words`; these are of four bytes or more.
    pub(crate) fn new(rules: impl Iterator<Item = &'static Rule>, words: &[&'static str]) -> Self {
        let mut anchors: Vec<Anchor> = Vec::new();
        for rule in rules {
            for anchor in rule.anchors {
                match anchors.iter_mut().find(|known| known.text == *anchor) {
                    Some(known) => known.rules.push(rule),
                    None => anchors.push(Anchor { text: anchor, rules: vec![rule] }),
                }
            }
        }
        let (long, short): (Vec<_>, Vec<_>) =
            anchors.into_iter().partition(|anchor| anchor.text.len() > 3);
        let mut passes = Vec::new();
        for len in [2, 3] {
            let group: Vec<_> = short.iter().filter(|anchor| anchor.text.len() == len).collect();
            passes.extend(group.chunks(PASS).map(|anchors| Pass::new(anchors, len)));
        }
        Self { passes, grams: Grams::new(long, words) }
    }

    /// Calls `found` with everything in `text` that begins at one of `starts`; the words in the
    /// order of their places.
    pub(crate) fn each(
        &self,
        text: &[u8],
        starts: &Range<usize>,
        mut found: impl FnMut(Found<'_>, Range<usize>),
    ) {
        for pass in &self.passes {
            let end = text.len().min(starts.end + pass.len - 1);
            let mut at = starts.start;
            while let Some((pattern, place)) = pass.search.next(text, at..end) {
                at = place.start + 1;
                if let Some(rules) = pass.rules.get(pattern) {
                    found(Found::Anchor(rules), place);
                }
            }
        }
        self.grams.each(text, starts, &mut found);
    }
}

impl Pass {
    fn new(anchors: &[&Anchor], len: usize) -> Self {
        let texts = anchors.iter().map(|anchor| anchor.text);
        let vector = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostFirst)
            .builder()
            .extend(texts.clone())
            .build();
        let search = match vector {
            Some(searcher) => Search::Vector(Box::new(searcher)),
            None => AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostFirst)
                .kind(Some(AhoCorasickKind::DFA))
                .build(texts)
                .map_or(Search::Empty, |automaton| Search::Automaton(Box::new(automaton))),
        };
        Self { search, len, rules: anchors.iter().map(|anchor| anchor.rules.clone()).collect() }
    }
}

impl Search {
    fn next(&self, text: &[u8], within: Range<usize>) -> Option<(usize, Range<usize>)> {
        if within.is_empty() {
            return None;
        }
        let found = match self {
            Self::Vector(searcher) => searcher.find_in(text, Span::from(within))?,
            Self::Automaton(automaton) => automaton.find(Input::new(text).range(within))?,
            Self::Empty => return None,
        };
        Some((found.pattern().as_usize(), found.range()))
    }
}

#[cfg(test)]
mod tests;

//! Where the anchors of the rules stand in a text: a few passes of vectorised search over those of
//! two and three bytes, and one pass over all longer ones by their first four bytes.

use std::fmt;

use aho_corasick::{
    AhoCorasick, AhoCorasickKind, Input, MatchKind, Span,
    packed::{self, Searcher},
};

use self::grams::Grams;
use crate::rule::Rule;

mod grams;

/// Anchors a pass: few enough for the vectorised search to stay fast.
const PASS: usize = 32;

/// Finds candidates of all rules.
pub(crate) struct Finder {
    passes: Vec<Pass>,
    grams: Grams,
}

struct Pass {
    search: Search,
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
    /// A finder for `rules`.
    pub(crate) fn new(rules: impl Iterator<Item = &'static Rule>) -> Self {
        let mut anchors: Vec<(&'static str, Vec<&'static Rule>)> = Vec::new();
        for rule in rules {
            for anchor in rule.anchors {
                match anchors.iter_mut().find(|(known, _)| known == anchor) {
                    Some((_, rules)) => rules.push(rule),
                    None => anchors.push((*anchor, vec![rule])),
                }
            }
        }
        let mut passes = Vec::new();
        for lengths in [2..3, 3..4] {
            let group: Vec<_> =
                anchors.iter().filter(|(anchor, _)| lengths.contains(&anchor.len())).collect();
            passes.extend(group.chunks(PASS).map(Pass::new));
        }
        Self { passes, grams: Grams::new(&anchors) }
    }

    /// Calls `candidate` with the rules and the place of every anchor in `text`.
    pub(crate) fn each(
        &self,
        text: &[u8],
        mut candidate: impl FnMut(&[&'static Rule], std::ops::Range<usize>),
    ) {
        for pass in &self.passes {
            let mut at = 0;
            while let Some((pattern, place)) = pass.search.next(text, at) {
                at = place.start + 1;
                if let Some(rules) = pass.rules.get(pattern) {
                    candidate(rules, place);
                }
            }
        }
        self.grams.each(text, &mut candidate);
    }
}

impl Pass {
    fn new(anchors: &[&(&'static str, Vec<&'static Rule>)]) -> Self {
        let texts = anchors.iter().map(|(anchor, _)| anchor);
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
        Self { search, rules: anchors.iter().map(|(_, rules)| rules.clone()).collect() }
    }
}

impl Search {
    fn next(&self, text: &[u8], at: usize) -> Option<(usize, std::ops::Range<usize>)> {
        let found = match self {
            Self::Vector(searcher) => {
                searcher.find_in(text, Span { start: at, end: text.len() })?
            }
            Self::Automaton(automaton) => automaton.find(Input::new(text).range(at..))?,
            Self::Empty => return None,
        };
        Some((found.pattern().as_usize(), found.range()))
    }
}

#[cfg(test)]
mod tests;

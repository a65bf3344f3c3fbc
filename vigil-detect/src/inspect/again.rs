//! What is masked already, once more: by rules that are newer than its masks.

use std::{collections::HashSet, ops::Range};

use vigil_proto::{EventId, Finding, Masked, event::Field};

use crate::{
    engine::{Engine, Profile, ROUNDS, in_pieces},
    mask,
};

/// What the finding of such a secret says besides.
const LATER: &str = "found in what was recorded before, when rules were new";

/// A text that held what rules find now and did not when it was masked.
#[derive(Clone, Debug)]
pub struct Again {
    /// The text with the new masks; those that it had are where they were.
    pub text: Masked,
    /// What is found in it.
    pub findings: Vec<Finding>,
    /// Which places became which, in each round.
    moves: Vec<Vec<(Range<usize>, Range<usize>)>>,
}

impl Engine {
    /// Masks a masked text once more; `None` when there is nothing in it to mask. Of what is found
    /// `place` is told, where it has one.
    pub fn again(&self, text: &str, place: Option<(EventId, Field)>) -> Option<Again> {
        let mut hits = self.scan_for(text, Profile::Mask);
        if hits.is_empty() {
            return None;
        }
        let (mut masked, mut marks, mut moves) = (text.to_owned(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            if hits.is_empty() {
                break;
            }
            let pieces = mask::within_values(&masked, in_pieces(hits));
            let (once_more, more) = mask::replace(self, &masked, &pieces);
            let places = pieces.iter().zip(&more);
            moves.push(
                places.map(|(hit, mark)| (hit.start..hit.end, mark.start..mark.end)).collect(),
            );
            marks = mask::merged(marks, &pieces, more);
            masked = once_more.into_string();
            hits = self.scan_for(&masked, Profile::Mask);
        }
        let text = Masked::from_scan(masked);
        let mut findings = Vec::new();
        if let Some(place) = place {
            super::add(&mut findings, &mut HashSet::new(), place, &text, &marks);
        }
        for finding in &mut findings {
            finding.why = Masked::from_scan(format!("{}; {LATER}", finding.why.as_str()));
        }
        Some(Again { text, findings, moves })
    }
}

impl Again {
    /// Where in the new text that is which was at `place` in the old one. What a new mask took in
    /// is where that mask is.
    pub fn moved(&self, place: Range<usize>) -> Range<usize> {
        self.moves.iter().fold(place, |place, moves| {
            let passed = moves.partition_point(|(old, _)| old.end <= place.start);
            let within = moves.get(passed).filter(|(old, _)| old.start < place.end);
            if let Some((_, new)) = within {
                return new.clone();
            }
            match passed.checked_sub(1).and_then(|last| moves.get(last)) {
                Some((old, new)) => place.start - old.end + new.end..place.end - old.end + new.end,
                None => place,
            }
        })
    }
}

/// What is shown of the place of a finding in a masked text.
pub fn evidence_at(text: &str, place: Range<usize>) -> Masked {
    super::excerpt(text, place)
}

#[cfg(test)]
mod tests;

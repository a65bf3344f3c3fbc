//! From a batch of clear events to masked ones with findings.

use std::{collections::HashSet, ops::Range};

use vigil_proto::{Batch, EventId, Finding, FindingId, Masked, Sensitive, Span, event::Field};

use self::unscanned::Unscanned;
use crate::{
    detector::Context,
    engine::Engine,
    mask::{CLOSE, LONGEST, MaskedHit, OPEN, PAIR_GAP},
};

pub(crate) mod again;
mod unscanned;

/// Bytes of masked text shown on either side of a mask.
const EVIDENCE: usize = 40;

impl Engine {
    /// Masks every text of the batch, makes a finding of every secret in an event (one for each
    /// field it stands in), and lets the detectors look at the masked events. What was not looked
    /// into is a gap in the batch.
    pub fn inspect(&self, batch: Batch<Sensitive>) -> (Batch<Masked>, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut seen = HashSet::new();
        let mut unscanned = Unscanned::default();
        let mut batch = batch.mask_with(|event, field, text| {
            let (masked, hits, left_out) = self.mask_whole(text);
            if let Some(event) = event {
                unscanned.add(event, left_out);
                if !hits.is_empty() {
                    add(&mut findings, &mut seen, (event, field), &masked, &hits);
                }
            }
            masked
        });
        unscanned.tell(&mut batch.events);
        let context = Context { source: &batch.source, sessions: &batch.sessions };
        for detector in &self.detectors {
            for event in &batch.events {
                detector.inspect(event, &context, &mut findings);
            }
        }
        (batch, findings)
    }
}

fn add(
    findings: &mut Vec<Finding>,
    seen: &mut HashSet<(FindingId, EventId, Field)>,
    (event, field): (EventId, Field),
    text: &Masked,
    hits: &[MaskedHit],
) {
    for (i, hit) in hits.iter().enumerate() {
        if !hit.alert || is_second_half(hits, i) {
            continue;
        }
        let id = hit.finding_id();
        if !seen.insert((id, event, field)) {
            continue;
        }
        findings.push(Finding {
            id,
            rule: hit.rule.name.to_owned(),
            group: hit.rule.group.to_owned(),
            severity: hit.severity,
            confidence: hit.confidence,
            event,
            span: span(field, hit),
            evidence: evidence(text.as_str(), hit),
            why: why(hit),
            sealed: hit.sealed.clone(),
        });
    }
}

/// True for an AWS secret key beside an access key id: the id's finding speaks for both.
fn is_second_half(hits: &[MaskedHit], i: usize) -> bool {
    let Some(hit) = hits.get(i).filter(|hit| hit.rule.name == "aws_secret_key") else {
        return false;
    };
    let near = |other: &MaskedHit| {
        let gap = if other.start < hit.start {
            hit.start.saturating_sub(other.end)
        } else {
            other.start.saturating_sub(hit.end)
        };
        other.rule.name == "aws_access_key" && gap <= PAIR_GAP
    };
    let before = hits.get(i.saturating_sub(3)..i).unwrap_or_default();
    let after = hits.get(i + 1..hits.len().min(i + 4)).unwrap_or_default();
    before.iter().chain(after).any(near)
}

fn span(field: Field, hit: &MaskedHit) -> Option<Span> {
    Some(Span { field, start: hit.start.try_into().ok()?, end: hit.end.try_into().ok()? })
}

/// The mask with a little of the masked text around it.
fn evidence(text: &str, hit: &MaskedHit) -> Masked {
    excerpt(text, hit.start..hit.end)
}

fn excerpt(text: &str, place: Range<usize>) -> Masked {
    let start = text.floor_char_boundary(place.start.saturating_sub(EVIDENCE));
    let end = text.ceil_char_boundary(text.len().min(place.end.saturating_add(EVIDENCE)));
    let start = divided_mask(text, start).map_or(start, |mask| mask.start);
    let end = divided_mask(text, end).map_or(end, |mask| mask.end);
    Masked::from_scan(text.get(start..end).unwrap_or_default().to_owned())
}

/// The mask that a cut at `at` would divide.
fn divided_mask(text: &str, at: usize) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(at.saturating_sub(LONGEST));
    let to = text.floor_char_boundary(text.len().min(at + OPEN.len()));
    let opens = text.get(from..to)?.match_indices(OPEN).map(|(open, _)| from + open);
    let open = opens.take_while(|open| *open < at).last()?;
    let end = open + text.get(open..)?.find(CLOSE)? + CLOSE.len();
    (at < end).then_some(open..end)
}

fn why(hit: &MaskedHit) -> Masked {
    let title = hit.rule.title;
    let sentence = if hit.documented_example {
        format!("{title}, but one that documentation uses as an example")
    } else if hit.confidence < hit.rule.confidence {
        format!("the shape of {title}, whose checksum does not hold")
    } else {
        format!("the shape of {title}")
    };
    Masked::from_scan(sentence)
}

#[cfg(test)]
mod tests;

//! The heads of audit chains: each follows the one before, and a uid that comes back after a long
//! time is noted as having been away.

use std::{collections::BTreeMap, time::Duration};

use vigil_proto::rpc::{Anchor, ChainHead, Deed, Micros, Phase, Refusal, Uid};

use super::journal::{Journal, JournalError};

/// The last anchor of each uid, and when it came.
#[derive(Debug, Default)]
pub(super) struct Anchors(BTreeMap<Uid, (Anchor, Micros)>);

/// Why an anchor was not added.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnchorError {
    #[error("{0}")]
    Refused(Refusal),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Anchors {
    pub(super) fn read(journal: &Journal) -> Result<Self, JournalError> {
        let mut anchors = Self::default();
        for row in journal.rows() {
            let row = row?;
            match (row.deed, row.phase) {
                (Deed::Anchor(anchor), Phase::Done) => {
                    anchors.0.insert(row.uid, (anchor, row.at));
                }
                // Noted already, even if the anchor that came with it was not.
                (Deed::Absence { until, .. }, Phase::Done) => {
                    if let Some((_, at)) = anchors.0.get_mut(&row.uid) {
                        *at = until;
                    }
                }
                _ => {}
            }
        }
        Ok(anchors)
    }

    pub(super) fn last(&self, uid: Uid) -> Option<Anchor> {
        self.0.get(&uid).map(|(anchor, _)| *anchor)
    }

    /// Adds `anchor`, which follows `uid`'s last one.
    pub(super) fn add(
        &mut self,
        journal: &mut Journal,
        uid: Uid,
        anchor: Anchor,
        now: Micros,
        absence: Duration,
    ) -> Result<(), AnchorError> {
        if !follows(self.last(uid).as_ref(), &anchor) {
            return Err(AnchorError::Refused(Refusal::AnchorNotSuccessor));
        }
        if let Some((_, since)) = self.0.get_mut(&uid)
            && is_absence(*since, now, absence)
        {
            journal.note(uid, Deed::Absence { since: *since, until: now }, now)?;
            *since = now;
        }
        journal.note(uid, Deed::Anchor(anchor), now)?;
        self.0.insert(uid, (anchor, now));
        Ok(())
    }
}

fn follows(last: Option<&Anchor>, next: &Anchor) -> bool {
    let none = Anchor { seq: 0, prev: ChainHead([0; 32]), count: 0, head: ChainHead([0; 32]) };
    let last = last.unwrap_or(&none);
    last.seq.checked_add(1) == Some(next.seq) && next.prev == last.head && next.count >= last.count
}

fn is_absence(since: Micros, now: Micros, absence: Duration) -> bool {
    let Micros(between) = Micros(now.0.saturating_sub(since.0));
    u64::try_from(between).is_ok_and(|between| Duration::from_micros(between) > absence)
}

#[cfg(test)]
mod tests;

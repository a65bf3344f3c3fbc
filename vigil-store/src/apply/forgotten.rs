//! What is not taken in again: whatever happened in a forgotten session up to the time when it was
//! forgotten. What happens in it later is recorded like anything else, or else an agent could have
//! a session forgotten and go on in it unseen.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::Connection;
use vigil_proto::{Batch, EventId, Finding, Masked, SessionId};

use super::state::State;

/// So many bytes of a keyed hash tell one session from all others.
const HASH: usize = 16;

/// The forgotten sessions: from the hash of the key to the time, in microseconds.
pub(super) type Forgotten = HashMap<[u8; HASH], i64>;

pub(super) fn load(conn: &Connection) -> rusqlite::Result<Forgotten> {
    conn.prepare("SELECT hash, at FROM forgotten")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

impl State {
    /// By what a forgotten session is remembered.
    pub(super) fn forgotten_hash(&self, key: SessionId) -> [u8; HASH] {
        let digest = self.packer.digest(&format!("a forgotten session: {key}"));
        let mut hash = [0; HASH];
        hash.copy_from_slice(digest.split_at(HASH).0);
        hash
    }

    /// The batch and its findings without what was forgotten; none when all of it is to be taken.
    pub(super) fn without_forgotten(
        &self,
        batch: &Batch<Masked>,
        findings: &[Finding],
    ) -> Option<(Batch<Masked>, Vec<Finding>)> {
        if self.forgotten.is_empty() {
            return None;
        }
        let mut until: BTreeMap<SessionId, i64> = BTreeMap::new();
        let facts = batch.sessions.iter().map(|facts| facts.id);
        let links = batch.subagents.iter().map(|link| link.session);
        let events = batch.events.iter().filter_map(|event| event.session);
        let named: HashSet<SessionId> = facts.chain(links).chain(events).collect();
        for key in named {
            if let Some(at) = self.forgotten.get(&self.forgotten_hash(key)) {
                until.insert(key, *at);
            }
        }
        if until.is_empty() {
            return None;
        }
        let mut batch = batch.clone();
        let mut dropped: HashSet<EventId> = HashSet::new();
        batch.events.retain(|event| {
            let until = event.session.and_then(|session| until.get(&session));
            let is_kept = until.is_none_or(|until| event.at.as_micros() > *until);
            if !is_kept {
                dropped.insert(event.id);
            }
            is_kept
        });
        let going_on: HashSet<SessionId> =
            batch.events.iter().filter_map(|event| event.session).collect();
        batch.sessions.retain_mut(|facts| {
            if !until.contains_key(&facts.id) {
                return true;
            }
            // It is made of what was said first.
            facts.title = None;
            going_on.contains(&facts.id)
        });
        batch
            .subagents
            .retain(|link| !until.contains_key(&link.session) || going_on.contains(&link.session));
        batch.installs.retain(|installed| !dropped.contains(&installed.event));
        if !dropped.is_empty() {
            batch.count("drop.forgotten", dropped.len() as u64);
        }
        let kept = findings.iter().filter(|finding| !dropped.contains(&finding.event));
        Some((batch, kept.cloned().collect()))
    }
}

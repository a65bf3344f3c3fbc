//! The sessions that were active lately.

use std::collections::HashMap;

use vigil_proto::{Sensitive, SessionFacts, SessionId, Timestamp};

use super::processes::{Agent, Processes};

/// More sessions than this are not remembered: those that were active the longest ago go first.
const MOST: usize = 512;
/// More working directories of one session than this are not remembered.
const FOLDERS: usize = 8;
/// How far the clocks of a transcript and of the kernel may seem apart, in microseconds.
const APART: i64 = 300_000;

#[derive(Debug, Default)]
pub(super) struct Sessions(HashMap<SessionId, Session>);

#[derive(Debug)]
struct Session {
    facts: SessionFacts<Sensitive>,
    folders: Vec<Sensitive>,
    active: Option<(Timestamp, Timestamp)>,
}

impl Sessions {
    /// What is known of a session. True when it is news where it works.
    pub(super) fn learn(&mut self, facts: &SessionFacts<Sensitive>) -> bool {
        if self.0.len() >= MOST && !self.0.contains_key(&facts.id) {
            let oldest = self.0.iter().min_by_key(|(_, session)| session.active.map(|(_, to)| to));
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.0.remove(&oldest);
            }
        }
        let session = self.0.entry(facts.id).or_insert_with(|| Session {
            // The rest is for its own sources to say.
            facts: SessionFacts {
                client: facts.client.clone(),
                ..SessionFacts::new("", facts.native.clone(), facts.id)
            },
            folders: Vec::new(),
            active: None,
        });
        if let Some(cwd) = &facts.cwd
            && !session.folders.contains(cwd)
            && session.folders.len() < FOLDERS
        {
            session.folders.push(cwd.clone());
            return true;
        }
        false
    }

    /// Something happened in it. True when that makes its life longer by more than a moment.
    pub(super) fn was_active(&mut self, id: SessionId, at: Timestamp) -> bool {
        let Some(session) = self.0.get_mut(&id) else { return false };
        let before = session.active;
        let (from, to) = before.unwrap_or((at, at));
        session.active = Some((from.min(at), to.max(at)));
        // Only the first sign of life within an agent's can make the agent known.
        before.is_none_or(|(from, to)| at < from || at.as_micros() - to.as_micros() > APART)
    }

    pub(super) fn client(&self, id: SessionId) -> Option<&str> {
        self.0.get(&id).map(|session| &*session.facts.client)
    }

    /// As the facts of a batch that refers to it.
    pub(super) fn facts(&self, id: SessionId) -> Option<SessionFacts<Sensitive>> {
        self.0.get(&id).map(|session| session.facts.clone())
    }

    /// Those that may be the agent's: of its client, alive while it was, nowhere else.
    pub(super) fn of<'a>(
        &'a self,
        agent: &'a Agent,
        processes: &'a Processes,
    ) -> impl Iterator<Item = SessionId> + use<'a> {
        self.0.iter().filter_map(|(id, session)| {
            let may_be = match self.named(agent) {
                Some(named) => named == *id,
                None => {
                    session.fits(agent)
                        && !processes.agents().any(|other| self.named(other) == Some(*id))
                }
            };
            may_be.then_some(*id)
        })
    }

    /// The one that is the agent's for certain: the only one that may be, and no other agent's.
    pub(super) fn only(&self, agent: &Agent, processes: &Processes) -> Option<SessionId> {
        let mut fitting = self.of(agent, processes);
        let id = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        if self.named(agent) == Some(id) {
            return Some(id);
        }
        let session = self.0.get(&id)?;
        let is_anothers = |other: &Agent| {
            other.root != agent.root && self.named(other).is_none() && session.fits(other)
        };
        let is_certain = session.works_in(agent) && !processes.agents().any(is_anothers);
        is_certain.then_some(id)
    }

    /// The session that the agent was begun with by name, once that is known to be one.
    fn named(&self, agent: &Agent) -> Option<SessionId> {
        agent.named.filter(|id| self.0.contains_key(id))
    }
}

impl Session {
    fn fits(&self, agent: &Agent) -> bool {
        let Some((from, to)) = self.active else { return false };
        let is_before = to.as_micros() < agent.at.as_micros() - APART;
        let is_after =
            agent.ended.is_some_and(|ended| from.as_micros() > ended.as_micros() + APART);
        self.facts.client == agent.client
            && !is_before
            && !is_after
            && (self.folders.is_empty() || agent.cwd.is_none() || self.works_in(agent))
    }

    fn works_in(&self, agent: &Agent) -> bool {
        agent.cwd.as_ref().is_some_and(|cwd| self.folders.contains(cwd))
    }
}

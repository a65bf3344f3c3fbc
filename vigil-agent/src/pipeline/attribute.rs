//! Which session and which tool call a process belongs to. Remembers, for a while, the sessions,
//! the tool calls that run commands, and the processes that were seen, in whatever order they come.
//! What fits two is left with none: nothing is invented.

use std::collections::{HashMap, HashSet};

use vigil_proto::{
    Batch, Event, Kind, Sensitive, SessionId, Source, SourceId, Timestamp, Witness,
    event::ProcessRef,
};

mod calls;
mod command;
mod processes;
mod sessions;

use self::{
    calls::Calls,
    processes::{Owner, Processes, Work},
    sessions::Sessions,
};

/// Clients of which something new is known; and of tool calls, since when.
type News = HashMap<String, Option<Timestamp>>;

/// What was seen lately.
#[derive(Debug, Default)]
pub(super) struct Attribution {
    sessions: Sessions,
    calls: Calls,
    processes: Processes,
}

impl Attribution {
    /// Learns from `batch`, and gives its processes and connections their session and tool call.
    /// Gives more sightings of earlier processes whose owner is known only now.
    pub(super) fn attribute(&mut self, batch: &mut Batch<Sensitive>) -> Option<Batch<Sensitive>> {
        let news = self.learn(batch);
        let mut sessions = HashSet::new();
        for event in &mut batch.events {
            if let Kind::Process(process) = &event.kind
                && let Some(which) = event.process
            {
                self.processes.saw(which, process, event);
                self.settle(which);
                if let Some(owner) = self.processes.told(which) {
                    sessions.extend(give(owner, event));
                }
            } else if event.session.is_none()
                && let Some(owner) = event.process.and_then(|which| self.processes.owner(which))
            {
                sessions.extend(give(owner, event));
            }
        }
        for session in sessions {
            self.introduce(session, batch);
        }
        if news.is_empty() { None } else { self.again(&news) }
    }

    /// What was learnt that may tell whose a process is.
    fn learn(&mut self, batch: &Batch<Sensitive>) -> News {
        let mut news = News::new();
        let works: HashSet<SessionId> = batch
            .sessions
            .iter()
            .filter(|facts| self.sessions.learn(facts))
            .map(|facts| facts.id)
            .collect();
        for event in &batch.events {
            // A process is attributed to a session; that is no word of the session's own.
            let Some(session) = event.session.filter(|_| event.process.is_none()) else { continue };
            let is_alive = self.sessions.was_active(session, event.at) || works.contains(&session);
            let call = match &event.kind {
                Kind::ToolCall(call) => self.calls.asked(session, event, call).then_some(event.at),
                Kind::ToolResult(_) => self.calls.answered(session, event),
                _ => None,
            };
            if (is_alive || call.is_some())
                && self.processes.is_recent(event.at)
                && let Some(client) = self.sessions.client(session)
            {
                let since = news.entry(client.to_owned()).or_default();
                *since = match (*since, call) {
                    (Some(since), Some(call)) => Some(since.min(call)),
                    (since, call) => since.or(call),
                };
            }
        }
        news
    }

    /// Finds out whose a process is, as far as that is certain by now.
    fn settle(&mut self, which: ProcessRef) {
        let Some(work) = self.processes.unsettled(which) else { return };
        if let Some(owner) = self.owner(&work) {
            self.processes.settle(which, owner);
        }
    }

    fn owner(&mut self, work: &Work) -> Option<Owner> {
        let above = work.parent.and_then(|parent| self.processes.owner(parent)).cloned();
        if let Some(owner) = above.filter(|owner| owner.tool_call.is_some() && !work.is_root) {
            return Some(owner);
        }
        let agent = self.processes.agent(work.root)?;
        if !work.is_root {
            let may_be: HashSet<SessionId> = self.sessions.of(agent, &self.processes).collect();
            let run = |session| may_be.contains(&session);
            if let Some(owner) = self.calls.that_ran(work, run) {
                return Some(owner);
            }
        }
        let session = self.sessions.only(agent, &self.processes)?;
        Some(Owner { session, thread: None, turn: None, tool_call: None })
    }

    /// Sightings of processes that are settled only now, parents before children.
    fn again(&mut self, news: &News) -> Option<Batch<Sensitive>> {
        let mut batch = Batch::new(Source {
            id: SourceId::of(b"processes"),
            witness: Witness::Kernel,
            place: Sensitive::from("processes"),
        });
        let mut sessions = HashSet::new();
        for which in self.processes.open(news) {
            self.settle(which);
            if let Some(event) = self.processes.again(which) {
                sessions.extend(event.session);
                batch.events.push(event);
            }
        }
        for session in sessions {
            self.introduce(session, &mut batch);
        }
        (!batch.events.is_empty()).then_some(batch)
    }

    /// A batch names every session that its events refer to.
    fn introduce(&self, session: SessionId, batch: &mut Batch<Sensitive>) {
        if !batch.sessions.iter().any(|facts| facts.id == session) {
            batch.sessions.extend(self.sessions.facts(session));
        }
    }
}

fn give(owner: &Owner, event: &mut Event<Sensitive>) -> Option<SessionId> {
    event.session = Some(owner.session);
    event.thread.clone_from(&owner.thread);
    event.turn = owner.turn;
    event.tool_call.clone_from(&owner.tool_call);
    event.session
}

#[cfg(test)]
mod tests;

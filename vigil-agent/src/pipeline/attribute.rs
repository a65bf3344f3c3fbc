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
mod flows;
mod processes;
mod sessions;

use self::{
    calls::Calls,
    flows::Flows,
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
    flows: Flows,
}

impl Attribution {
    /// Learns from `batch`, and gives its processes and connections their session and tool call.
    /// Gives more sightings of earlier processes and connections whose owner is known only now.
    pub(super) fn attribute(&mut self, batch: &mut Batch<Sensitive>) -> Vec<Batch<Sensitive>> {
        let news = self.learn(batch);
        let mut sessions = HashSet::new();
        let mut found = false;
        for event in &mut batch.events {
            if let Kind::Process(process) = &event.kind
                && let Some(which) = event.process
            {
                found = true;
                self.processes.saw(which, process, event);
                self.settle(which);
                if let Some(owner) = self.processes.told(which) {
                    sessions.extend(give(owner, event));
                }
            } else if let Some(which) = event.process {
                complete(&self.processes, which, event);
                sessions.extend(event.session);
            }
            if matches!(event.kind, Kind::Connection(_)) {
                self.flows.saw(&batch.source, event);
            }
        }
        for session in sessions {
            self.introduce(session, batch);
        }
        let mut again = Vec::new();
        if !news.is_empty() {
            again.extend(self.again(&news));
        }
        if found || !news.is_empty() {
            again.extend(self.flows_again());
        }
        again
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
        for which in self.processes.open(news) {
            self.settle(which);
            batch.events.extend(self.processes.again(which));
        }
        self.introduce_all(&mut batch);
        (!batch.events.is_empty()).then_some(batch)
    }

    /// Sightings of connections of which more is known only now.
    fn flows_again(&mut self) -> Vec<Batch<Sensitive>> {
        let processes = &self.processes;
        let mut batches = self
            .flows
            .again(|event| event.process.is_some_and(|which| complete(processes, which, event)));
        for batch in &mut batches {
            self.introduce_all(batch);
        }
        batches
    }

    /// For a batch of our own, which names none yet.
    fn introduce_all(&self, batch: &mut Batch<Sensitive>) {
        let sessions: HashSet<SessionId> =
            batch.events.iter().filter_map(|event| event.session).collect();
        for session in sessions {
            self.introduce(session, batch);
        }
    }

    /// A batch names every session that its events refer to.
    fn introduce(&self, session: SessionId, batch: &mut Batch<Sensitive>) {
        if !batch.sessions.iter().any(|facts| facts.id == session) {
            batch.sessions.extend(self.sessions.facts(session));
        }
    }
}

/// Gives an event that is no process what is known of the process that it belongs to. True when
/// that is more than it had.
fn complete(processes: &Processes, which: ProcessRef, event: &mut Event<Sensitive>) -> bool {
    let mut is_more = false;
    if let Kind::Connection(flow) = &mut event.kind
        && flow.client.is_none()
        && let Some(client) = processes.client(which)
    {
        flow.client = Some(client.to_owned().into());
        is_more = true;
    }
    if event.session.is_none()
        && let Some(owner) = processes.owner(which)
    {
        give(owner, event);
        is_more = true;
    }
    is_more
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

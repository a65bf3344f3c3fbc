//! The processes of agents that were seen lately, and whose they are.

use std::collections::{BTreeSet, HashMap};

use vigil_proto::{
    Event, EventId, Kind, Sensitive, SessionId, Timestamp,
    event::{Process, ProcessRef},
};

use super::{News, command};

/// More processes than this are not remembered: those that ended first go first, then the oldest.
const MOST: usize = 16_384;
/// The most bytes of sightings that may be told again.
const MOST_BYTES: usize = 8 << 20;
/// How long an ended process is remembered, in microseconds.
const REMEMBERED: i64 = 600 * 1_000_000;
/// More agents than this are not remembered.
const MOST_AGENTS: usize = 1024;

/// Whose a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) session: SessionId,
    pub(super) thread: Option<Sensitive>,
    pub(super) turn: Option<EventId>,
    pub(super) tool_call: Option<Sensitive>,
}

/// An agent's own process.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) root: ProcessRef,
    pub(super) client: String,
    pub(super) cwd: Option<Sensitive>,
    pub(super) at: Timestamp,
    pub(super) ended: Option<Timestamp>,
    /// The session that it was told to have.
    pub(super) named: Option<SessionId>,
}

/// A process that is to be settled.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) process: ProcessRef,
    pub(super) root: ProcessRef,
    pub(super) parent: Option<ProcessRef>,
    pub(super) at: Timestamp,
    pub(super) arguments: Option<Vec<String>>,
    pub(super) is_root: bool,
}

#[derive(Debug)]
struct Known {
    root: ProcessRef,
    parent: Option<ProcessRef>,
    at: Timestamp,
    ended: Option<Timestamp>,
    owner: Option<Owner>,
    /// Its last sighting, for as long as it may have to be told again.
    sighting: Option<Box<Event<Sensitive>>>,
    /// What it last told has the owner.
    is_told: bool,
    size: usize,
}

/// When a process began, and which it is.
type Begun = (Timestamp, u32, Timestamp);

#[derive(Debug, Default)]
pub(super) struct Processes {
    known: HashMap<ProcessRef, Known>,
    /// By the time of the last word: the end, else the beginning.
    by_age: BTreeSet<(bool, Timestamp, u32, Timestamp)>,
    /// Those that may yet get a tool call, by their beginning.
    callless: BTreeSet<Begun>,
    /// Those of them that have not even a session.
    ownerless: BTreeSet<Begun>,
    agents: HashMap<ProcessRef, Agent>,
    bytes: usize,
    newest: Option<Timestamp>,
}

impl Processes {
    /// A sighting of a process.
    pub(super) fn saw(
        &mut self,
        which: ProcessRef,
        process: &Process<Sensitive>,
        event: &Event<Sensitive>,
    ) {
        if process.root == which {
            self.saw_agent(which, process, event.at);
        }
        let before = self.remove(which);
        let size = process.argv.len() + process.earlier.iter().map(Sensitive::len).sum::<usize>();
        let owner = before.and_then(|before| before.owner);
        let known = Known {
            root: process.root,
            parent: process.parent,
            at: event.at,
            ended: process.ended,
            // A tool call is the last word; a session alone may still get one.
            sighting: is_open(owner.as_ref(), process.root == which)
                .then(|| Box::new(event.clone())),
            owner,
            is_told: false,
            size,
        };
        self.newest = self.newest.max(Some(event.at)).max(process.ended);
        self.insert(which, known);
        self.shrink();
    }

    fn saw_agent(&mut self, root: ProcessRef, process: &Process<Sensitive>, at: Timestamp) {
        if self.agents.len() >= MOST_AGENTS && !self.agents.contains_key(&root) {
            let first = self.agents.values().min_by_key(|agent| (agent.ended.is_none(), agent.at));
            if let Some(first) = first.map(|agent| agent.root) {
                self.agents.remove(&first);
            }
        }
        let named = named(&process.client, process.argv.expose());
        let agent = Agent {
            root,
            client: process.client.clone().into_owned(),
            cwd: process.cwd.clone(),
            at,
            ended: process.ended,
            named,
        };
        self.agents.insert(root, agent);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn agent(&self, root: ProcessRef) -> Option<&Agent> {
        self.agents.get(&root)
    }

    pub(super) fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// The client whose process it is.
    pub(super) fn client(&self, which: ProcessRef) -> Option<&str> {
        let agent = self.agents.get(&self.known.get(&which)?.root)?;
        Some(&agent.client)
    }

    pub(super) fn owner(&self, which: ProcessRef) -> Option<&Owner> {
        self.known.get(&which)?.owner.as_ref()
    }

    /// The owner, to be told with the sighting that is at hand.
    pub(super) fn told(&mut self, which: ProcessRef) -> Option<&Owner> {
        let known = self.known.get_mut(&which)?;
        known.is_told = known.owner.is_some();
        known.owner.as_ref()
    }

    /// What is needed to find out whose the process is, while more may be found out.
    pub(super) fn unsettled(&self, which: ProcessRef) -> Option<Work> {
        let known = self.known.get(&which)?;
        let Kind::Process(process) = &known.sighting.as_ref()?.kind else { return None };
        Some(Work {
            process: which,
            root: known.root,
            parent: known.parent,
            at: known.at,
            arguments: command::split(process.argv.expose()),
            is_root: known.root == which,
        })
    }

    /// It is `owner`'s. A session is not taken back, and not exchanged for another but by a call.
    pub(super) fn settle(&mut self, which: ProcessRef, owner: Owner) {
        let Some(mut known) = self.remove(which) else { return };
        let is_more = match &known.owner {
            None => true,
            Some(before) => before.tool_call.is_none() && owner.tool_call.is_some(),
        };
        if is_more {
            known.owner = Some(owner);
            known.is_told = false;
        }
        self.insert(which, known);
    }

    /// Whether something of the time `at` can matter to what is remembered.
    pub(super) fn is_recent(&self, at: Timestamp) -> bool {
        const CONSENT: i64 = 3600 * 1_000_000;
        self.newest.is_some_and(|newest| at.as_micros() > newest.as_micros() - CONSENT - REMEMBERED)
    }

    /// Those of which `news` may tell more, the oldest first: of a call, what began since it was
    /// asked for; of a session, what has none yet.
    pub(super) fn open(&self, news: &News) -> Vec<ProcessRef> {
        /// A start that was found in a table may be too early by so much, in microseconds.
        const EARLY: i64 = 2_000_000;
        let is_theirs = |(_, pid, started): &Begun| {
            let known = self.known.get(&ProcessRef { pid: *pid, started: *started });
            let agent = known.and_then(|known| self.agents.get(&known.root));
            agent.is_some_and(|agent| news.contains_key(&agent.client))
        };
        let calls_since = news.values().flatten().min();
        let since = calls_since.map(|since| {
            (Timestamp::from_micros(since.as_micros().saturating_sub(EARLY)), 0, *since)
        });
        let callless = since.map(|since| self.callless.range(since..)).into_iter().flatten();
        let open: BTreeSet<&Begun> = callless.chain(&self.ownerless).collect();
        let open = open.into_iter().filter(|begun| is_theirs(begun));
        open.map(|(_, pid, started)| ProcessRef { pid: *pid, started: *started }).collect()
    }

    /// The last sighting, once more with the owner, when it was told without.
    pub(super) fn again(&mut self, which: ProcessRef) -> Option<Event<Sensitive>> {
        let known = self.known.get_mut(&which)?;
        let owner = known.owner.as_ref().filter(|_| !known.is_told)?;
        let mut event = known.sighting.as_deref()?.clone();
        super::give(owner, &mut event);
        known.is_told = true;
        if !is_open(Some(owner), known.root == which) {
            known.sighting = None;
            self.callless.remove(&(known.at, which.pid, which.started));
        }
        Some(event)
    }

    fn insert(&mut self, which: ProcessRef, known: Known) {
        self.bytes += known.size;
        self.by_age.insert(age(which, &known));
        if known.sighting.is_some() {
            self.callless.insert((known.at, which.pid, which.started));
        }
        if known.owner.is_none() {
            self.ownerless.insert((known.at, which.pid, which.started));
        }
        self.known.insert(which, known);
    }

    fn remove(&mut self, which: ProcessRef) -> Option<Known> {
        let known = self.known.remove(&which)?;
        self.bytes = self.bytes.saturating_sub(known.size);
        self.by_age.remove(&age(which, &known));
        self.callless.remove(&(known.at, which.pid, which.started));
        self.ownerless.remove(&(known.at, which.pid, which.started));
        Some(known)
    }

    fn shrink(&mut self) {
        let since = self.newest.map_or(i64::MIN, |at| at.as_micros().saturating_sub(REMEMBERED));
        while let Some((runs, at, pid, started)) = self.by_age.first().copied() {
            let is_old = !runs && at.as_micros() < since;
            if !is_old && self.known.len() <= MOST && self.bytes <= MOST_BYTES {
                return;
            }
            self.remove(ProcessRef { pid, started });
        }
    }
}

/// Whether more may be found out: a tool call is the last word, and an agent has none.
fn is_open(owner: Option<&Owner>, is_root: bool) -> bool {
    owner.is_none_or(|owner| owner.tool_call.is_none() && !is_root)
}

fn age(which: ProcessRef, known: &Known) -> (bool, Timestamp, u32, Timestamp) {
    (known.ended.is_none(), known.ended.unwrap_or(known.at), which.pid, which.started)
}

/// The session that the command line of an agent names: to begin it, or to go on with it.
fn named(client: &str, line: &str) -> Option<SessionId> {
    let arguments = command::split(line)?;
    if arguments.iter().any(|word| word == "--fork-session") {
        return None;
    }
    let mut words = arguments.iter().map(String::as_str);
    let mut named = None;
    while let Some(word) = words.next() {
        let (option, value) = word.split_once('=').map_or((word, None), |(o, v)| (o, Some(v)));
        if matches!(option, "--session-id" | "--resume") {
            named = value.or_else(|| words.next()).filter(|id| is_id(id)).or(named);
        }
    }
    named.map(|native| SessionId::of(client, native))
}

/// A UUID.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

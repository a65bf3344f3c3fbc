//! The tree of the agents' processes. A process that belongs to no agent is not in it.

use std::collections::{HashMap, hash_map::Entry};

use vigil_proto::{Timestamp, event::ProcessRef};

use super::{Member, recognise};

/// More processes than this are not followed.
const MOST: usize = 65_536;
/// How long an ended process is remembered, in microseconds: its children may be heard of later,
/// and so may its connections.
const REMEMBERED: i64 = 3 * 60 * 1_000_000;
/// How far two statements of when a process started may lie apart, in microseconds: tables that
/// were read by different programs begin from a boot time in whole seconds.
const SAME_START: i64 = 2_500_000;

/// There is no room for one more process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {MOST} processes of agents")]
pub struct Full;

/// A process of an agent, as the tree knows it.
#[derive(Clone, Debug)]
pub struct Node {
    member: Member,
    /// The agent that began this one's agent, when there is one.
    outer: Option<ProcessRef>,
    /// The nearest process above it that became a program of its own.
    parent: Option<ProcessRef>,
    /// It became a program of its own; until then it is its parent's.
    is_program: bool,
    /// The program it runs is the agent's.
    runs_agent: bool,
    began: Timestamp,
    ended: Option<Timestamp>,
}

/// What is told of a process that began or became another program.
#[derive(Clone, Copy, Debug)]
pub struct Began<'a> {
    /// The process.
    pub process: ProcessRef,
    /// Its parent, where known; without a start it is the last process with that number.
    pub parent: Option<(u32, Option<Timestamp>)>,
    /// When that happened.
    pub at: Timestamp,
    /// Its file and its arguments (each ended by a zero byte), when it became another program.
    pub program: Option<(&'a [u8], &'a [u8])>,
}

impl Node {
    /// What others may know.
    pub fn member(&self) -> Member {
        self.member
    }

    /// The nearest process above it, within its agent or above, that became a program of its own.
    /// None when that is no agent's.
    pub fn parent(&self) -> Option<ProcessRef> {
        self.parent
    }

    /// The agent that began this one's agent, when there is one.
    pub fn outer(&self) -> Option<ProcessRef> {
        self.outer
    }

    /// When it began, as exactly as that was told.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// True until its end is told.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }
}

/// Whose descendants alone are agents. For tests, which look at nothing but what they started.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The process above.
    pub above: u32,
    /// Whether the first process was begun by the second, or by one that was.
    pub descends: fn(u32, u32) -> bool,
}

/// All of them, by number: the last one that had it.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: HashMap<u32, Node>,
    scope: Option<Scope>,
}

impl Tree {
    /// With the agents of this scope alone.
    pub fn within(scope: Scope) -> Self {
        Self { scope: Some(scope), ..Self::default() }
    }

    /// The process `pid`, with this start where it is given.
    pub fn find(&self, pid: u32, started: Option<Timestamp>) -> Option<&Node> {
        let node = self.nodes.get(&pid)?;
        started.is_none_or(|started| is_same(node.member.process.started, started)).then_some(node)
    }

    /// Every process that runs.
    pub fn living(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values().filter(|node| node.ended.is_none())
    }

    /// A process began, or became another program, or was found. Gives its node when it is an
    /// agent's. Told twice, nothing changes.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn began(&mut self, began: Began<'_>) -> Result<Option<&Node>, Full> {
        let pid = began.process.pid;
        let known = self.nodes.get(&pid).filter(|node| {
            node.ended.is_none() && is_same(node.member.process.started, began.process.started)
        });
        let before = known.cloned().or_else(|| self.child(&began));
        let client = began.program.and_then(|(exe, argv)| recognise(exe, argv));
        let node = match (before, client) {
            (Some(node), Some(client)) if node.runs_agent && node.member.client == client => {
                Some(Node { is_program: true, ..node })
            }
            (None, Some(_)) if !self.may_be_agent(&began) => None,
            (before, Some(client)) => Some(agent(client, before.as_ref(), &began)),
            (Some(node), None) if began.program.is_some() => {
                Some(Node { is_program: true, runs_agent: false, ..node })
            }
            (before, None) => before,
        };
        let Some(node) = node else {
            // The number may have been an agent's until now.
            self.nodes.remove(&pid);
            return Ok(None);
        };
        let is_full = self.nodes.len() >= MOST;
        match self.nodes.entry(pid) {
            Entry::Occupied(mut entry) => {
                entry.insert(node);
                Ok(Some(entry.into_mut()))
            }
            Entry::Vacant(_) if is_full => Err(Full),
            Entry::Vacant(entry) => Ok(Some(entry.insert(node))),
        }
    }

    /// A process ended. Gives its node when it was an agent's.
    pub fn ended(&mut self, pid: u32, started: Option<Timestamp>, at: Timestamp) -> Option<&Node> {
        let node = self.nodes.get_mut(&pid).filter(|node| node.ended.is_none())?;
        if started.is_some_and(|started| !is_same(node.member.process.started, started)) {
            return None;
        }
        node.ended = Some(at);
        Some(node)
    }

    /// Forgets those that ended a while before `now`.
    pub fn forget(&mut self, now: Timestamp) {
        let since = now.as_micros().saturating_sub(REMEMBERED);
        self.nodes.retain(|_, node| node.ended.is_none_or(|ended| ended.as_micros() >= since));
    }

    /// The parent is asked for as well: a process may have ended by now.
    fn may_be_agent(&self, began: &Began<'_>) -> bool {
        let Some(Scope { above, descends }) = self.scope else { return true };
        let parent = began.parent.map(|(pid, _)| pid);
        parent.is_some_and(|pid| pid == above || descends(pid, above))
            || descends(began.process.pid, above)
    }

    /// A new process below its parent, when that is an agent's.
    fn child(&self, began: &Began<'_>) -> Option<Node> {
        let (pid, started) = began.parent?;
        let parent = self.find(pid, started)?;
        // A number that was used again cannot be the parent of a process that is older; nor can one
        // that had ended begin anything, whoever has its number by now.
        let is_later = |one: Timestamp, than: Timestamp| {
            one.as_micros() > than.as_micros().saturating_add(SAME_START)
        };
        let is_older = is_later(parent.member.process.started, began.at);
        let had_ended = parent.ended.is_some_and(|ended| is_later(began.process.started, ended));
        if pid == began.process.pid || is_older || had_ended {
            return None;
        }
        Some(Node {
            member: Member { process: began.process, ..parent.member },
            outer: parent.outer,
            parent: if parent.is_program { Some(parent.member.process) } else { parent.parent },
            is_program: false,
            runs_agent: parent.runs_agent,
            began: began.at,
            ended: None,
        })
    }
}

/// An agent of its own, perhaps begun by another one.
fn agent(client: &'static str, before: Option<&Node>, began: &Began<'_>) -> Node {
    let process = before.map_or(began.process, |node| node.member.process);
    let above = before.map(|node| node.member.root).filter(|root| *root != process);
    Node {
        member: Member { client, root: process, process },
        outer: above.or(before.and_then(|node| node.outer)),
        parent: before.and_then(|node| node.parent),
        is_program: true,
        runs_agent: true,
        began: before.map_or(began.at, |node| node.began),
        ended: None,
    }
}

fn is_same(one: Timestamp, other: Timestamp) -> bool {
    one.as_micros().abs_diff(other.as_micros()) <= SAME_START.unsigned_abs()
}

#[cfg(test)]
mod tests;

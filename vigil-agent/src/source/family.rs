//! Which processes belong to which agent: agents are recognised by the program they run, and
//! everything that they begin belongs to them, for as long as it lives. Pure: it is told what
//! happens to processes and asks nobody; the source `process` tells it, others only ask.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use vigil_proto::{Timestamp, event::ProcessRef};

mod recognise;
mod tree;

pub use self::{
    recognise::{arguments, recognise},
    tree::{Began, Full, Node, Scope, Tree},
};

/// A process of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The agent's client, such as `claude-code`.
    pub client: &'static str,
    /// The agent itself: the first process of its family.
    pub root: ProcessRef,
    /// The process.
    pub process: ProcessRef,
}

/// The families of all agents that run, and of those processes that ended a little while ago.
/// Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Families(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    tree: RwLock<Tree>,
    are_known: AtomicBool,
}

impl Families {
    /// Those of this scope alone.
    pub fn within(scope: Scope) -> Self {
        let tree = RwLock::new(Tree::within(scope));
        Self(Arc::new(Shared { tree, are_known: AtomicBool::new(false) }))
    }

    /// The agent that the process `pid` belongs to, also for some minutes after it has ended.
    /// Without `started` it is the last process with that number.
    pub fn agent_of(&self, pid: u32, started: Option<Timestamp>) -> Option<Member> {
        self.read(|tree| tree.find(pid, started).map(Node::member))
    }

    /// Every process of an agent that runs now, in no order.
    pub fn members(&self) -> Vec<Member> {
        self.read(|tree| tree.living().map(Node::member).collect())
    }

    /// Whether everything that runs was looked at once: before that, who is not among them may be yet.
    pub fn are_known(&self) -> bool {
        self.0.are_known.load(Ordering::Acquire)
    }

    /// Everything that runs was looked at; for the source that sees processes.
    pub fn know(&self) {
        self.0.are_known.store(true, Ordering::Release);
    }

    /// Changes them; for the source that sees processes.
    pub fn change<T>(&self, change: impl FnOnce(&mut Tree) -> T) -> T {
        // A tree stays whole whatever panicked: each change is one insertion.
        change(&mut self.0.tree.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn read<T>(&self, ask: impl FnOnce(&Tree) -> T) -> T {
        ask(&self.0.tree.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;

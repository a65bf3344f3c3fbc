//! Which process holds a socket: by the open files of the processes that we may look at, by the root
//! daemon for the others, and without it by leaving nobody else.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    time::{Duration, Instant},
};

use vigil_platform::{
    process,
    socket::{self, Among, Protocol},
};

use super::Holders;
use crate::source::family::Member;

/// How often, at the most, others are asked, or all of our processes' open files are looked at.
const ASKED: Duration = Duration::from_secs(1);

/// Looks for holders.
pub(super) struct Owners<'a> {
    uid: u32,
    ours: u32,
    daemon: &'a Holders,
    /// When the last costly search was.
    asked: Option<Instant>,
}

/// Who holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// This process.
    Process(u32),
    /// A process of this client that may not be looked at.
    OneOf(&'static str),
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// By inode; those of nobody's family are left out.
    pub(super) holders: BTreeMap<u64, Holder>,
    /// Sockets that may be an agent's or another's: nobody could tell.
    pub(super) unknown: BTreeSet<u64>,
    /// Sockets that are better asked for again at a later look.
    pub(super) later: BTreeSet<u64>,
}

impl Found {
    /// With what was found of other sockets.
    pub(super) fn add(&mut self, more: Self) {
        self.holders.extend(more.holders);
        self.unknown.extend(more.unknown);
        self.later.extend(more.later);
    }
}

impl<'a> Owners<'a> {
    pub(super) fn new(daemon: &'a Holders) -> Self {
        Self { uid: process::uid(), ours: std::process::id(), daemon, asked: None }
    }

    /// Who among `members` holds these sockets, all of them our user's.
    pub(super) fn members(&mut self, inodes: &[u64], members: &[Member]) -> Found {
        let pids: Vec<u32> = members.iter().map(|member| member.process.pid).collect();
        let mut looked = socket::holders_among(inodes, &pids);
        let mut result = Found::default();
        let found = looked.pids.iter();
        result.holders.extend(found.map(|(inode, pid)| (*inode, Holder::Process(*pid))));
        let left = without(inodes, &looked.pids);
        if left.is_empty() || saw_all(&looked) {
            return result;
        }
        // The proxy's own way out is nobody's secret, and the most frequent.
        let left = without(&left, &socket::holders_among(&left, &[self.ours]).pids);
        if left.is_empty() {
            return result;
        }
        if self.asked.is_some_and(|asked| asked.elapsed() < ASKED) {
            result.later.extend(left);
            return result;
        }
        self.asked = Some(Instant::now());
        if let Some(found) = (self.daemon)(&left) {
            let theirs = found.into_iter().filter(|(_, pid)| pids.contains(pid));
            result.holders.extend(theirs.map(|(inode, pid)| (inode, Holder::Process(pid))));
            return result;
        }
        let others = socket::holders_among(&left, &self.own_processes(&pids, false));
        let left = without(&left, &others.pids);
        add(&mut looked, others);
        let held = held_still(&left);
        let only = only_one(&looked, members);
        for inode in left {
            match only.filter(|_| held.contains(&inode)) {
                Some(holder) => drop(result.holders.insert(inode, holder)),
                None => drop(result.unknown.insert(inode)),
            }
        }
        result
    }

    /// Which process holds each of these sockets; `likely` ones are looked at first.
    pub(super) fn callers(&mut self, inodes: &[u64], likely: &[u32]) -> BTreeMap<u64, u32> {
        let mut looked = socket::holders_among(inodes, likely);
        let left = without(inodes, &looked.pids);
        // Who calls, asks and goes is mostly found nowhere any more, however long it is looked for.
        let lately = self.asked.is_some_and(|asked| asked.elapsed() < ASKED);
        if left.is_empty()
            || lately && socket::gone(&left).is_ok_and(|gone| gone.len() == left.len())
        {
            return looked.pids;
        }
        self.asked = Some(Instant::now());
        if !saw_all(&looked)
            && let Some(told) = (self.daemon)(&left)
        {
            looked.pids.extend(told);
            return looked.pids;
        }
        let others = socket::holders_among(&left, &self.own_processes(likely, true));
        add(&mut looked, others);
        if let [only] = *looked.closed
            && looked.complete
        {
            let held = held_still(&without(inodes, &looked.pids));
            looked.pids.extend(held.into_iter().map(|inode| (inode, only)));
        }
        looked.pids
    }

    /// Our user's processes but these, us, and, unless `with_children`, those that we began: they make
    /// no connections.
    fn own_processes(&self, but: &[u32], with_children: bool) -> Vec<u32> {
        let mut pids = Vec::new();
        let read = process::table(0, |row| {
            let is_child = row.ppid == Some(self.ours) && !with_children;
            let is_ours = row.pid == self.ours || is_child;
            if row.uid == self.uid && !is_ours && !but.contains(&row.pid) {
                pids.push(row.pid);
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = read {
            tracing::debug!(%error, "the table of processes could not be read");
        }
        pids
    }
}

/// What was not found is held by none of those that were looked among.
fn saw_all(looked: &Among) -> bool {
    looked.complete && looked.closed.is_empty()
}

/// `looked`, and what was seen among others.
fn add(looked: &mut Among, others: Among) {
    looked.pids.extend(others.pids);
    looked.closed.extend(others.closed);
    looked.complete &= others.complete;
}

/// Who holds what was found at nobody's: whoever may not be looked at, when all others were.
fn only_one(looked: &Among, members: &[Member]) -> Option<Holder> {
    if !looked.complete {
        return None;
    }
    if let [only] = *looked.closed {
        return members
            .iter()
            .any(|member| member.process.pid == only)
            .then_some(Holder::Process(only));
    }
    let client_of = |pid: &u32| {
        members.iter().find(|member| member.process.pid == *pid).map(|member| member.client)
    };
    let mut clients = looked.closed.iter().map(client_of);
    let first = clients.next()??;
    clients.all(|client| client == Some(first)).then_some(Holder::OneOf(first))
}

/// Those of these sockets that some process holds even now. Whoever is left when nobody else has a
/// socket is its holder only while it has one: a client that is gone by then has left none.
fn held_still(inodes: &[u64]) -> BTreeSet<u64> {
    let mut held = BTreeSet::new();
    if inodes.is_empty() {
        return held;
    }
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let read = socket::table(protocol, |row| {
            if inodes.contains(&row.inode) {
                held.insert(row.inode);
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = read {
            tracing::debug!(%error, "the table of sockets could not be read");
        }
    }
    held
}

fn without<V>(inodes: &[u64], found: &BTreeMap<u64, V>) -> Vec<u64> {
    inodes.iter().copied().filter(|inode| !found.contains_key(inode)).collect()
}

#[cfg(test)]
mod tests;

//! The shape of one agent's tree. Hostile figures may name parents that are not there, or each
//! other: such a process hangs at the top.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use vigil_proto::{Timestamp, event::ProcessRef};

/// A process as it is stored: number and start.
pub(super) type Key = (u32, i64);

pub(super) fn key(process: ProcessRef) -> Key {
    (process.pid, Timestamp::as_micros(process.started))
}

struct Node {
    seq: i64,
    runs: bool,
    children: Vec<usize>,
    descendants: u64,
}

/// The processes of one agent, the latest first.
pub(super) struct Tree {
    root: Key,
    nodes: Vec<Node>,
    places: HashMap<Key, usize>,
    by_seq: HashMap<i64, usize>,
    /// Below the agent's own process.
    top: Vec<usize>,
}

impl Tree {
    pub(super) fn read(conn: &Connection, root: ProcessRef) -> rusqlite::Result<Self> {
        let root = key(root);
        let mut statement = conn.prepare_cached(
            "SELECT seq, pid, started, parent_pid, parent_started, ended IS NULL
             FROM processes INDEXED BY processes_tree WHERE root_started = ? AND root_pid = ?
             ORDER BY started DESC, seq DESC",
        )?;
        let mut rows = statement.query(params![root.1, root.0])?;
        let (mut nodes, mut parents) = (Vec::new(), Vec::new());
        let (mut places, mut by_seq) = (HashMap::new(), HashMap::new());
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            let parent: Option<u32> = row.get(3)?;
            let parent_started: Option<i64> = row.get(4)?;
            places.insert((row.get(1)?, row.get(2)?), nodes.len());
            by_seq.insert(seq, nodes.len());
            parents.push(parent.zip(parent_started));
            let runs = row.get(5)?;
            nodes.push(Node { seq, runs, children: Vec::new(), descendants: 0 });
        }
        let mut tree = Self { root, nodes, places, by_seq, top: Vec::new() };
        tree.hang(&parents);
        Ok(tree)
    }

    fn hang(&mut self, parents: &[Option<Key>]) {
        let own = self.places.get(&self.root).copied();
        let parent_of: Vec<Option<usize>> = parents
            .iter()
            .enumerate()
            .map(|(place, parent)| {
                let parent = parent.and_then(|key| self.places.get(&key).copied());
                parent.filter(|parent| Some(place) != own && Some(*parent) != own)
            })
            .collect();
        let loose = loops(&parent_of);
        for (place, parent) in parent_of.iter().enumerate() {
            match parent.filter(|_| !loose.contains(&place)) {
                Some(parent) => {
                    if let Some(node) = self.nodes.get_mut(parent) {
                        node.children.push(place);
                    }
                }
                None if Some(place) == own => {}
                None => self.top.push(place),
            }
        }
        let mut order = self.top.clone();
        let mut next = 0;
        while let Some(node) = order.get(next).and_then(|place| self.nodes.get(*place)) {
            order.extend(&node.children);
            next += 1;
        }
        for place in order.into_iter().rev() {
            let Some(node) = self.nodes.get(place) else { continue };
            let below = node.children.iter().filter_map(|child| self.nodes.get(*child));
            let descendants = below.map(|child| child.descendants + 1).sum();
            if let Some(node) = self.nodes.get_mut(place) {
                node.descendants = descendants;
            }
        }
    }

    /// Everything below the agent's own process.
    pub(super) fn all(&self) -> Vec<i64> {
        let own = self.places.get(&self.root).copied();
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(|(place, _)| Some(*place) != own).map(|(_, node)| node.seq).collect()
    }

    /// What this process of the tree started.
    pub(super) fn children(&self, parent: ProcessRef) -> Vec<i64> {
        let places = if key(parent) == self.root {
            &self.top
        } else {
            let place = self.places.get(&key(parent));
            let Some(node) = place.and_then(|place| self.nodes.get(*place)) else {
                return Vec::new();
            };
            &node.children
        };
        places.iter().filter_map(|place| self.nodes.get(*place)).map(|node| node.seq).collect()
    }

    /// How many it started, and how many are below it.
    pub(super) fn under(&self, seq: i64) -> (u64, u64) {
        let node = self.by_seq.get(&seq).and_then(|place| self.nodes.get(*place));
        node.map_or((0, 0), |node| (node.children.len() as u64, node.descendants))
    }

    /// True while no end of it is known.
    pub(super) fn runs(&self, seq: i64) -> bool {
        self.by_seq.get(&seq).and_then(|place| self.nodes.get(*place)).is_some_and(|node| node.runs)
    }
}

/// One process of every circle of parents.
fn loops(parents: &[Option<usize>]) -> Vec<usize> {
    let mut walked = vec![0_usize; parents.len()];
    let mut loose = Vec::new();
    for start in 0..parents.len() {
        let (walk, mut at) = (start + 1, Some(start));
        while let Some(place) = at {
            match walked.get_mut(place) {
                Some(seen) if *seen == 0 => *seen = walk,
                Some(seen) if *seen == walk => {
                    loose.push(place);
                    break;
                }
                _ => break,
            }
            at = parents.get(place).copied().flatten();
        }
    }
    loose
}

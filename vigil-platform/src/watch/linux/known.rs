//! What is remembered of running processes, so that something is known of those that end before
//! they can be asked. It is kept right by the events themselves; when some were lost it is
//! forgotten.

use std::{collections::HashMap, ops::ControlFlow};

use crate::process::{self, Name};

/// More processes than this are not remembered, only asked.
const MOST: usize = 32_768;

/// What is remembered of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) ppid: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) started: Option<i64>,
    pub(super) name: Name,
}

#[derive(Debug, Default)]
pub(super) struct Known(HashMap<u32, Process>);

impl Known {
    /// Every process that runs now.
    pub(super) fn all() -> Self {
        let mut known = Self::default();
        // What is missing is asked when it is needed.
        let _ = process::table(0, |row| {
            let (ppid, uid, started) = (row.ppid, Some(row.uid), Some(row.started));
            known.put(row.pid, Process { ppid, uid, started, name: row.name });
            ControlFlow::Continue(())
        });
        known
    }

    pub(super) fn of(&self, pid: u32) -> Option<Process> {
        self.0.get(&pid).copied()
    }

    pub(super) fn put(&mut self, pid: u32, process: Process) {
        if self.0.len() < MOST || self.0.contains_key(&pid) {
            self.0.insert(pid, process);
        }
    }

    pub(super) fn set_user(&mut self, pid: u32, uid: u32) {
        if let Some(process) = self.0.get_mut(&pid) {
            process.uid = Some(uid);
        }
    }

    pub(super) fn remove(&mut self, pid: u32) {
        self.0.remove(&pid);
    }

    pub(super) fn forget(&mut self) {
        self.0 = HashMap::new();
    }
}

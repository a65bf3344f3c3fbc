//! The book of the agents' processes: what is told of processes goes in, what there is to record
//! comes out. Asks nobody and keeps no clock.

use std::collections::{HashMap, HashSet};

use vigil_platform::process::Details;
use vigil_proto::{
    Batch, Sensitive, Timestamp,
    batch::Counts,
    event::{Exit, ProcessRef},
};

use super::{
    record::Record,
    seen::{Row, Seen, What},
};
use crate::{
    pipeline::Exclusions,
    source::family::{Began, Families, Full, Member, Node, Tree},
};

/// The most bytes that are kept of running processes, and of what waits to be recorded.
const MOST_BYTES: usize = 32 << 20;
/// About the most bytes of one batch.
const BATCH_BYTES: usize = 512 << 10;
/// How long the end of a process that is gone from the table may take to be told, in microseconds.
const LATE_END: i64 = 2_000_000;

/// What there is to record, and what is known for that.
#[derive(Debug)]
pub(super) struct Book {
    families: Families,
    exclusions: Exclusions,
    boot: String,
    records: HashMap<ProcessRef, Record>,
    /// Those with something to tell, the oldest first.
    due: Vec<ProcessRef>,
    /// Gone from the table, but nobody told their end yet.
    missing: Vec<(ProcessRef, Timestamp)>,
    counts: Counts,
    bytes: usize,
    is_paused: bool,
}

impl Book {
    pub(super) fn new(families: Families, exclusions: Exclusions, boot: String) -> Self {
        Self {
            families,
            exclusions,
            boot,
            records: HashMap::new(),
            due: Vec::new(),
            missing: Vec::new(),
            counts: Counts::new(),
            bytes: 0,
            is_paused: false,
        }
    }

    /// While recording is paused, agents are known but nothing of them is recorded, also not
    /// afterwards.
    pub(super) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Adds to a counter.
    pub(super) fn count(&mut self, name: &'static str, n: u64) {
        *self.counts.entry(name.into()).or_default() += n;
    }

    /// Something happened to a process.
    pub(super) fn saw(&mut self, seen: &Seen) {
        match &seen.what {
            What::Fork => self.began(seen, None),
            What::Exec(details) => self.began(seen, Some(details)),
            What::Exit(exit) => {
                let ended = self.families.change(|tree| {
                    tree.ended(seen.pid, seen.started, seen.at).map(|node| node.member().process)
                });
                // It may be gone from the table already.
                let late = || {
                    let is_it = |process: &ProcessRef| process.pid == seen.pid;
                    self.missing.iter().map(|(process, _)| *process).find(is_it)
                };
                if let Some(process) = ended.or_else(late) {
                    self.ended(process, seen.at, *exit);
                }
            }
        }
    }

    /// The table as it is. What is not in it has ended; in between, nobody was told.
    /// `was_paused` says whether recording was at some time.
    pub(super) fn table(
        &mut self,
        rows: &[Row],
        now: Timestamp,
        ends_are_told: bool,
        was_paused: impl Fn(Timestamp) -> bool,
    ) {
        for row in parents_first(rows) {
            self.is_paused = was_paused(row.started);
            let seen = Seen {
                at: row.started,
                pid: row.pid,
                ppid: row.ppid,
                started: Some(row.started),
                what: What::Fork,
            };
            self.began(&seen, row.details.as_ref());
            let Some(member) = self.families.agent_of(row.pid, Some(row.started)) else { continue };
            if let Some(record) = self.records.get_mut(&member.process) {
                record.uses(row.cpu_us, row.rss);
            }
        }
        self.is_paused = was_paused(now);
        let there: HashSet<u32> = rows.iter().map(|row| row.pid).collect();
        let gone = self.families.members().into_iter().map(|member| member.process);
        for process in gone.filter(|process| !there.contains(&process.pid)) {
            self.gone(process, now);
            if !ends_are_told {
                self.ended(process, now, None);
            }
        }
    }

    /// A process is not there any more. How it ended may still be told.
    pub(super) fn gone(&mut self, process: ProcessRef, now: Timestamp) {
        self.families.change(|tree| tree.ended(process.pid, Some(process.started), now).is_some());
        self.missing.push((process, now));
    }

    /// Running processes of agents; those that are no programs of their own yet say so.
    pub(super) fn running(&self) -> Vec<(Member, bool)> {
        let is_recorded = |member: &Member| self.records.contains_key(&member.process);
        self.families.members().into_iter().map(|member| (member, is_recorded(&member))).collect()
    }

    /// A running process has used so much.
    pub(super) fn uses(&mut self, process: ProcessRef, cpu_us: u64, rss: u64, now: Timestamp) {
        let Some(record) = self.records.get_mut(&process) else { return };
        record.uses(cpu_us, rss);
        if record.has_moved(now) && !self.is_paused {
            self.tell(process);
        }
    }

    /// A process that began as its parent's program goes on as that: it is recorded all the same.
    pub(super) fn goes_on(&mut self, process: ProcessRef, details: &Details) {
        if self.records.contains_key(&process) {
            return;
        }
        let find = |tree: &mut Tree| tree.find(process.pid, Some(process.started)).cloned();
        if let Some(node) = self.families.change(find) {
            self.record(&node, details);
        }
    }

    /// What there is to record now, in batches of the source `batch`; `named` names it.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        named: impl Fn() -> Batch<Sensitive>,
    ) -> Vec<Batch<Sensitive>> {
        self.end_missing(now);
        let mut batches = Vec::new();
        let (mut batch, mut bytes) = (named(), 0);
        batch.counts = std::mem::take(&mut self.counts);
        for process in std::mem::take(&mut self.due) {
            let Some(record) = self.records.get_mut(&process) else { continue };
            let (size, has_ended) = (record.size(), record.has_ended());
            if !record.is_silent {
                if bytes + size > BATCH_BYTES && bytes > 0 {
                    batches.push(std::mem::replace(&mut batch, named()));
                    bytes = 0;
                }
                bytes += size;
                batch.events.push(record.event(&self.boot, now));
            }
            if has_ended {
                self.drop_record(process);
            } else if let Some(record) = self.records.get_mut(&process) {
                record.is_due = false;
            }
        }
        if !batch.is_empty() {
            batches.push(batch);
        }
        batches
    }

    /// True when something waits to be recorded.
    pub(super) fn is_pressing(&self) -> bool {
        const MANY: usize = 1024;
        self.due.len() >= MANY
    }

    fn began(&mut self, seen: &Seen, details: Option<&Details>) {
        let program = details.map(|details| {
            let (exe, argv) = (details.exe.as_deref(), details.argv.as_deref());
            (exe.unwrap_or_default(), argv.unwrap_or_default())
        });
        let node = self.families.change(|tree| {
            let process = ProcessRef { pid: seen.pid, started: started(tree, seen) };
            let parent = seen.ppid.map(|ppid| (ppid, None));
            tree.began(Began { process, parent, at: seen.at, program }).map(Option::<&Node>::cloned)
        });
        match (node, details) {
            (Err(Full), _) => self.count("drop.process.too-many", 1),
            (Ok(Some(node)), Some(details)) => {
                if details.argv.is_none() {
                    self.count("drop.process.unread", 1);
                }
                self.record(&node, details);
            }
            (Ok(_), _) => {}
        }
    }

    /// A process of an agent is this program.
    fn record(&mut self, node: &Node, details: &Details) {
        let member = node.member();
        let process = member.process;
        let is_new = !self.records.contains_key(&process);
        if is_new && self.bytes >= MOST_BYTES {
            self.count("drop.process.memory", 1);
            return;
        }
        let record = self.records.entry(process).or_insert_with(|| Record::new(node));
        record.member = member;
        let before = if is_new { 0 } else { record.size() };
        let is_another = record.became(details) || is_new;
        self.bytes = (self.bytes + record.size()).saturating_sub(before);
        if is_another {
            let is_silent = self.is_paused || self.is_excluded(&member);
            if let Some(record) = self.records.get_mut(&process) {
                record.is_silent |= is_silent;
            }
            self.tell(process);
        }
    }

    /// The user does not want it recorded: its client, or where it or its agent works.
    fn is_excluded(&self, member: &Member) -> bool {
        let works_in_one = |process: &ProcessRef| {
            let cwd = self.records.get(process).and_then(Record::cwd);
            cwd.is_some_and(|cwd| self.exclusions.project(cwd))
        };
        self.exclusions.client(member.client)
            || works_in_one(&member.process)
            || works_in_one(&member.root)
    }

    fn ended(&mut self, process: ProcessRef, at: Timestamp, exit: Option<Exit>) {
        self.missing.retain(|(missing, _)| *missing != process);
        if let Some(record) = self.records.get_mut(&process) {
            record.end(at, exit);
            // What happens in a pause is not told later either.
            record.is_silent |= self.is_paused;
            self.tell(process);
        }
    }

    fn end_missing(&mut self, now: Timestamp) {
        let is_late = |since: Timestamp| now.as_micros() - since.as_micros() >= LATE_END;
        let late: Vec<_> =
            self.missing.iter().filter(|(_, since)| is_late(*since)).copied().collect();
        for (process, since) in late {
            self.ended(process, since, None);
        }
    }

    /// It has something to tell.
    fn tell(&mut self, process: ProcessRef) {
        let Some(record) = self.records.get_mut(&process) else { return };
        if !std::mem::replace(&mut record.is_due, true) {
            self.due.push(process);
        }
    }

    fn drop_record(&mut self, process: ProcessRef) {
        if let Some(record) = self.records.remove(&process) {
            self.bytes = self.bytes.saturating_sub(record.size());
        }
    }
}

/// When the process began that this is told of.
fn started(tree: &Tree, seen: &Seen) -> Timestamp {
    let known = || {
        let node = tree.find(seen.pid, None).filter(|node| node.is_running())?;
        Some(node.member().process.started)
    };
    match (seen.started, &seen.what) {
        (Some(started), _) => started,
        // A number that begins anew is nobody's.
        (None, What::Fork) => seen.at,
        (None, _) => known().unwrap_or(seen.at),
    }
}

/// The rows, each after its parent's.
fn parents_first(rows: &[Row]) -> Vec<&Row> {
    let mut waiting: HashMap<u32, &Row> = rows.iter().map(|row| (row.pid, row)).collect();
    let mut ordered = Vec::with_capacity(rows.len());
    for row in rows {
        let mut line = Vec::new();
        let mut next = waiting.remove(&row.pid);
        while let Some(row) = next {
            line.push(row);
            next = row.ppid.and_then(|ppid| waiting.remove(&ppid));
        }
        ordered.extend(line.into_iter().rev());
    }
    ordered
}

#[cfg(test)]
mod tests;

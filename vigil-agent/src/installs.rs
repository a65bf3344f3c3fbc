//! What installs are looked at once more for, apart from the way to the store: what was recorded
//! before this was told, what is judged otherwise by what became known since, and installs of
//! processes that no tool call named. Works from the store alone, a page at a time, and never runs a
//! manager.

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use vigil_detect::installs::{self, Judge};
use vigil_proto::{
    Batch, Checkpoint, Finding, Masked, Source, SourceId, Timestamp, Witness, package::Installed,
};
use vigil_store::{Error, Reader, Writer};

use crate::{intel::Current, shutdown::Shutdown};

mod disk;
mod unnamed;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(20);

/// How long after the last event there is still something to wait for: longer than whatever is looked
/// at late.
const SETTLED: Duration = Duration::from_mins(8);

/// Rows of a page.
const PAGE: u32 = 500;

/// Between two pages, so that who asks or records is not kept waiting.
const BREATH: Duration = Duration::from_millis(10);

/// Makes masked text of text that was taken out of masked text.
pub type Mask = Arc<dyn Fn(String) -> Masked + Send + Sync>;

/// Looks at recorded installs.
pub struct Follow {
    /// The store's folder.
    pub data: PathBuf,
    /// Writes what is found.
    pub writer: Writer,
    /// Masks.
    pub mask: Mask,
    /// What others have found to be malicious.
    pub intel: Current,
    /// The number of the last event.
    pub committed: watch::Receiver<i64>,
}

/// How far it has come; kept with the checkpoint of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    /// The tool call up to which those were read that were recorded before installs were told.
    history: i64,
    /// The last number of those; none before it is known.
    history_ends: Option<i64>,
    /// How new that was by which everything was judged.
    judged_by: i64,
    /// The process up to which they were compared with tool calls.
    processes: i64,
    /// The event up to which folders were looked at.
    disk: i64,
}

impl Follow {
    /// Runs in a thread of its own until `shutdown`.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn spawn(self, shutdown: Shutdown) -> io::Result<JoinHandle<()>> {
        thread::Builder::new().name("installs".to_owned()).spawn(move || self.run(&shutdown))
    }

    fn run(&self, shutdown: &Shutdown) {
        if let Err(error) = vigil_platform::process::step_aside() {
            tracing::debug!(%error, "a thread does not step aside");
        }
        let changes = self.intel.changes();
        let (mut last, mut still) = (None, Duration::ZERO);
        while !shutdown.sleep(EVERY) {
            let newest = (*self.committed.borrow(), *changes.borrow());
            still = if last.replace(newest) == Some(newest) {
                still.saturating_add(EVERY)
            } else {
                Duration::ZERO
            };
            if still > SETTLED {
                continue;
            }
            let now = Timestamp::from(SystemTime::now());
            match self.look(now, &|| shutdown.is_requested()) {
                Ok(()) => {}
                // The store is ending, and with it everything.
                Err(Error::Closed { .. }) => return,
                Err(error) => tracing::warn!(%error, "installs were not looked at; tried again"),
            }
        }
    }

    /// Looks once, as things stand at `now`.
    ///
    /// # Errors
    /// The store could not be read or written; what was done until then is kept.
    pub fn look(&self, now: Timestamp, is_ending: &dyn Fn() -> bool) -> Result<(), Error> {
        let reader = Reader::open(&self.data)?;
        let mut memory = recall(&reader)?;
        let judge = Judge::new(self.intel.get());
        self.history(&reader, &judge, &mut memory, is_ending)?;
        self.again(&reader, &judge, &mut memory, is_ending)?;
        self.unnamed(&reader, &judge, &mut memory, (now, is_ending))?;
        self.disk(&reader, &judge, &mut memory, (now, is_ending))
    }

    /// Reads the tool calls that were recorded before installs were told.
    fn history(
        &self,
        reader: &Reader,
        judge: &Judge,
        memory: &mut Memory,
        is_ending: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        let ends = match memory.history_ends {
            Some(ends) => ends,
            None => *memory.history_ends.insert(reader.last_seq()?),
        };
        while memory.history < ends && !is_ending() {
            let page = reader.tool_calls_after(memory.history, ends, PAGE)?;
            memory.history = page.last().map_or(ends, |last| last.seq);
            let mut told = Told::default();
            for call in &page {
                let tool = call.tool.as_ref().map_or("", |tool| tool.as_str());
                for installed in judge.call((call.event, tool), &call.text, &*self.mask) {
                    told.add(installed);
                }
            }
            self.tell(told, memory)?;
        }
        Ok(())
    }

    /// Judges everything anew once more is known.
    fn again(
        &self,
        reader: &Reader,
        judge: &Judge,
        memory: &mut Memory,
        is_ending: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        let made = judge.made().as_micros();
        if memory.judged_by == made {
            return Ok(());
        }
        let mut after = 0;
        loop {
            if is_ending() {
                return Ok(());
            }
            let page = reader.installs_after(after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let mut told = Told::default();
            for known in &page {
                if let Some(mut changed) = judge.again(&known.installed) {
                    // All of it is written again: by the masks of now, also where what is stored was
                    // masked again since it was read.
                    let mask = |text: Masked| (self.mask)(text.into_string());
                    changed.package = changed.package.map(mask);
                    told.add(changed);
                }
            }
            if !told.installs.is_empty() {
                self.tell(told, memory)?;
            }
            thread::sleep(BREATH);
        }
        memory.judged_by = made;
        self.tell(Told::default(), memory)
    }

    /// Gives what was found to the store, with how far that was, and waits until it is there.
    fn tell(&self, told: Told, memory: &Memory) -> Result<(), Error> {
        let mut batch = Batch::new(Source {
            id: source(),
            witness: Witness::Vigil,
            place: Masked::literal("installs"),
        });
        batch.installs = told.installs;
        batch.checkpoint = Some(Checkpoint {
            source: source(),
            device: 0,
            inode: 0,
            head: 0,
            head_len: 0,
            offset: 0,
            state: serde_json::to_vec(memory).unwrap_or_default(),
            at: Timestamp::from(SystemTime::now()),
        });
        self.writer.submit(batch, told.findings)?;
        self.writer.flush()
    }
}

/// What is found on the way.
#[derive(Default)]
struct Told {
    installs: Vec<Installed>,
    findings: Vec<Finding>,
}

impl Told {
    /// One more package, with what is thought of it.
    fn add(&mut self, installed: Installed) {
        self.findings.extend(installs::finding(&installed));
        self.installs.push(installed);
    }
}

fn source() -> SourceId {
    SourceId::of(b"vigil installs")
}

fn recall(reader: &Reader) -> Result<Memory, Error> {
    let checkpoint = reader.checkpoint(source())?;
    let memory = checkpoint.and_then(|known| serde_json::from_slice(&known.state).ok());
    Ok(memory.unwrap_or_default())
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("data", &self.data).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

//! Follows files that clients append to: finds them, reads their complete lines, hands over
//! batches with checkpoints. Knows no client's format.

use std::{collections::HashMap, path::PathBuf};

use vigil_proto::SourceId;

use super::{Error, Options, Progress, claude};
use crate::pipeline::Inlet;

mod discover;
mod file;

use self::{discover::Found, file::Tracked};

/// What has been read since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadCounts {
    /// Files looked at.
    pub files: u64,
    /// Complete lines read.
    pub lines: u64,
    /// Events handed over, repeated sightings included.
    pub events: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// The files of all clients and how far each was read.
#[derive(Debug)]
pub(super) struct Tail {
    inlet: Inlet,
    roots: Vec<PathBuf>,
    files: HashMap<PathBuf, Tracked>,
    counts: ReadCounts,
}

impl Tail {
    pub(super) fn new(options: &Options, inlet: Inlet) -> Self {
        let roots = claude::locate::roots(&options.home, options.claude_config_dir.as_deref());
        Self { inlet, roots, files: HashMap::new(), counts: ReadCounts::default() }
    }

    pub(super) fn counts(&self) -> ReadCounts {
        self.counts
    }

    /// Reads every file to its end, the one written last first. Ends early when `stop` says so.
    pub(super) fn catch_up(
        &mut self,
        progress: &dyn Progress,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        if self.inlet.exclusions().client(claude::CLIENT) || self.inlet.is_paused() {
            return Ok(());
        }
        let mut found = discover::all(&self.roots);
        found.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.path.cmp(&b.path)));
        progress.bytes_total(found.iter().map(|file| file.len).sum());
        for file in &found {
            if stop() {
                break;
            }
            self.counts.files += 1;
            self.read(file, progress, stop)?;
        }
        Ok(())
    }

    /// Reads on in one file.
    fn read(
        &mut self,
        found: &Found,
        progress: &dyn Progress,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        let inlet = &self.inlet;
        let tracked = self.files.entry(found.path.clone()).or_insert_with(|| {
            let source = SourceId::of(found.path.as_os_str().as_encoded_bytes());
            Tracked::new(inlet.checkpoint(source))
        });
        let read = file::read(inlet, found, tracked, progress, stop)?;
        self.counts.lines += read.lines;
        self.counts.events += read.events;
        self.counts.bytes += read.bytes;
        Ok(())
    }
}

impl Tail {
    pub(super) fn follow(
        &mut self,
        shutdown: &crate::shutdown::Shutdown,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        loop {
            self.catch_up(progress, &|| shutdown.is_requested())?;
            if shutdown.sleep(std::time::Duration::from_millis(500)) {
                return Ok(());
            }
        }
    }
}

//! Follows files that clients append to: finds them, reads their complete lines, hands over
//! batches with checkpoints. Knows no client's format.

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use vigil_proto::SourceId;

use super::{
    Known, Options, Progress, TranscriptError,
    client::{self, Client},
};
use crate::pipeline::Inlet;

mod discover;
mod file;
mod folders;
mod follow;
mod gone;
mod items;
mod opened;
mod pause;

use self::{
    discover::Found,
    file::{Reach, Tracked},
    gone::Gone,
    pause::Marks,
};

/// How long one file may be read before the others are looked at again.
const SLICE: Duration = Duration::from_millis(200);

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

/// A folder of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Root {
    client: &'static Client,
    path: Arc<Path>,
}

/// The files of all clients and how far each was read.
#[derive(Debug)]
pub(super) struct Tail {
    inlet: Inlet,
    roots: Vec<Root>,
    files: HashMap<Arc<Path>, Tracked>,
    /// Every file that was ever read.
    known: Known,
    gone: Gone,
    counts: ReadCounts,
}

impl Tail {
    pub(super) fn new(options: &Options, inlet: Inlet) -> Self {
        let wanted = |client: &&&'static Client| !inlet.exclusions().client(client.name);
        let roots = client::ALL
            .iter()
            .filter(wanted)
            .flat_map(|client| {
                (client.roots)(options).into_iter().map(|path| Root { client, path: path.into() })
            })
            .collect();
        Self {
            inlet,
            roots,
            files: HashMap::new(),
            known: options.known.clone(),
            gone: Gone::default(),
            counts: ReadCounts::default(),
        }
    }

    pub(super) fn counts(&self) -> ReadCounts {
        self.counts
    }

    /// True when the user wants none of it.
    fn is_excluded(&self) -> bool {
        self.roots.is_empty()
    }

    /// Reads every file to its end, the one written last first.
    pub(super) fn catch_up(&mut self, progress: &dyn Progress) -> Result<(), TranscriptError> {
        if self.is_excluded() || self.inlet.is_paused() {
            return Ok(());
        }
        let mut everything = self.everything(progress);
        let owed = self.inlet.owed_pause();
        let marks = owed.map(|since| Marks::noted(everything.make_contiguous(), since));
        self.look_for_gone(everything.make_contiguous())?;
        while let Some(found) = everything.pop_front() {
            self.counts.files += 1;
            let reach = marks.as_ref().map_or(Reach::End, |marks| marks.reach(&found));
            self.read(&found, reach, progress, &|| false)?;
            self.is_back(&found)?;
            // A hundred thousand files must not fill the memory with what is looked at once.
            self.files.remove(&found.path);
        }
        if marks.is_some() {
            self.inlet.flush()?;
            self.inlet.settle_pause();
        }
        Ok(())
    }

    /// Every file there is, the one written last first: sessions in use come first.
    fn everything(&self, progress: &dyn Progress) -> VecDeque<Found> {
        let mut found = discover::all(&discover::existing(&self.roots)).files;
        found.shrink_to_fit();
        found
            .sort_unstable_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.path.cmp(&b.path)));
        progress.bytes_total(found.iter().map(|file| file.len).sum());
        found.into()
    }

    /// Reads on in one file, until `stop` says so. True when it was read as far as it reaches.
    fn read(
        &mut self,
        found: &Found,
        reach: Reach,
        progress: &dyn Progress,
        stop: &dyn Fn() -> bool,
    ) -> Result<bool, TranscriptError> {
        let tracked = self.files.entry(Arc::clone(&found.path)).or_default();
        if !tracked.loaded {
            let source = SourceId::of(found.path.as_os_str().as_encoded_bytes());
            tracked.checkpoint = self.inlet.checkpoint(source).map(Box::new);
            tracked.loaded = true;
        }
        tracked.client = Some(found.client);
        let read = file::read(&self.inlet, found, tracked, reach, progress, stop)?;
        self.counts.lines += read.counts.lines;
        self.counts.events += read.counts.events;
        self.counts.bytes += read.counts.bytes;
        Ok(read.done)
    }

    /// Reads on in one file for at most about [`SLICE`].
    fn read_slice(
        &mut self,
        found: &Found,
        progress: &dyn Progress,
    ) -> Result<bool, TranscriptError> {
        let until = Instant::now() + SLICE;
        self.read(found, Reach::End, progress, &|| Instant::now() >= until)
    }
}

#[cfg(test)]
mod tests;

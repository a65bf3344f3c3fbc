//! What is on record, judged by a set that is new: a host that is listed today may have been spoken with
//! last week. Findings carry the time of the old event.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use vigil_detect::intel::{Contacts, Intel};
use vigil_proto::{Batch, Checkpoint, Masked, Source, SourceId, Timestamp, Witness};
use vigil_store::{Error, Reader, Writer, intel::stamp};

/// Connections that are judged at once.
const PAGE: u32 = 512;
/// Between two pages others come first.
const BREATH: Duration = Duration::from_millis(5);

/// Judges the connections on record.
#[derive(Clone, Debug)]
pub struct Hunt {
    /// The store's folder.
    pub data: PathBuf,
    /// The store.
    pub writer: Writer,
}

impl Hunt {
    /// Judges every connection by `intel`, unless that was done with the lists as they now are. Gives
    /// how many findings that made; ends early when `stop` says so, and begins anew the next time.
    ///
    /// # Errors
    /// The store could not be read or written.
    pub fn run(&self, intel: &Intel, stop: &dyn Fn() -> bool) -> Result<u64, Error> {
        let lists = named(&self.data);
        let reader = Reader::open(&self.data)?;
        let judged_by = reader.checkpoint(source())?.map(|known| known.state);
        if judged_by.as_deref().unwrap_or_default() == lists.as_bytes() {
            return Ok(0);
        }
        let (mut made, mut after) = (0, Some(0));
        while let Some(from) = after {
            if stop() {
                return Ok(made);
            }
            let (contacts, next) = reader.contacts(from, PAGE, Contacts::RULE)?;
            let judged = contacts.iter().filter(|contact| !contact.told).filter_map(|contact| {
                let (event, session) = (contact.event, contact.session);
                Contacts::judge(intel, &contact.host, contact.port, event, session)
            });
            let findings: Vec<_> = judged.collect();
            if !findings.is_empty() {
                made += findings.len() as u64;
                self.writer.submit(batch(), findings)?;
                self.writer.flush()?;
            }
            after = next;
            thread::sleep(BREATH);
        }
        let mut done = batch();
        done.checkpoint = Some(Checkpoint {
            source: source(),
            device: 0,
            inode: 0,
            head: 0,
            head_len: 0,
            offset: 0,
            state: lists.into_bytes(),
            at: Timestamp::from(SystemTime::now()),
        });
        self.writer.submit(done, Vec::new())?;
        self.writer.flush()?;
        Ok(made)
    }
}

/// A word for the lists as they are now, empty while there are none.
fn named(data: &Path) -> String {
    let stamp = stamp(data).map(|(inode, seconds, nanos)| format!("{inode}.{seconds}.{nanos}"));
    stamp.unwrap_or_default()
}

fn source() -> SourceId {
    SourceId::of(b"vigil intel")
}

fn batch() -> Batch<Masked> {
    Batch::new(Source { id: source(), witness: Witness::Vigil, place: Masked::literal("intel") })
}

#[cfg(test)]
mod tests;

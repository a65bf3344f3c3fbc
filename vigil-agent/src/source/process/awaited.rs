//! Whether the watcher sees what happens now, for whoever begins a process to find that out. It keeps
//! the numbers of what was seen while somebody asks, and nothing of anybody's.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::feed::News;

/// So many numbers are kept at the most.
const MOST: usize = 1 << 16;

/// What was seen since somebody asked; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Awaited(Arc<Mutex<Option<Since>>>);

#[derive(Debug, Default)]
struct Since {
    /// How many ask.
    askers: u32,
    pids: BTreeSet<u32>,
    feed: &'static str,
}

impl Awaited {
    /// From now on what is seen is noted.
    pub fn begin(&self) {
        self.lock().get_or_insert_default().askers += 1;
    }

    /// Where the process `pid` was seen, if it was: `daemon`, `kernel` or `table`.
    pub fn saw(&self, pid: u32) -> Option<&'static str> {
        self.lock().as_ref().filter(|since| since.pids.contains(&pid)).map(|since| since.feed)
    }

    /// Whoever began asks no more; with the last one what was noted is forgotten.
    pub fn end(&self) {
        let mut asked = self.lock();
        let Some(since) = asked.as_mut() else { return };
        since.askers = since.askers.saturating_sub(1);
        if since.askers == 0 {
            *asked = None;
        }
    }

    /// Notes what `feed` told.
    pub(super) fn note(&self, news: &News, feed: &'static str) {
        let mut asked = self.lock();
        let Some(since) = asked.as_mut() else { return };
        since.feed = feed;
        let rows = news.rows.iter().flatten().map(|row| row.pid);
        let pids = news.seen.iter().map(|seen| seen.pid).chain(rows);
        let room = MOST.saturating_sub(since.pids.len());
        since.pids.extend(pids.take(room));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Since>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

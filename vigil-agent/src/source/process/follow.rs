//! Follows one feed until it ends or a better one is there, and hands over what is to be recorded.

use std::time::{Duration, Instant, SystemTime};

use vigil_platform::{boot, process};
use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Sensitive, Source, SourceId, Timestamp, Witness,
    event::Gap,
};

use super::{
    awaited::Awaited,
    book::Book,
    feed::{Feed, FeedError, News},
    seen::{Seen, What},
};
use crate::{
    daemon::{Daemon, Pause},
    pipeline::{Closed, Inlet},
    shutdown::Shutdown,
    source::family::Families,
};

/// Between two batches.
const BATCH: Duration = Duration::from_millis(250);
/// Between two looks at what running processes use.
const LOOK: Duration = Duration::from_secs(10);
/// Between two tries to find the daemon, at the most.
const FIND_DAEMON: Duration = Duration::from_secs(15);
/// Between two readings of the table because something was lost.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// A process that has been its parent's program for so long stays that, in microseconds.
const STAYS: i64 = 1_000_000;

const PLACE: &str = "processes";

pub(super) struct Follow {
    inlet: Inlet,
    book: Book,
    families: Families,
    daemon: Daemon,
    awaited: Awaited,
    /// Reasons and words of what could not be seen.
    gaps: Vec<(&'static str, String)>,
    lost: u64,
    batched: Instant,
    looked: Instant,
    read: Option<Instant>,
    find: Pause,
    find_at: Instant,
}

impl Follow {
    pub(super) fn new(inlet: Inlet, families: Families, daemon: Daemon, awaited: Awaited) -> Self {
        let boot = format!("{:032x}", u128::from_be_bytes(boot::id().unwrap_or_default()));
        let exclusions = inlet.exclusions().clone();
        let now = Instant::now();
        Self {
            book: Book::new(families.clone(), exclusions, boot),
            inlet,
            families,
            daemon,
            awaited,
            gaps: Vec::new(),
            lost: 0,
            batched: now,
            looked: now,
            read: None,
            find: Pause::up_to(FIND_DAEMON),
            find_at: now,
        }
    }

    pub(super) fn run(mut self, shutdown: &Shutdown) -> Result<(), Closed> {
        let mut feed = self.best();
        while !shutdown.is_requested() {
            let (since, is_daemons) = (Instant::now(), matches!(feed, Feed::Daemon(..)));
            feed = match self.follow(feed, shutdown)? {
                // What the old one has told is taken by now, and the new one tells already.
                Ok(better) => better,
                Err(error) => {
                    tracing::warn!(%error, "processes were unseen for a moment");
                    self.gap("processes-unseen", error.to_string());
                    if is_daemons {
                        self.not_so_soon(since.elapsed());
                    }
                    shutdown.sleep(READ_AGAIN);
                    self.best()
                }
            };
        }
        self.hand_over()
    }

    fn best(&mut self) -> Feed {
        self.read = None;
        let feed = self.find_daemon().unwrap_or_else(Feed::own);
        if matches!(feed, Feed::Table(..)) {
            self.gap(
                "processes-sampled",
                "processes of less than a second are not seen".to_owned(),
            );
        }
        feed
    }

    /// The daemon's feed, when it is time to ask for it and it answers.
    fn find_daemon(&mut self) -> Option<Feed> {
        if Instant::now() < self.find_at {
            return None;
        }
        match Feed::of_daemon(&self.daemon) {
            Ok(feed) => Some(feed),
            Err(error) => {
                tracing::debug!(%error, "no processes from the daemon");
                self.not_so_soon(Duration::ZERO);
                None
            }
        }
    }

    /// The daemon failed, after it went well for so long.
    fn not_so_soon(&mut self, after: Duration) {
        if after > FIND_DAEMON {
            self.find.reset();
        }
        self.find_at = Instant::now() + self.find.after_failure();
    }

    /// Until the feed ends, or a better one is there; or until `shutdown`.
    fn follow(
        &mut self,
        mut feed: Feed,
        shutdown: &Shutdown,
    ) -> Result<Result<Feed, FeedError>, Closed> {
        tracing::info!(from = feed.name(), "following processes");
        while !shutdown.is_requested() {
            match self.hear(&mut feed) {
                Ok(news) => {
                    self.awaited.note(&news, feed.name());
                    self.learn(&news, feed.tells_ends());
                }
                Err(error) => return Ok(Err(error)),
            }
            if self.looked.elapsed() >= LOOK {
                self.looked = Instant::now();
                self.look_at_running();
            }
            if self.batched.elapsed() >= BATCH || self.book.is_pressing() {
                self.hand_over()?;
            }
            if !matches!(feed, Feed::Daemon(..))
                && let Some(better) = self.find_daemon()
            {
                // From here on the new one tells; the old one's last words come first.
                if let Ok(last) = feed.next(Duration::ZERO, &self.families) {
                    self.learn(&last, feed.tells_ends());
                }
                self.read = None;
                return Ok(Ok(better));
            }
        }
        Ok(Ok(feed))
    }

    /// The table, when it is to be read; else what the feed tells.
    fn hear(&mut self, feed: &mut Feed) -> Result<News, FeedError> {
        // Not for each single loss: where much is lost, reading more would lose more.
        if self.lost > 0 && self.read.is_none_or(|read| read.elapsed() >= READ_AGAIN) {
            let lost = std::mem::take(&mut self.lost);
            self.gap("processes-lost", format!("{lost} events of processes"));
            self.read = None;
        }
        if self.read.is_none() {
            let rows = Some(feed.table()?);
            self.read = Some(Instant::now());
            return Ok(News { rows, ..News::default() });
        }
        feed.next(BATCH.saturating_sub(self.batched.elapsed()), &self.families)
    }

    fn learn(&mut self, news: &News, ends_are_told: bool) {
        for seen in &news.seen {
            self.book.pause(self.inlet.was_paused(seen.at));
            self.look_at_ended(seen);
            self.book.saw(seen);
        }
        if let Some(rows) = &news.rows {
            let was_paused = |at| self.inlet.was_paused(at);
            self.book.table(rows, now(), ends_are_told, was_paused);
            self.families.know();
        }
        if news.lost > 0 {
            self.lost = self.lost.saturating_add(news.lost);
            self.book.count("drop.process.lost", news.lost);
        }
    }

    /// What a process has used can be read until its parent has asked for its end.
    fn look_at_ended(&mut self, seen: &Seen) {
        if matches!(seen.what, What::Exit(_))
            && let Some(member) = self.families.agent_of(seen.pid, seen.started)
            && let Ok(row) = process::row(seen.pid)
            && seen.started.is_some_and(|started| started.as_micros() == row.started)
        {
            self.book.uses(member.process, row.cpu_us, row.rss, now());
        }
    }

    fn look_at_running(&mut self) {
        self.families.change(|tree| tree.forget(now()));
        self.book.pause(self.inlet.is_paused());
        for (member, is_recorded) in self.book.running() {
            let now = now();
            let process = member.process;
            let row = process::row(process.pid).ok().filter(|row| {
                let started = Some(Timestamp::from_micros(row.started));
                self.families.agent_of(row.pid, started) == Some(member)
            });
            match row {
                None => self.book.gone(process, now),
                // It became another user's: what it does now is not ours to know.
                Some(row) if row.uid != process::uid() => {}
                Some(row) if is_recorded => {
                    self.book.uses(process, row.cpu_us, row.rss, now);
                }
                Some(row) if now.as_micros() - process.started.as_micros() > STAYS => {
                    if let Ok(details) = process::details(row.pid, row.started) {
                        self.book.goes_on(process, &details);
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// Hands over what is to be recorded.
    fn hand_over(&mut self) -> Result<(), Closed> {
        self.batched = Instant::now();
        let now = now();
        let mut batches = self.book.take(now, named);
        if self.inlet.is_paused() {
            self.gaps.clear();
        } else if !self.gaps.is_empty() {
            let mut batch = named();
            let gaps = self.gaps.drain(..);
            batch.events = gaps.map(|(reason, detail)| gap(reason, detail, now)).collect();
            batches.push(batch);
        }
        batches.into_iter().try_for_each(|batch| self.inlet.send(batch))
    }

    fn gap(&mut self, reason: &'static str, detail: String) {
        self.gaps.push((reason, detail));
    }
}

fn named() -> Batch<Sensitive> {
    Batch::new(Source {
        id: SourceId::of(PLACE.as_bytes()),
        witness: Witness::Kernel,
        place: Sensitive::from(PLACE),
    })
}

fn gap(reason: &'static str, detail: String, at: Timestamp) -> Event<Sensitive> {
    let number = at.as_micros().cast_unsigned();
    let source = SourceId::of(PLACE.as_bytes());
    Event {
        id: NaturalKey::Occurrence { source, number, what: reason }.id(),
        incomplete_key: false,
        at,
        seen_at: at,
        witness: Witness::Kernel,
        position: 0,
        session: None,
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(0),
        kind: Kind::Gap(Gap { reason, detail: detail.into(), bytes: None }),
    }
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

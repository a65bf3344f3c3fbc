//! Tells the user's desktop of a new critical finding: its rule and its id, never what was found.
//! At most one notification a minute; what comes meanwhile is told together. What happened longer
//! ago, as in a history that is read for the first time, is no news.

use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use vigil_platform::desktop::Desktop;
use vigil_proto::{FindingId, Severity, Timestamp, Triage, report::FindingRow};
use vigil_store::Reader;

/// How long others may join the first before it is told.
const GATHER: Duration = Duration::from_secs(2);

/// How far apart notifications are.
const APART: Duration = Duration::from_mins(1);

/// What happened longer ago is not told.
const NEWS: Duration = Duration::from_mins(15);

/// So many ids may wait; a flood is told by its first ones.
const WAITING: usize = 1024;

/// Takes the ids of new findings. Waits for nobody.
#[derive(Clone, Debug)]
pub(super) struct Bell(SyncSender<FindingId>);

impl Bell {
    /// A bell, and what hears it.
    pub(super) fn new() -> (Self, Receiver<FindingId>) {
        let (sender, receiver) = sync_channel(WAITING);
        (Self(sender), receiver)
    }

    /// There are new findings.
    pub(super) fn ring(&self, found: &[FindingId]) {
        for id in found {
            match self.0.try_send(*id) {
                Ok(()) => {}
                // Nobody hears it, or enough is told already.
                Err(TrySendError::Disconnected(_) | TrySendError::Full(_)) => return,
            }
        }
    }
}

/// Tells of what is heard, in a thread that ends with the bell. `show` is given title and words.
pub(super) fn spawn(
    heard: Receiver<FindingId>,
    data: PathBuf,
    show: impl Fn(&str, &str) -> io::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let run = move || Listener { heard, data, apart: APART, gather: GATHER }.run(&show);
    let spawned: io::Result<_> = thread::Builder::new().name("notify".to_owned()).spawn(run);
    spawned.map(drop).context("cannot start the thread of notifications")
}

/// Shows it on the desktop of the session that this process runs in, where there is one.
pub(super) fn on_desktop() -> Option<impl Fn(&str, &str) -> io::Result<()> + Send + 'static> {
    match Desktop::find(&|name| std::env::var_os(name)) {
        Ok(desktop) => Some(move |title: &str, words: &str| desktop.notify(title, words)),
        Err(why) => {
            tracing::info!(%why, "critical findings are not told on the desktop");
            None
        }
    }
}

struct Listener {
    heard: Receiver<FindingId>,
    data: PathBuf,
    apart: Duration,
    gather: Duration,
}

impl Listener {
    fn run(&self, show: &dyn Fn(&str, &str) -> io::Result<()>) {
        let mut last: Option<Instant> = None;
        while let Ok(first) = self.heard.recv() {
            let mut ids = vec![first];
            let soon = Instant::now() + self.gather;
            let until = last.map_or(soon, |last| soon.max(last + self.apart));
            let mut ends = false;
            loop {
                match self.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(id) if ids.len() < WAITING => ids.push(id),
                    Ok(_) => {}
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => {
                        ends = true;
                        break;
                    }
                }
            }
            // An agent that is ending leaves it to its pages.
            if ends {
                return;
            }
            let now = Timestamp::from(SystemTime::now());
            let Some(words) = critical(&self.data, &ids, now).and_then(|rows| words(&rows)) else {
                continue;
            };
            last = Some(Instant::now());
            if let Err(error) = show(&words.0, &words.1) {
                tracing::warn!(%error, "a critical finding could not be told on the desktop");
            }
        }
    }
}

/// Those of `ids` that are news: critical, open, and of late.
fn critical(data: &Path, ids: &[FindingId], now: Timestamp) -> Option<Vec<FindingRow>> {
    let since = now.as_micros() - i64::try_from(NEWS.as_micros()).unwrap_or(i64::MAX);
    let is_news = |row: &FindingRow| {
        row.severity == Severity::Critical
            && row.state == Triage::Open
            && row.at.as_micros() >= since
    };
    let read = || -> Result<_, vigil_store::Error> {
        let reader = Reader::open(data)?;
        let mut rows = Vec::new();
        for id in ids {
            rows.extend(reader.finding(*id)?.filter(is_news));
        }
        Ok(rows)
    };
    match read() {
        Ok(rows) => Some(rows),
        Err(error) => {
            tracing::warn!(%error, "whether a finding is critical is not known");
            None
        }
    }
}

/// Title and words; none when there is nothing to tell.
fn words(rows: &[FindingRow]) -> Option<(String, String)> {
    let first = rows.first()?;
    let id: String = first.id.to_string().chars().take(12).collect();
    let told = format!("{}: `vigil why {id}` says more", word(&first.rule));
    Some(match rows.len() - 1 {
        0 => ("Vigil: a critical finding".to_owned(), told),
        more => (format!("Vigil: {} critical findings", more + 1), format!("{told}; {more} more")),
    })
}

/// A rule's name as a word; a rule of somebody's own may be called anything.
fn word(rule: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    rule.chars().filter(plain).take(64).collect()
}

#[cfg(test)]
mod tests;

//! Has the head of the audit chain noted by the root daemon, where nobody with the user's rights
//! can change it. Where the daemon's last anchor is not of this store's chain, nothing is noted and
//! the status says so: which of the two is right is not for the agent to decide.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::sync::watch;
use vigil_proto::{
    Timestamp,
    report::{AnchorState, AnchorStatus},
    rpc::{
        Anchor, ChainHead, Deed, JOURNAL_ROWS, JournalScope, Max, Phase, Request, Response, Status,
        limits,
    },
};
use vigil_store::{Head, LinkHead, Reader};

use crate::daemon::{Daemon, DaemonError, Pause};

/// How often the daemon is asked how it stands; also how late its coming and going is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The same for what is there and of no use.
const LOOK_SELDOM: Duration = Duration::from_mins(1);

/// Two anchors are no closer, whatever is committed.
const BATCH: Duration = Duration::from_secs(30);

// Whoever commits all day long never runs out of the journal's rows.
const _: () = assert!(24 * 3600 / BATCH.as_secs() < limits::JOURNAL_ROWS_PER_DAY as u64);

/// And no further apart: after fifteen minutes the daemon notes an absence.
const HEARTBEAT: Duration = Duration::from_mins(10);

/// How long the last anchor may hold up the end of the agent.
const AT_END: Duration = Duration::from_secs(3);

/// How the store stands to the daemon's last anchor, for the status.
#[derive(Clone, Debug)]
pub(super) struct Told(Arc<Mutex<AnchorStatus>>);

impl Told {
    pub(super) fn status(&self) -> AnchorStatus {
        lock(&self.0).clone()
    }
}

/// What is to be noted, and by whom.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) daemon: Daemon,
    /// Where the chain stands.
    pub(super) head: watch::Receiver<Head>,
    /// The store's folder.
    pub(super) data: PathBuf,
    /// Whether this store is the one that the daemon notes heads of: it keeps one chain a user.
    pub(super) is_own: bool,
}

/// The thread that asks and notes, once it was started.
#[derive(Debug)]
pub(super) struct Anchors {
    told: Told,
    ending: Mutex<Option<Ending>>,
}

#[derive(Debug)]
struct Ending {
    /// Dropped to end it.
    end: mpsc::Sender<()>,
    /// Closed when it has ended.
    ended: mpsc::Receiver<()>,
}

impl Anchors {
    pub(super) fn new() -> Self {
        let told = Told(Arc::new(Mutex::new(AnchorStatus::UNKNOWN)));
        Self { told, ending: Mutex::new(None) }
    }

    pub(super) fn told(&self) -> Told {
        self.told.clone()
    }

    /// Asks and notes from now on.
    pub(super) fn start(&self, source: Source) -> anyhow::Result<()> {
        let (end, asked) = mpsc::channel();
        let (alive, ended) = mpsc::channel();
        let told = self.told.clone();
        thread::Builder::new()
            .name("anchors".to_owned())
            .spawn(move || {
                Noting { source, told, tried: None, sent: None }.run(&asked);
                drop(alive);
            })
            .context("cannot start the thread that has the chain anchored")?;
        *lock(&self.ending) = Some(Ending { end, ended });
        Ok(())
    }

    /// Has the last head noted: nothing is committed any more.
    pub(super) fn end(&self) {
        let Some(Ending { end, ended }) = lock(&self.ending).take() else { return };
        drop(end);
        if ended.recv_timeout(AT_END) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("the daemon does not answer: the chain's last head is not noted");
        }
    }
}

struct Noting {
    source: Source,
    told: Told,
    /// When an anchor was last sent, whatever became of it.
    tried: Option<Instant>,
    /// The last anchor whose time is known.
    sent: Option<(Anchor, Option<Timestamp>)>,
}

impl Noting {
    fn run(mut self, asked: &mpsc::Receiver<()>) {
        let mut pause = Pause::up_to(LOOK_SELDOM);
        loop {
            let wait = match self.look(false) {
                Ok(()) | Err(DaemonError::Absent(_)) => {
                    pause.reset();
                    LOOK_EVERY
                }
                Err(error) => {
                    tracing::debug!(%error, "the daemon is of no use");
                    pause.after_failure().max(LOOK_EVERY)
                }
            };
            if asked.recv_timeout(wait) != Err(mpsc::RecvTimeoutError::Timeout) {
                break;
            }
        }
        if let Err(error) = self.look(true) {
            tracing::debug!(%error, "the chain's last head is not noted");
        }
    }

    fn look(&mut self, is_end: bool) -> Result<(), DaemonError> {
        let status = self.source.daemon.status().inspect_err(|_| {
            *lock(&self.told.0) = AnchorStatus::UNKNOWN;
        })?;
        let head = *self.source.head.borrow();
        let state = self.compare(status.anchor.as_ref(), head);
        self.tell(state, status.anchor.as_ref(), &status);
        let may = status.enrolled && matches!(state, AnchorState::Nothing | AnchorState::Follows);
        if may && (is_end || is_due(status.anchor.as_ref(), head, self.tried)) {
            self.send(&next(status.anchor.as_ref(), head))?;
        }
        Ok(())
    }

    /// How the chain stands to the daemon's last anchor.
    fn compare(&self, anchor: Option<&Anchor>, head: Head) -> AnchorState {
        if !self.source.is_own {
            return AnchorState::OtherStore;
        }
        let Some(anchor) = anchor else { return AnchorState::Nothing };
        if anchor.count > head.number {
            return AnchorState::Ahead;
        }
        match head_of(&self.source.data, anchor.count) {
            Ok(found) => stands(anchor, found),
            Err(error) => {
                tracing::debug!(%error, "the chain cannot be compared with its anchor");
                AnchorState::Unknown
            }
        }
    }

    fn send(&mut self, anchor: &Anchor) -> Result<(), DaemonError> {
        self.tried = Some(Instant::now());
        match self.source.daemon.ask(&Request::Anchor(*anchor)) {
            Ok(Response::Anchored) => {
                let now = Timestamp::from(std::time::SystemTime::now());
                self.sent = Some((*anchor, Some(now)));
                self.show(AnchorState::Follows, Some(anchor), Some(now));
                Ok(())
            }
            Ok(_) => Err(DaemonError::Unexpected),
            // What the daemon noted meanwhile is seen at the next look.
            Err(DaemonError::Refused(refusal)) => {
                tracing::warn!(%refusal, "the daemon does not note the chain's head");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn tell(&mut self, state: AnchorState, anchor: Option<&Anchor>, status: &Status) {
        let is_known =
            |sent: &(Anchor, Option<Timestamp>)| anchor.is_some_and(|anchor| *anchor == sent.0);
        if let Some(anchor) = anchor
            && !self.sent.as_ref().is_some_and(is_known)
        {
            self.sent = Some((*anchor, noted_at(&self.source.daemon, anchor, status.journal)));
        }
        let at = self.sent.filter(is_known).and_then(|(_, at)| at);
        self.show(state, anchor, at);
    }

    fn show(&self, state: AnchorState, anchor: Option<&Anchor>, at: Option<Timestamp>) {
        let mut told = lock(&self.told.0);
        if told.state != state && is_alarm(state) {
            tracing::error!(%state, "the daemon's anchor is not of this store's chain");
        }
        *told = AnchorStatus {
            state,
            count: anchor.map(|anchor| anchor.count),
            number: anchor.map(|anchor| anchor.seq),
            at,
        };
    }
}

/// Whether the record is not the one that was anchored.
pub(super) const fn is_alarm(state: AnchorState) -> bool {
    matches!(state, AnchorState::Ahead | AnchorState::Differs)
}

/// The file is opened anew each time: the store may have begun another one.
fn head_of(data: &Path, number: u64) -> Result<LinkHead, vigil_store::Error> {
    Reader::open(data)?.head_of(number)
}

fn stands(anchor: &Anchor, found: LinkHead) -> AnchorState {
    match found {
        LinkHead::Is(head) if head == anchor.head => AnchorState::Follows,
        // The chain says itself that it goes on from a later link of a file that was set aside.
        LinkHead::Elsewhere => AnchorState::Follows,
        LinkHead::Is(_) | LinkHead::Missing => AnchorState::Differs,
    }
}

fn is_due(last: Option<&Anchor>, head: Head, tried: Option<Instant>) -> bool {
    let Some(tried) = tried else { return true };
    let is_new = last.is_none_or(|last| last.head != head.head);
    tried.elapsed() >= if is_new { BATCH } else { HEARTBEAT }
}

fn next(last: Option<&Anchor>, head: Head) -> Anchor {
    let (seq, prev) = last.map_or((0, ChainHead([0; 32])), |last| (last.seq, last.head));
    Anchor { seq: seq.saturating_add(1), prev, count: head.number, head: head.head }
}

/// When the daemon noted an anchor, as far as the end of its journal says.
fn noted_at(daemon: &Daemon, anchor: &Anchor, journal: u64) -> Option<Timestamp> {
    let since = journal.saturating_sub(JOURNAL_ROWS as u64);
    let request = Request::JournalTail { scope: JournalScope::Own, since, max: Max::all() };
    let Ok(Response::Journal(page)) = daemon.ask(&request) else { return None };
    let is_it = |deed| deed == Deed::Anchor(*anchor);
    let row = page.rows.iter().find(|row| row.phase == Phase::Done && is_it(row.deed))?;
    Some(row.at.into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

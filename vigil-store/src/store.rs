//! The store's front: opening and closing it, and the handle by which others write. Never
//! holds a connection of its own; the writer thread does.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use vigil_proto::{
    Batch, Finding, FindingId, Masked, SessionFacts, SessionId, Timestamp, Triage,
    archive::Forgotten, config::Retention, event::Event, package::Installed,
};

use crate::{
    apply::{MaskAgain, MaskingStep, Said, Suppression},
    chain::Head,
    damage::{self, Damage},
    error::Error,
    folder::{self, Lock},
    prune::Pruned,
    queue::Queue,
    spent::Spent,
    vault::Purge,
    writer::{self, Request},
};

/// How the writer behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most bytes on disk; the oldest conversations go first. None is no limit.
    pub quota_bytes: Option<u64>,
    /// A transaction is committed once it holds so many bytes. A quarter more may wait.
    pub group_bytes: usize,
    /// A transaction is committed once it is so old and nothing more waits.
    pub group_time: Duration,
    /// What the writer's thread does of itself before anything else.
    pub at_start: Option<fn()>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            quota_bytes: None,
            group_bytes: 10 * 1024 * 1024,
            group_time: Duration::from_millis(25),
            at_start: None,
        }
    }
}

/// What one transaction added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The highest event number so far.
    pub last_seq: i64,
    /// Events that were new.
    pub new_events: u64,
    /// Incidents that were new.
    pub findings: Vec<FindingId>,
    /// True when incidents are new, were seen again or were judged.
    pub findings_changed: bool,
    /// Where the audit chain stands: to be noted where whoever writes here cannot write.
    pub head: Head,
    /// What its time went to.
    pub spent: Spent,
}

/// Whether what is submitted reaches the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// It does.
    #[default]
    Good,
    /// Not now: everything is kept in memory and tried again. The words have a remedy.
    Waiting(String),
    /// It does, into a new file: the old one was damaged while Vigil ran.
    Renewed(Damage),
}

/// Owns the folder's lock and the writer thread. Dropping it closes it, unheard.
#[derive(Debug)]
pub struct Store {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<(), Error>>>,
    _lock: Lock,
}

/// What handles and thread share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) queue: Queue<Request>,
    pub(crate) health: Mutex<Health>,
    pub(crate) first_error: Mutex<Option<Error>>,
}

/// Takes batches for the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    shared: Arc<Shared>,
}

impl Store {
    /// Opens the store in `dir`, making it when there is none. A damaged file is kept aside and
    /// reported. `on_commit` is called after each commit, on the writer's thread.
    ///
    /// # Errors
    /// The store is in use, has a newer schema, or the folder cannot be written.
    pub fn open(
        dir: &Path,
        options: Options,
        on_commit: Box<dyn Fn(&Committed) + Send>,
    ) -> Result<(Self, Option<Damage>), Error> {
        folder::prepare(dir)?;
        let lock = Lock::take(dir)?;
        let (ledger, damage) = damage::open_or_renew(dir)?;
        let shared = Arc::new(Shared {
            dir: dir.to_owned(),
            queue: Queue::new((options.group_bytes / 4).max(1)),
            health: Mutex::default(),
            first_error: Mutex::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("vigil-store".to_owned())
            .spawn(move || {
                if let Some(at_start) = options.at_start {
                    at_start();
                }
                writer::run(&of_thread, ledger, &options, &*on_commit)
            })
            .map_err(|source| folder::failed("start the writer of", dir, source))?;
        Ok((Self { shared, thread: Some(thread), _lock: lock }, damage))
    }

    /// A handle to write by.
    pub fn writer(&self) -> Writer {
        Writer { shared: Arc::clone(&self.shared) }
    }

    /// Commits what waits, folds the WAL into the database and ends the writer.
    ///
    /// # Errors
    /// What waited could not be written; sources read it again from their checkpoints.
    pub fn close(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        self.shared.queue.close();
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().unwrap_or_else(|_| Err(self.shared.closed()))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(%error, "the store did not close well");
        }
    }
}

impl Writer {
    /// Hands over a batch with what was found in it. Blocks while too much waits.
    ///
    /// # Errors
    /// The store is closed.
    pub fn submit(&self, batch: Batch<Masked>, findings: Vec<Finding>) -> Result<(), Error> {
        let bytes = weight(&batch);
        self.send(bytes, Request::Submit(Box::new((batch, findings))))
    }

    /// Waits until everything that was submitted before is committed.
    ///
    /// # Errors
    /// The first write error since the last flush, or the trouble that keeps the writer waiting.
    pub fn flush(&self) -> Result<(), Error> {
        self.ask(Request::Flush)?;
        let mut first = self.shared.first_error.lock().unwrap_or_else(PoisonError::into_inner);
        first.take().map_or(Ok(()), Err)
    }

    /// Deletes what is older than `retention` allows at the time `now`. Totals stay.
    ///
    /// # Errors
    /// The database could not be written.
    pub fn prune(&self, retention: &Retention, now: Timestamp) -> Result<Pruned, Error> {
        let retention = retention.clone();
        self.ask(|reply| Request::Prune { retention, now, reply })?
    }

    /// Deletes these sessions with everything that is known of them, and remembers not to take them
    /// in again as they were at the time `now`. That it was done is on record.
    ///
    /// # Errors
    /// The database could not be written; nothing is deleted then.
    pub fn forget(&self, keys: Vec<SessionId>, now: Timestamp) -> Result<Forgotten, Error> {
        self.ask(|reply| Request::Forget { keys, now, reply })?
    }

    /// Deletes sealed values from the vault; gives how many there were.
    ///
    /// # Errors
    /// The database could not be written; nothing is deleted then.
    pub fn purge(&self, what: Purge) -> Result<u64, Error> {
        self.ask(|reply| Request::Purge { what, reply })?
    }

    /// Notes what a person said about these findings at the time `at`, all of it or nothing.
    /// Gives how many there are; what is said replaces what was said before, which stays in the
    /// finding's history.
    ///
    /// # Errors
    /// The database could not be written.
    pub fn triage(
        &self,
        mut ids: Vec<FindingId>,
        state: Triage,
        note: Option<Masked>,
        at: Timestamp,
    ) -> Result<u64, Error> {
        // Whoever names a finding twice has said it once.
        ids.sort_unstable();
        ids.dedup();
        let said = Said { ids, state, note, at };
        self.ask(|reply| Request::Triage { said, reply })?
    }

    /// Makes a suppression at the time `at`: what it covers, now and from now on, is in the state
    /// `suppressed`. Gives its number and how many findings it covers now.
    ///
    /// # Errors
    /// The database could not be written.
    pub fn suppress(&self, new: Suppression, at: Timestamp) -> Result<(i64, u64), Error> {
        self.ask(|reply| Request::Suppress { new, at, reply })?
    }

    /// Takes a suppression back; what it covered is what it was before. Gives how many of these
    /// are open again, none when there is no such suppression.
    ///
    /// # Errors
    /// The database could not be written.
    pub fn unsuppress(&self, id: i64, at: Timestamp) -> Result<Option<u64>, Error> {
        self.ask(|reply| Request::Unsuppress { id, at, reply })?
    }

    /// Ends the suppressions that are over at the time `now`. Gives how many findings are open
    /// again.
    ///
    /// # Errors
    /// The database could not be written.
    pub fn end_suppressions(&self, now: Timestamp) -> Result<u64, Error> {
        self.ask(|reply| Request::EndSuppressions { now, reply })?
    }

    /// Does one piece of masking again what is stored, or says that nothing is left to do.
    ///
    /// # Errors
    /// The database could not be written; the piece is as if it had not been begun.
    pub fn mask_again(&self, order: MaskAgain) -> Result<MaskingStep, Error> {
        self.ask(|reply| Request::MaskAgain { order: Box::new(order), reply })?
    }

    /// Writes something, reads it back and takes it away again: whether what is recorded now would
    /// reach the disk. No row of anybody's is touched, and the audit chain tells nothing of it.
    ///
    /// # Errors
    /// It would not.
    pub fn try_write(&self) -> Result<(), Error> {
        self.ask(|reply| Request::TryWrite { reply })?
    }

    /// Gives the memory of the page cache back, before an idle time. Waits for nothing.
    pub fn shrink(&self) {
        // A closed store has given back everything.
        let _ = self.send(0, Request::Shrink);
    }

    /// Whether what is submitted reaches the disk.
    pub fn health(&self) -> Health {
        self.shared.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn send(&self, bytes: usize, request: Request) -> Result<(), Error> {
        self.shared.queue.push(bytes, request).map_err(|_| self.shared.closed())
    }

    /// Sends a question and waits for the answer, as long as the writer can write.
    fn ask<T>(&self, request: impl FnOnce(mpsc::SyncSender<T>) -> Request) -> Result<T, Error> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.send(0, request(reply))?;
        loop {
            match answer.recv_timeout(Duration::from_millis(100)) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Disconnected) => return Err(self.shared.closed()),
                Err(RecvTimeoutError::Timeout) => {
                    let mut first =
                        self.shared.first_error.lock().unwrap_or_else(PoisonError::into_inner);
                    if matches!(self.health(), Health::Waiting(_))
                        && let Some(error) = first.take()
                    {
                        return Err(error);
                    }
                }
            }
        }
    }
}

impl Shared {
    pub(crate) fn closed(&self) -> Error {
        Error::Closed { path: self.dir.clone() }
    }
}

/// What a batch takes besides what is counted, in bytes.
const BATCH: usize = 2048;

/// What an event changes in indexes, about, in bytes of pages that stay in memory until the
/// transaction ends.
const PAGES: usize = 1024;

/// About how much memory a batch takes until it is committed, in bytes.
fn weight(batch: &Batch<Masked>) -> usize {
    let events: usize = batch.events.iter().map(of_event).sum();
    let sessions = batch.sessions.len() * size_of::<SessionFacts<Masked>>();
    let state = batch.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.state.len());
    let installs = batch.installs.len() * (size_of::<Installed>() + PAGES);
    BATCH + events + sessions + installs + state
}

fn of_event(event: &Event<Masked>) -> usize {
    size_of::<Event<Masked>>()
        + PAGES
        + crate::apply::main_text(&event.kind).map_or(0, |text| text.as_str().len())
}

//! The writer thread: gathers batches into transactions, and keeps what could not be written
//! until it can. Knows nothing of what is in a batch.

use std::{
    sync::{MutexGuard, PoisonError, mpsc::SyncSender},
    thread,
    time::{Duration, Instant},
};

use vigil_proto::{
    Batch, Finding, Masked, SessionId, Timestamp, archive::Forgotten, config::Retention,
};

use crate::{
    apply::{Ledger, MaskAgain, MaskingStep, Said, Suppression},
    damage,
    error::{Error, Trouble},
    fold, folder, forget,
    prune::{self, Pruned},
    schema::Pace,
    store::{Committed, Health, Options, Shared},
    vault::Purge,
};

/// What the writer is asked to do.
pub(crate) enum Request {
    Submit(Box<(Batch<Masked>, Vec<Finding>)>),
    Flush(SyncSender<()>),
    Shrink,
    Prune { retention: Retention, now: Timestamp, reply: SyncSender<Result<Pruned, Error>> },
    Forget { keys: Vec<SessionId>, now: Timestamp, reply: SyncSender<Result<Forgotten, Error>> },
    Triage { said: Said, reply: SyncSender<Result<u64, Error>> },
    Purge { what: Purge, reply: SyncSender<Result<u64, Error>> },
    Suppress { new: Suppression, at: Timestamp, reply: SyncSender<Result<(i64, u64), Error>> },
    Unsuppress { id: i64, at: Timestamp, reply: SyncSender<Result<Option<u64>, Error>> },
    EndSuppressions { now: Timestamp, reply: SyncSender<Result<u64, Error>> },
    TryWrite { reply: SyncSender<Result<(), Error>> },
    MaskAgain { order: Box<MaskAgain>, reply: SyncSender<Result<MaskingStep, Error>> },
}

/// How long to wait before trying again, at first and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How often a damaged database is replaced before giving up on one group.
const MOST_RENEWALS: u32 = 2;

/// Runs until the queue is closed and empty.
pub(crate) fn run(
    shared: &Shared,
    ledger: Ledger,
    options: &Options,
    on_commit: &dyn Fn(&Committed),
) -> Result<(), Error> {
    let mut thread = Thread {
        shared,
        ledger,
        options,
        on_commit,
        group: Vec::new(),
        bytes: 0,
        began: None,
        committed: None,
        pruned_to: 0,
        fold_at: None,
        backlog: None,
    };
    // Whatever ends this thread, nobody may go on waiting for it.
    let _closing = Closing(shared);
    loop {
        thread.fold();
        match shared.queue.pop(thread.deadline()) {
            Ok(Some((bytes, Request::Submit(item)))) => thread.take(bytes, *item)?,
            Ok(Some((_, Request::Flush(reply)))) => {
                thread.commit()?;
                // Whoever asked may have gone.
                let _ = reply.send(());
            }
            Ok(Some((_, Request::Shrink))) => {
                thread.commit()?;
                thread.ledger.shrink();
            }
            Ok(Some((_, Request::Prune { retention, now, reply }))) => {
                thread.commit()?;
                let _ = reply.send(prune::by_age(&mut thread.ledger, &retention, now));
            }
            Ok(Some((_, Request::Forget { keys, now, reply }))) => {
                thread.commit()?;
                let forgotten = forget::forget(&mut thread.ledger, &keys, now);
                (thread.on_commit)(&thread.ledger.standing());
                let _ = reply.send(forgotten);
            }
            Ok(Some((_, Request::Purge { what, reply }))) => {
                thread.commit()?;
                let _ = reply.send(thread.ledger.purge(&what));
            }
            Ok(Some((_, Request::Triage { said, reply }))) => {
                thread.commit()?;
                let _ = reply.send(thread.triage(&said));
            }
            Ok(Some((_, Request::Suppress { new, at, reply }))) => {
                thread.commit()?;
                let done = thread.ledger.suppress(&new, at);
                let _ = reply.send(thread.tell(done));
            }
            Ok(Some((_, Request::Unsuppress { id, at, reply }))) => {
                thread.commit()?;
                let done = thread.ledger.unsuppress(id, at);
                let _ = reply.send(thread.tell(done));
            }
            Ok(Some((_, Request::EndSuppressions { now, reply }))) => {
                thread.commit()?;
                let done = thread.ledger.end_suppressions(now).transpose();
                let _ = reply.send(done.map_or(Ok(0), |done| thread.tell(done)));
            }
            Ok(Some((_, Request::MaskAgain { order, reply }))) => {
                thread.commit()?;
                let _ = reply.send(thread.mask_again(&order));
            }
            Ok(Some((_, Request::TryWrite { reply }))) => {
                thread.commit()?;
                let _ = reply.send(thread.ledger.try_write());
            }
            Ok(None) => {
                thread.commit()?;
                thread.calm_down();
            }
            Err(_) => {
                thread.commit()?;
                return thread.ledger.close();
            }
        }
    }
}

struct Closing<'a>(&'a Shared);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.queue.close();
        // Drops the replies that wait inside, which wakes those who asked.
        while let Ok(Some(_)) = self.0.queue.pop(Some(Instant::now())) {}
    }
}

struct Thread<'a> {
    shared: &'a Shared,
    ledger: Ledger,
    options: &'a Options,
    on_commit: &'a dyn Fn(&Committed),
    /// What the open transaction holds, kept until it is committed.
    group: Vec<(Batch<Masked>, Vec<Finding>)>,
    bytes: usize,
    began: Option<Instant>,
    /// When the last group was.
    committed: Option<Instant>,
    /// The size below which the quota is not looked after again.
    pruned_to: u64,
    /// When what was deleted is to leave the files, where it could not yet.
    fold_at: Option<Instant>,
    /// When so much came last that there is more behind it, while that was lately.
    backlog: Option<Instant>,
}

/// The time that the first batch after a calm is given to be joined by others.
const SHORTLY: Duration = Duration::from_millis(2);

/// A backlog is over when not much has come for so long.
const OVER: Duration = Duration::from_secs(2);

impl Thread<'_> {
    /// When the open group is committed at the latest: soon after a calm, so that whoever watches
    /// sees a thing at once, and no more often than groups may follow one another.
    fn deadline(&self) -> Option<Instant> {
        let Some(began) = self.began else {
            let over = self.backlog.map(|last| last + OVER);
            return self.fold_at.into_iter().chain(over).min();
        };
        let soon = began + SHORTLY.min(self.options.group_time);
        Some(self.committed.map_or(soon, |last| soon.max(last + self.options.group_time)))
    }

    /// Between groups, tries from time to time to let what was deleted leave the files.
    fn fold(&mut self) {
        if !self.group.is_empty() {
            return;
        }
        if self.ledger.is_fold_due && self.fold_at.is_none_or(|at| at <= Instant::now()) {
            fold::fold(&mut self.ledger, Duration::ZERO);
        }
        self.fold_at = self.ledger.is_fold_due.then(|| {
            self.fold_at
                .filter(|at| *at > Instant::now())
                .unwrap_or_else(|| Instant::now() + fold::PAUSE)
        });
    }

    fn take(&mut self, bytes: usize, item: (Batch<Masked>, Vec<Finding>)) -> Result<(), Error> {
        let result = self.ledger.apply(&item.0, &item.1);
        self.group.push(item);
        self.bytes += bytes;
        self.began.get_or_insert_with(Instant::now);
        if self.bytes >= self.options.group_bytes / 4
            && self.backlog.replace(Instant::now()).is_none()
        {
            self.ledger.pace(Pace::Backlog);
        }
        match result {
            Ok(()) if self.bytes >= self.options.group_bytes => self.commit(),
            Ok(()) => Ok(()),
            Err(error) => self.recover(error),
        }
    }

    /// Nothing waits: gives back what a backlog needed, once it is over.
    fn calm_down(&mut self) {
        if self.backlog.is_some_and(|last| last.elapsed() >= OVER) {
            self.backlog = None;
            self.ledger.pace(Pace::Calm);
        }
    }

    fn commit(&mut self) -> Result<(), Error> {
        if self.group.is_empty() {
            return Ok(());
        }
        match self.ledger.commit() {
            Ok(committed) => {
                self.done(&committed);
                Ok(())
            }
            Err(error) => self.recover(error),
        }
    }

    fn done(&mut self, committed: &Committed) {
        self.group.clear();
        self.bytes = 0;
        self.began = None;
        self.committed = Some(Instant::now());
        (self.on_commit)(committed);
        let Some(quota) = self.options.quota_bytes else { return };
        // Where pruning did not help, it is not tried again until the store has grown.
        if folder::bytes(&self.shared.dir) > quota.max(self.pruned_to) {
            if let Err(error) = prune::to_quota(&mut self.ledger, quota) {
                tracing::error!(%error, "cannot keep the store within its quota");
            }
            let bytes = folder::bytes(&self.shared.dir);
            self.pruned_to = bytes + bytes / 50;
        }
    }

    /// Notes what a person said, and tells whoever listens.
    fn triage(&mut self, said: &Said) -> Result<u64, Error> {
        let done = self.ledger.triage(said);
        self.tell(done)
    }

    /// Does a piece of masking again, unless there is a backlog of other work.
    fn mask_again(&mut self, order: &MaskAgain) -> Result<MaskingStep, Error> {
        self.calm_down();
        if self.backlog.is_some() {
            return Ok(MaskingStep::Busy);
        }
        let (step, committed) = self.ledger.mask_again(order)?;
        if let Some(committed) = committed {
            (self.on_commit)(&committed);
        }
        Ok(step)
    }

    /// Tells whoever listens of what was done.
    fn tell<T>(&self, done: Result<(T, Committed), Error>) -> Result<T, Error> {
        let (answer, committed) = done?;
        (self.on_commit)(&committed);
        Ok(answer)
    }

    /// The transaction failed: nothing of it is in the database, all of it is in `group`.
    fn recover(&mut self, mut error: rusqlite::Error) -> Result<(), Error> {
        let mut pause = BACK_OFF.0;
        let mut renewals = 0;
        let mut told = false;
        loop {
            match Trouble::of(&error) {
                // A new file that is damaged as well is a matter of the disk, not of the file.
                Trouble::Damage if renewals == MOST_RENEWALS => {
                    return Err(self.error("write", error));
                }
                Trouble::Full | Trouble::Passing => {
                    let readable = self.error("write", error);
                    if self.shared.queue.is_closed() {
                        return Err(readable);
                    }
                    tracing::warn!(error = %readable, "the store waits");
                    self.set_health(Health::Waiting(readable.to_string()));
                    told |= self.note(readable);
                    thread::sleep(pause);
                    pause = (pause * 2).min(BACK_OFF.1);
                }
                Trouble::Damage => {
                    renewals += 1;
                    let damage = self.renew(&error)?;
                    tracing::error!(reason = %damage.reason, kept = %damage.kept_at.display(), "the store was damaged and begins anew");
                    self.set_health(Health::Renewed(damage));
                }
                Trouble::Other => return self.one_by_one(),
            }
            match self.again() {
                Ok(committed) => {
                    if matches!(self.health(), Health::Waiting(_)) {
                        self.set_health(Health::Good);
                    }
                    if told {
                        // It passed: whoever asks from now on has lost nothing.
                        self.first_error().take();
                    }
                    self.done(&committed);
                    return Ok(());
                }
                Err(next) => error = next,
            }
        }
    }

    /// Applies the whole group once more, from what the database says.
    fn again(&mut self) -> Result<Committed, rusqlite::Error> {
        self.ledger.roll_back()?;
        for (batch, findings) in &self.group {
            self.ledger.apply(batch, findings)?;
        }
        self.ledger.commit()
    }

    /// One batch of the group cannot be written whatever is tried: commit the others, drop and
    /// count that one.
    fn one_by_one(&mut self) -> Result<(), Error> {
        let group = std::mem::take(&mut self.group);
        for item in group {
            self.group.push(item);
            match self.again() {
                Ok(committed) => self.done(&committed),
                Err(error) if Trouble::of(&error) == Trouble::Other => {
                    let readable = self.error("write a batch", error);
                    tracing::error!(error = %readable, "a batch was dropped");
                    self.note(readable);
                    self.group.clear();
                    let counted = self.ledger.roll_back().and_then(|()| {
                        self.ledger.count("drop.not-writable", 1);
                        self.ledger.commit()
                    });
                    if let Err(error) = counted {
                        tracing::error!(%error, "and the drop could not be counted");
                    }
                }
                Err(error) => self.recover(error)?,
            }
        }
        self.bytes = 0;
        self.began = None;
        Ok(())
    }

    fn renew(&mut self, error: &rusqlite::Error) -> Result<crate::Damage, Error> {
        let head = self.ledger.head();
        self.ledger.abandon()?;
        let (ledger, damage) = damage::renew(&self.shared.dir, error.to_string(), head)?;
        self.ledger = ledger;
        self.backlog = None;
        Ok(damage)
    }

    fn error(&self, operation: &'static str, error: rusqlite::Error) -> Error {
        Error::sql(operation, folder::database(&self.shared.dir), error)
    }

    /// Keeps the first error for whoever flushes next. True when it was the first.
    fn note(&self, error: Error) -> bool {
        let mut first = self.first_error();
        let is_first = first.is_none();
        first.get_or_insert(error);
        is_first
    }

    fn first_error(&self) -> MutexGuard<'_, Option<Error>> {
        self.shared.first_error.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn health(&self) -> Health {
        self.shared.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_health(&self, health: Health) {
        *self.shared.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Submit(_) => "Submit",
            Self::Flush(_) => "Flush",
            Self::Shrink => "Shrink",
            Self::Prune { .. } => "Prune",
            Self::Forget { .. } => "Forget",
            Self::Triage { .. } => "Triage",
            Self::Purge { .. } => "Purge",
            Self::Suppress { .. } => "Suppress",
            Self::Unsuppress { .. } => "Unsuppress",
            Self::EndSuppressions { .. } => "EndSuppressions",
            Self::TryWrite { .. } => "TryWrite",
            Self::MaskAgain { .. } => "MaskAgain",
        })
    }
}

//! When rules have changed, what is stored is masked again by those of now: in small pieces, while
//! little else is to be written. The store knows how far it is, so that it goes on after any end.

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use tokio::sync::watch;
use vigil_proto::{Kind, Sensitive, Timestamp, event::ConfigChange, report::MaskingStatus};
use vigil_store::{MaskAgain, MaskingStep, Reader, Stop, Writer};

use self::rules::Plan;
pub(super) use self::rules::{Office, Waits};
use crate::{
    pipeline::{Inlet, own_event},
    shutdown::Shutdown,
};

mod rules;

/// What is on record once it is done and something was changed.
const WHAT: &str = "masked-again";
/// How long after its start the agent begins.
const FIRST: Duration = Duration::from_secs(2);
/// It rests so many times as long as a piece took, and at least so long.
const REST: (u32, Duration) = (3, Duration::from_millis(5));
/// How long it waits while others have much to write.
const BUSY: Duration = Duration::from_secs(2);
/// How long after something that could not be written it is tried again: first, and at most, for each
/// time it is twice as long.
const TROUBLE: (Duration, Duration) = (Duration::from_mins(5), Duration::from_hours(6));
/// How often the database's being written anew is stopped while the agent ends.
const GLANCE: Duration = Duration::from_millis(20);
/// The database is written anew once nothing was committed for so long, or at the latest after so
/// long.
const CALM: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(20));

/// Since when all of it is to be masked again, and whether by the user's own rules that are new.
type Asked = (Timestamp, bool);

/// What it works with.
pub(super) struct Job {
    pub(super) office: Office,
    pub(super) writer: Writer,
    pub(super) inlet: Inlet,
    /// The number of the last event.
    pub(super) committed: watch::Receiver<i64>,
    /// Told when somebody asks for all of it now.
    pub(super) asked: mpsc::Receiver<Asked>,
}

/// Masks in a thread of its own.
#[derive(Debug)]
pub(super) struct Masking {
    thread: JoinHandle<()>,
    stop: Stop,
}

impl Masking {
    /// Runs until `shutdown`.
    pub(super) fn spawn(job: Job, shutdown: Shutdown) -> anyhow::Result<Self> {
        let stop = Stop::default();
        let of_thread = stop.clone();
        // What waits for a word is known before anybody can ask.
        let plan = job.office.plan(false).context("cannot read how the store is masked")?;
        let spawned: io::Result<_> = thread::Builder::new()
            .name("masking".to_owned())
            .spawn(move || run(&job, plan, &of_thread, &shutdown));
        let thread = spawned.context("cannot start the thread that masks again")?;
        Ok(Self { thread, stop })
    }

    /// After the end was asked for: waits until it has ended, and not for the database to be written
    /// anew.
    pub(super) fn join(self) -> thread::Result<()> {
        while !self.thread.is_finished() {
            self.stop.now();
            thread::sleep(GLANCE);
        }
        self.thread.join()
    }
}

fn run(job: &Job, mut plan: Plan, stop: &Stop, shutdown: &Shutdown) {
    let (mut anew_since, mut may_rebuild, mut trouble) = (None, false, TROUBLE.0);
    if shutdown.sleep(FIRST) {
        return;
    }
    let mut told = None;
    loop {
        if let Some((since, own)) = job.asked.try_iter().chain(told.take()).reduce(latest) {
            anew_since = Some(since);
            if own {
                match job.office.plan(true) {
                    Ok(agreed) => plan = agreed,
                    Err(error) => tracing::warn!(%error, "new rules go on waiting"),
                }
            }
        }
        let began = Instant::now();
        let order = MaskAgain {
            rules: plan.rules.clone(),
            masker: Arc::clone(&plan.masker),
            at: Timestamp::from(SystemTime::now()),
            anew_since,
            may_rebuild,
            stop: stop.clone(),
        };
        let rest = match job.writer.mask_again(order) {
            Ok(MaskingStep::More) => {
                (may_rebuild, trouble) = (false, TROUBLE.0);
                (began.elapsed() * REST.0).max(REST.1)
            }
            Ok(MaskingStep::Busy) => BUSY,
            Ok(MaskingStep::BigNext) => {
                wait_for_calm(job, shutdown);
                may_rebuild = has_room(&job.office.data);
                if may_rebuild { Duration::ZERO } else { later(&mut trouble) }
            }
            Ok(MaskingStep::Done(status)) => {
                (may_rebuild, trouble) = (false, TROUBLE.0);
                tell(job, &status, anew_since);
                // Nothing but a question of somebody's leads on from here.
                match job.asked.recv() {
                    Ok(asked) => told = Some(asked),
                    Err(mpsc::RecvError) => return,
                }
                Duration::ZERO
            }
            Err(_) if shutdown.is_requested() => return,
            Err(error) => {
                tracing::warn!(%error, "what is stored waits to be masked again");
                may_rebuild = false;
                later(&mut trouble)
            }
        };
        if shutdown.sleep(rest) {
            return;
        }
    }
}

/// How long to wait now, and twice as long the next time.
fn later(trouble: &mut Duration) -> Duration {
    let twice = trouble.saturating_mul(2).min(TROUBLE.1);
    std::mem::replace(trouble, twice)
}

/// Who asks twice has asked for all of it.
fn latest(one: Asked, other: Asked) -> Asked {
    (one.0.max(other.0), one.1 || other.1)
}

/// The database is copied, and the copy is written through the log: its room is needed twice more.
fn has_room(data: &Path) -> bool {
    let needed =
        Reader::open(data).and_then(|reader| reader.status()).map(|known| known.status.bytes);
    let (Ok(needed), Ok(left)) = (needed, vigil_platform::room::left(data)) else { return true };
    let has = left >= needed.saturating_mul(2);
    if !has {
        tracing::warn!(
            needed = needed.saturating_mul(2),
            left,
            "what was masked again has yet to leave the files: there is too little room to write the \
             database anew"
        );
    }
    has
}

/// What was done is on record, once: when it ended in this run of the agent.
fn tell(job: &Job, status: &MaskingStatus, anew_since: Option<Timestamp>) {
    let is_known = anew_since.is_none() && status.changed == 0;
    let Some(ended) = status.ended.filter(|_| !is_known) else { return };
    let detail = format!(
        "{} events looked through: {} rows masked again, secrets found in {} places",
        status.total, status.changed, status.found
    );
    let change = ConfigChange { what: Sensitive::from(WHAT), detail: Sensitive::new(detail) };
    // An inlet that is closed belongs to an agent that is ending; its next start tells it.
    let _ = job.inlet.send(own_event(WHAT, ended, Kind::ConfigChange(change)));
}

fn wait_for_calm(job: &Job, shutdown: &Shutdown) {
    let began = Instant::now();
    let mut last = *job.committed.borrow();
    while began.elapsed() < CALM.1 && !shutdown.sleep(CALM.0) {
        let newest = *job.committed.borrow();
        if newest == last {
            return;
        }
        last = newest;
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

//! When rules have changed, what is stored is masked again by those of now: in small pieces, while
//! little else is to be written. The store knows how far it is, so that it goes on after any end.

use std::{
    fmt, io,
    ops::Range,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use tokio::sync::watch;
use vigil_detect::{Engine, catalogue, evidence_at};
use vigil_proto::{
    EventId, Kind, Masked, Sensitive, Timestamp, config::detect::Detect, event::ConfigChange,
    event::Field, report::MaskingStatus,
};
use vigil_store::{MaskAgain, Masker, MaskingStep, Remasked, Writer};

use crate::{
    pipeline::{Inlet, own_event},
    shutdown::Shutdown,
};

/// What is on record once it is done and something was changed.
const WHAT: &str = "masked-again";
/// How long after its start the agent begins.
const FIRST: Duration = Duration::from_secs(2);
/// It rests so many times as long as a piece took, and at least so long.
const REST: (u32, Duration) = (3, Duration::from_millis(5));
/// How long it waits while others have much to write.
const BUSY: Duration = Duration::from_secs(2);
/// How long after something that could not be written it is tried again.
const TROUBLE: Duration = Duration::from_mins(5);
/// The database is written anew once nothing was committed for so long, or at the latest after so
/// long.
const CALM: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(20));

/// What it works with.
pub(super) struct Job {
    pub(super) writer: Writer,
    pub(super) engine: Arc<Engine>,
    /// Which rules the engine has.
    pub(super) rules: [u8; 16],
    pub(super) inlet: Inlet,
    /// The number of the last event.
    pub(super) committed: watch::Receiver<i64>,
    /// Told when somebody asks for all of it now.
    pub(super) asked: mpsc::Receiver<Timestamp>,
}

/// Runs in a thread of its own until `shutdown`.
pub(super) fn spawn(job: Job, shutdown: Shutdown) -> anyhow::Result<JoinHandle<()>> {
    let spawned: io::Result<_> =
        thread::Builder::new().name("masking".to_owned()).spawn(move || run(&job, &shutdown));
    spawned.context("cannot start the thread that masks again")
}

/// Tells one set of rules from another: the version, every rule there is, and the user's own.
/// Exceptions are not of it: what they except is masked all the same.
pub(super) fn rules(detect: &Detect) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key("vigil 2026-11 version of rules");
    let own = serde_json::to_string(&(&detect.rules, &detect.canaries)).unwrap_or_default();
    for part in [env!("CARGO_PKG_VERSION"), &catalogue(), &own] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let mut rules = [0; 16];
    rules.copy_from_slice(hasher.finalize().as_bytes().split_at(16).0);
    rules
}

fn run(job: &Job, shutdown: &Shutdown) {
    let masker: Arc<dyn Masker> = Arc::new(ByEngine(Arc::clone(&job.engine)));
    let mut anew_since = None;
    if shutdown.sleep(FIRST) {
        return;
    }
    loop {
        anew_since = job.asked.try_iter().last().or(anew_since);
        let began = Instant::now();
        let order = MaskAgain {
            rules: job.rules,
            masker: Arc::clone(&masker),
            at: Timestamp::from(SystemTime::now()),
            anew_since,
        };
        let rest = match job.writer.mask_again(order) {
            Ok(MaskingStep::More) => (began.elapsed() * REST.0).max(REST.1),
            Ok(MaskingStep::Busy) => BUSY,
            Ok(MaskingStep::BigNext) => {
                wait_for_calm(job, shutdown);
                Duration::ZERO
            }
            Ok(MaskingStep::Done(status)) => {
                tell(job, &status, anew_since);
                // Nothing but a question of somebody's leads on from here.
                match job.asked.recv() {
                    Ok(since) => anew_since = Some(since),
                    Err(mpsc::RecvError) => return,
                }
                Duration::ZERO
            }
            Err(error) => {
                tracing::warn!(%error, "what is stored waits to be masked again");
                TROUBLE
            }
        };
        if shutdown.sleep(rest) {
            return;
        }
    }
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

/// The engine as the store sees it.
struct ByEngine(Arc<Engine>);

impl Masker for ByEngine {
    fn again(&self, text: &str, place: Option<(EventId, Field)>) -> Option<Remasked> {
        let again = self.0.again(text, place)?;
        Some(Remasked {
            text: again.text.clone(),
            findings: again.findings.clone(),
            moved: Box::new(move |place| again.moved(place)),
        })
    }

    fn evidence(&self, text: &str, place: Range<usize>) -> Masked {
        evidence_at(text, place)
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

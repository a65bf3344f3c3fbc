//! Answers what clients' hooks ask, has it recorded, and looks after the clients that are to ask: that
//! their files still say so, and that they do ask.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use vigil_detect::{guard, package};
use vigil_platform::guards;
use vigil_proto::{
    Batch, Sensitive, Timestamp,
    config::guard::{Fail, Refusal},
    guard::{HookAnswer, HookCall, Mode},
    surface::Guarded,
};

use super::doctor::Trial;
use crate::{api, intel, pipeline::Inlet, shutdown::Shutdown, source::hook};

mod look;

use self::look::Look;

/// Calls that wait to be recorded; more are counted, and answered all the same.
const WAITING: usize = 512;
/// How often the clients are looked after.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether that is due.
const BEAT: Duration = Duration::from_secs(1);

/// Judges what hooks ask.
pub(super) struct Hooks {
    state: PathBuf,
    refusals: Vec<Refusal>,
    fail: Fail,
    /// How far each client is guarded, as it was last read.
    modes: Mutex<Option<BTreeMap<String, Mode>>>,
    intel: intel::Current,
    inlet: Inlet,
    recorder: SyncSender<Batch<Sensitive>>,
    trial: Trial,
    dropped: Arc<AtomicU64>,
    last: Mutex<Timestamp>,
}

/// What it works with.
pub(super) struct Office {
    pub(super) state: PathBuf,
    pub(super) data: PathBuf,
    pub(super) refusals: Vec<Refusal>,
    pub(super) fail: Fail,
    pub(super) intel: intel::Current,
    pub(super) inlet: Inlet,
    /// What is tried and never counts.
    pub(super) trial: Trial,
}

/// How Vigil stands before each client's commands, as it was last looked at; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing(Arc<Mutex<BTreeMap<String, Guarded>>>);

impl Standing {
    /// All clients that are guarded.
    pub(super) fn all(&self) -> BTreeMap<String, Guarded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, all: BTreeMap<String, Guarded>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("refusals", &self.refusals.len()).finish_non_exhaustive()
    }
}

/// Begins; the thread ends with `shutdown`.
pub(super) fn start(
    office: Office,
    standing: Standing,
    shutdown: Shutdown,
) -> anyhow::Result<(Arc<Hooks>, JoinHandle<()>)> {
    let Office { state, data, refusals, fail, intel, inlet, trial } = office;
    let (recorder, calls) = sync_channel(WAITING);
    let dropped = Arc::new(AtomicU64::new(0));
    let look = Look::new(state.clone(), data, standing);
    let (into, lost) = (inlet.clone(), Arc::clone(&dropped));
    let run = move || record(&calls, &into, &lost, look, &shutdown);
    let spawned: io::Result<_> = thread::Builder::new().name("hooks".to_owned()).spawn(run);
    let thread = spawned.context("cannot start the hooks' thread")?;
    let (modes, last) = (Mutex::default(), Mutex::default());
    let hooks =
        Hooks { state, refusals, fail, modes, intel, inlet, recorder, trial, dropped, last };
    // From now on it is known, even where it can no longer be read.
    hooks.mode("");
    Ok((Arc::new(hooks), thread))
}

impl Hooks {
    /// How far Vigil goes with a client; a client that was not told to ask and does is observed. Where
    /// that cannot be read, it is what it was; where it never could, `guard.fail` says it.
    fn mode(&self, client: &str) -> Mode {
        let mut modes = self.modes.lock().unwrap_or_else(PoisonError::into_inner);
        match guards::on(&self.state) {
            Ok(on) => {
                *modes = Some(on.into_iter().map(|(word, guarded)| (word, guarded.mode)).collect());
            }
            Err(error) => tracing::warn!(%error, "how far a client is guarded is not known"),
        }
        match &*modes {
            Some(modes) => modes.get(client).copied().unwrap_or_default(),
            None => guard::unknown(self.fail),
        }
    }

    /// Now, and never the same twice: what hooks tell is told apart by that.
    fn now(&self) -> Timestamp {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Timestamp::from(SystemTime::now());
        let after = Timestamp::from_micros(last.as_micros().saturating_add(1));
        *last = now.max(after);
        *last
    }

    fn record(&self, call: &HookCall, answer: &HookAnswer) {
        if let Some(inlet) = call.session.as_deref().and_then(|name| self.trial.inlet_of(name)) {
            let sighting = hook::sighting(call, answer, self.now(), inlet.hasher());
            // A trial that is over has nobody who waits for it.
            let _ = sighting.map(|batch| inlet.send(batch));
            return;
        }
        let exclusions = self.inlet.exclusions();
        let is_left_out = exclusions.client(&call.client)
            || call.cwd.as_deref().is_some_and(|cwd| exclusions.project(cwd));
        if is_left_out || self.inlet.is_paused() {
            return;
        }
        let sighting = hook::sighting(call, answer, self.now(), self.inlet.hasher());
        if sighting.is_some_and(|batch| self.recorder.try_send(batch).is_err()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl api::Hooks for Hooks {
    fn ask(&self, call: &HookCall) -> HookAnswer {
        let mode = self.mode(&call.client);
        let answer = if call.command.is_empty() {
            // There is one, and its hook could not read it.
            guard::unjudged(mode, self.fail)
        } else {
            let knowledge = package::Knowledge::embedded();
            let judged = package::judge(&call.command, knowledge, &self.intel.get());
            guard::answer(&call.command, &judged, mode, &self.refusals)
        };
        self.record(call, &answer);
        answer
    }
}

/// Hands over what was told, and looks after the clients now and then.
fn record(
    calls: &Receiver<Batch<Sensitive>>,
    inlet: &Inlet,
    dropped: &AtomicU64,
    mut look: Look,
    shutdown: &Shutdown,
) {
    let mut looked = Instant::now();
    loop {
        match calls.recv_timeout(BEAT) {
            Ok(mut batch) => {
                let lost = dropped.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    batch.count("drop.hook-calls", lost);
                }
                if inlet.send(batch).is_err() {
                    return;
                }
            }
            Err(RecvTimeoutError::Timeout) if shutdown.is_requested() => return,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if looked.elapsed() < LOOK_EVERY || shutdown.is_requested() {
            continue;
        }
        looked = Instant::now();
        for batch in look.after_clients(Timestamp::from(SystemTime::now())) {
            if inlet.send(batch).is_err() {
                return;
            }
        }
    }
}

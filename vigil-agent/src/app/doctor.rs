//! Tries each way of capture with something made up, for `vigil doctor`: the sources that run and their
//! pipeline, into a store of its own that is thrown away. Nothing of it reaches the user's store, so it
//! counts as evidence nowhere, and leaves no link in the audit chain.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use vigil_detect::Engine;
use vigil_proto::report::{Check, CheckVerdict};
use vigil_store::Writer;

use crate::{
    api, intel,
    pipeline::Shared,
    shutdown::Shutdown,
    source::{process, proxy, transcript},
};

mod bench;
mod traffic;
mod watching;
mod writing;

use self::bench::Bench;
pub(super) use self::bench::Trial;

/// How long a trial may last: whoever began it may have gone.
const LASTS: Duration = Duration::from_mins(2);
/// How often it is looked which have lasted for longer.
const SWEEPS: Duration = Duration::from_secs(5);
/// How long an examination may take; with its end it is over before the command gives up, which is
/// after a minute.
const WITHIN: Duration = Duration::from_secs(45);
/// So many may be under way.
const AT_ONCE: usize = 8;

/// Tries it.
pub(super) struct Doctor {
    pub(super) office: Office,
    /// The trials that were begun and not examined yet, by their names.
    benches: Arc<Mutex<Benches>>,
    /// Each trial has a clone, from before it is begun until it has ended.
    places: Arc<()>,
}

#[derive(Debug, Default)]
struct Benches {
    all: BTreeMap<String, Begun>,
    /// A thread looks after those that last for too long.
    is_swept: bool,
}

/// A trial that was begun.
#[derive(Debug)]
struct Begun {
    bench: Bench,
    /// Then it is over, examined or not.
    ends: Instant,
    /// The last to go.
    _place: Arc<()>,
}

/// What it works with.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) state: PathBuf,
    pub(super) transcripts: transcript::Options,
    pub(super) shared: Arc<Shared>,
    pub(super) engine: Arc<Engine>,
    pub(super) intel: intel::Current,
    pub(super) writer: Writer,
    pub(super) proxy: Option<proxy::Trials>,
    pub(super) awaited: process::Awaited,
    /// Where sources look whether what they are told belongs to a trial.
    pub(super) trial: Trial,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) shutdown: Shutdown,
}

impl fmt::Debug for Doctor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doctor").field("benches", &self.benches).finish_non_exhaustive()
    }
}

impl Doctor {
    pub(super) fn new(office: Office) -> Self {
        bench::tidy(&office.state);
        Self { office, benches: Arc::default(), places: Arc::new(()) }
    }

    /// One of the few places; none when all are taken.
    fn place(&self) -> Option<Arc<()>> {
        // Under the lock, so that nobody takes one between the look and the taking.
        let _benches = held(&self.benches);
        (Arc::strong_count(&self.places) <= AT_ONCE).then(|| Arc::clone(&self.places))
    }

    /// Has those ended that nobody examines.
    fn keep(&self, run: String, begun: Begun) {
        let mut benches = held(&self.benches);
        benches.all.insert(run, begun);
        if benches.is_swept {
            return;
        }
        let (weak, shutdown) = (Arc::downgrade(&self.benches), self.office.shutdown.clone());
        let sweeper = thread::Builder::new().name("doctor".to_owned()).spawn(move || {
            while !shutdown.sleep(SWEEPS) {
                let Some(benches) = weak.upgrade() else { return };
                if !sweep(&benches, Instant::now()) {
                    return;
                }
            }
        });
        // Without it they stay until the agent's end, or until another is begun.
        benches.is_swept = sweeper.is_ok();
    }
}

fn held(benches: &Mutex<Benches>) -> MutexGuard<'_, Benches> {
    benches.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the trials that lasted for too long. False once there is none.
fn sweep(benches: &Mutex<Benches>, now: Instant) -> bool {
    let mut benches = held(benches);
    let over: Vec<Begun> =
        benches.all.extract_if(.., |_, it| now >= it.ends).map(|(_, it)| it).collect();
    benches.is_swept = !benches.all.is_empty();
    let is_swept = benches.is_swept;
    drop(benches);
    // Their end takes a while, and nobody else should wait for it.
    drop(over);
    is_swept
}

impl api::Examine for Doctor {
    fn begin(&self) -> Result<String, api::NotTried> {
        let place = self.place().ok_or_else(|| api::NotTried {
            words: "too much is being tried already".to_owned(),
            remedy: "run `vigil doctor` again in two minutes".to_owned(),
        })?;
        let bench = Bench::open(&self.office)?;
        let run = bench.run.clone();
        self.keep(run.clone(), Begun { bench, ends: Instant::now() + LASTS, _place: place });
        Ok(run)
    }

    fn examine(&self, order: &api::Examination) -> Result<Vec<Check>, api::NotTried> {
        let begun = held(&self.benches).all.remove(&order.run);
        let Some(mut begun) = begun else { return Err(api::NotTried::over()) };
        begun.bench.until = Instant::now() + WITHIN;
        let is_asked = |name: &str| order.only.is_empty() || order.only.iter().any(|it| it == name);
        let (bench, office) = (&begun.bench, &self.office);
        let checks = thread::scope(|scope| {
            // The slow ones beside one another: each has a limit, and their sum would be too much.
            let processes = is_asked("process").then(|| scope.spawn(|| watching::process(office)));
            let transcripts =
                is_asked("transcript").then(|| scope.spawn(|| writing::transcript(office, bench)));
            let traffic = is_asked("proxy").then(|| scope.spawn(|| traffic::proxy(office, bench)));
            let mut checks = Vec::new();
            if order.hook {
                checks.push(watching::hook(office, bench));
            }
            if order.browser {
                checks.push(watching::browser(office, bench));
            }
            if is_asked("store") {
                checks.push(writing::store(office));
            }
            let slow = [traffic, processes, transcripts].into_iter().flatten();
            checks.extend(slow.filter_map(|trying| trying.join().ok()));
            checks
        });
        Ok(checks)
    }
}

fn works(name: &str, words: impl Into<String>) -> Check {
    Check { name: name.to_owned(), verdict: CheckVerdict::Works, words: words.into(), remedy: None }
}

fn off(name: &str, words: impl Into<String>, remedy: &str) -> Check {
    let remedy = (!remedy.is_empty()).then(|| remedy.to_owned());
    Check { name: name.to_owned(), verdict: CheckVerdict::Off, words: words.into(), remedy }
}

fn problem(name: &str, words: impl Into<String>, remedy: impl Into<String>) -> Check {
    Check {
        name: name.to_owned(),
        verdict: CheckVerdict::Problem,
        words: words.into(),
        remedy: Some(remedy.into()),
    }
}

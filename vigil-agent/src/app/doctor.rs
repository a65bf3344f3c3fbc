//! Tries each way of capture with something made up, for `vigil doctor`: the sources that run and their
//! pipeline, into a store of its own that is thrown away. Nothing of it reaches the user's store, so it
//! counts as evidence nowhere, and leaves no link in the audit chain.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
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
/// So many may be under way.
const AT_ONCE: usize = 8;

/// Tries it.
pub(super) struct Doctor {
    pub(super) office: Office,
    /// The trials that were begun and not examined yet, by their names.
    benches: Benches,
}

type Benches = Arc<Mutex<BTreeMap<String, Bench>>>;

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
        Self { office, benches: Arc::default() }
    }

    fn benches(&self) -> MutexGuard<'_, BTreeMap<String, Bench>> {
        self.benches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl api::Examine for Doctor {
    fn begin(&self) -> Result<String, api::NotTried> {
        if self.benches().len() >= AT_ONCE {
            return Err(api::NotTried {
                words: "too much is being tried already".to_owned(),
                remedy: "run `vigil doctor` again in two minutes".to_owned(),
            });
        }
        let bench = Bench::open(&self.office)?;
        let run = bench.run.clone();
        self.benches().insert(run.clone(), bench);
        let (benches, shutdown, ours) =
            (Arc::downgrade(&self.benches), self.office.shutdown.clone(), run.clone());
        // Without this thread it stays until the agent's end.
        let _ = thread::Builder::new().name("doctor".to_owned()).spawn(move || {
            shutdown.sleep(LASTS);
            let Some(benches) = benches.upgrade() else { return };
            let left = benches.lock().unwrap_or_else(PoisonError::into_inner).remove(&ours);
            drop(left);
        });
        Ok(run)
    }

    fn examine(&self, order: &api::Examination) -> Result<Vec<Check>, api::NotTried> {
        let bench = self.benches().remove(&order.run);
        let Some(bench) = bench else { return Err(api::NotTried::over()) };
        let is_asked = |name: &str| order.only.is_empty() || order.only.iter().any(|it| it == name);
        let (bench, office) = (&bench, &self.office);
        let checks = thread::scope(|scope| {
            // The slow ones beside one another.
            let processes = is_asked("process").then(|| scope.spawn(|| watching::process(office)));
            let transcripts =
                is_asked("transcript").then(|| scope.spawn(|| writing::transcript(office, bench)));
            let mut checks = Vec::new();
            if is_asked("proxy") {
                checks.push(traffic::proxy(office, bench));
            }
            if order.hook {
                checks.push(watching::hook(bench));
            }
            if order.browser {
                checks.push(watching::browser(bench));
            }
            if is_asked("store") {
                checks.push(writing::store(office));
            }
            let slow = [processes, transcripts].into_iter().flatten();
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

//! A pipeline and a store for one trial, in a folder of their own; both go with it.

use std::{
    collections::BTreeMap,
    fmt, fs, io, mem,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use vigil_platform::private;
use vigil_proto::{
    ContentHasher, hex,
    report::{EventFilter, EventRow},
};
use vigil_store::{Options, Reader, Store};

use super::Office;
use crate::{
    api::NotTried,
    pipeline::{self, Exclusions, Inlet, Pause, Shared},
};

/// Its folder, below that of Vigil's state.
const FOLDER: &str = "doctor";
/// How long something may take to come out at the other end. It takes milliseconds; a loaded machine
/// needs more.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is looked whether it has.
pub(super) const GLANCE: Duration = Duration::from_millis(20);

/// How long its end is waited for.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

type Pipeline = JoinHandle<Result<(), vigil_store::Error>>;

/// The trials under way, for sources that are told things by programs; clones share it.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Trial(Arc<Mutex<BTreeMap<String, Inlet>>>);

impl Trial {
    /// The inlet of the trial `name`, when that one is under way.
    pub(in crate::app) fn inlet_of(&self, name: &str) -> Option<Inlet> {
        self.all().get(name).cloned()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Inlet>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes away what trials left that did not end well. None may be under way.
pub(super) fn tidy(state: &Path) {
    if let Err(error) = fs::remove_dir_all(state.join(FOLDER))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "what was tried before is still there");
    }
}

/// One trial.
#[derive(Debug)]
pub(super) struct Bench {
    /// Nothing is waited for after this.
    pub(super) until: Instant,
    /// Its name, which nobody can guess: what is told of a session of that name belongs to it.
    pub(super) run: String,
    pub(super) folder: PathBuf,
    /// There until the end.
    inlet: Option<Inlet>,
    trial: Trial,
    pipeline: Option<Pipeline>,
    store: Option<Store>,
}

impl Bench {
    pub(super) fn open(office: &Office) -> Result<Self, NotTried> {
        let failed = |what: &dyn fmt::Display| NotTried {
            words: format!("nothing can be tried in {}: {what}", office.state.display()),
            remedy: format!(
                "see that there is room, and that you can write in {}",
                office.state.display()
            ),
        };
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|error| failed(&error))?;
        let run = hex::encode(&random);
        let folder = office.state.join(FOLDER).join(&run);
        private::ensure_dir(&folder).map_err(|error| failed(&error))?;
        let data = folder.join("data");
        private::ensure_dir(&data).map_err(|error| failed(&error))?;
        let opened = Store::open(&data, Options::default(), Box::new(|_| ()));
        let (store, _) = opened.map_err(|error| failed(&error))?;
        let shared = Arc::new(Shared {
            hasher: ContentHasher::new(blake3::hash(&random).into()),
            checkpoints: Box::new(|_| None),
            exclusions: Exclusions::default(),
            pause: Pause::default(),
        });
        let (inlet, messages) = Inlet::new(shared);
        let (engine, intel) = (Arc::clone(&office.engine), office.intel.clone());
        let (writer, shutdown) = (store.writer(), office.shutdown.clone());
        let pipeline = thread::Builder::new()
            .name("doctor-pipeline".to_owned())
            .spawn(move || {
                pipeline::run(&messages, &engine, &intel, &writer, &|| shutdown.is_requested())
            })
            .map_err(|error| failed(&error))?;
        let trial = office.trial.clone();
        trial.all().insert(run.clone(), inlet.clone());
        Ok(Self {
            until: Instant::now() + PATIENCE,
            run,
            folder,
            inlet: Some(inlet),
            trial,
            pipeline: Some(pipeline),
            store: Some(store),
        })
    }

    /// The way into it.
    pub(super) fn inlet(&self) -> Option<Inlet> {
        self.inlet.clone()
    }

    fn reader(&self) -> Result<Reader, vigil_store::Error> {
        Reader::open(&self.folder.join("data"))
    }

    /// Waits until an event has come out that `is_it` says yes to; with their texts.
    pub(super) fn comes_out(
        &self,
        is_it: impl Fn(&EventRow) -> bool,
    ) -> Result<bool, vigil_store::Error> {
        self.comes(|reader| {
            let mut is_there = false;
            let filter = EventFilter { with_text: true, ..EventFilter::default() };
            reader.events(&filter, |event| {
                is_there |= is_it(&event);
                if is_there { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            Ok(is_there)
        })
    }

    /// True when `text` stands in an event in clear.
    pub(super) fn shows(&self, text: &str) -> Result<bool, vigil_store::Error> {
        let mut is_there = false;
        let filter = EventFilter { with_text: true, ..EventFilter::default() };
        self.reader()?.events(&filter, |event| {
            is_there |= event.text.is_some_and(|it| it.as_str().contains(text));
            ControlFlow::Continue(())
        })?;
        Ok(is_there)
    }

    /// Waits until `is_there` says yes of what is stored.
    pub(super) fn comes(
        &self,
        is_there: impl Fn(&Reader) -> Result<bool, vigil_store::Error>,
    ) -> Result<bool, vigil_store::Error> {
        let reader = self.reader()?;
        let until = self.until.min(Instant::now() + PATIENCE);
        loop {
            if is_there(&reader)? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            thread::sleep(GLANCE);
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.trial.all().remove(&self.run);
        drop(self.inlet.take());
        let (pipeline, store) = (self.pipeline.take(), self.store.take());
        // It ends once every inlet has gone. Whoever holds one for longer is waited for by nobody.
        let until = Instant::now() + ENDS_WITHIN;
        while pipeline.as_ref().is_some_and(|it| !it.is_finished()) && Instant::now() < until {
            thread::sleep(GLANCE);
        }
        let folder = mem::take(&mut self.folder);
        if pipeline.as_ref().is_none_or(JoinHandle::is_finished) {
            return clear(pipeline, store, &folder);
        }
        tracing::warn!("what was tried is not at its end yet");
        // Without this thread the folder stays until the next agent tidies up.
        let _ = thread::Builder::new()
            .name("doctor-end".to_owned())
            .spawn(move || clear(pipeline, store, &folder));
    }
}

/// Waits for the pipeline's end, and takes the folder away.
fn clear(pipeline: Option<Pipeline>, store: Option<Store>, folder: &Path) {
    // What it says at its end is nobody's loss.
    let _ = pipeline.map(JoinHandle::join);
    drop(store);
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::warn!(%error, "what was tried is still there");
    }
    // That of all trials goes with the last of them.
    if let Some(all) = folder.parent() {
        let _ = fs::remove_dir(all);
    }
}

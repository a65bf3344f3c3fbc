//! Puts the parts together. The only module, with `main`, that knows all of them.

mod absence;
mod anchors;
mod authority;
mod behind;
mod browsers;
mod capture;
mod console;
mod doctor;
mod endings;
mod held;
mod history;
mod holders;
mod hooks;
mod housekeeping;
mod ingest;
mod intel;
mod keys;
mod log;
mod masking;
mod notify;
mod pauses;
mod progress;
mod ready;
mod renewal;
mod restoring;
mod status;
mod system_proxy;
mod telemetry;
mod test_upstreams;
mod up;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use vigil_detect::{Custom, Distrust, Engine, Reveals, Unguarded, intel::Contacts};
use vigil_platform::paths::{PathError, Paths};
use vigil_proto::{
    Config,
    config::{
        detect,
        layers::{Flag, LayerError, Layered, Origin},
    },
};
use vigil_store::{Damage, Options, Reader, Store};

use crate::{
    intel::Current,
    pipeline::{Exclusions, Pause, Shared},
    source::transcript,
    vault::Vault,
};

pub use self::{
    authority::authority,
    ingest::ingest,
    intel::{IntelCommand, intel},
    system_proxy::guard,
    up::{UpOptions, up},
};

/// Where everything lies and what the user wants, read before anything is opened.
#[derive(Debug)]
pub struct Setup {
    paths: Paths,
    config: Config,
    custom: Custom,
}

/// The configuration cannot be used: exit code 64.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {message}")]
pub struct BadConfig {
    /// The file and line, the variable or the flag.
    place: String,
    message: String,
    hint: Option<String>,
}

impl BadConfig {
    fn new(file: &Path, error: LayerError) -> Self {
        let place = match &error.origin {
            Origin::File { line } => format!("{}:{line}", file.display()),
            origin => origin.to_string(),
        };
        Self { place, message: error.message, hint: error.hint }
    }

    fn in_detect(file: &Path, text: Option<&str>, error: &vigil_detect::BadDetect) -> Self {
        let line = error.line_in(text.unwrap_or_default());
        let place = format!("{}:{line}", file.display());
        Self { place, message: error.to_string(), hint: Some(error.hint.clone()) }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl Setup {
    /// Finds the folders, makes them where they are missing, and reads the configuration;
    /// `flags` is what the command line sets of it.
    pub fn load(flags: &[Flag]) -> anyhow::Result<Self> {
        let paths = Paths::locate()?;
        paths.ensure()?;
        let file = paths.config_file();
        let text = match std::fs::read_to_string(file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(BadConfig {
                    place: file.display().to_string(),
                    message: "it is not UTF-8 text".to_owned(),
                    hint: Some("`vigil config init` shows how it begins".to_owned()),
                }
                .into());
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        // Variables that are not UTF-8 are nobody's configuration.
        let env = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let layered = Layered::new(text.as_deref(), env, flags)
            .map_err(|error| BadConfig::new(file, error))?;
        let today = jiff::Zoned::now().date().to_string();
        let custom = Custom::new(&layered.config.detect, &today)
            .map_err(|error| BadConfig::in_detect(file, text.as_deref(), &error))?;
        Ok(Self { config: layered.config, paths, custom })
    }

    fn store_options(&self) -> Options {
        let quota = self.config.store.quota_mib;
        Options {
            quota_bytes: (quota > 0).then(|| quota.saturating_mul(1024 * 1024)),
            ..Options::default()
        }
    }

    /// The files of clients that were read before.
    fn known_files(&self) -> transcript::Known {
        let data = self.paths.data().to_path_buf();
        transcript::Known::new(move || {
            let known = Reader::open(&data).and_then(|reader| reader.known_files());
            known.unwrap_or_else(|error| {
                tracing::warn!(%error, "it is not known which transcripts were there before");
                Vec::new()
            })
        })
    }

    /// Where transcripts are, as far as it is known by now.
    fn transcripts(&self) -> transcript::Options {
        transcript::Options {
            projects: self.projects(),
            ..transcript::Options::from_env(self.paths.home())
        }
    }

    /// The folders in which clients have worked, as far as they are still there.
    fn projects(&self) -> Vec<PathBuf> {
        let facets = Reader::open(self.paths.data()).and_then(|reader| reader.facets());
        let projects = facets.map(|facets| facets.projects).unwrap_or_default();
        let folders = projects.into_keys().map(PathBuf::from);
        folders.filter(|folder| folder.is_absolute() && folder.is_dir()).collect()
    }

    /// What sources may know, a pause that outlasted an earlier run with it.
    fn shared(&self, keys: &keys::Keys) -> Result<Arc<Shared>, PathError> {
        let data = self.paths.data().to_path_buf();
        Ok(Arc::new(Shared {
            hasher: keys.hasher(),
            checkpoints: Box::new(checkpoints(&data)),
            exclusions: Exclusions::new(&self.config.exclude, self.paths.home()),
            pause: Pause::noted_in(self.paths.state())?,
        }))
    }
}

/// Looks a checkpoint up with one reader that is opened at the first question.
fn checkpoints(
    data: &Path,
) -> impl Fn(vigil_proto::SourceId) -> Option<vigil_proto::Checkpoint> + Send + Sync + use<> {
    let data = data.to_path_buf();
    let reader = std::sync::Mutex::new(None::<Reader>);
    move |source| {
        let mut reader = reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if reader.is_none() {
            *reader = Reader::open(&data).ok();
        }
        match reader.as_ref()?.checkpoint(source) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                // Reading again from the start is always right; what is known is recognised.
                tracing::warn!(%error, "cannot read a checkpoint; its file is read from the start");
                None
            }
        }
    }
}

/// Says on stderr and in the log that the store was damaged.
fn announce_damage(damage: Option<&Damage>) {
    if let Some(damage) = damage {
        let kept = damage.kept_at.display();
        tracing::error!(%kept, reason = %damage.reason, "the store was damaged");
        say(&format!(
            "warning: the store was damaged ({}); it is kept at {kept} and a new one was begun\n\n\
             hint: transcripts that still exist are read again; what only the proxy saw is in the damaged file",
            damage.reason
        ));
    }
}

/// Words for a person, on stderr.
#[expect(clippy::print_stderr, reason = "the agent speaks to the person who started it")]
fn say(words: &str) {
    eprintln!("{words}");
}

/// The masking engine with the installation's key and the vault, and what else reads events.
fn engine(setup: &Setup, keys: &keys::Keys, vault: Arc<Vault>, current: &Current) -> Engine {
    if let Some(words) = detect::over(setup.custom.expired()) {
        tracing::warn!("{words}");
        say(&format!("warning: {words}"));
    }
    let engine = Engine::new(keys.fingerprints()).with_vault(vault);
    let engine = engine.with_custom(setup.custom.clone());
    let engine = engine.with_detector(Distrust).with_detector(Reveals).with_detector(Unguarded);
    let current = current.clone();
    engine.with_detector(Contacts::new(move || current.get()))
}

/// Opens the store and says what happened to a damaged one.
fn open_store(
    setup: &Setup,
    at_start: Option<fn()>,
    on_commit: Box<dyn Fn(&vigil_store::Committed) + Send>,
) -> Result<(Store, Option<Damage>), vigil_store::Error> {
    let options = Options { at_start, ..setup.store_options() };
    let (store, damage) = Store::open(setup.paths.data(), options, on_commit)?;
    announce_damage(damage.as_ref());
    Ok((store, damage))
}

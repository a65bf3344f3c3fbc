//! `vigil intel import`, `update` and `remove`, and what the running agent does with the lists: it takes
//! a new set in force, judges by it what is on record, and fetches lists where the schedule says so.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use vigil_proto::{
    Timestamp,
    config::intel::{Intel as Config, Schedule},
    intel::{IntelList, IntelReport, IntelUpdate},
    report::Document,
};
use vigil_store::{
    Writer,
    intel::{self as lists, Change},
};

use super::{Setup, behind, test_upstreams};
use crate::{
    intel::{
        Current,
        hunt::Hunt,
        import::{Source, import},
        load, load_sound,
        update::{Outcome, Progress, update},
    },
    shutdown::Shutdown,
    source::proxy::{Outward, Suspects, TestUpstreams},
};

/// How often it is looked whether there is another set.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How old lists become before they are fetched again.
const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;
/// Whoever could not be reached is asked again after so long.
const AGAIN_MICROS: i64 = 3600 * 1_000_000;

/// What `vigil-agent intel` is asked to do.
#[derive(Clone, Debug)]
pub enum IntelCommand {
    /// Import these, all or none.
    Import(Vec<Source>),
    /// Fetch the lists that the configuration names.
    Update {
        /// File with upstreams for tests.
        test_upstreams: Option<PathBuf>,
    },
    /// Take a list out.
    Remove(String),
}

/// Does it and tells what came of it; false where some list could not be fetched.
///
/// # Errors
/// Nothing was changed, and why.
pub fn intel(setup: &Setup, command: IntelCommand, json: bool) -> anyhow::Result<bool> {
    let data = setup.paths.data();
    let (words, is_done) = match command {
        IntelCommand::Import(sources) => {
            let now = Timestamp::from(SystemTime::now());
            let (set, names) = import(data, &sources, now)?;
            let new = set.lists.iter().filter(|list| names.contains(&list.name));
            (new.map(words_of).collect::<Vec<_>>(), true)
        }
        IntelCommand::Update { test_upstreams } => {
            let upstreams = match &test_upstreams {
                Some(file) => test_upstreams::load(file)?,
                None => TestUpstreams::default(),
            };
            let mut seen = Seen::new();
            let updated = fetch_all(setup, &upstreams, &mut seen)?;
            (seen.told, updated.failed.is_empty())
        }
        IntelCommand::Remove(name) => {
            let mut change = Change::begin(data)?;
            if !change.remove(&name) {
                anyhow::bail!(
                    "there is no list `{}`; `vigil intel status` names them",
                    name.escape_debug()
                );
            }
            change.commit()?;
            (vec![format!("{name} is no list any more")], true)
        }
    };
    if json {
        print(&[serde_json::to_string(&Document::v1("intel", report(data, &setup.config.intel)))?]);
    } else {
        print(&words);
    }
    Ok(is_done)
}

/// How it stands with the lists.
pub(super) fn report(data: &Path, config: &Config) -> IntelReport {
    let mut report = lists::report(data, config.update.word());
    if report.trouble.is_none() {
        report.trouble = load(data).err().map(|error| error.to_string());
    }
    report
}

fn fetch_all(
    setup: &Setup,
    upstreams: &TestUpstreams,
    progress: &mut dyn Progress,
) -> anyhow::Result<IntelUpdate> {
    let chain = behind::proxy(&setup.config.proxy, setup.paths.home())?;
    let outward = Outward::new(upstreams, chain)?;
    let shutdown = Shutdown::default();
    fetch_by(&outward, setup.paths.data(), &setup.config.intel.sources, progress, &shutdown)
}

fn fetch_by(
    outward: &Outward,
    data: &Path,
    sources: &[String],
    progress: &mut dyn Progress,
    shutdown: &Shutdown,
) -> anyhow::Result<IntelUpdate> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        tokio::select! {
            updated = update(data, sources, outward, progress) => Ok(updated?),
            () = shutdown.requested() => anyhow::bail!("it was asked to end"),
        }
    })
}

#[expect(clippy::print_stdout, reason = "the result is data")]
fn print(lines: &[String]) {
    for line in lines {
        println!("{line}");
    }
}

/// What is said of a list that is new.
fn words_of(list: &IntelList) -> String {
    let IntelList { name, packages, hosts, addresses, urls, skipped, examples, .. } = list;
    let counts =
        [(packages, "packages"), (hosts, "hosts"), (addresses, "addresses"), (urls, "URLs")];
    let counts = counts.iter().filter(|(n, _)| **n > 0).map(|(n, what)| format!("{n} {what}"));
    let mut words = format!("{name}: {}", counts.collect::<Vec<_>>().join(", "));
    for (why, n) in skipped {
        let examples = examples.get(why).map(Vec::as_slice).unwrap_or_default();
        let examples: Vec<_> = examples.iter().map(|one| one.escape_debug().to_string()).collect();
        let more = if *n > examples.len() as u64 { ", ..." } else { "" };
        words.extend(["\n  left out, ", why, ": ", &n.to_string(), " ("]);
        words.extend([examples.join(", ").as_str(), more, ")"]);
    }
    words
}

/// Shows a person how it goes, on a terminal.
struct Seen {
    bar: ProgressBar,
    told: Vec<String>,
}

impl Seen {
    fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{msg} {binary_bytes} of {binary_total_bytes}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { bar, told: Vec::new() }
    }
}

impl Progress for Seen {
    fn begins(&mut self, name: &str) {
        self.bar.reset();
        self.bar.set_message(name.to_owned());
    }

    fn has(&mut self, bytes: u64, of: Option<u64>) {
        if let Some(of) = of {
            self.bar.set_length(of);
        }
        self.bar.set_position(bytes);
    }

    fn ended(&mut self, name: &str, outcome: &Outcome) {
        self.bar.finish_and_clear();
        self.told.push(match outcome {
            Outcome::Changed => format!("{name}: new"),
            Outcome::Unchanged => format!("{name}: unchanged"),
            Outcome::Failed(why) => format!("{name}: not updated, the last one stays: {why}"),
        });
    }
}

/// Writes what came of a scheduled update to the log.
struct Logged;

impl Progress for Logged {
    fn begins(&mut self, _: &str) {}

    fn has(&mut self, _: u64, _: Option<u64>) {}

    fn ended(&mut self, name: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Failed(why) => tracing::warn!(name, why, "a list was not updated"),
            outcome => tracing::info!(name, ?outcome, "a list was fetched"),
        }
    }
}

/// What the running agent does with the lists.
pub(super) struct Follow {
    pub(super) data: PathBuf,
    pub(super) current: Current,
    pub(super) writer: Writer,
    pub(super) config: Config,
    /// The way to where lists are; none while they are not fetched.
    pub(super) outward: Option<Outward>,
}

impl Follow {
    /// Of this agent.
    pub(super) fn new(
        setup: &Setup,
        upstreams: &TestUpstreams,
        current: Current,
        writer: Writer,
    ) -> anyhow::Result<Self> {
        let config = setup.config.intel.clone();
        let outward = match config.update {
            Schedule::Off => None,
            Schedule::Daily => {
                let chain = behind::proxy(&setup.config.proxy, setup.paths.home())?;
                Some(Outward::new(upstreams, chain)?)
            }
        };
        Ok(Self { data: setup.paths.data().to_owned(), current, writer, config, outward })
    }

    /// Runs in a thread of its own until `shutdown`.
    pub(super) fn spawn(self, shutdown: Shutdown) -> anyhow::Result<JoinHandle<()>> {
        let run = move || self.run(&shutdown);
        thread::Builder::new()
            .name("intel".to_owned())
            .spawn(run)
            .context("cannot start the thread of lists")
    }

    fn run(&self, shutdown: &Shutdown) {
        // `Setup` has loaded what there was before anything was judged.
        let mut loaded = lists::stamp(&self.data);
        self.hunt(shutdown);
        while !shutdown.sleep(LOOK_EVERY) {
            if let Some(outward) = self.outward.as_ref().filter(|_| self.is_due()) {
                let sources = &self.config.sources;
                let updated = fetch_by(outward, &self.data, sources, &mut Logged, shutdown);
                if shutdown.is_requested() {
                    return;
                }
                if let Err(error) = updated {
                    tracing::warn!(%error, "the lists were not updated");
                    // So that it is not tried again at once.
                    self.note_trouble(&error);
                }
            }
            let stamp = lists::stamp(&self.data);
            if stamp != loaded {
                loaded = stamp;
                take(&self.data, &self.current);
                self.hunt(shutdown);
            }
        }
    }

    fn hunt(&self, shutdown: &Shutdown) {
        let hunt = Hunt { data: self.data.clone(), writer: self.writer.clone() };
        match hunt.run(&self.current.get(), &|| shutdown.is_requested()) {
            Ok(0) => {}
            Ok(findings) => tracing::info!(findings, "connections on record are listed by now"),
            Err(error) => tracing::warn!(%error, "connections on record were not judged again"),
        }
    }

    /// True when the lists are a day old, or could not be had an hour ago.
    fn is_due(&self) -> bool {
        let Some(last) = lists::last_update(&self.data) else { return true };
        let after = if last.failed.is_empty() { DAY_MICROS } else { AGAIN_MICROS };
        let now = Timestamp::from(SystemTime::now()).as_micros();
        // A note of tomorrow is of a clock that was wrong.
        !(0..after).contains(&now.saturating_sub(last.at.as_micros()))
    }

    fn note_trouble(&self, error: &anyhow::Error) {
        let failed = [("all".to_owned(), error.to_string())].into();
        let at = Timestamp::from(SystemTime::now());
        let note = IntelUpdate { at, changed: 0, unchanged: 0, failed };
        if let Err(error) = lists::note_update(&self.data, &note) {
            tracing::warn!(%error, "what came of the update cannot be noted");
        }
    }
}

/// Hosts that the lists in force know.
pub(super) fn suspects(current: Current) -> Suspects {
    Suspects::new(move |host, port| current.get().endpoint(host, port).is_some())
}

/// Puts the set that is on the disk in force; one that cannot be used leaves the last.
pub(super) fn take(data: &Path, current: &Current) {
    match load_sound(data) {
        Ok((intel, bad)) => {
            for error in &bad {
                tracing::warn!(%error, "a list cannot be used");
            }
            // What there was before is more than what is left; at a start there was nothing.
            if bad.is_empty() || current.get().is_empty() {
                current.set(intel);
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the lists cannot be used; those of before stay in force");
        }
    }
}

#[cfg(test)]
mod tests;

//! What `vigil up` tells the person (or program) that started it: where everything listens,
//! what to do next, and one line for each thing that happens.

use std::{
    collections::HashSet,
    fmt::Write as _,
    io::{IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use tokio::{sync::watch, time::timeout};
use vigil_proto::{
    FindingId, KindName, Timestamp,
    report::{EventFilter, EventRow, FindingRow},
};
use vigil_store::Reader;

use super::{Setup, progress::Bar, ready::Ready, status};
use crate::{
    shutdown::Shutdown,
    source::transcript::{self, Progress},
};

/// Live lines printed at most at once; more than that is a burst, and is counted instead.
const AT_ONCE: i64 = 40;

/// New findings printed at most at once, the worst first.
const FINDINGS_AT_ONCE: usize = 5;

/// Commits that come closer together are printed together.
const TOGETHER: Duration = Duration::from_millis(300);

/// After so long without a commit, what was read at the start is all in the store.
const SETTLED: Duration = Duration::from_secs(1);
/// With an agent at work the commits never end; then so many are waited for.
const SETTLE_TRIES: usize = 100;

/// The terminal, or the pipe, of `vigil up`.
#[derive(Debug)]
pub(super) struct Console {
    ready_json: bool,
    bar: Arc<Bar>,
}

impl Console {
    pub(super) fn new(ready_json: bool) -> Self {
        Self { ready_json, bar: Arc::new(Bar::new()) }
    }

    /// Says that everything listens.
    pub(super) fn ready(&self, ready: &Ready, setup: &Setup, paused: Option<Timestamp>) {
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            page = ready.dashboard,
            proxy = ready.proxy.as_deref().unwrap_or("off"),
            paused = paused.is_some(),
            "recording"
        );
        let warnings: Vec<String> = paused
            .map(|since| status::paused(since, false))
            .into_iter()
            .chain(status::astray(setup.paths.state(), ready.proxy.as_deref()))
            .collect();
        if self.ready_json {
            let line = json!({
                "ready": true,
                "dashboard": ready.dashboard,
                "login_url": ready.login_url,
                "proxy": ready.proxy,
                "ca": ready.ca,
                "telemetry": ready.telemetry,
                "pid": std::process::id(),
                "paused_since": paused,
                "warnings": warnings,
            });
            out(&line.to_string());
            return;
        }
        let does = if paused.is_some() { "runs, and records nothing" } else { "is recording" };
        out(&format!(
            "Vigil {} {does}. Ctrl-C ends it; nothing is lost.\n",
            env!("CARGO_PKG_VERSION")
        ));
        for warning in &warnings {
            out(&format!("warning: {}\n", plain(warning, 400)));
        }
        out(&format!(
            "  dashboard     {}  (works once; `{} open` makes a new link)",
            ready.login_url,
            vigil()
        ));
        if let Some(proxy) = &ready.proxy {
            out(&format!(
                "  proxy         {proxy}  (decrypts {}; all else is an untouched tunnel)",
                setup.config.proxy.hosts.join(", ")
            ));
        } else {
            out("  proxy         off: nothing independent sees what the clients send");
        }
        if let Some(telemetry) = &ready.telemetry {
            out(&format!(
                "  telemetry     {telemetry}  (of clients that `{} route on CLIENT --telemetry` leads here)",
                vigil()
            ));
        }
        out(&format!("  records       {}\n", setup.paths.data().display()));
        out(&transcripts(setup));
        if let Some(route) = ready.route() {
            out(
                "To have its API traffic seen as well, by an independent witness, start it like this:\n",
            );
            out(&format!("  {route}\n"));
            out(&format!(
                "`{0} route on claude-code` has every run seen; `{0} route` says how for other clients.\n",
                vigil()
            ));
        }
        out(&format!(
            "In another terminal: {0} status; or sessions, usage, findings, search WORDS.\n",
            vigil()
        ));
    }

    /// Where the reading of old transcripts draws its progress.
    pub(super) fn progress(&self) -> Arc<dyn Progress + Send + Sync> {
        Arc::clone(&self.bar) as Arc<dyn Progress + Send + Sync>
    }

    /// Prints what is committed from now on, until the end. On a terminal only.
    pub(super) fn follow(
        &self,
        data: &Path,
        committed: watch::Receiver<i64>,
        shutdown: &Shutdown,
    ) -> impl Future<Output = ()> + use<> {
        let live = !self.ready_json && std::io::stdout().is_terminal();
        let data = data.to_path_buf();
        let shutdown = shutdown.clone();
        let bar = Arc::clone(&self.bar);
        let task = live.then(|| tokio::spawn(follow(data, committed, bar, shutdown)));
        async move {
            if let Some(task) = task {
                let _ = task.await;
            }
        }
    }
}

async fn follow(
    data: PathBuf,
    mut committed: watch::Receiver<i64>,
    bar: Arc<Bar>,
    shutdown: Shutdown,
) {
    // Until then the terminal is the bar's; what comes meanwhile is in the sum.
    tokio::select! {
        () = bar.gone() => {}
        () = shutdown.requested() => return,
    }
    for _ in 0..SETTLE_TRIES {
        if timeout(SETTLED, committed.changed()).await.is_err() || shutdown.is_requested() {
            break;
        }
    }
    let mut live = Live { data, shown: 0, known: HashSet::new(), open: 0 };
    let mut newest = *committed.borrow_and_update();
    let mut print: fn(&mut Live, i64) -> Result<(), vigil_store::Error> = Live::sum_up;
    loop {
        let printing = tokio::task::spawn_blocking(move || {
            let printed = print(&mut live, newest);
            (live, printed)
        });
        let Ok((given_back, printed)) = printing.await else { return };
        live = given_back;
        live.shown = newest;
        if let Err(error) = printed {
            tracing::debug!(%error, "the live lines could not be read; the store has them");
        }
        print = Live::print_new;
        // A burst becomes one line, not a flood.
        tokio::time::sleep(TOGETHER).await;
        tokio::select! {
            changed = committed.changed() => if changed.is_err() { return },
            () = shutdown.requested() => return,
        }
        newest = *committed.borrow_and_update();
    }
}

/// What has been printed so far.
struct Live {
    data: PathBuf,
    /// The newest event that was printed or passed over.
    shown: i64,
    /// Findings that were printed or are old.
    known: HashSet<FindingId>,
    /// How many findings were open when last looked at.
    open: u64,
}

impl Live {
    /// What there was before anything happens live.
    fn sum_up(&mut self, _: i64) -> Result<(), vigil_store::Error> {
        let reader = Reader::open(&self.data)?;
        let stored = reader.status()?.status;
        self.open = stored.findings.values().sum();
        self.known = reader.findings()?.findings.into_iter().map(|finding| finding.id).collect();
        if stored.events == 0 {
            out("Nothing recorded yet. What Claude Code does from now on appears here.\n");
        } else {
            out(&format!(
                "Recorded so far: {} events, {} open findings. What happens from now on appears here.\n",
                stored.events, self.open
            ));
        }
        Ok(())
    }

    fn print_new(&mut self, newest: i64) -> Result<(), vigil_store::Error> {
        let reader = Reader::open(&self.data)?;
        let many = newest.saturating_sub(self.shown);
        if many > AT_ONCE {
            out(&format!("  ... {many} events at once; `vigil events` has them all"));
        } else {
            let filter = EventFilter {
                after_seq: Some(self.shown),
                with_text: true,
                ..EventFilter::default()
            };
            reader.events(&filter, |row| {
                if row.seq > newest {
                    return ControlFlow::Break(());
                }
                if row.kind != KindName::System {
                    out(&line(&row));
                }
                ControlFlow::Continue(())
            })?;
        }
        let open = reader.status()?.status.findings.values().sum();
        if open != self.open {
            self.open = open;
            let mut news = reader.findings()?.findings;
            news.retain(|finding| self.known.insert(finding.id));
            for finding in news.iter().take(FINDINGS_AT_ONCE) {
                out(&warning(finding));
            }
            if let Some(more) = news.len().checked_sub(FINDINGS_AT_ONCE).filter(|more| *more > 0) {
                out(&format!("  ... {more} more findings; `vigil findings` lists them all"));
            }
        }
        Ok(())
    }
}

/// What is read without anything being set up.
fn transcripts(setup: &Setup) -> String {
    let home = setup.paths.home();
    let options =
        transcript::Options { projects: setup.projects(), ..transcript::Options::from_env(home) };
    let reads = transcript::reads(&options);
    let mut words = "Seen without any setting: what clients write down themselves (their own word), old\n\
                     sessions included, and the processes and connections of agents (the kernel's).\n"
        .to_owned();
    for transcript::Reads { client, folders } in reads {
        let is_excluded = setup.config.exclude.clients.iter().any(|excluded| excluded == client);
        let there: Vec<_> = folders.iter().filter(|folder| folder.is_dir()).collect();
        let place = if is_excluded {
            "not read: the configuration excludes it".to_owned()
        } else if there.is_empty() {
            "nothing yet".to_owned()
        } else {
            let named = there.into_iter().map(|folder| shown(folder, home));
            named.collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(words, "  {client:<13} {place}");
    }
    words.trim_end().to_owned()
}

/// A path, with `~` for the user's home.
fn shown(path: &Path, home: &Path) -> String {
    path.strip_prefix(home)
        .map_or_else(|_| path.display().to_string(), |below| format!("~/{}", below.display()))
}

/// How to call `vigil` from another terminal: by its name where that finds it, else by its path.
fn vigil() -> String {
    let Some(beside) = std::env::current_exe().ok().map(|own| own.with_file_name("vigil")) else {
        return "vigil".to_owned();
    };
    let is_it = |dir: PathBuf| dir.join("vigil").canonicalize().is_ok_and(|found| found == beside);
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !beside.is_file() || std::env::split_paths(&path).any(is_it) {
        return "vigil".to_owned();
    }
    beside.display().to_string()
}

/// One event as one line, safe for a terminal.
fn line(row: &EventRow) -> String {
    let mut words = String::new();
    if let Some(name) = &row.name {
        words.push_str(name.as_str());
        words.push(' ');
    }
    if let Some(text) = &row.text {
        words.extend(text.as_str().chars().take(120));
    }
    format!(
        "  {}  {:<11} {:<11} {:<16} {}",
        clock(row.at),
        plain(row.client.as_deref().unwrap_or("-"), 24),
        row.kind.as_str(),
        plain(&row.witnesses.join("+"), 40),
        plain(&words, 100),
    )
}

/// A new finding as one line, safe for a terminal.
fn warning(finding: &FindingRow) -> String {
    let id: String = finding.id.to_string().chars().take(12).collect();
    format!(
        "  {}  {:<11} FINDING     {:<16} {}; `vigil why {id}`",
        clock(finding.at),
        plain(finding.client.as_deref().unwrap_or("-"), 24),
        finding.severity.as_str(),
        plain(finding.why.as_str(), 100),
    )
}

/// The time of day in the user's own zone.
fn clock(at: Timestamp) -> String {
    at.to_jiff().to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// At most `limit` characters of `text`, with blanks for what a terminal would act on and for what
/// reorders or hides the rest of the line. The client's name is outside text too.
fn plain(text: &str, limit: usize) -> String {
    text.chars().map(|c| if is_hostile(c) { ' ' } else { c }).take(limit).collect()
}

/// As the command line has it in `terminal/escape.rs`.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A line of data on stdout. A reader that has gone away is no error.
fn out(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests;

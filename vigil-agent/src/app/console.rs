//! What `vigil up` tells the person (or program) that started it: where everything listens,
//! what to do next, and one line for each thing that happens.

use std::{
    io::{IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::Path,
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use tokio::sync::watch;
use vigil_proto::{
    KindName,
    report::{EventFilter, EventRow},
};
use vigil_store::Reader;

use super::{Setup, progress::Bar, ready::Ready};
use crate::{shutdown::Shutdown, source::transcript::Progress};

/// Live lines printed at most at once; more than that is a catch-up, and is summed up instead.
const AT_ONCE: u64 = 20;

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
    pub(super) fn ready(&self, ready: &Ready, setup: &Setup) {
        if self.ready_json {
            let line = json!({
                "ready": true,
                "dashboard": ready.dashboard,
                "login_url": ready.login_url,
                "proxy": ready.proxy,
                "ca": ready.ca,
                "pid": std::process::id(),
            });
            out(&line.to_string());
            return;
        }
        out(&format!(
            "Vigil {} is recording. Ctrl-C ends it; nothing is lost.\n",
            env!("CARGO_PKG_VERSION")
        ));
        out(&format!("  status page   {}", ready.login_url));
        if let Some(proxy) = &ready.proxy {
            out(&format!(
                "  proxy         {proxy}  (decrypts {}; all else is an untouched tunnel)",
                setup.config.proxy.hosts.join(", ")
            ));
        } else {
            out("  proxy         off");
        }
        out(&format!("  records       {}", setup.paths.data().display()));
        out(
            "\nSeen already: what Claude Code writes down (~/.claude/projects), old sessions included.",
        );
        if let Some(route) = ready.route() {
            out(
                "To have its API traffic seen as well, by an independent witness, start it like this:\n",
            );
            out(&format!("  {route}\n"));
        }
        out(
            "In another terminal: `vigil status`, `vigil sessions`, `vigil findings`, `vigil search WORDS`.\n",
        );
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
        let task = live.then(|| tokio::spawn(follow(data, committed, shutdown)));
        async move {
            if let Some(task) = task {
                let _ = task.await;
            }
        }
    }
}

async fn follow(data: std::path::PathBuf, mut committed: watch::Receiver<i64>, shutdown: Shutdown) {
    let mut shown = *committed.borrow_and_update();
    loop {
        tokio::select! {
            changed = committed.changed() => if changed.is_err() { return },
            () = shutdown.requested() => return,
        }
        let newest = *committed.borrow_and_update();
        let dir = data.clone();
        let printed = tokio::task::spawn_blocking(move || print_new(&dir, shown)).await;
        if !matches!(printed, Ok(Ok(()))) {
            tracing::debug!("the live lines could not be read; they are in the store all the same");
        }
        shown = newest;
        // A burst becomes one summary, not a flood.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

fn print_new(data: &Path, after: i64) -> Result<(), vigil_store::Error> {
    let reader = Reader::open(data)?;
    let filter = EventFilter {
        after_seq: Some(after),
        limit: Some(AT_ONCE + 1),
        with_text: true,
        ..EventFilter::default()
    };
    let mut rows = Vec::new();
    reader.events(&filter, |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    if rows.len() as u64 > AT_ONCE {
        out("  ... many events at once; `vigil sessions` lists them");
        return Ok(());
    }
    for row in rows.iter().filter(|row| row.kind != KindName::System) {
        out(&line(row));
    }
    Ok(())
}

/// One event as one line, safe for a terminal.
fn line(row: &EventRow) -> String {
    let time =
        row.at.to_jiff().to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string();
    let mut words = String::new();
    if let Some(name) = &row.name {
        words.push_str(name.as_str());
        words.push(' ');
    }
    if let Some(text) = &row.text {
        words.extend(text.as_str().chars().take(120));
    }
    format!(
        "  {time}  {:<11} {:<11} {:<10} {}",
        plain(row.client.as_deref().unwrap_or("-"), 24),
        row.kind.as_str(),
        plain(&row.witnesses.join("+"), 40),
        plain(&words, 100),
    )
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
mod tests {
    use super::plain;

    #[test]
    fn outside_text_cannot_act_on_the_terminal() {
        let hostile = "a\u{1b}[2Jb\u{9b}c\rd\u{202e}e\u{61c}f\u{e0041}g\nh";

        assert_eq!(plain(hostile, 100), "a [2Jb c d e f g h");
        assert_eq!(plain("abc", 2), "ab");
    }
}

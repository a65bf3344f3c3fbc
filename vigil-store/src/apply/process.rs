//! What is known of a process: each sighting adds what the ones before did not know.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{
    Event, Masked, Timestamp,
    event::{Exit, Process, ProcessRef},
};

use super::{Tx, event::Row, seen::Said};

/// A row of `processes`.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    exe: Option<String>,
    argv_cut: bool,
    cwd: Option<String>,
    earlier: Vec<String>,
    parent: Option<ProcessRef>,
    ended: Option<i64>,
    exit: Option<Exit>,
    cpu_us: Option<i64>,
    peak_rss: Option<i64>,
    seen_at: i64,
    in_call: bool,
}

impl Known {
    fn of(event: &Event<Masked>, process: &Process<Masked>) -> Self {
        let text = |text: &Option<Masked>| text.as_ref().map(|text| text.as_str().to_owned());
        let most = Process::<Masked>::EARLIER;
        Self {
            exe: text(&process.exe),
            argv_cut: process.argv_cut,
            cwd: text(&process.cwd),
            earlier: process.earlier.iter().take(most).map(|a| a.as_str().to_owned()).collect(),
            parent: process.parent,
            ended: process.ended.map(Timestamp::as_micros),
            exit: process.exit,
            cpu_us: process.cpu_us.map(figure),
            peak_rss: process.peak_rss.map(figure),
            seen_at: event.seen_at.as_micros(),
            in_call: event.tool_call.is_some(),
        }
    }

    /// What decides whose command line a row has, the most telling first: that there is one, how
    /// many the process had before it, that it is whole, and when it was seen.
    fn telling(&self, argv: Option<&Said>) -> impl Ord + use<> {
        (argv.is_some(), self.earlier.len(), !self.argv_cut, self.seen_at, argv.cloned())
    }

    /// With what a later or earlier sighting knows. `wins` when the command line is that one's.
    fn with(&self, new: &Self, wins: bool) -> Self {
        let (first, second) = if wins { (new, self) } else { (self, new) };
        let end = match (self.ended, new.ended) {
            // Whoever knows how it ended knows when.
            (Some(old), Some(new_end)) if self.exit.is_some() == new.exit.is_some() => {
                Some(old.min(new_end))
            }
            (Some(_), Some(new_end)) if new.exit.is_some() => Some(new_end),
            (old, new_end) => old.or(new_end),
        };
        let has_ended = self.ended.is_some() || new.ended.is_some();
        Self {
            exe: first.exe.clone().or_else(|| second.exe.clone()),
            argv_cut: first.argv_cut,
            cwd: first.cwd.clone().or_else(|| second.cwd.clone()),
            earlier: if first.earlier.len() >= second.earlier.len() {
                first.earlier.clone()
            } else {
                second.earlier.clone()
            },
            parent: self.parent.or(new.parent),
            ended: end,
            exit: self.exit.or(new.exit),
            cpu_us: grown(self.cpu_us, new.cpu_us, has_ended),
            peak_rss: grown(self.peak_rss, new.peak_rss, has_ended),
            seen_at: first.seen_at,
            in_call: self.in_call || new.in_call,
        }
    }
}

/// A figure of a store from a figure of outside.
pub(super) fn figure(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The larger of two sightings of a figure that only grows. While it goes on growing, steps of less
/// than a sixteenth are not worth a commitment each: what lives for days is written tens of times.
pub(super) fn grown(old: Option<i64>, new: Option<i64>, is_final: bool) -> Option<i64> {
    match (old, new) {
        (Some(old), Some(new)) if is_final => Some(old.max(new)),
        (Some(old), Some(new)) if new.saturating_sub(old) > old / 16 => Some(new),
        (old, new) => old.or(new),
    }
}

impl Tx<'_> {
    pub(super) fn new_process(
        &mut self,
        seq: i64,
        event: &Event<Masked>,
        process: &Process<Masked>,
    ) -> rusqlite::Result<()> {
        let client = self.state.name(self.conn, &process.client)?;
        let own = event.process.unwrap_or(ProcessRef { pid: 0, started: event.at });
        self.conn
            .prepare_cached(
                "INSERT INTO processes (seq, client, pid, started, root_pid, root_started,
                     argv_cut, seen_at, in_call)
                 VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0)",
            )?
            .execute(params![
                seq,
                client,
                own.pid,
                own.started.as_micros(),
                process.root.pid,
                process.root.started.as_micros(),
            ])?;
        self.save_process(seq, &Known::of(event, process))
    }

    pub(super) fn better_process(
        &mut self,
        row: &Row,
        event: &Event<Masked>,
        process: &Process<Masked>,
    ) -> rusqlite::Result<()> {
        let Some(old) = self.known_process(row.seq)? else { return Ok(()) };
        let (was_said, is_said) = (self.said(row.seq)?, self.as_said(process.argv.as_str()));
        let new = Known::of(event, process);
        let wins = new.telling(is_said.as_ref()) > old.telling(was_said.as_ref());
        let mut better = old.with(&new, wins);
        let says_otherwise = wins && is_said != was_said;
        if !says_otherwise && better.argv_cut == old.argv_cut {
            // The same words seen again are no news.
            better.seen_at = old.seen_at;
        }
        if better != old {
            self.save_process(row.seq, &better)?;
            self.state.chain.event(row.seq);
        }
        if says_otherwise { self.replace_text(row, event) } else { Ok(()) }
    }

    fn known_process(&self, seq: i64) -> rusqlite::Result<Option<Known>> {
        self.conn
            .prepare_cached("SELECT * FROM processes WHERE seq = ?")?
            .query_row([seq], |row| {
                let earlier: Option<String> = row.get("earlier")?;
                let earlier = earlier.and_then(|list| serde_json::from_str(&list).ok());
                Ok(Known {
                    exe: row.get("exe")?,
                    argv_cut: row.get("argv_cut")?,
                    cwd: row.get("cwd")?,
                    earlier: earlier.unwrap_or_default(),
                    parent: process_ref(row, ["parent_pid", "parent_started"])?,
                    ended: row.get("ended")?,
                    exit: exit(row)?,
                    cpu_us: row.get("cpu_us")?,
                    peak_rss: row.get("peak_rss")?,
                    seen_at: row.get("seen_at")?,
                    in_call: row.get("in_call")?,
                })
            })
            .optional()
    }

    fn save_process(&self, seq: i64, known: &Known) -> rusqlite::Result<()> {
        let earlier = (!known.earlier.is_empty())
            .then(|| serde_json::Value::from(known.earlier.clone()).to_string());
        let (code, signal) = match known.exit {
            Some(Exit::Code(code)) => (Some(code), None),
            Some(Exit::Signal(signal)) => (None, Some(signal)),
            None => (None, None),
        };
        self.conn
            .prepare_cached(
                "UPDATE processes SET parent_pid = ?2, parent_started = ?3, exe = ?4,
                     argv_cut = ?5, cwd = ?6, earlier = ?7, ended = ?8, exit_code = ?9,
                     exit_signal = ?10, cpu_us = ?11, peak_rss = ?12, seen_at = ?13, in_call = ?14
                 WHERE seq = ?1",
            )?
            .execute(params![
                seq,
                known.parent.map(|parent| parent.pid),
                known.parent.map(|parent| parent.started.as_micros()),
                known.exe,
                known.argv_cut,
                known.cwd,
                earlier,
                known.ended,
                code,
                signal,
                known.cpu_us,
                known.peak_rss,
                known.seen_at,
                known.in_call,
            ])?;
        Ok(())
    }
}

/// A process of a row, where it is known.
pub(crate) fn process_ref(
    row: &rusqlite::Row<'_>,
    [pid, started]: [&str; 2],
) -> rusqlite::Result<Option<ProcessRef>> {
    let pid: Option<u32> = row.get(pid)?;
    let started: Option<i64> = row.get(started)?;
    Ok(pid
        .zip(started)
        .map(|(pid, started)| ProcessRef { pid, started: Timestamp::from_micros(started) }))
}

/// How a process of a row ended.
pub(crate) fn exit(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Exit>> {
    let code: Option<u8> = row.get("exit_code")?;
    let signal: Option<u8> = row.get("exit_signal")?;
    Ok(code.map(Exit::Code).or(signal.map(Exit::Signal)))
}

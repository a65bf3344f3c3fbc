//! What is judged again, or for the first time, when more is known: a page at a time, in the order
//! of numbers, so that a long look holds no state of the database.

use rusqlite::params;
use vigil_proto::{
    EventId, KindName, Masked, Outcome, Timestamp,
    package::{InstallWay, Installed, Package},
};

use super::{FROM, PACKAGE, Reader, installed};
use crate::{
    error::Error,
    reader::texts::{self, Body},
};

/// A package on record, with what it was judged to be.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The event's number.
    pub seq: i64,
    /// The package and the verdict.
    pub installed: Installed,
}

/// A command that was run or asked for: the input of a tool call, or what a process is.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The event's number.
    pub seq: i64,
    /// The event.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
    /// The number of its session in this store.
    pub session: Option<i64>,
    /// Name of the tool; none of a process.
    pub tool: Option<Masked>,
    /// The tool's input, or the command line.
    pub text: Masked,
}

/// An installation that may have changed a folder.
#[derive(Clone, Debug)]
pub struct Done {
    /// The event's number.
    pub seq: i64,
    /// The tool call.
    pub event: EventId,
    /// When it was asked for.
    pub at: Timestamp,
    /// The working directory of its session.
    pub folder: Masked,
    /// What it asked for.
    pub packages: Vec<Package<Masked>>,
}

impl Reader {
    /// Tool calls with numbers from the one after `after` to `to` whose commands install something,
    /// that happened since `since` in a folder that is known, and that nobody refused.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn installs_done(
        &self,
        (after, to): (i64, i64),
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Done>, Error> {
        self.snapshot("read installs", |conn| {
            let sql = format!(
                "SELECT {PACKAGE}, e.at, s.cwd {FROM}
                 WHERE i.seq > ? AND i.seq <= ? AND i.way = ? AND e.at >= ? AND s.cwd IS NOT NULL
                     AND e.outcome IN (?, ?, ?) ORDER BY i.seq, i.place"
            );
            let outcomes = [Outcome::Requested, Outcome::Executed, Outcome::Failed];
            let [asked, ran, failed] = outcomes.map(Outcome::code);
            let way = InstallWay::Command.code();
            let mut statement = conn.prepare_cached(&sql)?;
            let since = since.as_micros();
            let mut rows = statement.query(params![after, to, way, since, asked, ran, failed])?;
            let mut all: Vec<Done> = Vec::new();
            while let Some(row) = rows.next()? {
                let (seq, installed) = (row.get("seq")?, installed(row)?);
                let is_other = all.last().is_none_or(|last| last.seq != seq);
                if is_other && all.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                    break;
                }
                match all.last_mut().filter(|last| last.seq == seq) {
                    Some(last) => last.packages.push(installed.package),
                    None => all.push(Done {
                        seq,
                        event: installed.event,
                        at: Timestamp::from_micros(row.get("at")?),
                        folder: super::label(row.get("cwd")?),
                        packages: vec![installed.package],
                    }),
                }
            }
            Ok(all)
        })
    }

    /// Packages of events with larger numbers than `after`, all of an event or none; about `limit`.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn installs_after(&self, after: i64, limit: u32) -> Result<Vec<Judged>, Error> {
        self.snapshot("read installs", |conn| {
            let sql = format!(
                "SELECT {PACKAGE} {FROM} WHERE i.seq > ?1 AND i.seq <= coalesce((
                     SELECT seq FROM installs WHERE seq > ?1 ORDER BY seq LIMIT 1 OFFSET ?2
                 ), 9223372036854775807) ORDER BY i.seq, i.place"
            );
            conn.prepare_cached(&sql)?
                .query_map(params![after, limit], |row| {
                    Ok(Judged { seq: row.get("seq")?, installed: installed(row)? })
                })?
                .collect()
        })
    }

    /// Tool calls with larger numbers than `after`, up to `to`, with their inputs; at most `limit`.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn tool_calls_after(&self, after: i64, to: i64, limit: u32) -> Result<Vec<Ran>, Error> {
        self.ran(KindName::ToolCall, (after, to), limit)
    }

    /// The same of processes, with their command lines.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn processes_after(&self, after: i64, to: i64, limit: u32) -> Result<Vec<Ran>, Error> {
        self.ran(KindName::Process, (after, to), limit)
    }

    fn ran(&self, kind: KindName, (after, to): (i64, i64), limit: u32) -> Result<Vec<Ran>, Error> {
        self.snapshot("read commands", |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT e.seq, e.id, e.at, e.session, e.body, n.text AS tool
                 FROM events e LEFT JOIN names n ON n.id = e.name
                 WHERE e.seq > ? AND e.seq <= ? AND e.kind = ? ORDER BY e.seq LIMIT ?",
            )?;
            let mut rows = statement.query(params![after, to, kind.code(), limit])?;
            let (mut all, mut bodies) = (Vec::new(), Vec::new());
            while let Some(row) = rows.next()? {
                bodies.push(Body::read(row)?);
                all.push(Ran {
                    seq: row.get("seq")?,
                    event: EventId::from_bytes(row.get("id")?),
                    at: Timestamp::from_micros(row.get("at")?),
                    session: row.get("session")?,
                    tool: row.get::<_, Option<String>>("tool")?.map(super::label),
                    text: Masked::default(),
                });
            }
            let mut unpacker = self.bodies.borrow_mut();
            let texts = texts::shown(conn, &mut unpacker, &bodies, |_, text| text.to_owned())?;
            for (ran, text) in all.iter_mut().zip(texts) {
                ran.text = super::masked(text);
            }
            Ok(all)
        })
    }

    /// True when something in the session asked for this package, or showed that it was installed,
    /// between these times: `session` is its number in this store; without one, anything. Of a
    /// package without a name any of its ecosystem's.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn names_install(
        &self,
        session: Option<i64>,
        (ecosystem, name): (&str, Option<&str>),
        (from, to): (Timestamp, Timestamp),
    ) -> Result<bool, Error> {
        self.snapshot("look for an install", |conn| {
            conn.prepare_cached(
                "SELECT 1 FROM installs i JOIN events e USING (seq)
                     JOIN names n ON n.id = i.ecosystem
                 WHERE i.at BETWEEN ?4 AND ?5 AND n.text = ?2
                     AND (?1 IS NULL OR e.session = ?1)
                     AND (i.name IS ?3 OR ?3 IS NULL) LIMIT 1",
            )?
            .exists(params![
                session,
                ecosystem,
                name,
                from.as_micros(),
                to.as_micros()
            ])
        })
    }

    /// The number of the last event that was seen at or before this time; 0 when there is none.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn last_seq_before(&self, at: Timestamp) -> Result<i64, Error> {
        self.snapshot("look for an event", |conn| {
            // Numbers are given as events come in, and they come in as time goes on.
            let mut last = conn.prepare_cached("SELECT coalesce(max(seq), 0) FROM events")?;
            let mut seen = conn.prepare_cached(
                "SELECT coalesce((SELECT seen_at FROM events WHERE seq <= ?
                     ORDER BY seq DESC LIMIT 1), 0)",
            )?;
            let (mut low, mut high): (i64, i64) = (0, last.query_row([], |row| row.get(0))?);
            while low < high {
                let middle = low + (high - low + 1) / 2;
                let seen: i64 = seen.query_row([middle], |row| row.get(0))?;
                if seen <= at.as_micros() { low = middle } else { high = middle - 1 }
            }
            Ok(low)
        })
    }
}

//! What a question for the feed lets through, and the places of one page of it.

use std::str::FromStr as _;

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::{
    KindName, Outcome, Timestamp, Witness,
    view::{FeedCursor, FeedQuery},
};

use super::{
    super::question,
    walk::{Walk, newest_first},
};
use crate::error::Error;

/// The kinds before this one fill the feed; each of the others is rare, and found by an index of
/// its own (`events_rare`).
const RARE: KindName = KindName::Process;

/// How far a session's events may lie before and after the time that it is known to span, in
/// microseconds: another witness may have seen one at another time than the one that widened it.
const MARGIN: i64 = 3_600_000_000;

/// What a query lets through.
pub(super) struct Sieve {
    pub(super) kinds: Vec<KindName>,
    /// True when a row may stand for several processes.
    pub(super) folds: bool,
    pub(super) witness: Option<Witness>,
    pub(super) outcomes: Option<Vec<Outcome>>,
    client: Option<String>,
    pub(super) project: Option<String>,
    pub(super) from: i64,
    /// The first place that is passed over is the one before this.
    pub(super) before: FeedCursor,
}

/// What one pass found: places, newest first, and the last one looked at when there may be more.
pub(super) type Pass = (Vec<FeedCursor>, Option<FeedCursor>);

impl Sieve {
    pub(super) fn new(q: &FeedQuery) -> Result<Self, Error> {
        let kinds = match &q.kinds {
            Some(kinds) => question::list("kinds", kinds, KindName::ALL, KindName::as_str)?,
            None => {
                KindName::ALL.iter().copied().filter(|kind| *kind != KindName::System).collect()
            }
        };
        let witness = match &q.witness {
            Some(word) => Some(question::one("witness", word, Witness::ALL, Witness::as_str)?),
            None => None,
        };
        let outcomes = match &q.outcomes {
            Some(words) => Some(question::list("outcomes", words, Outcome::ALL, Outcome::as_str)?),
            None => None,
        };
        let end = q.to.map_or(i64::MAX, Timestamp::as_micros);
        // Everything at the very time `to` is left out, whatever its number.
        let mut before = FeedCursor { at: end, seq: i64::MIN };
        if let Some(given) = &q.before {
            let place = FeedCursor::from_str(given).map_err(|_| Error::Question {
                what: "before",
                given: given.clone(),
                expected: "a page's `next` as it was given".to_owned(),
            })?;
            if newest_first(&place, &before).is_gt() {
                before = place;
            }
        }
        let from = q.from.map_or(i64::MIN, Timestamp::as_micros);
        let folds = q.kinds.is_none();
        Ok(Self {
            kinds,
            folds,
            witness,
            outcomes,
            client: q.client.clone(),
            project: q.project.clone(),
            from,
            before,
        })
    }

    /// The places of one page, and where the next one begins.
    pub(super) fn page(&self, conn: &Connection, limit: usize) -> rusqlite::Result<Pass> {
        let client = match &self.client {
            Some(client) => match number_of(conn, client)? {
                Some(number) => Some(number),
                None => return Ok(Pass::default()),
            },
            None => None,
        };
        let passes: Vec<Pass> = if self.kinds.iter().all(|kind| *kind >= RARE) {
            let mut kinds = self.kinds.clone();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
                .iter()
                .map(|kind| {
                    let sql = format!(
                        "SELECT at, seq, kind FROM events INDEXED BY events_rare
                         WHERE kind = {} AND kind > {} AND at BETWEEN ? AND ?
                         ORDER BY at DESC, seq DESC",
                        kind.code(),
                        RARE.code() - 1
                    );
                    self.pass(conn, &sql, client, limit)
                })
                .collect::<rusqlite::Result<_>>()?
        } else {
            let sql = "SELECT at, seq, kind FROM events INDEXED BY events_at
                       WHERE at BETWEEN ? AND ? ORDER BY at DESC, seq DESC";
            vec![self.pass(conn, sql, client, limit)?]
        };
        Ok(merged(passes, limit))
    }

    /// Goes through the rows of `sql`, newest first. Of a project, only through the times in which
    /// it had sessions.
    fn pass(
        &self,
        conn: &Connection,
        sql: &str,
        client: Option<i64>,
        limit: usize,
    ) -> rusqlite::Result<Pass> {
        let mut walk = Walk::new(conn, sql, self, client, limit)?;
        let Some(project) = &self.project else {
            walk.through(self.from, self.before.at)?;
            return Ok(walk.found());
        };
        let mut sessions = conn.prepare_cached(
            "SELECT started, last FROM sessions INDEXED BY sessions_last
             WHERE cwd = ?1 AND last >= ?2 AND started <= ?3 AND coalesce(client = ?4, 1)
             ORDER BY last DESC",
        )?;
        let (from, to) = (self.from.saturating_sub(MARGIN), self.before.at.saturating_add(MARGIN));
        let mut rows = sessions.query(rusqlite::params![project, from, to, client])?;
        // What overlaps is one stretch of time.
        let mut open: Option<(i64, i64)> = None;
        loop {
            let next = match rows.next()? {
                Some(row) => {
                    let (started, last): (i64, i64) = (row.get(0)?, row.get(1)?);
                    let start = started.saturating_sub(MARGIN).max(self.from);
                    Some((start, last.saturating_add(MARGIN).min(self.before.at)))
                }
                None => None,
            };
            match (open, next) {
                (Some((start, end)), Some((earlier, last))) if last >= start => {
                    open = Some((start.min(earlier), end));
                }
                (Some((start, end)), next) => {
                    if !walk.through(start, end)? || next.is_none() {
                        return Ok(walk.found());
                    }
                    open = next;
                }
                (None, None) => return Ok(walk.found()),
                (None, next) => open = next,
            }
        }
    }
}

/// The newest `limit` places of all passes. What lies behind the end of a pass that stopped is
/// not known yet, and left to the next page.
fn merged(passes: Vec<Pass>, limit: usize) -> Pass {
    let stopped = passes.iter().filter_map(|(_, stopped)| *stopped).min_by(newest_first);
    let mut places: Vec<FeedCursor> = passes
        .into_iter()
        .flat_map(|(places, _)| places)
        .filter(|place| stopped.is_none_or(|end| newest_first(place, &end).is_le()))
        .collect();
    places.sort_unstable_by(newest_first);
    if places.len() <= limit {
        return (places, stopped);
    }
    places.truncate(limit);
    let next = places.last().copied();
    (places, next)
}

fn number_of(conn: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT id FROM names WHERE text = ?")?
        .query_row([name], |row| row.get(0))
        .optional()
}

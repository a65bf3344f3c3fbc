//! Going through events from the newest on, until a page is full or too many were looked at.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, Row, params};
use vigil_proto::{KindName, Outcome, Witness, Witnesses, view::FeedCursor};

use super::{
    leads::Leads,
    sieve::{Pass, Sieve},
};

/// How many events one answer looks at by their time and kind, which an index has, and how many
/// whole rows it reads to filter by.
const LOOKED_AT: usize = 20_000;
const READ: usize = 4_000;

/// What beginning a stretch of time costs, in events looked at.
const STRETCH: usize = 8;

/// One pass over events of `sql`.
pub(super) struct Walk<'a> {
    rows: CachedStatement<'a>,
    leads: Leads<'a>,
    filter: RowFilter<'a>,
    wanted: [bool; 256],
    folds: bool,
    before: FeedCursor,
    limit: usize,
    found: Vec<FeedCursor>,
    /// Where to go on, when there may be more.
    stopped: Option<FeedCursor>,
    looked_at: usize,
}

impl<'a> Walk<'a> {
    /// `sql` gives `at`, `seq` and `kind` of the events between two times, newest first.
    pub(super) fn new(
        conn: &'a Connection,
        sql: &str,
        sieve: &'a Sieve,
        client: Option<i64>,
        limit: usize,
    ) -> rusqlite::Result<Self> {
        let mut wanted = [false; 256];
        for kind in &sieve.kinds {
            if let Some(slot) = wanted.get_mut(usize::from(kind.code())) {
                *slot = true;
            }
        }
        Ok(Self {
            rows: conn.prepare_cached(sql)?,
            leads: Leads::new(conn)?,
            filter: RowFilter::new(conn, sieve, client)?,
            wanted,
            folds: sieve.folds,
            before: sieve.before,
            limit,
            found: Vec::new(),
            stopped: None,
            looked_at: 0,
        })
    }

    /// Goes through what lies between these times, which must be earlier than what was gone
    /// through before. False when there is no going on.
    pub(super) fn through(&mut self, from: i64, to: i64) -> rusqlite::Result<bool> {
        let mut last = FeedCursor { at: to, seq: i64::MAX };
        if self.looked_at >= LOOKED_AT {
            self.stopped = Some(last);
            return Ok(false);
        }
        self.looked_at += STRETCH;
        let mut rows = self.rows.query(params![from, to])?;
        while let Some(row) = rows.next()? {
            let place = FeedCursor { at: row.get(0)?, seq: row.get(1)? };
            if !newest_first(&place, &self.before).is_gt() {
                continue;
            }
            if self.found.len() == self.limit
                || self.looked_at >= LOOKED_AT
                || self.filter.n == READ
            {
                self.stopped = Some(last);
                return Ok(false);
            }
            self.looked_at += 1;
            last = place;
            let kind = row.get::<_, u8>(2)?;
            let is_wanted = self.wanted.get(usize::from(kind)) == Some(&true)
                && (!self.folds
                    || kind != KindName::Process.code()
                    || self.leads.stands_for_its_minute(place.seq)?);
            if is_wanted && self.filter.lets_through(place.seq)? {
                self.found.push(place);
            }
        }
        Ok(true)
    }

    pub(super) fn found(self) -> Pass {
        (self.found, self.stopped)
    }
}

pub(super) fn newest_first(a: &FeedCursor, b: &FeedCursor) -> std::cmp::Ordering {
    (b.at, b.seq).cmp(&(a.at, a.seq))
}

/// What only the whole row can tell.
struct RowFilter<'a> {
    event: CachedStatement<'a>,
    owner: CachedStatement<'a>,
    session: CachedStatement<'a>,
    witness: Option<Witness>,
    outcomes: Option<&'a [Outcome]>,
    client: Option<i64>,
    project: Option<&'a str>,
    /// Which sessions are let through.
    sessions: HashMap<i64, bool>,
    n: usize,
}

/// What a row says of itself.
struct Said {
    witnesses: Witnesses,
    session: Option<i64>,
    outcome: Option<Outcome>,
}

impl Said {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            witnesses: Witnesses::from_bits(row.get(0)?),
            session: row.get(1)?,
            outcome: row.get::<_, Option<u8>>(2)?.and_then(Outcome::from_code),
        })
    }
}

impl<'a> RowFilter<'a> {
    fn new(conn: &'a Connection, sieve: &'a Sieve, client: Option<i64>) -> rusqlite::Result<Self> {
        Ok(Self {
            event: conn
                .prepare_cached("SELECT witnesses, session, outcome FROM events WHERE seq = ?")?,
            owner: conn.prepare_cached(
                "SELECT coalesce((SELECT client FROM processes WHERE seq = ?1),
                     (SELECT client FROM flows WHERE seq = ?1))",
            )?,
            session: conn.prepare_cached("SELECT client, cwd FROM sessions WHERE id = ?")?,
            witness: sieve.witness,
            outcomes: sieve.outcomes.as_deref(),
            client,
            project: sieve.project.as_deref(),
            sessions: HashMap::new(),
            n: 0,
        })
    }

    fn lets_through(&mut self, seq: i64) -> rusqlite::Result<bool> {
        let asks_for_session = self.client.is_some() || self.project.is_some();
        if self.witness.is_none() && self.outcomes.is_none() && !asks_for_session {
            return Ok(true);
        }
        self.n += 1;
        let said = self.event.query_row([seq], Said::read)?;
        if self.witness.is_some_and(|witness| !said.witnesses.contains(witness)) {
            return Ok(false);
        }
        if self.outcomes.is_some_and(|wanted| said.outcome.is_none_or(|o| !wanted.contains(&o))) {
            return Ok(false);
        }
        if !asks_for_session {
            return Ok(true);
        }
        let Some(session) = said.session else {
            if self.project.is_some() {
                return Ok(false);
            }
            let owner: Option<i64> = self.owner.query_row([seq], |row| row.get(0))?;
            return Ok(owner == self.client);
        };
        if let Some(known) = self.sessions.get(&session) {
            return Ok(*known);
        }
        let (client, project) = (self.client, self.project);
        let is_wanted = self.session.query_row([session], |row| {
            let of: i64 = row.get(0)?;
            let cwd = row.get_ref(1)?.as_str_or_null()?;
            Ok(client.is_none_or(|wanted| of == wanted)
                && project.is_none_or(|wanted| cwd == Some(wanted)))
        })?;
        self.sessions.insert(session, is_wanted);
        Ok(is_wanted)
    }
}

//! What the writer keeps in memory between rows, so that one transaction writes each counter
//! once. All of it can be loaded again from the database, and is after a rollback.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{EventId, FindingId, Outcome, SessionId, SourceId, Usage};

use super::{
    alias::{self, Meeting},
    alone::Alone,
    forgotten::{self, Forgotten},
    incomplete::WAITING,
    session::Session,
};
use crate::{
    body::Packer,
    chain::{Chain, facts::Of},
    spent::{Spent, timed},
    store::Committed,
    words::Distinct,
};

/// Caches are emptied when they hold more entries than this: a bound on memory, not a tuning.
const CACHED: usize = 4096;

/// Joined sessions whose events are kept in memory between transactions.
const LOADED: usize = 64;

/// Words longer than this are looked up each time: a cache of them would have no bound. In bytes.
const LONGEST_CACHED: usize = 256;

pub(super) struct State {
    pub(super) packer: Packer,
    pub(super) chain: Chain,
    pub(super) words: Distinct,
    pub(super) last_seq: i64,
    /// Rows in `events`.
    pub(super) events: i64,
    pub(super) names: HashMap<Box<str>, i64>,
    pub(super) sources: HashMap<SourceId, i64>,
    pub(super) sessions: HashMap<SessionId, Session>,
    pub(super) turns: HashMap<EventId, i64>,
    /// Outcomes that came before their calls.
    pub(super) unsettled: HashMap<EventId, Outcome>,
    /// Tool calls that started a sub-agent and were not seen yet: (session, tool call).
    pub(super) starters: HashSet<(i64, String)>,
    /// Events whose key their witness did not fully know: (session, kind, content) to rows.
    pub(super) incomplete: HashMap<(i64, u8, i64), Vec<i64>>,
    /// Sessions that are known by further names, and whether any event is known by further ids.
    pub(super) joined: HashSet<i64>,
    pub(super) any_known_as: bool,
    /// Of some of these, what only one side has told of.
    pub(super) alone: HashMap<i64, Alone>,
    /// Sessions in which two witnesses told of one call.
    pub(super) meetings: Vec<Meeting>,
    /// Model calls and tool calls to count: (session, kind, witnesses).
    pub(super) told_by: BTreeMap<(i64, u8, u16), i64>,
    /// Usage to add: (session, model, quarter).
    pub(super) usage: BTreeMap<(i64, i64, i64), Share>,
    /// Events to count: (quarter, kind).
    pub(super) activity: BTreeMap<(i64, u8), i64>,
    /// Tool calls to count: (session, tool, quarter).
    pub(super) tools: BTreeMap<(i64, i64, i64), Outcomes>,
    /// Evidence to add: (client, witness).
    pub(super) evidence: BTreeMap<(i64, u8), Seen>,
    /// Counters to add to.
    pub(super) counts: BTreeMap<String, u64>,
    /// Pairs of session and client's file that are known.
    pub(super) told: HashSet<(i64, i64)>,
    /// Sessions that were forgotten.
    pub(super) forgotten: Forgotten,
    /// Sessions whose project became known, or that others were joined with.
    pub(super) settled: BTreeSet<i64>,
    pub(super) new_events: u64,
    pub(super) new_findings: Vec<FindingId>,
    pub(super) findings_changed: bool,
    pub(super) spent: Spent,
}

/// Microseconds in a quarter of an hour.
const QUARTER: i64 = 15 * 60 * 1_000_000;

/// The quarter of an hour in which a time lies, counted from the epoch.
pub(super) const fn quarter(micros: i64) -> i64 {
    micros.div_euclid(QUARTER)
}

/// Usage that is added to or taken from a total.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub(super) calls: i64,
    pub(super) tokens: [i64; 6],
    pub(super) cost: i64,
    pub(super) estimated: i64,
}

impl Share {
    pub(super) fn add(&mut self, sign: i64, usage: &[i64; 6], cost: Option<i64>, estimated: bool) {
        self.calls += sign;
        for (sum, part) in self.tokens.iter_mut().zip(usage) {
            *sum += sign * part;
        }
        self.cost += sign * cost.unwrap_or(0);
        self.estimated += sign * i64::from(estimated);
    }
}

/// Tool calls that are added to or taken from a total.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcomes {
    pub(super) calls: i64,
    pub(super) failed: i64,
    pub(super) denied: i64,
}

impl Outcomes {
    /// Adds one call (or takes one away) with its outcome.
    pub(super) fn add(&mut self, sign: i64, outcome: Outcome) {
        self.calls += sign;
        self.failed += sign * i64::from(outcome == Outcome::Failed);
        self.denied += sign * i64::from(outcome == Outcome::Denied);
    }
}

/// The six numbers of a usage in the order of the columns.
pub(super) fn tokens(usage: &Usage) -> [i64; 6] {
    [
        usage.input,
        usage.cache_read,
        usage.cache_write_5m,
        usage.cache_write_1h,
        usage.output,
        usage.reasoning,
    ]
    // A figure beyond 2^30 tokens is nonsense from outside, and must not overflow a sum.
    .map(|n| i64::try_from(n.min(1 << 30)).unwrap_or(0))
}

/// What a witness saw of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) n: i64,
    pub(super) last: i64,
}

impl State {
    pub(super) fn load(conn: &Connection) -> rusqlite::Result<Self> {
        let key: [u8; 32] =
            conn.query_row("SELECT value FROM meta WHERE name = 'body key'", [], |row| row.get(0))?;
        let number = |name: &str| {
            conn.query_row("SELECT value FROM meta WHERE name = ?", [name], |row| row.get(0))
                .optional()
                .map(|n: Option<i64>| n.unwrap_or(0))
        };
        Ok(Self {
            packer: Packer::new(conn, key)?,
            chain: Chain::load(conn, number("last seq")?)?,
            words: Distinct::new(),
            last_seq: number("last seq")?,
            events: number("events")?,
            names: HashMap::new(),
            sources: HashMap::new(),
            sessions: HashMap::new(),
            turns: HashMap::new(),
            unsettled: unsettled(conn)?,
            starters: starters(conn)?,
            incomplete: incomplete(conn)?,
            joined: alias::joined(conn)?,
            any_known_as: alias::any_known_as(conn)?,
            alone: HashMap::new(),
            meetings: Vec::new(),
            told_by: BTreeMap::new(),
            usage: BTreeMap::new(),
            activity: BTreeMap::new(),
            tools: BTreeMap::new(),
            evidence: BTreeMap::new(),
            counts: BTreeMap::new(),
            told: HashSet::new(),
            forgotten: forgotten::load(conn)?,
            settled: BTreeSet::new(),
            new_events: 0,
            new_findings: Vec::new(),
            findings_changed: false,
            spent: Spent::default(),
        })
    }

    /// The number of a word.
    pub(super) fn name(&mut self, conn: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.names.get(text) {
            return Ok(*id);
        }
        let found = conn
            .prepare_cached("SELECT id FROM names WHERE text = ?")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        let id = if let Some(id) = found {
            id
        } else {
            conn.prepare_cached("INSERT INTO names (text) VALUES (?)")?.execute([text])?;
            let id = conn.last_insert_rowid();
            self.chain.adds(Of::Name, id);
            id
        };
        if text.len() <= LONGEST_CACHED {
            if self.names.len() >= CACHED {
                self.names.clear();
            }
            self.names.insert(text.into(), id);
        }
        Ok(id)
    }

    /// Writes what has gathered. The caller commits.
    pub(super) fn save(&mut self, conn: &Connection) -> rusqlite::Result<Committed> {
        self.packer.flush(conn)?;
        self.save_sessions(conn)?;
        self.save_totals(conn)?;
        let mut evidence = conn.prepare_cached(
            "INSERT INTO evidence (client, witness, n, last) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET n = n + ?3, last = max(last, ?4)",
        )?;
        for ((client, witness), seen) in std::mem::take(&mut self.evidence) {
            evidence.execute(params![client, witness, seen.n, seen.last])?;
        }
        let mut counts = conn.prepare_cached(
            "INSERT INTO counts (name, n) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET n = n + ?2",
        )?;
        for (name, n) in std::mem::take(&mut self.counts) {
            counts.execute(params![name, i64::try_from(n).unwrap_or(i64::MAX)])?;
        }
        let mut meta = conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?, ?)")?;
        meta.execute(params!["last seq", self.last_seq])?;
        meta.execute(params!["events", self.events])?;
        timed(&mut self.spent.chain, || self.chain.seal(conn, self.last_seq))?;
        if self.sessions.len() > CACHED {
            self.sessions.clear();
        }
        if self.alone.len() > LOADED {
            self.alone.clear();
        }
        if self.sources.len() > CACHED {
            self.sources.clear();
        }
        if self.turns.len() > CACHED {
            self.turns.clear();
        }
        Ok(Committed {
            last_seq: self.last_seq,
            new_events: std::mem::take(&mut self.new_events),
            findings: std::mem::take(&mut self.new_findings),
            findings_changed: std::mem::take(&mut self.findings_changed),
            head: self.chain.head(),
            spent: Spent {
                texts: std::mem::take(&mut self.packer.spent),
                ..std::mem::take(&mut self.spent)
            },
        })
    }

    /// Writes the sessions that have changed.
    pub(super) fn save_sessions(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        for session in self.sessions.values_mut().filter(|session| session.changed) {
            session.save(conn)?;
            session.changed = false;
            if std::mem::take(&mut session.retold) {
                self.chain.changes(Of::Session, session.id);
            }
        }
        Ok(())
    }

    /// Writes the totals that have gathered.
    pub(super) fn save_totals(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        self.save_usage(conn)?;
        self.save_activity(conn)?;
        self.save_told_by(conn)
    }

    fn save_told_by(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut add = conn.prepare_cached(
            "INSERT INTO told_by (session, kind, witnesses, n) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET n = n + ?4",
        )?;
        for ((session, kind, witnesses), n) in std::mem::take(&mut self.told_by) {
            if n != 0 {
                add.execute(params![session, kind, witnesses, n])?;
            }
        }
        Ok(())
    }

    fn save_usage(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut add = conn.prepare_cached(
            "INSERT INTO usage (session, model, quarter, calls, input, cache_read,
                 cache_write_5m, cache_write_1h, output, reasoning, cost, estimated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT DO UPDATE SET calls = calls + ?4, input = input + ?5,
                 cache_read = cache_read + ?6, cache_write_5m = cache_write_5m + ?7,
                 cache_write_1h = cache_write_1h + ?8, output = output + ?9,
                 reasoning = reasoning + ?10, cost = cost + ?11, estimated = estimated + ?12",
        )?;
        for ((session, model, quarter), share) in std::mem::take(&mut self.usage) {
            let [input, cache_read, write_5m, write_1h, output, reasoning] = share.tokens;
            add.execute(params![
                session,
                model,
                quarter,
                share.calls,
                input,
                cache_read,
                write_5m,
                write_1h,
                output,
                reasoning,
                share.cost,
                share.estimated,
            ])?;
        }
        Ok(())
    }

    fn save_activity(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut add = conn.prepare_cached(
            "INSERT INTO activity (quarter, kind, n) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET n = n + ?3",
        )?;
        for ((quarter, kind), n) in std::mem::take(&mut self.activity) {
            add.execute(params![quarter, kind, n])?;
        }
        let mut add = conn.prepare_cached(
            "INSERT INTO tool_usage (session, tool, quarter, calls, failed, denied)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET calls = calls + ?4, failed = failed + ?5,
                 denied = denied + ?6",
        )?;
        for ((session, tool, quarter), n) in std::mem::take(&mut self.tools) {
            add.execute(params![session, tool, quarter, n.calls, n.failed, n.denied])?;
        }
        Ok(())
    }
}

fn unsettled(conn: &Connection) -> rusqlite::Result<HashMap<EventId, Outcome>> {
    conn.prepare("SELECT call, outcome FROM unsettled")?
        .query_map([], |row| {
            let outcome = Outcome::from_code(row.get(1)?).unwrap_or(Outcome::Requested);
            Ok((EventId::from_bytes(row.get(0)?), outcome))
        })?
        .collect()
}

fn starters(conn: &Connection) -> rusqlite::Result<HashSet<(i64, String)>> {
    conn.prepare(
        "SELECT session, started_by FROM subagents
         WHERE start_turn IS NULL AND started_by IS NOT NULL",
    )?
    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
    .collect()
}

/// The last rows that wait for their whole key, by session, kind and content. One without a session
/// waits for nothing.
fn incomplete(conn: &Connection) -> rusqlite::Result<HashMap<(i64, u8, i64), Vec<i64>>> {
    let mut map: HashMap<_, Vec<i64>> = HashMap::new();
    let mut statement = conn.prepare(
        "SELECT session, kind, content, seq FROM (
             SELECT session, kind, content, seq FROM events
             WHERE incomplete = 1 AND session IS NOT NULL ORDER BY seq DESC LIMIT ?)
         ORDER BY seq",
    )?;
    let mut rows = statement.query([WAITING])?;
    while let Some(row) = rows.next()? {
        map.entry((row.get(0)?, row.get(1)?, row.get(2)?)).or_default().push(row.get(3)?);
    }
    Ok(map)
}

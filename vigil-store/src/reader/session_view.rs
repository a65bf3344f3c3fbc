//! One session as a timeline: its turns, threads, model calls, files and findings around the
//! outline of its events. Everything comes from one pass over those events.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, Row};
use vigil_proto::{
    EventId, KindName, Outcome, SessionId, Timestamp, Usage, model,
    view::{CallPoint, FileUse, SessionView, ThreadRow, TurnRow},
};

use super::{
    Reader, count, findings, label, masked, names,
    outline::{self, Found, Item, OpenSeverity},
    sessions,
    texts::{self, Body},
    unexplained,
    usage::Sum,
    witnesses,
};
use crate::error::Error;

/// The most turns, model calls, files and findings of one answer.
const TURNS: usize = 5000;
const CALLS: usize = 5000;
const FILES: usize = 500;
const FINDINGS: u32 = 200;

/// The beginning of a turn's prompt, in characters.
const PROMPT: usize = 160;

impl Reader {
    /// Everything about one session but its texts; none when there is no such session.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn session_view(&self, key: SessionId) -> Result<Option<SessionView>, Error> {
        self.snapshot("read a session", |conn| {
            let Some(number) = names::session(conn, key)? else { return Ok(None) };
            let (items, beyond) = outline::items(conn, number)?;
            let found = outline::findings(conn, &items)?;
            let threads = Threads::of(conn, number, &items)?;
            let calls = calls(conn, &items)?;
            let turns = Turns::of(conn, number, &items, &threads)?;
            let mut outline =
                outline::outline(conn, &items, &found, |item| turns.number(item), &threads.places)?;
            outline.left_out += beyond;
            let unexplained = unexplained::of_session(conn, &mut self.bodies.borrow_mut(), number)?;
            Ok(Some(SessionView {
                session: sessions::by_number(conn, number)?,
                unexplained,
                turns: self.turns(conn, &turns, &items, &found, &calls)?,
                calls: points(conn, &items, &calls, &threads.places)?,
                files: files(conn, &items)?,
                findings: findings::of_session(conn, number, FINDINGS)?,
                outline,
                threads: threads.rows,
                apart: witnesses::apart(conn, number)?,
            }))
        })
    }

    fn turns(
        &self,
        conn: &Connection,
        turns: &Turns,
        items: &[Item],
        found: &Found,
        calls: &HashMap<i64, Call>,
    ) -> rusqlite::Result<Vec<TurnRow>> {
        let mut tallies: HashMap<u64, Tally<'_>> = HashMap::new();
        for item in items {
            let number = turns.number(item);
            if number > 0 {
                let tally = tallies.entry(number).or_insert_with(|| Tally::new(item));
                tally.add(item, found, calls);
            }
        }
        let prompts: HashMap<EventId, &Item> = items
            .iter()
            .filter(|item| item.kind == KindName::Prompt)
            .map(|item| (item.id, item))
            .collect();
        let mut rows: Vec<(TurnRow, Body)> = Vec::new();
        for (event, number) in turns.begun.values() {
            let Some(tally) = tallies.remove(number) else { continue };
            rows.push(tally.row(*number, *event, prompts.get(event).copied()));
        }
        rows.sort_by_key(|(row, _)| row.number);
        rows.truncate(TURNS);
        let (mut rows, bodies): (Vec<TurnRow>, Vec<Body>) = rows.into_iter().unzip();
        let heads = texts::heads(conn, &mut self.bodies.borrow_mut(), &bodies, PROMPT)?;
        for (row, prompt) in rows.iter_mut().zip(heads) {
            row.prompt = masked(prompt);
        }
        Ok(rows)
    }
}

/// The turns of the main thread, and which of them a sub-agent's events belong to.
struct Turns {
    /// Event of the prompt and number within the session, by the turn's own number.
    begun: HashMap<i64, (EventId, u64)>,
    /// The turn in which a sub-agent was started, by its thread.
    started: HashMap<i64, i64>,
}

impl Turns {
    fn of(
        conn: &Connection,
        session: i64,
        items: &[Item],
        threads: &Threads,
    ) -> rusqlite::Result<Self> {
        let all: HashMap<i64, (EventId, u64)> = conn
            .prepare_cached("SELECT id, event, number FROM turns WHERE session = ?")?
            .query_map([session], |row| {
                Ok((row.get(0)?, (EventId::from_bytes(row.get(1)?), count(row, "number")?)))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let main: HashSet<i64> = items
            .iter()
            .filter(|item| item.thread.is_none())
            .filter_map(|item| item.turn)
            .collect();
        // Of a session that is nothing but a sub-agent, its own turns are shown.
        let only_side = main.is_empty();
        let begun = all.into_iter().filter(|(id, _)| only_side || main.contains(id)).collect();
        Ok(Self { begun, started: threads.started.clone() })
    }

    /// The number of an event's turn; 0 when it has none.
    fn number(&self, item: &Item) -> u64 {
        let started = item.thread.and_then(|thread| self.started.get(&thread)).copied();
        let turn = started.or(item.turn);
        turn.and_then(|turn| self.begun.get(&turn)).map_or(0, |(_, number)| *number)
    }
}

/// What a turn amounts to.
struct Tally<'a> {
    first: &'a Item,
    until: i64,
    tool_calls: u64,
    failed: u64,
    findings: HashSet<i64>,
    worst: OpenSeverity,
    usage: Sum,
}

impl<'a> Tally<'a> {
    fn new(first: &'a Item) -> Self {
        let (findings, usage) = (HashSet::new(), Sum::default());
        let until = first.at;
        Self { first, until, tool_calls: 0, failed: 0, findings, worst: None, usage }
    }

    fn add(&mut self, item: &Item, found: &Found, calls: &HashMap<i64, Call>) {
        self.until = self.until.max(item.at);
        if item.kind == KindName::ToolCall && !item.contradicts {
            self.tool_calls += 1;
            let went_wrong = matches!(item.outcome, Some(Outcome::Failed | Outcome::Denied));
            self.failed += u64::from(went_wrong);
        }
        for (finding, open) in found.get(&item.seq).into_iter().flatten() {
            self.findings.insert(*finding);
            self.worst = self.worst.max(*open);
        }
        if let Some(call) = calls.get(&item.seq) {
            self.usage.add(call.usage);
        }
    }

    /// With the place of the prompt's text; `prompt` is none when it was pruned.
    fn row(self, number: u64, event: EventId, prompt: Option<&Item>) -> (TurnRow, Body) {
        let row = TurnRow {
            number,
            event,
            seq: prompt.map(|prompt| prompt.seq),
            at: Timestamp::from_micros(prompt.unwrap_or(self.first).at),
            until: Timestamp::from_micros(self.until),
            prompt: masked(String::new()),
            tool_calls: self.tool_calls,
            failed: self.failed,
            findings: self.findings.len() as u64,
            worst: self.worst,
            usage: self.usage.figures(),
        };
        (row, prompt.map(|prompt| prompt.body.clone()).unwrap_or_default())
    }
}

/// The sub-agents' threads in the order in which they are first heard of.
struct Threads {
    rows: Vec<ThreadRow>,
    places: HashMap<i64, u32>,
    started: HashMap<i64, i64>,
}

impl Threads {
    fn of(conn: &Connection, session: i64, items: &[Item]) -> rusqlite::Result<Self> {
        let mut known: HashMap<i64, Link> = conn
            .prepare_cached(
                "SELECT thread, started_by, agent_type, start_turn FROM subagents
                 WHERE session = ?",
            )?
            .query_map([session], |row| Ok((row.get(0)?, Link::read(row)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let started =
            known.iter().filter_map(|(thread, link)| Some((*thread, link.turn?))).collect();
        let mut events: HashMap<i64, u64> = HashMap::new();
        let mut order = Vec::new();
        for thread in items.iter().filter_map(|item| item.thread) {
            let n = events.entry(thread).or_default();
            if *n == 0 {
                order.push(thread);
            }
            *n += 1;
        }
        let mut silent: Vec<i64> =
            known.keys().filter(|thread| !events.contains_key(thread)).copied().collect();
        silent.sort_unstable();
        order.extend(silent);
        let starters = Starters::of(items);
        let mut rows = Vec::new();
        let mut places = HashMap::new();
        for (thread, place) in order.into_iter().zip(0..) {
            let link = known.remove(&thread).unwrap_or_default();
            places.insert(thread, place);
            rows.push(ThreadRow {
                id: label(outline::text(conn, thread)?),
                agent_type: link.agent_type.map(label),
                started_by: link.call.and_then(|call| starters.of_thread(thread, &call)),
                events: events.get(&thread).copied().unwrap_or(0),
            });
        }
        Ok(Self { rows, places, started })
    }
}

/// What is known of a sub-agent.
#[derive(Default)]
struct Link {
    call: Option<String>,
    agent_type: Option<String>,
    turn: Option<i64>,
}

impl Link {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { call: row.get(1)?, agent_type: row.get(2)?, turn: row.get(3)? })
    }
}

/// The calls that may have started threads, by the client's id of the call: the one that is meant,
/// and the one that is meant by a thread which the first is part of.
struct Starters<'a>(HashMap<&'a str, (&'a Item, Option<&'a Item>)>);

impl<'a> Starters<'a> {
    /// The main thread's calls are meant before those of another sub-agent.
    fn of(items: &'a [Item]) -> Self {
        let mut calls: Vec<&Item> =
            items.iter().filter(|item| item.kind == KindName::ToolCall).collect();
        calls.sort_unstable_by_key(|item| (item.thread.is_some(), item.seq));
        let mut starters = HashMap::new();
        for item in calls {
            let Some(call) = item.tool_call.as_deref() else { continue };
            let (first, other) = starters.entry(call).or_insert((item, None));
            if other.is_none() && item.thread != first.thread {
                *other = Some(item);
            }
        }
        Self(starters)
    }

    /// The event of the call that started a thread. A sub-agent's own first call may carry the same
    /// id.
    fn of_thread(&self, thread: i64, call: &str) -> Option<i64> {
        let (first, other) = self.0.get(call)?;
        let meant = if first.thread == Some(thread) { *other } else { Some(*first) };
        meant.map(|item| item.seq)
    }
}

/// One model call.
struct Call {
    usage: Sum,
    /// True when its cost is known.
    priced: bool,
    latency_us: Option<i64>,
}

/// The session's model calls by their events.
fn calls(conn: &Connection, items: &[Item]) -> rusqlite::Result<HashMap<i64, Call>> {
    let mut statement = conn.prepare_cached(
        "SELECT 1, c.input, c.cache_read, c.cache_write_5m, c.cache_write_1h, c.output,
             c.reasoning, coalesce(c.cost, 0), coalesce(c.estimated, 0), c.cost IS NOT NULL,
             c.latency_us
         FROM calls c WHERE c.seq = ?",
    )?;
    let mut calls = HashMap::new();
    for item in items.iter().filter(|item| item.kind == KindName::ModelCall) {
        let call = statement.query_row([item.seq], |row| {
            let (priced, latency_us) = (row.get(9)?, row.get(10)?);
            Ok(Call { usage: Sum::read_at(row, 0)?, priced, latency_us })
        });
        if let Some(call) = call.optional()? {
            calls.insert(item.seq, call);
        }
    }
    Ok(calls)
}

/// The context after each model call, evenly thinned; the last one always stays.
fn points(
    conn: &Connection,
    items: &[Item],
    calls: &HashMap<i64, Call>,
    threads: &HashMap<i64, u32>,
) -> rusqlite::Result<Vec<CallPoint>> {
    let of_calls: Vec<(&Item, &Call)> =
        items.iter().filter_map(|item| Some((item, calls.get(&item.seq)?))).collect();
    let step = of_calls.len().div_ceil(CALLS).max(1);
    let mut models: HashMap<i64, String> = HashMap::new();
    let mut points = Vec::new();
    for (item, call) in of_calls.iter().rev().step_by(step).rev() {
        let model = match item.name {
            None => String::new(),
            Some(name) => match models.get(&name) {
                Some(model) => model.clone(),
                None => models.entry(name).or_insert(outline::text(conn, name)?).clone(),
            },
        };
        let figures = call.usage.figures();
        points.push(CallPoint {
            seq: item.seq,
            at: Timestamp::from_micros(item.at),
            window: model::context_window(&model),
            model: label(model),
            thread: item.thread.and_then(|thread| threads.get(&thread)).copied(),
            context: Usage::total(&call.usage.usage),
            output: figures.output,
            cost_usd: call.priced.then_some(figures.cost_usd),
            estimated: figures.estimated,
            latency_ms: call.latency_us.map(|us| us.max(0).cast_unsigned() / 1000),
        });
    }
    Ok(points)
}

/// The files that the session's tool calls named, the latest first.
fn files(conn: &Connection, items: &[Item]) -> rusqlite::Result<Vec<FileUse>> {
    let mut touched =
        conn.prepare_cached("SELECT path, written FROM touched WHERE at = ? AND seq = ?")?;
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut files: Vec<(i64, FileUse)> = Vec::new();
    for item in items.iter().rev().filter(|item| item.kind == KindName::ToolCall) {
        let found: Option<(i64, bool)> = touched
            .query_row([item.at, item.seq], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((path, written)) = found else { continue };
        let place = *places.entry(path).or_insert(files.len());
        if place == files.len() {
            let path_text = masked(String::new());
            let at = Timestamp::from_micros(item.at);
            let file = FileUse { path: path_text, reads: 0, writes: 0, seq: item.seq, at };
            files.push((path, file));
        }
        if let Some((_, file)) = files.get_mut(place) {
            *(if written { &mut file.writes } else { &mut file.reads }) += 1;
        }
    }
    files.truncate(FILES);
    let mut path = conn.prepare_cached("SELECT text FROM paths WHERE id = ?")?;
    for (id, file) in &mut files {
        file.path = masked(path.query_row([*id], |row| row.get(0))?);
    }
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

//! The skeleton of a session's timeline: every event as one short row, results folded into their
//! calls. Reads no text.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    EventId, KindName, Masked, Outcome, Severity, Witness, Witnesses,
    view::{Outline, OutlineRow},
};

use super::{label, texts::Body, word};

/// The most rows of one outline.
const ROWS: usize = 50_000;

/// The most events that are looked at, the first ones: whoever writes a transcript could make it
/// endless.
const LOOKED_AT: i64 = 200_000;

/// What is kept of the client's notes about itself: a compaction changes what the model knows.
const COMPACTION: &str = "compact";
/// Names of notes of web conversations, which say what came with a message and what became of it.
const OF_PAGES: [&str; 3] = ["attachments", "citations", "how"];

/// Bits of a row.
const FINDING: u8 = 1;
const RESULT_FINDING: u8 = 2;
const CONTRADICTS: u8 = 4;
const INDEPENDENT: u8 = 8;
/// Above these bits stands how bad the worst open finding is, plus 1.
const WORST: u8 = 4;

/// One event of a session, as far as it matters without its text.
pub(super) struct Item {
    pub(super) seq: i64,
    pub(super) id: EventId,
    pub(super) at: i64,
    pub(super) kind: KindName,
    witnesses: Witnesses,
    pub(super) thread: Option<i64>,
    /// Its own turn; of a sub-agent's event, that of the sub-agent's prompt.
    pub(super) turn: Option<i64>,
    pub(super) tool_call: Option<String>,
    pub(super) name: Option<i64>,
    pub(super) outcome: Option<Outcome>,
    pub(super) contradicts: bool,
    /// How long its text is; of results, which mostly have no row of their own, only that of a
    /// short one.
    bytes: u64,
    /// The text's place, of prompts and of results.
    pub(super) body: Body,
}

/// The session's events in the order they happened, and how many there are beyond those that are
/// looked at.
pub(super) fn items(conn: &Connection, session: i64) -> rusqlite::Result<(Vec<Item>, u64)> {
    let (last, beyond) = bound(conn, session)?;
    let mut statement = conn.prepare_cached(
        "SELECT e.seq, e.id, e.at, e.kind, e.witnesses, e.thread, e.turn, e.tool_call, e.name,
             e.outcome, e.conflicts_with IS NOT NULL AS contradicts,
             coalesce(b.length, octet_length(CASE typeof(e.body) WHEN 'text' THEN e.body END), 0)
                 AS bytes,
             CASE WHEN e.kind IN (?2, ?3) THEN e.body END AS body
         FROM events e LEFT JOIN bodies b
             ON b.hash = CASE WHEN typeof(e.body) = 'integer' AND e.kind <> ?3 THEN e.body END
         WHERE e.session = ?1 AND e.seq <= ?4",
    )?;
    let (prompt, result) = (KindName::Prompt.code(), KindName::ToolResult.code());
    let mut items: Vec<Item> = statement
        .query_map(params![session, prompt, result, last], |row| {
            Ok(Item {
                seq: row.get(0)?,
                id: EventId::from_bytes(row.get(1)?),
                at: row.get(2)?,
                kind: word(row.get(3)?, KindName::from_code)?,
                witnesses: Witnesses::from_bits(row.get(4)?),
                thread: row.get(5)?,
                turn: row.get(6)?,
                tool_call: row.get(7)?,
                name: row.get(8)?,
                outcome: row.get::<_, Option<u8>>(9)?.and_then(Outcome::from_code),
                contradicts: row.get(10)?,
                bytes: u64::try_from(row.get::<_, i64>(11)?).unwrap_or(0),
                body: Body::read_at(row, 12)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    items.sort_unstable_by_key(|item| (item.at, item.seq));
    Ok((items, beyond))
}

/// The last event that is looked at, and how many come after it.
fn bound(conn: &Connection, session: i64) -> rusqlite::Result<(i64, u64)> {
    let n: i64 = conn
        .prepare_cached("SELECT count(*) FROM events WHERE session = ?")?
        .query_row([session], |row| row.get(0))?;
    let Some(beyond) = u64::try_from(n - LOOKED_AT).ok().filter(|beyond| *beyond > 0) else {
        return Ok((i64::MAX, 0));
    };
    let last = conn
        .prepare_cached("SELECT seq FROM events WHERE session = ? ORDER BY seq LIMIT 1 OFFSET ?")?
        .query_row([session, LOOKED_AT - 1], |row| row.get(0))?;
    Ok((last, beyond))
}

/// The findings of events by the events' numbers.
pub(super) type Found = HashMap<i64, Vec<(FindingNumber, OpenSeverity)>>;

/// A finding's number.
pub(super) type FindingNumber = i64;

/// How bad a finding is; none when it is not open.
pub(super) type OpenSeverity = Option<Severity>;

/// The findings of each of these events.
pub(super) fn findings(conn: &Connection, items: &[Item]) -> rusqlite::Result<Found> {
    let own: HashSet<i64> = items.iter().map(|item| item.seq).collect();
    let (Some(first), Some(last)) = (own.iter().min(), own.iter().max()) else {
        return Ok(HashMap::new());
    };
    let mut found = Found::new();
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT x.event, x.finding, CASE f.state WHEN 0 THEN f.severity END
         FROM finding_sightings x JOIN findings f ON f.id = x.finding
         WHERE x.event BETWEEN ? AND ?",
    )?;
    let mut rows = statement.query([first, last])?;
    while let Some(row) = rows.next()? {
        let event = row.get(0)?;
        if own.contains(&event) {
            let open = row.get::<_, Option<u8>>(2)?.and_then(Severity::from_code);
            found.entry(event).or_default().push((row.get(1)?, open));
        }
    }
    Ok(found)
}

/// The rows of `items`. `turn` tells an item's turn by its number, `threads` the places of
/// threads.
pub(super) fn outline(
    conn: &Connection,
    items: &[Item],
    findings: &Found,
    turn: impl Fn(&Item) -> u64,
    threads: &HashMap<i64, u32>,
) -> rusqlite::Result<Outline> {
    let results = results(items);
    let folded: HashSet<i64> = results.values().map(|result| result.seq).collect();
    let started = started(items);
    let mut names = Names::new(conn);
    let mut outline = Outline::default();
    for item in items {
        let has_finding = findings.contains_key(&item.seq);
        outline.processes += u64::from(item.kind == KindName::Process);
        if !has_finding && is_folded(item) {
            continue;
        }
        if folded.contains(&item.seq) || (!has_finding && !names.is_shown(item)?) {
            continue;
        }
        if outline.rows.len() == ROWS {
            outline.left_out += 1;
            continue;
        }
        let result = results.get(&item.seq).copied();
        let mut bits = 0;
        for (bit, holds) in [
            (FINDING, has_finding),
            (RESULT_FINDING, result.is_some_and(|result| findings.contains_key(&result.seq))),
            (CONTRADICTS, item.contradicts),
            (INDEPENDENT, item.witnesses.iter().any(Witness::is_independent)),
        ] {
            bits |= if holds { bit } else { 0 };
        }
        let of_both = [Some(item.seq), result.map(|result| result.seq)];
        let worst = of_both.iter().flatten().filter_map(|seq| findings.get(seq)).flatten();
        let worst = worst.filter_map(|(_, open)| *open).max();
        bits |= worst.map_or(0, |severity| (severity.code() + 1) << WORST);
        outline.rows.push(OutlineRow(
            item.seq,
            item.at.div_euclid(1000),
            item.kind,
            turn(item),
            item.thread.and_then(|thread| threads.get(&thread)).map_or(0, |place| place + 1),
            names.place(item.name)?,
            length(conn, item)?,
            item.outcome,
            result.map_or(0, |result| result.seq),
            result.map_or(0, |result| (result.at - item.at).max(0) / 1000),
            bits,
            item.tool_call
                .as_deref()
                .filter(|_| item.kind == KindName::ToolCall)
                .and_then(|call| started.get(call).copied())
                .unwrap_or(0),
        ));
    }
    outline.names = names.texts;
    Ok(outline)
}

/// How long the text of an event with a row is.
fn length(conn: &Connection, item: &Item) -> rusqlite::Result<u64> {
    let (KindName::ToolResult, Body::Packed(hash)) = (item.kind, &item.body) else {
        return Ok(item.bytes);
    };
    let length: Option<i64> = conn
        .prepare_cached("SELECT length FROM bodies WHERE hash = ?")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    Ok(length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0))
}

/// What a call started is told with the call. Other processes are too many for a timeline.
fn is_folded(item: &Item) -> bool {
    match item.kind {
        KindName::Process => true,
        KindName::Connection => item.tool_call.is_some(),
        _ => false,
    }
}

/// How many processes each tool call started, by the client's id of the call. The kernel knows of no
/// threads.
fn started(items: &[Item]) -> HashMap<&str, u32> {
    let mut started = HashMap::new();
    for item in items.iter().filter(|item| item.kind == KindName::Process) {
        if let Some(call) = item.tool_call.as_deref() {
            *started.entry(call).or_default() += 1;
        }
    }
    started
}

/// The result of each call, by the call's number.
fn results(items: &[Item]) -> HashMap<i64, &Item> {
    let of_kind = |kind: KindName| {
        items
            .iter()
            .filter(move |item| item.kind == kind && !item.contradicts)
            .filter_map(|item| Some(((item.thread, item.tool_call.as_deref()?), item)))
    };
    let mut waiting: HashMap<_, &Item> = HashMap::new();
    for (call, item) in of_kind(KindName::ToolResult) {
        waiting.entry(call).or_insert(item);
    }
    of_kind(KindName::ToolCall)
        .filter_map(|(call, item)| Some((item.seq, waiting.remove(&call)?)))
        .collect()
}

/// The names of an outline, each once, in the order in which they are met.
struct Names<'a> {
    conn: &'a Connection,
    places: HashMap<i64, u32>,
    texts: Vec<Masked>,
    /// Whether records with this name are shown.
    shown: HashMap<i64, bool>,
}

impl<'a> Names<'a> {
    fn new(conn: &'a Connection) -> Self {
        Self { conn, places: HashMap::new(), texts: Vec::new(), shown: HashMap::new() }
    }

    /// The place of a name plus 1, or 0.
    fn place(&mut self, name: Option<i64>) -> rusqlite::Result<u32> {
        let Some(name) = name else { return Ok(0) };
        if let Some(place) = self.places.get(&name) {
            return Ok(*place);
        }
        self.texts.push(label(text(self.conn, name)?));
        let place = u32::try_from(self.texts.len()).unwrap_or(0);
        self.places.insert(name, place);
        Ok(place)
    }

    fn is_shown(&mut self, item: &Item) -> rusqlite::Result<bool> {
        let (KindName::System, Some(name)) = (item.kind, item.name) else { return Ok(true) };
        if let Some(shown) = self.shown.get(&name) {
            return Ok(*shown);
        }
        let text = text(self.conn, name)?;
        let shown = text.contains(COMPACTION) || OF_PAGES.contains(&text.as_str());
        self.shown.insert(name, shown);
        Ok(shown)
    }
}

/// A word by its number.
pub(super) fn text(conn: &Connection, name: i64) -> rusqlite::Result<String> {
    conn.prepare_cached("SELECT text FROM names WHERE id = ?")?.query_row([name], |row| row.get(0))
}

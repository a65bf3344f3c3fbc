//! One event in full: a piece of its text with the findings in it, and who saw it where.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    EventId, FindingId, KindName, SessionId, Severity, Timestamp, Triage, Witness, Witnesses,
    event::Field,
    view::{EventView, SightingRow, SpanRow},
};

use super::{
    Reader, cut, events,
    excerpts::pair,
    masked, names,
    texts::{self, Body},
    word,
};
use crate::error::Error;

/// The longest piece of text of one answer, in bytes.
const PIECE: usize = 64 * 1024;

/// Findings of one piece at most: a text can be nothing but secrets.
const SPANS: u32 = 1000;

/// Which event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventAt {
    /// By its id.
    Id(EventId),
    /// By its number.
    Seq(i64),
}

impl Reader {
    /// One event, with the piece of its text that begins at byte `from`; none when there is no
    /// such event.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn event_view(&self, at: EventAt, from: u64) -> Result<Option<EventView>, Error> {
        self.snapshot("read an event", |conn| {
            let seq = match at {
                EventAt::Seq(seq) => Some(seq),
                EventAt::Id(id) => names::event(conn, id)?,
            };
            let Some(seq) = seq else { return Ok(None) };
            let sql = format!("{} WHERE e.seq = ?", events::COLUMNS);
            let found = conn
                .prepare_cached(&sql)?
                .query_row([seq], |row| {
                    let key: Option<[u8; 16]> = row.get("session_key")?;
                    Ok((events::read(row)?, key.map(SessionId::from_bytes), Body::read(row)?))
                })
                .optional()?;
            let Some((mut event, session_key, body)) = found else { return Ok(None) };
            events::add_facts(conn, &mut event)?;
            let text = texts::whole(conn, &mut self.bodies.borrow_mut(), &body)?;
            let text = text.as_deref().unwrap_or_default();
            let from = usize::try_from(from).unwrap_or(usize::MAX).min(text.len());
            let range = cut::piece(text, from, PIECE);
            let contradicted_by = conn
                .prepare_cached("SELECT id FROM events WHERE conflicts_with = ? ORDER BY seq")?
                .query_row([event.id.as_bytes()], |row| row.get(0))
                .optional()?;
            let spans = spans(conn, seq, main_field(event.kind), text, &range)?;
            event.text = Some(masked(text.get(range.clone()).unwrap_or_default().to_owned()));
            Ok(Some(EventView {
                event,
                session_key,
                bytes: text.len() as u64,
                from: range.start as u64,
                next: (range.end < text.len()).then_some(range.end as u64),
                spans,
                sightings: sightings(conn, seq)?,
                pair: pair(conn, seq)?,
                contradicted_by: contradicted_by.map(EventId::from_bytes),
            }))
        })
    }
}

/// The field that an event's text is.
pub(super) const fn main_field(kind: KindName) -> Field {
    match kind {
        KindName::Prompt
        | KindName::Response
        | KindName::Thinking
        | KindName::ToolResult
        | KindName::BrowserMessage
        | KindName::System
        | KindName::ModelCall => Field::Text,
        KindName::ToolCall => Field::Input,
        KindName::Process | KindName::Install => Field::Argv,
        KindName::File => Field::Path,
        KindName::Connection | KindName::ConfigChange | KindName::Gap => Field::Detail,
    }
}

/// The findings in the piece `range` of `text`.
fn spans(
    conn: &Connection,
    seq: i64,
    field: Field,
    text: &str,
    range: &Range<usize>,
) -> rusqlite::Result<Vec<SpanRow>> {
    let mut statement = conn.prepare_cached(
        "SELECT f.key, f.rule, f.severity, f.state, x.start, x.stop
         FROM finding_sightings x JOIN findings f ON f.id = x.finding
         WHERE x.event = ?1 AND x.field = ?2 AND x.start < ?4 AND x.stop > ?3
         ORDER BY x.start, x.stop DESC LIMIT ?5",
    )?;
    let [from, to] = [range.start, range.end].map(|at| i64::try_from(at).unwrap_or(i64::MAX));
    let mut rows = statement.query(params![seq, field.code(), from, to, SPANS])?;
    let mut spans = Vec::new();
    // Units are counted on from the last span, so that many spans do not count all of it again.
    let (mut counted, mut at) = (0, range.start);
    while let Some(row) = rows.next()? {
        let start =
            text.floor_char_boundary((row.get::<_, u32>("start")? as usize).max(range.start));
        let stop = text.floor_char_boundary((row.get::<_, u32>("stop")? as usize).min(range.end));
        counted += cut::units(text.get(at..start).unwrap_or_default());
        at = start;
        let length = cut::units(text.get(start..stop).unwrap_or_default());
        spans.push(SpanRow {
            finding: FindingId::from_bytes(row.get("key")?),
            rule: row.get("rule")?,
            severity: word(row.get("severity")?, Severity::from_code)?,
            state: word(row.get("state")?, Triage::from_code)?,
            field,
            start: counted,
            end: counted + length,
        });
    }
    Ok(spans)
}

/// The first sighting stands in the event's row, further ones in a table of their own.
fn sightings(conn: &Connection, seq: i64) -> rusqlite::Result<Vec<SightingRow>> {
    conn.prepare_cached(
        "SELECT 0 AS later, s.witness AS witness, e.witnesses AS witnesses, s.place AS place,
             e.position AS position, e.seen_at AS seen_at
         FROM events e JOIN sources s ON s.id = e.source WHERE e.seq = ?1
         UNION ALL
         SELECT 1, x.witness, NULL, s.place, x.position, x.seen_at
         FROM sightings x JOIN sources s ON s.id = x.source WHERE x.event = ?1
         ORDER BY later, seen_at, witness, position",
    )?
    .query_map([seq], |row| {
        let witness = word(row.get("witness")?, Witness::from_code)?;
        // A source speaks for one witness, but Vigil notes what it found in anybody's source.
        let only: Option<u16> = row.get("witnesses")?;
        let mut all = Witnesses::from_bits(only.unwrap_or_default()).iter();
        let witness = match (all.next(), all.next()) {
            (Some(alone), None) => alone,
            _ => witness,
        };
        Ok(SightingRow {
            witness: witness.as_str().to_owned(),
            independent: witness.is_independent(),
            place: masked(row.get("place")?),
            position: row.get::<_, i64>("position")?.cast_unsigned(),
            seen_at: Timestamp::from_micros(row.get("seen_at")?),
        })
    })?
    .collect()
}

//! Events: their texts, what stands in other tables beside them, and the places of findings in them.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params, types::ValueRef};
use vigil_proto::{EventId, Finding, KindName, Masked, event::Field};

use super::{Ledger, Masker, Piece, Remasked};
use crate::{
    apply::{Met, Tx, parts, tool},
    body::{self, Unpacker},
    chain::facts::Of,
};

/// Events of one piece at most, and about how many bytes of their texts.
const EVENTS: i64 = 500;
const BYTES: usize = 256 * 1024;

/// An event as far as it holds text.
struct Stored {
    seq: i64,
    id: EventId,
    at: i64,
    kind: KindName,
    session: Option<i64>,
    tool: Option<String>,
    body: Body,
    own: [Option<String>; 2],
}

enum Body {
    None,
    Here(String),
    Packed(i64),
}

impl Stored {
    const SELECT: &str = "SELECT e.seq, e.id, e.at, e.kind, e.session, n.text, e.body, e.tool_call,
             e.detail
         FROM events e LEFT JOIN names n ON n.id = e.name
         WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?";

    /// Its number, and itself unless it is of a kind that a newer Vigil stored.
    fn read(row: &Row<'_>) -> rusqlite::Result<(i64, Option<Self>)> {
        let seq = row.get(0)?;
        let Some(kind) = KindName::from_code(row.get(3)?) else { return Ok((seq, None)) };
        let body = match row.get_ref(6)? {
            ValueRef::Integer(hash) => Body::Packed(hash),
            ValueRef::Text(text) => Body::Here(String::from_utf8_lossy(text).into_owned()),
            _ => Body::None,
        };
        let event = Self {
            seq,
            id: EventId::from_bytes(row.get(1)?),
            at: row.get(2)?,
            kind,
            session: row.get(4)?,
            tool: row.get(5)?,
            body,
            own: [row.get(7)?, row.get(8)?],
        };
        Ok((seq, Some(event)))
    }
}

/// The field that an event's text is of.
const fn field(kind: KindName) -> Field {
    match kind {
        KindName::ToolCall => Field::Input,
        KindName::Process | KindName::Install => Field::Argv,
        KindName::File => Field::Path,
        KindName::Connection | KindName::ConfigChange | KindName::Gap => Field::Detail,
        _ => Field::Text,
    }
}

/// Columns of other tables that hold text of an event: the table, how it names the event, the
/// column, and the field it is of.
type Beside = (&'static str, &'static str, &'static str, Field);

const CALLS: &[Beside] = &[
    ("calls", "seq", "message", Field::Id),
    ("calls", "seq", "request", Field::Id),
    ("calls", "seq", "stop_reason", Field::Detail),
    ("calls", "seq", "others", Field::Detail),
];
const PROCESSES: &[Beside] = &[
    ("processes", "seq", "exe", Field::Path),
    ("processes", "seq", "cwd", Field::Path),
    ("processes", "seq", "earlier", Field::Detail),
    ("installs", "seq", "name", Field::Detail),
    ("installs", "seq", "version", Field::Detail),
    ("installs", "seq", "url", Field::Detail),
    ("installs", "seq", "reasons", Field::Detail),
];
const TOOL_CALLS: &[Beside] = &[
    ("installs", "seq", "name", Field::Detail),
    ("installs", "seq", "version", Field::Detail),
    ("installs", "seq", "url", Field::Detail),
    ("installs", "seq", "reasons", Field::Detail),
];
const TOOL_RESULTS: &[Beside] = &[("sightings", "event", "denied_by", Field::Detail)];

pub(super) const fn beside(kind: KindName) -> &'static [Beside] {
    match kind {
        KindName::ModelCall => CALLS,
        KindName::Process => PROCESSES,
        KindName::ToolCall => TOOL_CALLS,
        KindName::ToolResult => TOOL_RESULTS,
        _ => &[],
    }
}

impl Ledger {
    /// A piece of the events after one number, up to another.
    pub(super) fn events_again(
        &mut self,
        (after, last): (i64, i64),
        masker: &dyn Masker,
    ) -> rusqlite::Result<Piece> {
        let mut statement = self.conn.prepare_cached(Stored::SELECT)?;
        let stored: Vec<(i64, Option<Stored>)> = statement
            .query_map(params![after, last, EVENTS], Stored::read)?
            .collect::<rusqlite::Result<_>>()?;
        drop(statement);
        let (mut piece, mut bodies, mut bytes) = (Piece::default(), Unpacker::default(), 0);
        for (seq, event) in stored {
            piece.events += 1;
            piece.after = Some(seq);
            let Some(event) = event else { continue };
            bytes += self.event_again(&event, &mut bodies, masker, &mut piece)?;
            if bytes > BYTES {
                break;
            }
        }
        Ok(piece)
    }

    /// Gives how many bytes of text it has.
    fn event_again(
        &mut self,
        event: &Stored,
        bodies: &mut Unpacker,
        masker: &dyn Masker,
        piece: &mut Piece,
    ) -> rusqlite::Result<usize> {
        let mut found = Vec::new();
        let mut is_changed = false;
        let text = match &event.body {
            Body::None => None,
            Body::Here(text) => Some(text.clone()),
            Body::Packed(hash) => match bodies.text(&self.conn, *hash) {
                Err(rusqlite::Error::ToSqlConversionFailure(error)) => {
                    tracing::warn!(%error, "a text cannot be unpacked, nor masked again");
                    None
                }
                text => text?,
            },
        };
        let field = field(event.kind);
        if let Some(text) = &text
            && let Some(again) = masker.again(text, Some((event.id, field)))
        {
            self.new_text(event, &again.text)?;
            self.move_places(event, field, &again, masker)?;
            found.extend(again.findings);
            is_changed = true;
        }
        let [tool_call, detail] = &event.own;
        let own = [
            ("tool_call", tool_call.as_ref(), Field::Id),
            ("detail", detail.as_ref(), Field::Detail),
        ];
        for (column, value, field) in own {
            let Some(again) = value.and_then(|value| masker.again(value, Some((event.id, field))))
            else {
                continue;
            };
            self.conn
                .prepare_cached(&format!("UPDATE events SET {column} = ? WHERE seq = ?"))?
                .execute(params![again.text.as_str(), event.seq])?;
            found.extend(again.findings.into_iter().map(without_place));
            is_changed = true;
        }
        for (table, key, column, field) in beside(event.kind) {
            for old in values(&self.conn, (table, key, column), event.seq)? {
                let Some(again) = masker.again(&old, Some((event.id, *field))) else { continue };
                let sql =
                    format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1 AND {column} = ?3");
                self.conn.prepare_cached(&sql)?.execute(params![
                    event.seq,
                    again.text.as_str(),
                    old
                ])?;
                found.extend(again.findings.into_iter().map(without_place));
                is_changed = true;
            }
        }
        if is_changed {
            piece.changed += 1;
            self.state.chain.rewrites(event.seq);
        }
        piece.found += self.found_again(event.seq, &found)?;
        Ok(text.map_or(0, |text| text.len()))
    }

    /// Stores a text in place of the event's.
    fn new_text(&mut self, event: &Stored, text: &Masked) -> rusqlite::Result<()> {
        let (seq, clean) = (event.seq, text.as_str());
        let mut update = self.conn.prepare_cached("UPDATE events SET body = ? WHERE seq = ?")?;
        if clean.len() > body::INLINE {
            let digest = self.state.packer.digest(clean);
            let hash = body::number(&digest);
            self.state.packer.add(&self.conn, hash, clean)?;
            self.state.chain.text(hash, digest);
            update.execute(params![hash, seq])?;
        } else {
            update.execute(params![clean, seq])?;
        }
        self.conn.prepare_cached("DELETE FROM search WHERE rowid = ?")?.execute([seq])?;
        if parts::is_searched_kind(event.kind) {
            let words = self.state.words.of(clean);
            if !words.is_empty() {
                self.conn
                    .prepare_cached("INSERT INTO search (rowid, words) VALUES (?, ?)")?
                    .execute(params![seq, words])?;
            }
        }
        if event.kind == KindName::ToolCall
            && let Some(tool) = &event.tool
        {
            self.conn
                .prepare_cached("DELETE FROM touched WHERE at = ? AND seq = ?")?
                .execute(params![event.at, seq])?;
            let (place, tool) = ((event.at, seq, event.session), Masked::from_scan(tool.clone()));
            tool::touch(&self.conn, &self.state.packer, place, &tool, text)?;
        }
        Ok(())
    }

    /// Known findings in this field of the event are elsewhere in the new text.
    fn move_places(
        &mut self,
        event: &Stored,
        field: Field,
        again: &Remasked,
        masker: &dyn Masker,
    ) -> rusqlite::Result<()> {
        let (seq, code) = (event.seq, field.code());
        let places: Vec<(i64, i64, i64)> = self
            .conn
            .prepare_cached(
                "SELECT finding, start, stop FROM finding_sightings WHERE event = ? AND field = ?
                 ORDER BY finding, start",
            )?
            .query_map(params![seq, code], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        self.conn
            .prepare_cached("DELETE FROM finding_sightings WHERE event = ? AND field = ?")?
            .execute(params![seq, code])?;
        for (finding, start, stop) in places {
            let (from, to) = moved(again, start, stop);
            self.conn
                .prepare_cached(
                    "INSERT OR IGNORE INTO finding_sightings (finding, event, field, start, stop)
                     VALUES (?, ?, ?, ?, ?)",
                )?
                .execute(params![finding, seq, code, from, to])?;
            let shown = masker.evidence(again.text.as_str(), range(from, to));
            let is_shown = self
                .conn
                .prepare_cached(
                    "UPDATE findings SET start = ?5, stop = ?6, evidence = ?7
                     WHERE id = ?1 AND event = ?2 AND field = ?3 AND start = ?4",
                )?
                .execute(params![
                    finding,
                    event.id.as_bytes(),
                    code,
                    start,
                    from,
                    to,
                    shown.as_str()
                ])?;
            if is_shown > 0 {
                self.state.chain.changes(Of::Finding, finding);
            }
        }
        Ok(())
    }

    /// Tells what was found in the event `seq`; gives how many places that are.
    pub(super) fn found_again(&mut self, seq: i64, findings: &[Finding]) -> rusqlite::Result<i64> {
        for finding in findings {
            let met = HashMap::from([(finding.event, Met { seq: Some(seq), known: false })]);
            Tx { conn: &self.conn, state: &mut self.state, met }.finding(finding)?;
        }
        Ok(i64::try_from(findings.len()).unwrap_or(i64::MAX))
    }
}

/// Places within JSON, or in one of several values, are not kept.
fn without_place(finding: Finding) -> Finding {
    Finding { span: None, ..finding }
}

fn values(
    conn: &Connection,
    (table, key, column): (&str, &str, &str),
    seq: i64,
) -> rusqlite::Result<Vec<String>> {
    let sql = format!(
        "SELECT DISTINCT {column} FROM {table} WHERE {key} = ? AND typeof({column}) = 'text'"
    );
    conn.prepare_cached(&sql)?.query_map([seq], |row| row.get(0))?.collect()
}

fn moved(again: &Remasked, start: i64, stop: i64) -> (i64, i64) {
    let place = (again.moved)(range(start, stop));
    (i64::try_from(place.start).unwrap_or(i64::MAX), i64::try_from(place.end).unwrap_or(i64::MAX))
}

fn range(start: i64, stop: i64) -> std::ops::Range<usize> {
    let at = |n| usize::try_from(n).unwrap_or(0);
    at(start)..at(stop).max(at(start))
}

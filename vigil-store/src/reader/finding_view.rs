//! One finding: the places it was seen in, and what people said of it.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{
    FindingId, SessionId, Span, Timestamp, Triage,
    event::Field,
    revocation::revocation,
    view::{FindingPlace, FindingView, TriageStep},
};

use super::{
    Reader, cut,
    event_view::main_field,
    events, findings, masked,
    texts::{self, Body},
    word,
};
use crate::error::Error;

/// How many places are told, the first ones, and how many are looked at for them: the same value
/// may have been seen ten thousand times.
const PLACES: u32 = 50;
const LOOKED_AT: u32 = 2000;

/// How many words of the history are told, the latest ones.
const HISTORY: u32 = 100;

/// Text in front of the place, and from its beginning on, in characters; with an ellipsis on each
/// side at most 240.
const BEFORE: usize = 80;
const AFTER: usize = 158;

impl Reader {
    /// One finding with its places and its history; none when there is no such finding.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn finding_view(&self, id: FindingId) -> Result<Option<FindingView>, Error> {
        self.snapshot("read a finding", |conn| {
            let sql = format!("{} WHERE f.key = ?", findings::COLUMNS);
            let found = conn
                .prepare_cached(&sql)?
                .query_row([id.as_bytes()], |row| {
                    Ok((row.get::<_, i64>("number")?, findings::read(row)?))
                })
                .optional()?;
            let Some((number, finding)) = found else { return Ok(None) };
            let revocation = revocation(&finding.rule, &finding.group);
            let way = if revocation.is_some() { self.way(conn, number)? } else { None };
            let mut places = self.places(conn, number)?;
            let (sent, lineage) =
                way.map_or_else(Default::default, |way| (way.sent, Some(way.lineage)));
            for place in &mut places {
                let with = sent.iter().find(|(seq, _)| *seq == place.seq);
                place.sent = with.map(|(_, sent)| sent.clone());
            }
            Ok(Some(FindingView {
                places,
                history: history(conn, number)?,
                finding,
                lineage,
                revocation,
                sealed: None,
            }))
        })
    }

    fn places(&self, conn: &Connection, finding: i64) -> rusqlite::Result<Vec<FindingPlace>> {
        let (mut places, bodies) = seen(conn, finding)?;
        let shown =
            texts::shown(
                conn,
                &mut self.bodies.borrow_mut(),
                &bodies,
                |number, text| match places
                    .get(number)
                    .and_then(|place| Some((place.kind, place.span?)))
                {
                    Some((kind, span)) if span.field == main_field(kind) => {
                        cut::around(text, span.start as usize..span.end as usize, BEFORE, AFTER)
                    }
                    _ => cut::around(text, 0..0, 0, AFTER),
                },
            )?;
        for (place, snippet) in places.iter_mut().zip(shown) {
            place.snippet = (!snippet.is_empty()).then(|| masked(snippet));
        }
        Ok(places)
    }
}

/// The first places, without their snippets, and where the texts are.
fn seen(conn: &Connection, finding: i64) -> rusqlite::Result<(Vec<FindingPlace>, Vec<Body>)> {
    let mut first = conn.prepare_cached(
        "SELECT x.event, x.field, x.start, x.stop FROM
             (SELECT * FROM finding_sightings WHERE finding = ?1 ORDER BY event LIMIT ?2) x
             JOIN events e ON e.seq = x.event
         ORDER BY e.at, e.seq, x.start LIMIT ?3",
    )?;
    let sql = format!("{} WHERE e.seq = ?", events::COLUMNS);
    let mut event = conn.prepare_cached(&sql)?;
    let mut rows = first.query(params![finding, LOOKED_AT, PLACES])?;
    let (mut places, mut bodies) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let span = span(row)?;
        let (place, body) = event.query_row([row.get::<_, i64>("event")?], |row| {
            Ok((place(row, span)?, Body::read(row)?))
        })?;
        places.push(place);
        bodies.push(body);
    }
    Ok((places, bodies))
}

fn span(row: &Row<'_>) -> rusqlite::Result<Option<Span>> {
    let field = u8::try_from(row.get::<_, i64>("field")?).ok().and_then(Field::from_code);
    let Some(field) = field else { return Ok(None) };
    Ok(Some(Span { field, start: row.get("start")?, end: row.get("stop")? }))
}

fn place(row: &Row<'_>, span: Option<Span>) -> rusqlite::Result<FindingPlace> {
    let event = events::read(row)?;
    Ok(FindingPlace {
        event: event.id,
        seq: event.seq,
        at: event.at,
        kind: event.kind,
        name: event.name,
        witnesses: event.witnesses,
        session_key: row.get::<_, Option<[u8; 16]>>("session_key")?.map(SessionId::from_bytes),
        title: row.get::<_, Option<String>>("title")?.map(masked),
        turn: event.turn,
        span,
        snippet: None,
        sent: None,
    })
}

fn history(conn: &Connection, finding: i64) -> rusqlite::Result<Vec<TriageStep>> {
    let mut steps: Vec<TriageStep> = conn
        .prepare_cached(
            "SELECT at, state, note FROM triage_log WHERE finding = ? ORDER BY id DESC LIMIT ?",
        )?
        .query_map(params![finding, HISTORY], |row| {
            Ok(TriageStep {
                at: Timestamp::from_micros(row.get(0)?),
                state: word(row.get(1)?, Triage::from_code)?,
                note: row.get::<_, Option<String>>(2)?.map(masked),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    steps.reverse();
    Ok(steps)
}

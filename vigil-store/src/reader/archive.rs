//! The archive: which of the clients' files are known, and a session as it can be written back or
//! be forgotten.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vigil_proto::{
    EventId, KindName, Outcome, SessionId, SourceId, Timestamp, Usage, Witness, Witnesses,
    archive::{Archived, Forgotten, Said, SaidCall},
    batch::KnownFile,
};

use super::{
    Reader, label, masked, prefix_end,
    texts::{self, Body},
    word,
};
use crate::{error::Error, forget};

/// What can be written back: the dialogue, and what the client noted about it.
const KINDS: [KindName; 6] = [
    KindName::Prompt,
    KindName::Response,
    KindName::ToolCall,
    KindName::ToolResult,
    KindName::ModelCall,
    KindName::System,
];

impl Reader {
    /// Every client's file that told of a session.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn known_files(&self) -> Result<Vec<KnownFile>, Error> {
        self.snapshot("list known files", |conn| {
            conn.prepare_cached(
                "SELECT s.key, s.place, max(t.gone) IS NOT NULL
                 FROM transcripts t JOIN sources s ON s.id = t.source GROUP BY t.source",
            )?
            .query_map([], |row| {
                Ok(KnownFile {
                    source: SourceId::from_bytes(row.get(0)?),
                    place: masked(row.get(1)?),
                    gone: row.get(2)?,
                })
            })?
            .collect()
        })
    }

    /// The session that the client calls `given`, or whose id of Vigil's begins so.
    ///
    /// # Errors
    /// The database could not be read; [`Error::Ambiguous`] when there are several.
    pub fn session_named(&self, given: &str) -> Result<Option<SessionId>, Error> {
        if given.is_empty() {
            return Ok(None);
        }
        let found = self.snapshot("look for a session", |conn| {
            let keys = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
                conn.prepare_cached(sql)?
                    .query_map(values, |row| Ok(SessionId::from_bytes(row.get(0)?)))?
                    .collect::<rusqlite::Result<Vec<SessionId>>>()
            };
            let exact = keys("SELECT key FROM sessions WHERE native = ? LIMIT 2", &[&given])?;
            if !exact.is_empty() {
                return Ok(exact);
            }
            if let Ok(key) = given.parse::<SessionId>() {
                return keys("SELECT key FROM sessions WHERE key = ?", &[key.as_bytes()]);
            }
            keys(
                "SELECT key FROM sessions WHERE native >= ? AND native < ? LIMIT 2",
                &[&given, &prefix_end(given)],
            )
        })?;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(Error::Ambiguous { prefix: given.to_owned() }),
        }
    }

    /// The sessions that ran in the folder `project` or below.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn sessions_of_project(&self, project: &str) -> Result<Vec<SessionId>, Error> {
        let project = project.trim_end_matches('/');
        let below = format!("{project}/");
        self.snapshot("look for a project's sessions", |conn| {
            conn.prepare_cached(
                "SELECT key FROM sessions WHERE cwd = ?1 OR cwd >= ?2 AND cwd < ?3 ORDER BY id",
            )?
            .query_map(params![project, below, prefix_end(&below)], |row| {
                Ok(SessionId::from_bytes(row.get(0)?))
            })?
            .collect()
        })
    }

    /// How much would be forgotten with these sessions.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn forgettable(&self, keys: &[SessionId]) -> Result<Forgotten, Error> {
        self.snapshot("look at what would be forgotten", |conn| {
            let mut all = Forgotten { dry_run: true, ..Forgotten::default() };
            for key in keys {
                if let Some((_, session)) = forget::describe(conn, *key)? {
                    all.sessions.push(session);
                }
            }
            (all.events, all.findings) = forget::forgettable(conn, keys)?;
            Ok(all)
        })
    }

    /// A session as it can be written back; none when there is no such session.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn archived(&self, key: SessionId) -> Result<Option<Archived>, Error> {
        self.snapshot("read an archived session", |conn| {
            let found = conn
                .prepare_cached(
                    "SELECT s.id, n.text AS client, s.native, s.version, s.cwd, s.branch
                     FROM sessions s JOIN names n ON n.id = s.client WHERE s.key = ?",
                )?
                .query_row([key.as_bytes()], |row| {
                    let text = |column: &str| {
                        row.get::<_, Option<String>>(column).map(|text| text.map(label))
                    };
                    let archived = Archived {
                        key,
                        client: row.get("client")?,
                        native: label(row.get("native")?),
                        version: text("version")?,
                        cwd: text("cwd")?,
                        branch: text("branch")?,
                        places: Vec::new(),
                        said: Vec::new(),
                        of_subagents: 0,
                    };
                    Ok((row.get::<_, i64>("id")?, archived))
                })
                .optional()?;
            let Some((id, mut archived)) = found else { return Ok(None) };
            archived.places = conn
                .prepare_cached(
                    "SELECT s.place FROM transcripts t JOIN sources s ON s.id = t.source
                     WHERE t.session = ? ORDER BY t.gone IS NOT NULL, s.read_at DESC",
                )?
                .query_map([id], |row| Ok(masked(row.get(0)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let of_subagents: i64 = conn
                .prepare_cached(
                    "SELECT count(*) FROM events WHERE session = ? AND thread IS NOT NULL",
                )?
                .query_row([id], |row| row.get(0))?;
            archived.of_subagents = of_subagents.cast_unsigned();
            let mut found = Vec::new();
            let mut statement = conn.prepare_cached(SAID)?;
            let transcript = Witnesses::default().with(Witness::Transcript).bits();
            let mut rows = statement.query(params![id, transcript])?;
            while let Some(row) = rows.next()? {
                let kind = word(row.get("kind")?, KindName::from_code)?;
                let seq: i64 = row.get("seq")?;
                // Of several files that tell it, the first that was read.
                let is_known =
                    found.last().is_some_and(|(place, ..): &(Place, _, _)| place.seq == seq);
                if KINDS.contains(&kind) && !is_known {
                    found.push((Place::read(row, kind)?, said(row, kind)?, Body::read(row)?));
                }
            }
            in_order(conn, id, &mut found)?;
            let mut bodies = Vec::new();
            for (_, said, body) in found {
                archived.said.push(said);
                bodies.push(body);
            }
            let mut unpacker = self.bodies.borrow_mut();
            let mut texts = vec![None; bodies.len()];
            // One after the other would unpack a block for each of its texts.
            let whole = texts::shown(conn, &mut unpacker, &bodies, |_, text| text.to_owned())?;
            for ((slot, text), body) in texts.iter_mut().zip(whole).zip(&bodies) {
                *slot = (!matches!(body, Body::None)).then_some(text);
            }
            for (said, text) in archived.said.iter_mut().zip(texts) {
                said.text = text.map(masked);
            }
            Ok(Some(archived))
        })
    }
}

/// Where something stood among the client's files.
#[derive(Debug)]
struct Place {
    source: i64,
    seen_at: i64,
    at: i64,
    position: i64,
    /// The call of a model comes before what it answered in the same line.
    is_answer: bool,
    seq: i64,
}

impl Place {
    fn read(row: &Row<'_>, kind: KindName) -> rusqlite::Result<Self> {
        Ok(Self {
            source: row.get("source")?,
            seen_at: row.get("seen_at")?,
            at: row.get("at")?,
            position: row.get("position")?,
            is_answer: kind != KindName::ModelCall,
            seq: row.get("seq")?,
        })
    }
}

/// Puts them into the order of the files: the file that begins first, and in each by place. What
/// was read after a file had come back stood in another file than what was read before.
fn in_order<T>(
    conn: &Connection,
    session: i64,
    found: &mut [(Place, T, Body)],
) -> rusqlite::Result<()> {
    let files: Vec<i64> = conn
        .prepare_cached(
            "SELECT e.at FROM events e JOIN names n ON n.id = e.name
             WHERE e.session = ? AND e.kind = ?
                 AND n.text IN ('transcript-back', 'transcript-rewritten') ORDER BY e.at",
        )?
        .query_map(params![session, KindName::System.code()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let file =
        |place: &Place| (files.partition_point(|began| *began <= place.seen_at), place.source);
    let mut began: HashMap<(usize, i64), i64> = HashMap::new();
    for (place, ..) in &*found {
        let first = began.entry(file(place)).or_insert(place.at);
        *first = place.at.min(*first);
    }
    found.sort_by_key(|(place, ..)| {
        let (nth, source) = file(place);
        let began = began.get(&(nth, source)).copied().unwrap_or_default();
        (nth, began, source, place.position, place.is_answer, place.seq)
    });
    Ok(())
}

/// What the client itself wrote of the main thread, and where. What contradicts a row is not the
/// row.
const SAID: &str =
    "SELECT e.seq, e.id, e.at, e.kind, n.text AS name, e.tool_call, e.outcome, e.body,
         c.message, c.request, c.stop_reason, c.input, c.cache_read, c.cache_write_5m,
         c.cache_write_1h, c.output, c.reasoning,
         coalesce(x.source, e.source) AS source, coalesce(x.position, e.position) AS position,
         coalesce(x.seen_at, e.seen_at) AS seen_at
     FROM events e LEFT JOIN names n ON n.id = e.name LEFT JOIN calls c ON c.seq = e.seq
         LEFT JOIN sources s ON s.id = e.source
         LEFT JOIN sightings x ON x.event = e.seq AND x.witness = 0 AND s.witness <> 0
     WHERE e.session = ?1 AND e.witnesses & ?2 AND e.thread IS NULL AND e.conflicts_with IS NULL
     ORDER BY e.seq, x.seen_at";

fn said(row: &Row<'_>, kind: KindName) -> rusqlite::Result<Said> {
    let text = |column: &str| row.get::<_, Option<String>>(column).map(|text| text.map(label));
    let call = match text("message")? {
        None => None,
        Some(message) => {
            let tokens = |column: &str| row.get::<_, i64>(column).map(|n| n.max(0).cast_unsigned());
            Some(SaidCall {
                message,
                request: text("request")?,
                stop_reason: text("stop_reason")?,
                usage: Usage {
                    input: tokens("input")?,
                    cache_read: tokens("cache_read")?,
                    cache_write_5m: tokens("cache_write_5m")?,
                    cache_write_1h: tokens("cache_write_1h")?,
                    output: tokens("output")?,
                    reasoning: tokens("reasoning")?,
                },
            })
        }
    };
    let outcome: Option<u8> = row.get("outcome")?;
    Ok(Said {
        id: EventId::from_bytes(row.get("id")?),
        at: Timestamp::from_micros(row.get("at")?),
        kind,
        name: row.get("name")?,
        tool_call: text("tool_call")?,
        outcome: outcome.and_then(Outcome::from_code),
        text: None,
        call,
    })
}

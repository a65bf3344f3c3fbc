//! The beginnings of texts, for rows as they scroll into view.

use rusqlite::{Connection, OptionalExtension as _, params};
use vigil_proto::{
    KindName,
    view::{Excerpt, Excerpts, MAX_ROWS},
};

use super::{
    Reader, cut, masked, telling,
    texts::{self, Body},
};
use crate::error::Error;

/// How much of a text is shown, and of a call's result, in characters.
const TEXT: usize = 400;
const RESULT: usize = 200;

impl Reader {
    /// The beginnings of these events' texts; of a tool call that of its result, too. No more
    /// than 200 are looked up, and what was deleted is left out.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn excerpts(&self, seqs: &[i64]) -> Result<Excerpts, Error> {
        self.snapshot("read the beginnings of texts", |conn| {
            let mut events = Vec::new();
            let mut wanted = Vec::new();
            let most = usize::try_from(MAX_ROWS).unwrap_or(usize::MAX);
            let mut statement = conn
                .prepare_cached("SELECT kind = ?2 AS is_call, body FROM events WHERE seq = ?1")?;
            for seq in seqs.iter().take(most) {
                let found = statement
                    .query_row(params![seq, KindName::ToolCall.code()], |row| {
                        Ok((row.get::<_, bool>("is_call")?, Body::read(row)?))
                    })
                    .optional()?;
                let Some((is_call, body)) = found else { continue };
                wanted.push(body);
                let result = if is_call { pair(conn, *seq)? } else { None };
                if let Some(result) = result {
                    wanted.push(body_of(conn, result)?);
                }
                events.push((*seq, is_call, result.is_some()));
            }
            // Of each wanted text whether it is a call's input, and how much is shown.
            let shapes: Vec<(bool, usize)> = events
                .iter()
                .flat_map(|(_, is_call, has_result)| {
                    [Some((*is_call, TEXT)), has_result.then_some((false, RESULT))]
                })
                .flatten()
                .collect();
            let mut shown =
                texts::shown(conn, &mut self.bodies.borrow_mut(), &wanted, |number, text| {
                    match shapes.get(number) {
                        Some((true, chars)) => telling::head(text, *chars),
                        Some((false, chars)) => cut::head(text, *chars).to_owned(),
                        None => String::new(),
                    }
                })?
                .into_iter();
            let excerpts = events.into_iter().map(|(seq, _, has_result)| Excerpt {
                seq,
                text: masked(shown.next().unwrap_or_default()),
                result: if has_result { shown.next().map(masked) } else { None },
            });
            Ok(Excerpts { excerpts: excerpts.collect() })
        })
    }
}

fn body_of(conn: &Connection, seq: i64) -> rusqlite::Result<Body> {
    conn.prepare_cached("SELECT body FROM events WHERE seq = ?")?.query_row([seq], Body::read)
}

/// Of a tool call the number of its result, of a result that of its call: the event of the same
/// session, thread and call.
pub(super) fn pair(conn: &Connection, seq: i64) -> rusqlite::Result<Option<i64>> {
    let (call, result) = (KindName::ToolCall.code(), KindName::ToolResult.code());
    conn.prepare_cached(
        "SELECT o.seq FROM events e JOIN events o
             ON o.session = e.session AND o.tool_call = e.tool_call AND o.thread IS e.thread
         WHERE e.seq = ?1 AND e.kind IN (?2, ?3) AND o.kind = ?2 + ?3 - e.kind
             AND e.conflicts_with IS NULL AND o.conflicts_with IS NULL
         ORDER BY o.seq LIMIT 1",
    )?
    .query_row(params![seq, call, result], |row| row.get(0))
    .optional()
}

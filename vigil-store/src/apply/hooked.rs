//! Sightings by hooks that are told no id of the tool call: they become one row with the sighting that
//! names the call, whichever comes first. What they say of it is its tool and its input.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{ContentHash, Event, Kind, Masked, Witness, Witnesses};

use super::{Tx, event::Links};

/// True for a call that a hook tells of without its id.
pub(super) fn is_nameless(event: &Event<Masked>) -> bool {
    event.witness == Witness::Hook
        && event.tool_call.is_none()
        && matches!(event.kind, Kind::ToolCall(_))
}

/// How far apart in time what two say of one call may be, in microseconds. A hook says when a command
/// begins, a transcript when its answer came, or when the command was done: builds and tests take
/// minutes, and so does a user who is asked.
const APART: i64 = 600_000_000;

impl Tx<'_> {
    /// For a call that a hook told of without its id: the complete one of the session with the same
    /// content and nearest in time of which no hook told, or this one did.
    pub(super) fn same_at_that_time(
        &self,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<Option<[u8; 16]>> {
        self.conn
            .prepare_cached(
                "SELECT id FROM events
                 WHERE session IS ?1 AND kind = ?2 AND content = ?3 AND incomplete IS NULL
                     AND conflicts_with IS NULL AND at BETWEEN ?7 - ?8 AND ?7 + ?8
                     AND (witnesses & ?4 = 0 OR source = ?5 AND position = ?6
                         OR EXISTS (SELECT 1 FROM sightings s WHERE s.event = events.seq
                             AND s.source = ?5 AND s.position = ?6))
                 ORDER BY abs(at - ?7), seq LIMIT 1",
            )?
            .query_row(
                params![
                    links.session,
                    event.kind.name().code(),
                    event.content.0.cast_signed(),
                    Witnesses::default().with(Witness::Hook).bits(),
                    links.source,
                    event.position.cast_signed(),
                    event.at.as_micros(),
                    APART,
                ],
                |row| row.get(0),
            )
            .optional()
    }

    /// False where the row `seq` is a call that a hook told of without its id, at another time.
    pub(super) fn is_of_that_time(
        &self,
        seq: i64,
        event: &Event<Masked>,
    ) -> rusqlite::Result<bool> {
        let Kind::ToolCall(_) = event.kind else { return Ok(true) };
        self.conn
            .prepare_cached(
                "SELECT witnesses <> ?2 OR tool_call IS NOT NULL OR abs(at - ?3) <= ?4
                 FROM events WHERE seq = ?1",
            )?
            .query_row(
                params![
                    seq,
                    Witnesses::default().with(Witness::Hook).bits(),
                    event.at.as_micros(),
                    APART,
                ],
                |row| row.get(0),
            )
            .optional()
            .map(|is_near| is_near.unwrap_or(true))
    }

    /// For a call that a hook told of without its id: the call of the session with the same content
    /// that no hook told of and that is nearest in time. For a call with an id: the nearest that a hook
    /// told of, and maybe another, without one.
    pub(super) fn same_hooked(
        &self,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<Option<[u8; 16]>> {
        let is_hooks = event.witness == Witness::Hook;
        let is_other = event.tool_call.is_none() == is_hooks;
        let Kind::ToolCall(_) = event.kind else { return Ok(None) };
        if event.content == ContentHash(0) || !is_other {
            return Ok(None);
        }
        let hook = Witnesses::default().with(Witness::Hook).bits();
        let wanted = if is_hooks {
            "witnesses & ?4 = 0 AND witnesses & ?5 = 0"
        } else {
            "witnesses & ?4 <> 0 AND witnesses & ?5 = 0 AND tool_call IS NULL"
        };
        let sql = format!(
            "SELECT id FROM events
             WHERE session IS ?1 AND kind = ?2 AND content = ?3 AND conflicts_with IS NULL
                 AND at BETWEEN ?6 - ?7 AND ?6 + ?7 AND {wanted}
             ORDER BY abs(at - ?6), seq LIMIT 1"
        );
        self.conn
            .prepare_cached(&sql)?
            .query_row(
                params![
                    links.session,
                    event.kind.name().code(),
                    event.content.0.cast_signed(),
                    hook,
                    Witnesses::default().with(event.witness).bits(),
                    event.at.as_micros(),
                    APART,
                ],
                |row| row.get(0),
            )
            .optional()
    }
}

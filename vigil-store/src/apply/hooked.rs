//! Sightings by hooks that are told no id of the tool call: they become one row with the sighting that
//! names the call, whichever comes first. What they say of it is its tool and its input.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{ContentHash, Event, Kind, Masked, Witness, Witnesses};

use super::{Tx, event::Links};

impl Tx<'_> {
    /// For a call that a hook told of without its id: the first call of the session with the same
    /// content that no hook told of. For a call with an id: the first that a hook told of, and
    /// maybe another, without one.
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
                 AND {wanted}
             ORDER BY seq LIMIT 1"
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
                ],
                |row| row.get(0),
            )
            .optional()
    }
}

//! What is known by several names: a session by the one that the proxy made up for it, an event by
//! what another witness calls it. Old links lead where the names lead now.

use rusqlite::{Connection, OptionalExtension as _};
use vigil_proto::{EventId, SessionId};

/// The sessions that are others by another name: nothing is left in them.
pub(super) const OTHERS: &str = "(SELECT provisional FROM aliases)";

/// The number of the session with this key, or of the one that it turned out to be.
pub(super) fn session(conn: &Connection, key: SessionId) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached(
        "SELECT coalesce(r.id, s.id) FROM sessions s LEFT JOIN aliases a ON a.provisional = s.id
             LEFT JOIN sessions r ON r.id = a.session
         WHERE s.key = ?",
    )?
    .query_row([key.as_bytes()], |row| row.get(0))
    .optional()
}

/// The number of the event that is known by this id.
pub(super) fn event(conn: &Connection, id: EventId) -> rusqlite::Result<Option<i64>> {
    let own = conn
        .prepare_cached("SELECT seq FROM events WHERE id = ?")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    if own.is_some() {
        return Ok(own);
    }
    conn.prepare_cached("SELECT event FROM known_as WHERE id = ?")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()
}

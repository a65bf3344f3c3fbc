//! Commands that ran without their client having asked its hook.

use rusqlite::{Connection, params};
use vigil_proto::{KindName, Masked, Outcome, Timestamp, Witness, Witnesses, guard::SHELLS};

use super::{Reader, label};
use crate::error::Error;

/// Sessions that are told of at once.
const MOST: u32 = 64;

/// A session in which commands ran that its client's hook was not asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// The client's own id of the session.
    pub session: Masked,
    /// When the first of them was asked for.
    pub at: Timestamp,
    /// How many there are.
    pub commands: u64,
}

impl Reader {
    /// Of the sessions of `client` that began at `begun` or later, those in which it ran commands from
    /// `since` to `until` that no hook told of, whatever became of them. A call that was refused, or of which
    /// nothing is known yet, is none: who refused it may have come before the hook.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn unasked(
        &self,
        client: &str,
        begun: Timestamp,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Unasked>, Error> {
        self.snapshot("look for commands that no hook told of", |conn| {
            of(conn, client, begun, [since, until])
        })
    }
}

fn of(
    conn: &Connection,
    client: &str,
    begun: Timestamp,
    [since, until]: [Timestamp; 2],
) -> rusqlite::Result<Vec<Unasked>> {
    let shells = format!("'{}'", SHELLS.join("', '"));
    let [ran, failed, cut] =
        [Outcome::Executed, Outcome::Failed, Outcome::Interrupted].map(Outcome::code);
    let sql = format!(
        "SELECT s.native, min(e.at), count(*)
         FROM events e INDEXED BY events_at JOIN names n ON n.id = e.name
             JOIN sessions s ON s.id = e.session JOIN names c ON c.id = s.client
         WHERE e.at BETWEEN ?1 AND ?2 AND e.kind = ?3 AND e.outcome IN (?4, ?9, ?10)
             AND e.witnesses & ?5 = 0 AND e.conflicts_with IS NULL AND lower(n.text) IN ({shells})
             AND c.text = ?6 AND s.started >= ?8
         GROUP BY s.id ORDER BY min(e.at) LIMIT ?7"
    );
    conn.prepare_cached(&sql)?
        .query_map(
            params![
                since.as_micros(),
                until.as_micros(),
                KindName::ToolCall.code(),
                ran,
                Witnesses::default().with(Witness::Hook).bits(),
                client,
                MOST,
                begun.as_micros(),
                failed,
                cut,
            ],
            |row| {
                Ok(Unasked {
                    session: label(row.get(0)?),
                    at: Timestamp::from_micros(row.get(1)?),
                    commands: row.get::<_, i64>(2)?.cast_unsigned(),
                })
            },
        )?
        .collect()
}

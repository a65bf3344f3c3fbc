//! When recording was paused, as it is on record.

use rusqlite::{Connection, params};
use vigil_proto::{KindName, Timestamp, Witness, Witnesses};

use super::Reader;
use crate::error::Error;

/// Beginnings and ends of pauses that are looked at, the latest.
const MOST: u32 = 20_000;

impl Reader {
    /// From when to when recording was paused, in order. Only the last may be without an end.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn pauses(&self) -> Result<Vec<(Timestamp, Option<Timestamp>)>, Error> {
        self.snapshot("list pauses", of)
    }
}

fn of(conn: &Connection) -> rusqlite::Result<Vec<(Timestamp, Option<Timestamp>)>> {
    // As the index of rare kinds says it, or it is none that fits.
    let sql = format!(
        "SELECT n.text = 'pause', e.at
         FROM events e INDEXED BY events_rare JOIN names n ON n.id = e.name
         WHERE e.kind > 5 AND e.kind = {} AND e.witnesses & ?1 <> 0 AND n.text IN ('pause', 'resume')
         ORDER BY e.at DESC, e.seq DESC LIMIT ?2",
        KindName::ConfigChange.code()
    );
    let vigil = Witnesses::default().with(Witness::Vigil).bits();
    let mut told: Vec<(bool, Timestamp)> = conn
        .prepare_cached(&sql)?
        .query_map(params![vigil, MOST], |row| {
            Ok((row.get(0)?, Timestamp::from_micros(row.get(1)?)))
        })?
        .collect::<Result<_, _>>()?;
    told.reverse();
    let mut pauses: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
    for (begins, at) in told {
        // Where a second beginning follows, the end is not known, and was not after that.
        if let Some((_, end @ None)) = pauses.last_mut() {
            *end = Some(at);
        }
        if begins {
            pauses.push((at, None));
        }
    }
    Ok(pauses)
}

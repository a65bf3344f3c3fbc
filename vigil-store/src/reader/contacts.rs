//! Connections as they are judged anew when there is more to judge them by.

use rusqlite::params;
use vigil_proto::{EventId, Masked, SessionId};

use super::{Reader, label};
use crate::error::Error;

/// A connection on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its event.
    pub event: EventId,
    /// Its session.
    pub session: Option<SessionId>,
    /// Host or address.
    pub host: Masked,
    /// Port.
    pub port: u16,
    /// True when a finding of the rule that was asked for has been seen in it.
    pub told: bool,
}

impl Reader {
    /// At most `most` connections after the event of this number, in the order they were committed;
    /// and the number of the last, unless there are no more.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn contacts(
        &self,
        after: i64,
        most: u32,
        rule: &str,
    ) -> Result<(Vec<Contact>, Option<i64>), Error> {
        self.snapshot("list connections", |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT f.seq, e.id, coalesce(r.key, s.key), n.text, f.port,
                     EXISTS (SELECT 1 FROM finding_sightings seen
                         JOIN findings found ON found.id = seen.finding
                         WHERE seen.event = f.seq AND found.rule = ?3)
                 FROM flows f JOIN events e ON e.seq = f.seq
                     LEFT JOIN names n ON n.id = e.name
                     LEFT JOIN sessions s ON s.id = e.session
                     LEFT JOIN aliases a ON a.provisional = s.id
                     LEFT JOIN sessions r ON r.id = a.session
                 WHERE f.seq > ?1 ORDER BY f.seq LIMIT ?2",
            )?;
            let mut rows = statement.query(params![after, most, rule])?;
            let (mut contacts, mut last) = (Vec::new(), None);
            let mut read = 0;
            while let Some(row) = rows.next()? {
                read += 1;
                last = Some(row.get(0)?);
                let session: Option<[u8; 16]> = row.get(2)?;
                contacts.push(Contact {
                    event: EventId::from_bytes(row.get(1)?),
                    session: session.map(SessionId::from_bytes),
                    host: label(row.get::<_, Option<String>>(3)?.unwrap_or_default()),
                    port: row.get(4)?,
                    told: row.get(5)?,
                });
            }
            Ok((contacts, last.filter(|_| read == most)))
        })
    }
}

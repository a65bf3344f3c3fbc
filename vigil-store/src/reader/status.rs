//! What the store can tell about itself and about what each witness contributed.

use std::{collections::BTreeMap, time::SystemTime};

use vigil_proto::{
    Severity, Timestamp, Triage, Witness,
    event::ProcessRef,
    report::{Gaps, StoreStatus},
    surface::{ClientEvidence, Evidence},
};

use super::{Reader, count, coverage, masked};
use crate::{apply, error::Error, folder};

/// The store's part of the status.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// The store itself.
    pub status: StoreStatus,
    /// What was seen of each client.
    pub clients: Vec<ClientEvidence>,
    /// What was lost or not read, by name.
    pub drops: BTreeMap<String, u64>,
    /// Every other counter by name.
    pub counts: BTreeMap<String, u64>,
    /// Gaps of the last day.
    pub gaps: Gaps,
    /// The processes whose calls of the last day the proxy read, as far as the kernel looked.
    pub through: Vec<ProcessRef>,
}

impl Reader {
    /// The rules by which all that is stored was masked, or is being masked, as they were given; none
    /// before the first time.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn masked_by(&self) -> Result<Option<Vec<u8>>, Error> {
        self.snapshot("read how it is masked", apply::masked_by)
    }

    /// The state of the store and its counters. Looks at no event but the connections and the gaps
    /// of the last day.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn status(&self) -> Result<Stored, Error> {
        self.snapshot("read the status", |conn| {
            let mut stored = Stored::default();
            stored.status.path = self.dir.display().to_string();
            stored.status.bytes = folder::bytes(&self.dir);
            let events: Option<i64> =
                conn.query_row("SELECT max(value) FROM meta WHERE name = 'events'", [], |row| {
                    row.get(0)
                })?;
            stored.status.events = u64::try_from(events.unwrap_or(0)).unwrap_or(0);
            stored.status.masking = apply::masking(conn)?;

            let mut statement = conn.prepare_cached(
                "SELECT severity, count(*) AS n FROM findings WHERE state = ? GROUP BY severity",
            )?;
            let mut rows = statement.query([Triage::Open.code()])?;
            while let Some(row) = rows.next()? {
                if let Some(severity) = Severity::from_code(row.get(0)?) {
                    stored.status.findings.insert(severity.to_string(), count(row, "n")?);
                }
            }
            let mut statement = conn.prepare_cached("SELECT name, n FROM counts")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let name: String = row.get(0)?;
                let is_drop = name.starts_with("drop.") || name.starts_with("gap.");
                let list = if is_drop { &mut stored.drops } else { &mut stored.counts };
                list.insert(name, count(row, "n")?);
            }
            let mut statement = conn.prepare_cached(
                "SELECT n.text, e.witness, e.n, e.last,
                     (SELECT version FROM sessions WHERE client = e.client
                          AND version IS NOT NULL ORDER BY last DESC LIMIT 1) AS version
                 FROM evidence e JOIN names n ON n.id = e.client ORDER BY n.text, e.witness",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let client: String = row.get(0)?;
                if stored.clients.last().is_none_or(|last| last.client != client) {
                    stored.clients.push(ClientEvidence {
                        client,
                        version: row.get::<_, Option<String>>("version")?.map(masked),
                        witnesses: BTreeMap::new(),
                        flows: None,
                    });
                }
                let evidence = Evidence {
                    count: count(row, "n")?,
                    last: row.get::<_, Option<i64>>("last")?.map(Timestamp::from_micros),
                };
                if let (Some(last), Some(witness)) =
                    (stored.clients.last_mut(), Witness::from_code(row.get(1)?))
                {
                    last.witnesses.insert(witness, evidence);
                }
            }
            drop(rows);
            let now = Timestamp::from(SystemTime::now());
            if let Some(mut day) = coverage::flows(conn, now)? {
                for client in &mut stored.clients {
                    client.flows = Some(day.clients.remove(&client.client).unwrap_or_default());
                }
                stored.through = day.through;
            }
            stored.gaps = coverage::gaps(conn, now)?;
            Ok(stored)
        })
    }
}

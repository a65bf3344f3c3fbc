//! Whose connections went which way within a day: the ground of a client's coverage.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use rusqlite::{Connection, params};
use vigil_proto::{
    KindName, Timestamp, Witness, Witnesses,
    ca::{Standing, standing},
    event::{ProcessRef, Way},
    report::Gaps,
    surface::Flows,
};

/// What coverage speaks of, in microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// The port of HTTPS.
const HTTPS: i64 = 443;

/// What is known of a day's connections.
#[derive(Debug, Default)]
pub(super) struct Day {
    /// By the client's name.
    pub(super) clients: HashMap<String, Flows>,
    /// The processes of which the proxy read something.
    pub(super) through: Vec<ProcessRef>,
}

/// The connections of each client within the day before `now`; none when the kernel told of nothing, so
/// that nobody can know what went past the proxy. It tells of processes where it can tell of connections,
/// and connections that go by the proxy are not told of.
pub(super) fn flows(conn: &Connection, now: Timestamp) -> rusqlite::Result<Option<Day>> {
    let from = now.as_micros().saturating_sub(DAY);
    if !kernel_looked(conn, from)? {
        return Ok(None);
    }
    let mut statement = conn.prepare_cached(
        "SELECT c.text AS client, h.text AS host, f.port, f.way, f.pid, f.started,
             EXISTS (SELECT 1 FROM processes p INDEXED BY processes_tree
                 WHERE p.root_started = f.started AND p.root_pid = f.pid) AS own
         FROM events e INDEXED BY events_rare JOIN flows f USING (seq)
             LEFT JOIN sessions s ON s.id = e.session
             JOIN names c ON c.id = coalesce(f.client, s.client)
             LEFT JOIN names h ON h.id = e.name
         WHERE e.kind = ?1 AND e.kind > 5 AND e.at >= ?2",
    )?;
    let mut rows = statement.query(params![KindName::Connection.code(), from])?;
    let (mut clients, mut through): (HashMap<String, Flows>, _) = (HashMap::new(), HashSet::new());
    while let Some(row) = rows.next()? {
        let host = row.get::<_, Option<String>>("host")?.unwrap_or_default();
        let is_listed = standing(host.as_bytes()) == Standing::Listed;
        let is_https = row.get::<_, i64>("port")? == HTTPS;
        let flows = clients.entry(row.get("client")?).or_default();
        match Way::from_code(row.get("way")?) {
            Some(Way::Decrypted) => {
                flows.captured += 1;
                if let (Some(pid), Some(started)) = (row.get("pid")?, row.get("started")?) {
                    let started = Timestamp::from_micros(started);
                    through.insert(ProcessRef { pid, started });
                }
            }
            Some(Way::Tunnelled) if is_listed => flows.tunnelled += 1,
            Some(Way::Past) if is_listed && is_https => flows.direct += 1,
            Some(Way::Past) if is_https && host.parse::<IpAddr>().is_ok() && row.get("own")? => {
                flows.unknown += 1;
            }
            _ => {}
        }
    }
    Ok(Some(Day { clients, through: through.into_iter().collect() }))
}

/// True when the kernel's witness told of anything since `from`.
fn kernel_looked(conn: &Connection, from: i64) -> rusqlite::Result<bool> {
    let kernel = Witnesses::default().with(Witness::Kernel).bits();
    let mut newest = conn.prepare_cached(
        "SELECT 1 FROM events INDEXED BY events_rare
         WHERE kind > 5 AND kind = ?1 AND at >= ?2 AND witnesses & ?3 <> 0 LIMIT 1",
    )?;
    for kind in [KindName::Process, KindName::Connection] {
        if newest.exists(params![kind.code(), from, kernel])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The gaps of the day before `now`.
pub(super) fn gaps(conn: &Connection, now: Timestamp) -> rusqlite::Result<Gaps> {
    let from = now.as_micros().saturating_sub(DAY);
    let mut statement = conn.prepare_cached(
        "SELECT n.text AS reason, count(*) AS n, max(e.at) AS last
         FROM events e INDEXED BY events_rare LEFT JOIN names n ON n.id = e.name
         WHERE e.kind = ?1 AND e.kind > 5 AND e.at >= ?2 GROUP BY e.name",
    )?;
    let mut rows = statement.query(params![KindName::Gap.code(), from])?;
    let mut gaps = Gaps::default();
    while let Some(row) = rows.next()? {
        let n = super::count(row, "n")?;
        let last = Timestamp::from_micros(row.get("last")?);
        gaps.n += n;
        gaps.last = gaps.last.max(Some(last));
        let reason = row.get::<_, Option<String>>("reason")?.unwrap_or_default();
        *gaps.by.entry(reason).or_default() += n;
    }
    Ok(gaps)
}

//! What is known of a connection. Were both the proxy and the kernel to tell of one that goes through
//! the proxy, the client's own port would join the two. Today the kernel's source tells only of
//! those that go past it (adr/0018).

use std::net::IpAddr;

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{
    Event, EventId, KindName, Masked, Witness, Witnesses,
    event::{Connection, ProcessRef, Way},
};

use super::{
    Tx,
    event::{Links, Row},
    process::{figure, grown, process_ref},
};

/// How far apart the two sides may see a connection begin, in microseconds: the kernel's tables are
/// looked at every few seconds. A port is not used again so soon.
const APART: i64 = 15_000_000;

/// A row of `flows`.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    port: u16,
    way: Way,
    sent: i64,
    received: i64,
    duration_us: i64,
    client: Option<i64>,
    client_port: Option<u16>,
    open: bool,
    process: Option<ProcessRef>,
}

impl Known {
    fn of(event: &Event<Masked>, flow: &Connection<Masked>, client: Option<i64>) -> Self {
        Self {
            port: flow.port,
            way: flow.way,
            sent: figure(flow.sent),
            received: figure(flow.received),
            duration_us: figure(flow.duration_us),
            client,
            client_port: flow.client_port,
            open: flow.open,
            process: event.process,
        }
    }

    /// With what another sighting knows. `by_proxy` says of both whether the proxy is among those
    /// who saw it: it alone knows where a connection went and what passed.
    fn with(&self, new: &Self, by_proxy: (bool, bool)) -> Self {
        let open = self.open && new.open;
        let sum = |old: i64, new: i64| grown(Some(old), Some(new), !open).unwrap_or(old);
        let (port, way) =
            if by_proxy == (false, true) { (new.port, new.way) } else { (self.port, self.way) };
        let (sent, received) = match by_proxy {
            (false, true) => (new.sent, new.received),
            (true, false) => (self.sent, self.received),
            _ => (sum(self.sent, new.sent), sum(self.received, new.received)),
        };
        let is_news = !open || sent != self.sent || received != self.received;
        Self {
            port,
            way,
            sent,
            received,
            duration_us: if is_news {
                self.duration_us.max(new.duration_us)
            } else {
                self.duration_us
            },
            client: self.client.or(new.client),
            client_port: self.client_port.or(new.client_port),
            open,
            process: self.process.or(new.process),
        }
    }
}

impl Tx<'_> {
    /// The connection that the other side of the proxy saw, of which this is a sighting too.
    pub(super) fn other_side(
        &self,
        event: &Event<Masked>,
        flow: &Connection<Masked>,
    ) -> rusqlite::Result<Option<EventId>> {
        let (mine, other) = match event.witness {
            Witness::Proxy => (Witness::Proxy, Witness::Kernel),
            Witness::Kernel => (Witness::Kernel, Witness::Proxy),
            _ => return Ok(None),
        };
        let Some(port) = flow.client_port.filter(|_| flow.way != Way::Past) else {
            return Ok(None);
        };
        let bits = |witness| Witnesses::default().with(witness).bits();
        let at = event.at.as_micros();
        // A kernel that has seen it already sees it again under its own name. A proxy has one
        // sighting of each.
        let found: Option<[u8; 16]> = self
            .conn
            .prepare_cached(
                "SELECT e.id FROM flows f JOIN events e USING (seq)
                 WHERE f.client_port = ?1 AND f.way <> ?2 AND e.detail IS NULL
                     AND e.witnesses & ?3 <> 0 AND (?4 OR e.witnesses & ?5 = 0)
                     AND e.at BETWEEN ?6 - ?7 AND ?6 + ?7
                 ORDER BY abs(e.at - ?6), e.seq LIMIT 1",
            )?
            .query_row(
                params![
                    port,
                    Way::Past.code(),
                    bits(other),
                    mine == Witness::Kernel,
                    bits(mine),
                    at,
                    APART,
                ],
                |row| row.get(0),
            )
            .optional()?;
        Ok(found.map(EventId::from_bytes))
    }

    pub(super) fn new_flow(
        &mut self,
        seq: i64,
        event: &Event<Masked>,
        flow: &Connection<Masked>,
    ) -> rusqlite::Result<()> {
        let client = self.client_of(flow)?;
        self.conn
            .prepare_cached(
                "INSERT INTO flows (seq, port, way, sent, received, duration_us, open)
                 VALUES (?, 0, 0, 0, 0, 0, 0)",
            )?
            .execute([seq])?;
        self.save_flow(seq, &Known::of(event, flow, client))
    }

    fn client_of(&mut self, flow: &Connection<Masked>) -> rusqlite::Result<Option<i64>> {
        match &flow.client {
            Some(client) => self.state.name(self.conn, client).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn better_flow(
        &mut self,
        row: &Row,
        links: &Links,
        event: &Event<Masked>,
        flow: &Connection<Masked>,
    ) -> rusqlite::Result<()> {
        let Some(old) = self.known_flow(row.seq)? else { return Ok(()) };
        let client = self.client_of(flow)?;
        let by_proxy = (row.witnesses.contains(Witness::Proxy), event.witness == Witness::Proxy);
        let better = old.with(&Known::of(event, flow, client), by_proxy);
        if better != old {
            self.save_flow(row.seq, &better)?;
            self.state.chain.event(row.seq);
        }
        if old.client.is_none() && better.client.is_some() {
            self.saw(event)?;
        }
        self.better_host(row, links, flow, by_proxy)?;
        let told_before = self.said(row.seq)?.is_some();
        let tells = flow.detail.as_ref().is_some_and(|text| !text.as_str().is_empty());
        if tells && (!told_before || by_proxy == (false, true)) {
            self.replace_text(row, event)?;
        }
        Ok(())
    }

    /// The proxy knows the name; past it, a name is worth more than an address.
    fn better_host(
        &mut self,
        row: &Row,
        links: &Links,
        flow: &Connection<Masked>,
        by_proxy: (bool, bool),
    ) -> rusqlite::Result<()> {
        let is_address = |host: &str| host.parse::<IpAddr>().is_ok();
        let known: Option<String> = self
            .conn
            .prepare_cached(
                "SELECT n.text FROM events e JOIN names n ON n.id = e.name WHERE e.seq = ?",
            )?
            .query_row([row.seq], |row| row.get(0))
            .optional()?;
        let host = flow.host.as_str();
        let better = match by_proxy {
            (false, true) => known.as_deref() != Some(host),
            (true, false) => false,
            _ => known.is_none_or(|known| is_address(&known)) && !is_address(host),
        };
        if better {
            self.conn
                .prepare_cached("UPDATE events SET name = ? WHERE seq = ?")?
                .execute(params![links.name, row.seq])?;
            self.state.chain.event(row.seq);
        }
        Ok(())
    }

    fn known_flow(&self, seq: i64) -> rusqlite::Result<Option<Known>> {
        // One of an older schema is as it is.
        self.conn
            .prepare_cached(
                "SELECT f.* FROM flows f JOIN events e USING (seq)
                 WHERE seq = ? AND e.kind = ? AND e.detail IS NULL",
            )?
            .query_row(params![seq, KindName::Connection.code()], |row| {
                Ok(Known {
                    port: row.get("port")?,
                    way: Way::from_code(row.get("way")?).unwrap_or(Way::Tunnelled),
                    sent: row.get("sent")?,
                    received: row.get("received")?,
                    duration_us: row.get("duration_us")?,
                    client: row.get("client")?,
                    client_port: row.get("client_port")?,
                    open: row.get("open")?,
                    process: process_ref(row, ["pid", "started"])?,
                })
            })
            .optional()
    }

    fn save_flow(&self, seq: i64, known: &Known) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE flows SET port = ?2, way = ?3, sent = ?4, received = ?5,
                     duration_us = ?6, client = ?7, client_port = ?8, open = ?9, pid = ?10,
                     started = ?11
                 WHERE seq = ?1",
            )?
            .execute(params![
                seq,
                known.port,
                known.way.code(),
                known.sent,
                known.received,
                known.duration_us,
                known.client,
                known.client_port,
                known.open,
                known.process.map(|process| process.pid),
                known.process.map(|process| process.started.as_micros()),
            ])?;
        Ok(())
    }
}

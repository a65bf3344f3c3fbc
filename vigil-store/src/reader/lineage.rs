//! The way of an incident's value: where it came in, with which model calls it went from each
//! place, and everything else that it was given to. Worked out from what is on record when it is
//! asked for; nothing of it is stored.

use rusqlite::{Connection, Row, params};
use vigil_proto::{
    EventId, KindName, Masked, Outcome, SessionId, Timestamp, Witness, Witnesses,
    view::{Destination, DestinationKind, EntryWay, Left, Lineage, LineageEntry, SentWith},
};

use self::{
    sent::Calls,
    tool::{ToolUse, hosts},
};
use super::{Reader, label, masked, texts, texts::Body, word};

mod sent;
mod tool;

/// How many events are looked at, the first ones.
const LOOKED_AT: u32 = 200;

/// Longest text that is looked through for hosts, in bytes.
const LONGEST: usize = 64 * 1024;

/// An event that the value was seen in.
pub(super) struct Place {
    pub(super) seq: i64,
    pub(super) id: EventId,
    pub(super) at: i64,
    kind: KindName,
    witnesses: Witnesses,
    session: Option<i64>,
    session_key: Option<SessionId>,
    thread: Option<i64>,
    outcome: Option<Outcome>,
    name: Option<String>,
    body: Body,
}

impl Place {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get("seq")?,
            id: EventId::from_bytes(row.get("id")?),
            at: row.get("at")?,
            kind: word(row.get("kind")?, KindName::from_code)?,
            witnesses: Witnesses::from_bits(row.get("witnesses")?),
            session: row.get("session")?,
            session_key: row.get::<_, Option<[u8; 16]>>("session_key")?.map(SessionId::from_bytes),
            thread: row.get("thread")?,
            outcome: row.get::<_, Option<u8>>("outcome")?.and_then(Outcome::from_code),
            name: row.get("name")?,
            body: Body::read(row)?,
        })
    }

    /// True when the proxy read it.
    fn is_proxied(&self) -> bool {
        self.witnesses.contains(Witness::Proxy)
    }
}

/// The way of a value and, of each place that was looked at, the call that it went with.
pub(super) struct Way {
    pub(super) lineage: Lineage,
    pub(super) sent: Vec<(i64, SentWith)>,
}

impl Reader {
    /// The way of the value of `finding`; none when nothing of it is on record any more.
    pub(super) fn way(&self, conn: &Connection, finding: i64) -> rusqlite::Result<Option<Way>> {
        let mut places = places(conn, finding)?;
        let more = places.len() > LOOKED_AT as usize;
        places.truncate(LOOKED_AT as usize);
        let Some(first) = places.first() else { return Ok(None) };
        let entry = entry(conn, first)?;
        let sessions = conn
            .prepare_cached("SELECT count(*) FROM session_findings WHERE finding = ?")?
            .query_row([finding], |row| row.get::<_, i64>(0))?;
        let (mut went, mut with, mut calls) = (Went::default(), Vec::new(), Calls::default());
        for place in &places {
            if let Some(sent) = calls.sent(conn, place)? {
                went.add(place, &of_call(&sent));
                with.push((place.seq, sent));
            }
            for to in self.given(conn, place)? {
                went.add(place, &to);
            }
        }
        Ok(Some(Way {
            lineage: Lineage {
                entry,
                left: went.left(),
                destinations: went.sorted(),
                sessions: sessions.cast_unsigned(),
                looked_at: places.len() as u64,
                more,
            },
            sent: with,
        }))
    }

    /// What the value was given to on this machine, and the hosts that are named beside it.
    fn given(&self, conn: &Connection, place: &Place) -> rusqlite::Result<Vec<To>> {
        if place.outcome == Some(Outcome::Denied) {
            return Ok(Vec::new());
        }
        let mut given = Vec::new();
        match place.kind {
            KindName::ToolCall => {
                let name = place.name.clone().unwrap_or_default();
                match tool::used(conn, place.seq, &name)? {
                    ToolUse::Mcp(server) => given.push(To::new(DestinationKind::McpServer, server)),
                    ToolUse::File { path, written: true } => {
                        given.push(To::new(DestinationKind::File, path));
                    }
                    ToolUse::File { .. } => {}
                    ToolUse::Command | ToolUse::Web | ToolUse::Other => {
                        given.push(To::new(DestinationKind::Tool, name));
                        given.extend(self.hosts_beside(conn, place)?);
                    }
                }
            }
            KindName::Process => {
                let program = tool::program(conn, place.seq)?;
                given.extend(program.map(|name| To::new(DestinationKind::Program, name)));
                given.extend(self.hosts_beside(conn, place)?);
            }
            KindName::BrowserMessage => {
                given.extend(place.name.clone().map(|host| To::new(DestinationKind::Host, host)));
            }
            _ => {}
        }
        let independent = place.witnesses.iter().any(Witness::is_independent);
        for to in &mut given {
            // That a command names a host is no proof that it was reached.
            to.seen = to.kind == DestinationKind::Program && independent;
        }
        Ok(given)
    }

    fn hosts_beside(&self, conn: &Connection, place: &Place) -> rusqlite::Result<Vec<To>> {
        let text = texts::whole(conn, &mut self.bodies.borrow_mut(), &place.body)?;
        let text = text.filter(|text| text.len() <= LONGEST).unwrap_or_default();
        Ok(hosts(&text).into_iter().map(|host| To::new(DestinationKind::Host, host)).collect())
    }
}

/// The events that the value was seen in, by time; one more than are looked at, where there are.
fn places(conn: &Connection, finding: i64) -> rusqlite::Result<Vec<Place>> {
    conn.prepare_cached(
        "SELECT e.seq, e.id, e.at, e.kind, e.witnesses, e.session, s.key AS session_key, e.thread,
             e.outcome, n.text AS name, e.body
         FROM (SELECT DISTINCT event FROM finding_sightings WHERE finding = ?1
               ORDER BY event LIMIT 10 * ?2) x
             JOIN events e ON e.seq = x.event
             LEFT JOIN sessions s ON s.id = e.session
             LEFT JOIN names n ON n.id = e.name
         ORDER BY e.at, e.seq LIMIT ?2",
    )?
    .query_map(params![finding, LOOKED_AT + 1], Place::read)?
    .collect()
}

fn entry(conn: &Connection, place: &Place) -> rusqlite::Result<LineageEntry> {
    let (mut name, mut path) = (place.name.clone(), None);
    let way = match place.kind {
        KindName::Prompt => EntryWay::Prompt,
        KindName::Response | KindName::Thinking | KindName::ToolCall => EntryWay::Answer,
        KindName::System
            if matches!(name.as_deref(), Some("system_prompt" | "tool_definitions")) =>
        {
            EntryWay::Instructions
        }
        KindName::Process => {
            name = tool::program(conn, place.seq)?;
            EntryWay::CommandLine
        }
        KindName::ToolResult => match tool::behind(conn, place.seq)? {
            Some((tool, used)) => {
                name = Some(tool);
                match used {
                    ToolUse::Mcp(server) => {
                        name = Some(server);
                        EntryWay::Mcp
                    }
                    ToolUse::File { path: file, .. } => {
                        path = Some(masked(file));
                        EntryWay::File
                    }
                    ToolUse::Command => EntryWay::Command,
                    ToolUse::Web => EntryWay::Web,
                    ToolUse::Other => EntryWay::Tool,
                }
            }
            None => EntryWay::Tool,
        },
        _ => EntryWay::Other,
    };
    Ok(LineageEntry {
        way,
        event: place.id,
        seq: place.seq,
        at: Timestamp::from_micros(place.at),
        session_key: place.session_key,
        name: name.filter(|name| !name.is_empty()).map(label),
        path,
    })
}

/// One thing that one event's value went to.
struct To {
    kind: DestinationKind,
    name: Masked,
    host: Option<Masked>,
    written: bool,
    seen: bool,
    call: Option<EventId>,
}

impl To {
    fn new(kind: DestinationKind, name: String) -> Self {
        Self { kind, name: label(name), host: None, written: false, seen: false, call: None }
    }
}

fn of_call(sent: &SentWith) -> To {
    To {
        kind: DestinationKind::Provider,
        name: sent.provider.clone(),
        host: sent.host.clone(),
        written: sent.written,
        seen: sent.seen,
        call: sent.call,
    }
}

/// What is known so far, one entry a destination.
#[derive(Default)]
struct Went(Vec<Destination>);

impl Went {
    fn add(&mut self, place: &Place, to: &To) {
        let at = Timestamp::from_micros(place.at);
        let same = |known: &&mut Destination| {
            known.kind == to.kind && known.written == to.written && known.name == to.name
        };
        let Some(known) = self.0.iter_mut().find(same) else {
            self.0.push(Destination {
                kind: to.kind,
                name: to.name.clone(),
                host: to.host.clone(),
                written: to.written,
                seen: to.seen,
                times: 1,
                first: at,
                last: at,
                event: place.id,
                seq: place.seq,
                session_key: place.session_key,
                call: to.call,
            });
            return;
        };
        known.times += 1;
        known.last = known.last.max(at);
        known.seen |= to.seen;
        if known.host.is_none() {
            known.host.clone_from(&to.host);
        }
    }

    fn left(&self) -> Left {
        // What the model wrote came from there.
        let outside = |to: &&Destination| {
            matches!(to.kind, DestinationKind::Provider | DestinationKind::Host) && !to.written
        };
        let mut outside = self.0.iter().filter(outside).peekable();
        match (outside.peek().is_some(), outside.any(|to| to.seen)) {
            (_, true) => Left::Yes,
            (true, false) => Left::Likely,
            (false, false) => Left::No,
        }
    }

    fn sorted(mut self) -> Vec<Destination> {
        self.0.sort_by_key(|to| (to.first, to.kind));
        self.0
    }
}

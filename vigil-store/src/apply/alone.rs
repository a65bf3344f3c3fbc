//! In a session that is known by two names: what only one side has told of, the client under the
//! name that it gives, or the proxy under the one that it made up. The other side's sighting of the
//! same thing cannot be known by its key, of which the session is a part; it is known by what it
//! says, in the order in which it is said.

use std::collections::{HashMap, VecDeque};

use vigil_proto::{Event, KindName, Masked, Witness, Witnesses, batch::NAMELESS};

use super::{Tx, event::Links};

/// The last kind that a conversation consists of, by its code; model calls are known by other means.
const LAST: u8 = KindName::ToolResult.code();

/// Events by kind and content, in the order in which they were told.
#[derive(Debug, Default)]
pub(super) struct Alone(HashMap<(u8, i64), VecDeque<Sighting>>);

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) seq: i64,
    /// True when it was told under the made up name.
    pub(super) by_proxy: bool,
    pub(super) thread: Option<i64>,
    pub(super) tool_call: Option<String>,
}

impl Sighting {
    /// True when both may be one thing, told by either side.
    fn fits(&self, other: &Self) -> bool {
        let is_one_call = match (&self.tool_call, &other.tool_call) {
            (Some(one), Some(other)) => {
                one == other || one.starts_with(NAMELESS) || other.starts_with(NAMELESS)
            }
            _ => true,
        };
        self.by_proxy != other.by_proxy && self.thread == other.thread && is_one_call
    }
}

impl Alone {
    /// Takes out the first that may be the same as `sighting`.
    pub(super) fn take(&mut self, key: (u8, i64), sighting: &Sighting) -> Option<i64> {
        let told = self.0.get_mut(&key)?;
        let found = told.iter().position(|known| known.fits(sighting))?;
        told.remove(found).map(|known| known.seq)
    }

    pub(super) fn push(&mut self, key: (u8, i64), sighting: Sighting) {
        self.0.entry(key).or_default().push_back(sighting);
    }
}

/// True for events that are known by what they say.
pub(super) const fn is_told(kind: u8, content: i64) -> bool {
    kind <= LAST && content != 0
}

impl Tx<'_> {
    /// Where the other side has told the same: the row becomes known by this event's id, and takes
    /// it where it is the client's. True when there is such a row.
    pub(super) fn recognise(&mut self, event: &Event<Masked>) -> rusqlite::Result<bool> {
        let key = (event.kind.name().code(), event.content.0.cast_signed());
        let Some(told_in) = event.session.filter(|_| is_told(key.0, key.1)) else {
            return Ok(false);
        };
        if self.state.joined.is_empty() {
            return Ok(false);
        }
        let session = self.session_of(told_in)?.id;
        if !self.state.joined.contains(&session)
            || self.known_as(event)?.is_some()
            || self.row(event.id)?.is_some()
        {
            return Ok(false);
        }
        let alias = self.told_session(told_in)?.alias;
        if alias.is_none() && event.witness == Witness::Proxy {
            return Ok(false);
        }
        let thread = match &event.thread {
            Some(thread) => Some(self.state.name(self.conn, thread.as_str())?),
            None => alias.and_then(|alias| alias.thread),
        };
        let sighting = Sighting {
            seq: 0,
            by_proxy: alias.is_some(),
            thread,
            tool_call: event.tool_call.as_ref().map(|call| call.as_str().to_owned()),
        };
        let Some(seq) = self.alone(session)?.take(key, &sighting) else { return Ok(false) };
        let waits: bool = self
            .conn
            .prepare_cached("SELECT incomplete IS NOT NULL FROM events WHERE seq = ?")?
            .query_row([seq], |row| row.get(0))?;
        if waits && !sighting.by_proxy {
            self.renamed(seq, event)?;
        } else {
            self.also_known(event.id, seq)?;
            self.name_call(seq, sighting.tool_call.as_deref())?;
        }
        Ok(true)
    }

    /// The row `seq` of a tool call takes the provider's id of it, where it has none yet.
    pub(super) fn name_call(&mut self, seq: i64, call: Option<&str>) -> rusqlite::Result<()> {
        let Some(call) = call.filter(|call| !call.starts_with(NAMELESS)) else { return Ok(()) };
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE events SET tool_call = ?2
                 WHERE seq = ?1 AND substr(tool_call, 1, length(?3)) = ?3",
            )?
            .execute((seq, call, NAMELESS))?;
        if changed > 0 {
            self.state.chain.event(seq);
        }
        Ok(())
    }

    /// Remembers a new row of a joined session whose events are in memory.
    pub(super) fn is_alone(&mut self, seq: i64, links: &Links, event: &Event<Masked>) {
        let key = (event.kind.name().code(), event.content.0.cast_signed());
        let Some(alone) = links.session.and_then(|session| self.state.alone.get_mut(&session))
        else {
            return;
        };
        let by_proxy = links.told_in.is_some();
        if is_told(key.0, key.1) && (by_proxy || event.witness != Witness::Proxy) {
            alone.push(
                key,
                Sighting {
                    seq,
                    by_proxy,
                    thread: links.thread,
                    tool_call: event.tool_call.as_ref().map(|call| call.as_str().to_owned()),
                },
            );
        }
    }

    /// What only one side has told of in `session`, from the store where it is not in memory.
    pub(super) fn alone(&mut self, session: i64) -> rusqlite::Result<&mut Alone> {
        if !self.state.alone.contains_key(&session) {
            let alone = self.read_alone(session)?;
            self.state.alone.insert(session, alone);
        }
        Ok(self.state.alone.entry(session).or_default())
    }

    fn read_alone(&self, session: i64) -> rusqlite::Result<Alone> {
        let mut alone = Alone::default();
        let mut statement = self.conn.prepare_cached(
            "SELECT seq, kind, content, thread, tool_call, told_in IS NOT NULL, witnesses
             FROM events
             WHERE session = ? AND kind <= ? AND content <> 0 AND conflicts_with IS NULL
             ORDER BY seq",
        )?;
        let mut rows = statement.query((session, LAST))?;
        while let Some(row) = rows.next()? {
            let sighting = Sighting {
                seq: row.get(0)?,
                by_proxy: row.get(5)?,
                thread: row.get(3)?,
                tool_call: row.get(4)?,
            };
            let witnesses = Witnesses::from_bits(row.get(6)?);
            let by_one_side = if sighting.by_proxy {
                witnesses == Witnesses::default().with(Witness::Proxy)
            } else {
                !witnesses.contains(Witness::Proxy)
            };
            if by_one_side {
                alone.push((row.get(1)?, row.get(2)?), sighting);
            }
        }
        Ok(alone)
    }
}

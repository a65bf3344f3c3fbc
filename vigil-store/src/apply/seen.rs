//! Sightings of processes and connections. What they say never contradicts: a later one makes the
//! row more complete, and nothing that is known is taken back.

use rusqlite::{params, types::ValueRef};
use vigil_proto::{Event, EventId, Kind, Masked, event::Field};

use super::{
    Tx,
    event::{Links, Row},
    parts,
};
use crate::{body, chain::facts::Of};

/// A place behind every place in a text, in bytes.
const BEHIND: u32 = i32::MAX.cast_unsigned();

/// What the row of an event says of its text: the text, or the number of a long one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    Short(String),
    Long(i64),
}

impl Tx<'_> {
    /// What the row says; none when it has no text.
    pub(super) fn said(&self, seq: i64) -> rusqlite::Result<Option<Said>> {
        self.conn.prepare_cached("SELECT body FROM events WHERE seq = ?")?.query_row([seq], |row| {
            Ok(match row.get_ref(0)? {
                ValueRef::Integer(hash) => Some(Said::Long(hash)),
                ValueRef::Text(text) => {
                    Some(Said::Short(String::from_utf8_lossy(text).into_owned()))
                }
                _ => None,
            })
        })
    }

    /// What a row would say of `text`.
    pub(super) fn as_said(&self, text: &str) -> Option<Said> {
        match text.len() {
            0 => None,
            length if length > body::INLINE => Some(Said::Long(self.state.packer.hash(text))),
            _ => Some(Said::Short(text.to_owned())),
        }
    }

    pub(super) fn seen(&mut self, source: i64, event: &Event<Masked>) -> rusqlite::Result<()> {
        let links = self.links(source, event)?;
        if let Some(session) = event.session {
            self.session_of(session)?.spans(event.at.as_micros());
        }
        if let Some(row) = self.row(event.id)? {
            return self.grow(&row, &links, event);
        }
        if let Kind::Connection(flow) = &event.kind
            && let Some(id) = self.other_side(event, flow)?
            && let Some(row) = self.row(id)?
        {
            return self.grow(&row, &links, event);
        }
        let Some(seq) = self.insert(event.id, None, &links, event)? else { return Ok(()) };
        self.meet(event.id, seq, false);
        if let Some(key) = event.session {
            self.session_of(key)?.changed = true;
        }
        match &event.kind {
            Kind::Process(process) => self.new_process(seq, event, process),
            Kind::Connection(flow) => self.new_flow(seq, event, flow),
            _ => Ok(()),
        }
    }

    fn grow(&mut self, row: &Row, links: &Links, event: &Event<Masked>) -> rusqlite::Result<()> {
        self.meet(event.id, row.seq, true);
        let is_new_witness = !row.witnesses.contains(event.witness);
        if is_new_witness || row.source != links.source {
            self.note_sighting(row.seq, links, event)?;
        }
        if is_new_witness {
            self.saw(event)?;
        }
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE events SET witnesses = ?2, session = coalesce(session, ?3),
                     thread = coalesce(thread, ?4), turn = coalesce(turn, ?5),
                     tool_call = coalesce(tool_call, ?6)
                 WHERE seq = ?1 AND (witnesses <> ?2 OR session IS NULL AND ?3 IS NOT NULL
                     OR thread IS NULL AND ?4 IS NOT NULL OR turn IS NULL AND ?5 IS NOT NULL
                     OR tool_call IS NULL AND ?6 IS NOT NULL)",
            )?
            .execute(params![
                row.seq,
                row.witnesses.with(event.witness).bits(),
                links.session,
                links.thread,
                links.turn,
                event.tool_call.as_ref().map(Masked::as_str),
            ])?;
        if changed > 0 {
            self.state.chain.event(row.seq);
        }
        if let (None, Some(session)) = (row.session, links.session) {
            self.findings_get(session, row)?;
        }
        match &event.kind {
            Kind::Process(process) => self.better_process(row, event, process),
            Kind::Connection(flow) => self.better_flow(row, links, event, flow),
            _ => Ok(()),
        }
    }

    /// What was found in an event before its session was known belongs to that session.
    fn findings_get(&mut self, session: i64, row: &Row) -> rusqlite::Result<()> {
        let found: Vec<i64> = self
            .conn
            .prepare_cached("SELECT DISTINCT finding FROM finding_sightings WHERE event = ?")?
            .query_map([row.seq], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for finding in found {
            let changed = self
                .conn
                .prepare_cached(
                    "UPDATE findings SET session = ? WHERE id = ? AND event = ? AND session IS NULL",
                )?
                .execute(params![session, finding, row.id.as_bytes()])?;
            if changed > 0 {
                self.state.chain.changes(Of::Finding, finding);
            }
            self.count_in_session(finding, row.seq)?;
            self.state.findings_changed = true;
        }
        Ok(())
    }

    /// Another text takes the place of the event's. Findings in the old one lose their place, and
    /// get one in the new one when they are told with it.
    pub(super) fn replace_text(
        &mut self,
        row: &Row,
        event: &Event<Masked>,
    ) -> rusqlite::Result<()> {
        let text = parts::main_text(&event.kind).map(Masked::as_str);
        let digest = text
            .filter(|text| text.len() > body::INLINE)
            .map(|text| (text, self.state.packer.digest(text)));
        let mut update =
            self.conn.prepare_cached("UPDATE events SET content = ?, body = ? WHERE seq = ?")?;
        let content = event.content.0.cast_signed();
        if let Some((text, digest)) = digest {
            let hash = body::number(&digest);
            self.state.packer.add(self.conn, hash, text)?;
            self.state.chain.text(hash, digest);
            update.execute(params![content, hash, row.seq])?;
        } else {
            update.execute(params![content, text.filter(|text| !text.is_empty()), row.seq])?;
        }
        self.state.chain.event(row.seq);
        self.conn.prepare_cached("DELETE FROM search WHERE rowid = ?")?.execute([row.seq])?;
        self.index(row.seq, event)?;
        self.lose_places(row.id, row.seq)?;
        self.meet(event.id, row.seq, false);
        Ok(())
    }

    fn lose_places(&mut self, id: EventId, seq: i64) -> rusqlite::Result<()> {
        let lost: Vec<i64> = self
            .conn
            .prepare_cached("DELETE FROM finding_sightings WHERE event = ? RETURNING finding")?
            .query_map([seq], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for finding in lost {
            // The next place in this event is the earliest again.
            self.conn
                .prepare_cached(
                    "UPDATE findings SET sightings = sightings - 1,
                         field = CASE WHEN event = ?2 THEN ?3 ELSE field END,
                         start = CASE WHEN event = ?2 THEN ?4 ELSE start END,
                         stop = CASE WHEN event = ?2 THEN ?4 ELSE stop END
                     WHERE id = ?1",
                )?
                .execute(params![finding, id.as_bytes(), Field::Detail.code(), BEHIND])?;
            self.state.findings_changed = true;
            self.state.chain.changes(Of::Finding, finding);
        }
        Ok(())
    }
}

//! Incidents and the places they were seen in. The same secret seen again is the same
//! incident; the earliest sighting is the one that is shown.

use rusqlite::{OptionalExtension as _, params};
use vigil_proto::{
    Confidence, Event, EventId, Finding, FindingId, Masked, Severity, Triage, Witness, Witnesses,
};

use super::{Met, Tx, event::Links};
use crate::chain::facts::Of;

/// What the history says of an incident that came back.
pub(super) const SEEN_AGAIN: &str = "seen again after it was resolved";

/// The row of an event, and whether it was there before.
pub(super) struct Place {
    pub(super) seq: i64,
    known: bool,
}

impl Tx<'_> {
    pub(super) fn finding(&mut self, finding: &Finding) -> rusqlite::Result<()> {
        let Some(Place { seq, known }) = self.place_of(finding.event)? else {
            // A finding must name an event of its own batch.
            tracing::warn!(rule = finding.rule, "a finding names an event that is not stored");
            *self.state.counts.entry("drop.finding-without-event".to_owned()).or_default() += 1;
            return Ok(());
        };
        self.sighted(finding, seq, known)?;
        self.keep(finding)
    }

    /// Where an event of the batch came to stand, or one that is stored stands.
    pub(super) fn place_of(&self, id: EventId) -> rusqlite::Result<Option<Place>> {
        let met = self.met.get(&id).copied();
        let known = met.is_some_and(|met| met.known);
        let seq = match met.and_then(|Met { seq, .. }| seq) {
            Some(seq) => Some(seq),
            None => self.seq_of(id)?,
        };
        Ok(seq.map(|seq| Place { seq, known }))
    }

    fn seq_of(&self, id: EventId) -> rusqlite::Result<Option<i64>> {
        self.conn
            .prepare_cached("SELECT seq FROM events WHERE id = ?")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()
    }

    /// Adds a sighting of an incident in the event `seq`. When the event was `known` before,
    /// another witness says the same again, which is no further place.
    fn sighted(&mut self, finding: &Finding, seq: i64, known: bool) -> rusqlite::Result<()> {
        let incident = self.incident(finding, seq)?;
        if known
            && self
                .conn
                .prepare_cached(
                    "SELECT 1 FROM finding_sightings WHERE finding = ? AND event = ? LIMIT 1",
                )?
                .exists(params![incident, seq])?
        {
            return Ok(());
        }
        let (field, start, stop) = finding.span.map_or((-1, -1, -1), |span| {
            (i64::from(span.field.code()), i64::from(span.start), i64::from(span.end))
        });
        let added = self
            .conn
            .prepare_cached(
                "INSERT OR IGNORE INTO finding_sightings (finding, event, field, start, stop)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![incident, seq, field, start, stop])?;
        if added == 0 {
            return Ok(());
        }
        self.state.findings_changed = true;
        self.state.chain.event(seq);
        self.state.chain.changes(Of::Finding, incident);
        self.conn
            .prepare_cached(
                "UPDATE findings SET sightings = sightings + 1, severity = max(severity, ?2),
                     confidence = max(confidence, ?3),
                     last = max(coalesce(last, at), (SELECT at FROM events WHERE seq = ?4))
                 WHERE id = ?1",
            )?
            .execute(params![incident, finding.severity.code(), finding.confidence.code(), seq])?;
        self.seen_again(incident, seq)?;
        self.show_earliest(incident, finding, seq)?;
        self.count_in_session(incident, seq)
    }

    /// A resolved incident that is met in a later event was not resolved: it is open again, and
    /// its history says why. What a person called false or acknowledged stays so.
    fn seen_again(&self, incident: i64, seq: i64) -> rusqlite::Result<()> {
        let at: Option<i64> = self
            .conn
            .prepare_cached(
                "UPDATE findings SET state = ?3, note = ?5, triaged_at = e.at
                 FROM (SELECT at FROM events WHERE seq = ?2) e
                 WHERE findings.id = ?1 AND state = ?4 AND triaged_at < e.at
                 RETURNING triaged_at",
            )?
            .query_row(
                params![incident, seq, Triage::Open.code(), Triage::Resolved.code(), SEEN_AGAIN],
                |row| row.get(0),
            )
            .optional()?;
        let Some(at) = at else { return Ok(()) };
        self.conn
            .prepare_cached(
                "INSERT INTO triage_log (finding, at, state, note) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![incident, at, Triage::Open.code(), SEEN_AGAIN])?;
        Ok(())
    }

    fn incident(&mut self, finding: &Finding, seq: i64) -> rusqlite::Result<i64> {
        let found = self
            .conn
            .prepare_cached("SELECT id FROM findings WHERE key = ?")?
            .query_row([finding.id.as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        self.conn
            .prepare_cached(
                "INSERT INTO findings (key, rule, category, severity, confidence, event, session,
                     turn, thread, at, field, start, stop, evidence, why)
                 SELECT ?1, ?2, ?3, ?4, ?5, id, session, turn, thread, at, ?6, ?7, ?8, ?9, ?10
                 FROM events WHERE seq = ?11",
            )?
            .execute(params![
                finding.id.as_bytes(),
                finding.rule,
                finding.group,
                finding.severity.code(),
                finding.confidence.code(),
                finding.span.map(|span| span.field.code()),
                finding.span.map(|span| span.start),
                finding.span.map(|span| span.end),
                finding.evidence.as_str(),
                finding.why.as_str(),
                seq,
            ])?;
        let incident = self.conn.last_insert_rowid();
        self.state.new_findings.push(finding.id);
        self.state.chain.adds(Of::Finding, incident);
        Ok(incident)
    }

    /// Moves the incident to an earlier event, or to an earlier place in the same one.
    fn show_earliest(
        &mut self,
        incident: i64,
        finding: &Finding,
        seq: i64,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE findings SET event = e.id, session = e.session, turn = e.turn,
                     thread = e.thread, at = e.at, field = ?2, start = ?3, stop = ?4,
                     evidence = ?5, why = ?6
                 FROM (SELECT id, session, turn, thread, at FROM events WHERE seq = ?7) e
                 WHERE findings.id = ?1
                     AND (e.at, e.id, coalesce(?2, -1), coalesce(?3, -1))
                       < (findings.at, findings.event, coalesce(findings.field, -1),
                          coalesce(findings.start, -1))",
            )?
            .execute(params![
                incident,
                finding.span.map(|span| span.field.code()),
                finding.span.map(|span| span.start),
                finding.span.map(|span| span.end),
                finding.evidence.as_str(),
                finding.why.as_str(),
                seq,
            ])?;
        Ok(())
    }

    pub(super) fn count_in_session(&mut self, incident: i64, seq: i64) -> rusqlite::Result<()> {
        let place: Option<(i64, [u8; 16])> = self
            .conn
            .prepare_cached(
                "SELECT s.id, s.key FROM events e JOIN sessions s ON s.id = e.session
                 WHERE e.seq = ?",
            )?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((session, key)) = place else { return Ok(()) };
        let added = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO session_findings VALUES (?, ?)")?
            .execute(params![session, incident])?;
        if added > 0 {
            let session = self.session_of(vigil_proto::SessionId::from_bytes(key))?;
            session.findings += 1;
            session.changed = true;
        }
        Ok(())
    }

    /// Two sightings of the event `about` say different things. However many more do, it is one
    /// incident: whoever forges lines by the thousand must not bury everything else.
    pub(super) fn conflict_found(
        &mut self,
        seq: i64,
        (about, beside): (EventId, EventId),
        first: Witnesses,
        links: &Links,
        event: &Event<Masked>,
    ) -> rusqlite::Result<()> {
        // A witness that contradicts only itself is odd; one that contradicts another, who may
        // well have been agreed with before, is worse.
        let same = first == Witnesses::default().with(event.witness);
        let kind = event.kind.name();
        let evidence = format!("{kind} as told by {first}, and otherwise by {}", event.witness);
        let why = if same {
            format!("the {} tells the same {kind} twice with different content", event.witness)
        } else {
            format!("{first} and {} tell the same {kind} with different content", event.witness)
        };
        tracing::debug!(source = links.source, %evidence, "witness conflict");
        self.sighted(
            &Finding {
                id: FindingId::of("witness-conflict", about.as_bytes()),
                rule: "witness-conflict".to_owned(),
                group: "integrity".to_owned(),
                severity: if same { Severity::Medium } else { Severity::High },
                confidence: if first.iter().chain([event.witness]).any(Witness::is_independent) {
                    Confidence::High
                } else {
                    Confidence::Medium
                },
                event: beside,
                span: None,
                evidence: Masked::from_scan(evidence),
                why: Masked::from_scan(why),
                sealed: None,
            },
            seq,
            false,
        )
    }
}

//! What the client notes about itself: system records, attachments, titles, records of unknown
//! types, and the gaps that Vigil notes about the file.

use vigil_proto::{
    Batch, ContentHash, Kind, NaturalKey, Sensitive, SessionFacts,
    batch::TitleRank,
    event::{Gap, System},
};

use super::{
    Parser,
    record::{self, Attachment, Content, Record},
    seat::Seat,
    skip,
    text::{self, Text},
    user,
};

/// Bytes of an unreadable line that go into its identity.
const SAMPLE: usize = 4096;

impl Parser<'_> {
    pub(super) fn system(
        &mut self,
        record: &Record<'_>,
        line: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let subtype = record.subtype.as_ref().map_or("system", Text::as_str);
        if let Some(counter) = skip::system(subtype) {
            batch.count(counter, 1);
            return;
        }
        let said = match &record.content {
            Some(content @ (Content::Text(_) | Content::Blocks(_))) => user::flatten(content).shown,
            _ => String::new(),
        };
        match (said.is_empty(), record.compact_metadata) {
            (false, Some(raw)) => {
                let text = [said.as_str(), raw.get()].join("\n");
                self.system_event(subtype, &text, seat, batch);
            }
            (true, Some(raw)) => self.system_event(subtype, raw.get(), seat, batch),
            (false, None) => self.system_event(subtype, &said, seat, batch),
            (true, None) => self.system_event(subtype, line, seat, batch),
        }
    }

    pub(super) fn attachment(
        &mut self,
        record: &Record<'_>,
        line: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(raw) = record.attachment else {
            self.unknown("attachment", line, seat, batch);
            return;
        };
        let Ok(attachment) = record::read::<Attachment<'_>>(raw.get()) else {
            self.unknown("attachment", line, seat, batch);
            return;
        };
        let kind = attachment.kind.as_ref().map_or("unknown", Text::as_str);
        if let Some(counter) = skip::attachment(kind) {
            batch.count(counter, 1);
            return;
        }
        if kind == "queued_command" {
            // Typed while the agent worked; it reaches the model with the next call.
            let text = user::flatten(&attachment.prompt).shown;
            if !text.trim().is_empty() && !text.starts_with('<') {
                let text = text.trim().to_owned();
                self.prompt(&text.clone(), text, seat, batch);
                return;
            }
        }
        self.system_event(&format!("attachment:{kind}"), raw.get(), seat, batch);
    }

    /// The client's own title of a session. It may stand before the session's first line.
    pub(super) fn summary(&mut self, record: &Record<'_>, batch: &mut Batch<Sensitive>) {
        let Some(title) = record.summary.as_ref().and_then(|text| text::title_of(text.as_str()))
        else {
            return;
        };
        if self.state.session.is_none() {
            self.state.waiting_title = Some(title);
        } else if let Some(facts) = self.facts(batch) {
            set_title(facts, TitleRank::Summary, title);
        }
    }

    pub(super) fn named_title(&mut self, record: &Record<'_>, batch: &mut Batch<Sensitive>) {
        let (rank, text) = match (&record.custom_title, &record.ai_title) {
            (Some(text), _) => (TitleRank::Custom, text),
            (None, Some(text)) => (TitleRank::Summary, text),
            (None, None) => return,
        };
        let Some(title) = text::title_of(text.as_str()) else { return };
        if let Some(facts) = self.facts(batch) {
            set_title(facts, rank, title);
        }
    }

    /// Keeps a record of a type that is not known, as it is.
    pub(super) fn unknown(
        &mut self,
        kind: &str,
        line: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        batch.count(unknown_counter(kind), 1);
        self.system_event(&format!("unknown:{kind}"), line, seat, batch);
    }

    /// Keeps valid JSON that is no record in any known shape.
    pub(super) fn odd_shape(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        batch.count("read.odd-shape", 1);
        let seat = self.bare_seat(position, batch);
        self.system_event("unknown:odd-shape", line, &seat, batch);
    }

    pub(super) fn system_event(
        &self,
        name: &str,
        text: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let content = self.rules.hasher.hash(text.as_bytes());
        let key = match (seat.session, &seat.record) {
            (Some(session), Some(record)) => NaturalKey::Record { session, record },
            _ => NaturalKey::Line { source: self.place.source, content },
        };
        let kind = Kind::System(System { name: name.into(), text: text.into() });
        batch.events.push(seat.event(&key, content, self.seen_at, kind));
    }

    /// Notes what could not be read. `sample` tells it from other gaps of the same file.
    pub(super) fn gap(
        &mut self,
        reason: &'static str,
        detail: &'static str,
        sample: &[u8],
        bytes: u64,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let mut what = Vec::with_capacity(SAMPLE + 64);
        what.extend_from_slice(reason.as_bytes());
        what.push(0);
        what.extend_from_slice(&bytes.to_le_bytes());
        what.extend_from_slice(sample.get(..SAMPLE).unwrap_or(sample));
        let content = self.rules.hasher.hash(&what);
        let key = NaturalKey::Line { source: self.place.source, content };
        let seat = self.bare_seat(position, batch);
        let kind = Kind::Gap(Gap { reason, detail: detail.into(), bytes: Some(bytes) });
        batch.events.push(seat.event(&key, ContentHash(0), self.seen_at, kind));
        batch.count(format!("gap.{reason}"), 1);
    }

    /// Notes that `bytes` from byte `position` on were written while recording was paused.
    pub(in super::super) fn paused(
        &mut self,
        position: u64,
        bytes: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let source = self.place.source;
        let key = NaturalKey::Occurrence { source, number: position, what: "paused" };
        let seat = Seat { at: self.seen_at, ..self.bare_seat(position, batch) };
        let detail = "written while recording was paused; it was not read";
        let gap = Gap { reason: "paused", detail: detail.into(), bytes: Some(bytes) };
        batch.events.push(seat.event(&key, ContentHash(0), self.seen_at, Kind::Gap(gap)));
        batch.count("gap.paused", 1);
    }

    /// The seat of a line that says nothing about itself.
    fn bare_seat(&mut self, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let session = self.session_id();
        if session.is_some() {
            let _ = self.facts(batch);
        }
        Seat {
            session,
            thread: None,
            turn: None,
            at: self.state.at().unwrap_or(self.place.fallback),
            position,
            record: None,
        }
    }
}

/// Gives a session a title, unless this batch already has a better one.
pub(super) fn set_title(facts: &mut SessionFacts<Sensitive>, rank: TitleRank, title: String) {
    if facts.title.as_ref().is_none_or(|(known, _)| *known <= rank) {
        facts.title = Some((rank, title.into()));
    }
}

/// Counters are kept in clear, so only plain words of a record's type go into their names.
fn unknown_counter(kind: &str) -> String {
    let plain = !kind.is_empty()
        && kind.len() <= 32
        && kind.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'));
    format!("read.unknown-record.{}", if plain { kind } else { "other" })
}

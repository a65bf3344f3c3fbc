//! What the client notes about itself: system records, attachments, titles.

use vigil_proto::{Batch, Sensitive, SessionFacts, batch::TitleRank};

use super::{
    Parser,
    record::{self, Attachment, Content, Record},
    skip, user,
};
use crate::source::transcript::{
    seat::Seat,
    text::{self, Text},
};

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
                self.context.system(subtype, &text, seat, batch);
            }
            (true, Some(raw)) => self.context.system(subtype, raw.get(), seat, batch),
            (false, None) => self.context.system(subtype, &said, seat, batch),
            (true, None) => self.context.system(subtype, line, seat, batch),
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
            self.context.unknown("attachment", line, seat, batch);
            return;
        };
        let Ok(attachment) = record::read::<Attachment<'_>>(raw.get()) else {
            self.context.unknown("attachment", line, seat, batch);
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
        self.context.system(&format!("attachment:{kind}"), raw.get(), seat, batch);
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
}

/// Gives a session a title, unless this batch already has a better one.
pub(super) fn set_title(facts: &mut SessionFacts<Sensitive>, rank: TitleRank, title: String) {
    if facts.title.as_ref().is_none_or(|(known, _)| *known <= rank) {
        facts.title = Some((rank, title.into()));
    }
}

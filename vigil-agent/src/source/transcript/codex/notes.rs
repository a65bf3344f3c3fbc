//! What the client tells its own screen, as far as no item says it, and what a compaction left.

use serde_json::Value;
use vigil_proto::{Batch, Sensitive, batch::TitleRank};

use super::{
    Parser, meta,
    record::{Item, Kind, Line},
    skip,
    state::Ended,
};
use crate::source::{
    claude_code::COMPACTION,
    json::str_field,
    transcript::{parser::Records as _, seat::Seat, text},
};

impl Parser<'_> {
    /// An event of the client's own; `raw` is all of it.
    pub(super) fn message(
        &mut self,
        raw: &str,
        line: &Line,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(Kind { kind, item }) = self.read::<Kind>(raw, position, batch) else { return };
        let kind = kind.unwrap_or_default();
        match kind.as_str() {
            "item_completed" => {
                if let Some(item) = &item {
                    self.completed(item);
                }
                let item = item.and_then(|item| item.kind).unwrap_or_default();
                if !skip::is_repeated(&item) && !self.is_excluded() {
                    let seat = self.seat(line, "", position, batch);
                    self.context.system(&format!("item:{item}"), raw, &seat, batch);
                    return;
                }
            }
            // Said nowhere else: why the turn ended without an answer.
            "task_complete" | "turn_complete" if !self.is_excluded() => {
                let Some(value) = self.read::<Value>(raw, position, batch) else { return };
                let error = value.get("error").map_or("", |error| str_field(error, "message"));
                if !error.is_empty() {
                    let seat = self.seat(line, "", position, batch);
                    self.context.system("error", error, &seat, batch);
                }
            }
            "task_started" | "turn_started" => {
                let Some(value) = self.read::<Value>(raw, position, batch) else { return };
                self.state.begins(meta::id(&value, "turn_id"));
                batch.count("skip.progress", 1);
                return;
            }
            _ => {}
        }
        if let Some(counter) = skip::message(&kind) {
            batch.count(counter, 1);
            return;
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        match kind.as_str() {
            "token_count" => {
                let Some(value) = self.read::<Value>(raw, position, batch) else { return };
                let seat = self.seat(line, "", position, batch);
                self.token_count(&value, &seat, batch);
            }
            "thread_name_updated" => {
                let Some(value) = self.read::<Value>(raw, position, batch) else { return };
                let names = [str_field(&value, "thread_name"), str_field(&value, "name")];
                let title = names.into_iter().find_map(text::title_of);
                if let Some(title) = title.filter(|_| self.state.thread.is_none())
                    && let Some(facts) = self.facts(batch)
                {
                    Self::title(facts, TitleRank::Custom, title);
                }
            }
            _ => {
                let seat = self.seat(line, "", position, batch);
                if skip::is_kept(&kind) {
                    self.context.system(&kind, raw, &seat, batch);
                } else {
                    self.context.unknown(&kind, raw, &seat, batch);
                }
            }
        }
    }

    /// How a tool's run ended, which its result does not always tell.
    fn completed(&mut self, item: &Item) {
        let ended = match item.status.as_deref() {
            Some("declined") => Ended::Declined,
            Some("failed") => Ended::Failed,
            _ if item.exit_code.is_some_and(|code| code != 0) => Ended::Failed,
            _ => return,
        };
        let call = item.id.as_deref().unwrap_or_default();
        let call = crate::source::claude_code::short_id(call.into());
        if let Some(asked) = self.state.asked(&call) {
            asked.ended = Some(ended);
        }
    }

    /// The conversation was cut short: what is told of it from now on. The messages that stay
    /// are there already.
    pub(super) fn compacted(&self, compacted: &Value, seat: &Seat, batch: &mut Batch<Sensitive>) {
        self.context.system(COMPACTION, str_field(compacted, "message").trim(), seat, batch);
    }
}

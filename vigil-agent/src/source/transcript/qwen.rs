//! Qwen Code's sessions: bytes of one line in, events out. Pure: no I/O, no clock; what a line
//! means depends on the line and the parser's own [`state`] alone.
//!
//! Every line says by itself which session it is of and where. Beside the conversation the client
//! writes what it tells its telemetry, which repeats the conversation, but alone names the
//! provider's id of an answer, and alone tells of calls that sub-agents make.

use serde_json::Value;
use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Sensitive, SessionFacts, SourceId, Timestamp, batch::TitleRank,
};

use super::{
    client::{Client, Format},
    instant,
    parser::{Context, LONGEST_FACT, Records, Rules, facts_of},
    seat::Seat,
    text,
};
use crate::source::{claude_code::short_id, json::str_field};

mod locate;
mod message;
mod record;
mod state;
mod telemetry;
mod tools;

use self::{record::Line, state::State};

/// As the proxy and the process table call it.
pub(super) const CLIENT: &str = "qwen-code";

/// Where the client keeps its files, and how they are read.
pub(super) const FILES: Client = Client {
    name: CLIENT,
    variables: &[locate::HOME, locate::RUNTIME],
    roots: locate::roots,
    is_transcript: locate::is_transcript,
    folder: locate::folder,
    beside: None,
    format: Format::Lines,
    parser: |rules, file, state| {
        let source = SourceId::of(file.path.as_os_str().as_encoded_bytes());
        Box::new(Parser::new(rules, source, state, (file.fallback, file.seen_at)))
    },
};

/// Reads one file's lines in order.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    context: Context<'a>,
    state: State,
}

impl<'a> Parser<'a> {
    /// A parser that goes on from the saved `state` (empty at the start). `times` are the time of
    /// lines that give none, and when they are read.
    pub(super) fn new(
        rules: Rules<'a>,
        source: SourceId,
        state: &[u8],
        times: (Timestamp, Timestamp),
    ) -> Self {
        let context = Context::new(rules, source, times.0, times.1);
        Self { context, state: State::load(state) }
    }

    fn take(&mut self, line: &Line, raw: &str, position: u64, batch: &mut Batch<Sensitive>) {
        let (Some(kind), Some(session)) = (line.kind.as_deref(), fact(line.session_id.as_ref()))
        else {
            self.odd_shape(raw, position, batch);
            return;
        };
        self.state.session = Some(session.to_owned());
        if let Some(cwd) = fact(line.cwd.as_ref()) {
            self.state.cwd = Some(cwd.to_owned());
        }
        if let Some(at) = line.timestamp.as_deref().and_then(instant::parse) {
            self.state.at = Some(at.as_micros());
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        let own = line.uuid.as_deref().filter(|uuid| !uuid.is_empty());
        let record = own.map_or_else(|| format!("@{position}"), |own| short_id(own.into()).into());
        let seat = Seat { record: Some(record), ..self.bare_seat(position, batch) };
        self.describe(line, batch);
        match kind {
            "user" | "assistant" | "tool_result" => {
                let Some(value) = self.inner(line.message.as_deref(), position, batch) else {
                    return;
                };
                match kind {
                    "user" => self.spoken(line, &value, &seat, batch),
                    "assistant" => self.answer(line, &value, &seat, batch),
                    _ => self.results(line, &value, &seat, batch),
                }
            }
            "system" => self.system(line, raw, &seat, position, batch),
            _ => self.context.unknown(kind, raw, &seat, batch),
        }
    }

    fn system(
        &mut self,
        line: &Line,
        raw: &str,
        seat: &Seat,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        let subtype = line.subtype.as_deref().unwrap_or_default();
        if let Some(counter) = record::skipped(subtype) {
            batch.count(counter, 1);
            return;
        }
        match subtype {
            "ui_telemetry" => {
                if let Some(told) = self.inner(line.system_payload.as_deref(), position, batch) {
                    let event = told.get("uiEvent").unwrap_or(&Value::Null);
                    self.telemetry(event, seat, batch);
                }
            }
            "custom_title" => {
                let Some(told) = self.inner(line.system_payload.as_deref(), position, batch) else {
                    return;
                };
                let by_itself = str_field(&told, "titleSource") == "auto";
                let rank = if by_itself { TitleRank::Summary } else { TitleRank::Custom };
                if let Some(title) = text::title_of(str_field(&told, "customTitle"))
                    && let Some(facts) = self.facts(batch)
                {
                    facts.title = Some((rank, title.into()));
                }
            }
            "chat_compression" => {
                // The history that it holds stands in the file already.
                let Some(told) = self.inner(line.system_payload.as_deref(), position, batch) else {
                    return;
                };
                let info = told.get("info").unwrap_or(&Value::Null);
                self.context.system("compaction", &info.to_string(), seat, batch);
            }
            "slash_command"
            | "at_command"
            | "notification"
            | "rewind"
            | "parent_session"
            | "background_task_completed"
            | "cron" => {
                let told = line.system_payload.as_deref().map_or(raw, |payload| payload.get());
                self.context.system(subtype, told, seat, batch);
            }
            _ => self.context.unknown(&format!("system/{subtype}"), raw, seat, batch),
        }
    }

    /// What stands within a line; a line without it says nothing.
    fn inner(
        &mut self,
        raw: Option<&serde_json::value::RawValue>,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) -> Option<Value> {
        let Some(raw) = raw else {
            batch.count("read.empty-record", 1);
            return None;
        };
        self.read(raw.get(), position, batch)
    }

    /// True for work in a folder that the user wants left out.
    fn is_excluded(&self) -> bool {
        let exclusions = self.context.rules.exclusions;
        exclusions.any_project()
            && self.state.cwd.as_deref().is_none_or(|cwd| exclusions.project(cwd))
    }

    /// What every line says of its session.
    fn describe(&self, line: &Line, batch: &mut Batch<Sensitive>) {
        let Some(facts) = self.facts(batch) else { return };
        if let Some(version) = fact(line.version.as_ref()) {
            facts.version = Some(version.into());
        }
        if let Some(branch) = fact(line.git_branch.as_ref()) {
            facts.branch = Some(branch.into());
        }
    }

    /// The facts of the session within `batch`.
    fn facts<'b>(
        &self,
        batch: &'b mut Batch<Sensitive>,
    ) -> Option<&'b mut SessionFacts<Sensitive>> {
        let native = self.state.session.as_deref()?;
        let facts = facts_of(CLIENT, native, batch);
        facts.cwd = self.state.cwd.as_deref().map(Sensitive::from);
        Some(facts)
    }

    /// An event named by its record, with what it says.
    fn own_event(
        &self,
        record: &str,
        text: &str,
        kind: Kind<Sensitive>,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else { return };
        let content = self.context.hash(text.as_bytes());
        let event =
            self.context.event(seat, &NaturalKey::Record { session, record }, content, kind);
        batch.events.push(Event { incomplete_key: true, ..event });
    }
}

/// The text of a fact that is one.
fn fact(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty() && text.len() <= LONGEST_FACT)
}

impl Records for Parser<'_> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn record(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        if let Some(record) = self.read::<Line>(line, position, batch) {
            self.take(&record, line, position, batch);
        }
    }

    fn bare_seat(&mut self, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let session = if self.is_excluded() { None } else { self.facts(batch).map(|f| f.id) };
        Seat {
            session,
            thread: None,
            turn: self.state.turn,
            at: self.state.at.map_or(self.context.fallback, Timestamp::from_micros),
            position,
            record: None,
        }
    }

    fn save(&self) -> Vec<u8> {
        self.state.save()
    }
}

#[cfg(test)]
mod tests;

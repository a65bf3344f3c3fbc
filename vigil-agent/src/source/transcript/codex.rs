//! Codex's rollouts: bytes of one line in, events out. Pure: no I/O, no clock; what a line means
//! depends on the line, the parser's own [`state`] and the file's place alone.
//!
//! A rollout holds the items of the Responses API as they went to and fro, and beside them what
//! the client tells its own screen, which says most of it again. Items are keyed by their own
//! ids: the answer that they are part of is named only afterwards, with its tokens.

use serde_json::Value;
use vigil_proto::{Batch, Sensitive, SessionFacts, SourceId, Timestamp};

use super::{
    client::{Client, Format},
    instant,
    parser::{Context, LONGEST_FACT, Records, Rules, facts_of},
    seat::Seat,
};
use crate::source::{json::str_field, openai::codex::CLIENT};

mod items;
mod locate;
mod meta;
mod notes;
mod record;
mod skip;
mod state;
mod usage;

use self::{record::Line, state::State};

/// What the place of a file says about its lines.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The file's name, hashed: it holds the thread's id, and stays when the file is archived.
    pub(super) source: SourceId,
    /// The thread that the file belongs to by its name, where the name says so.
    pub(super) thread: Option<String>,
    /// The time of lines that give none, before the first that does.
    pub(super) fallback: Timestamp,
}

/// Where the client keeps its files, and how they are read.
pub(super) const FILES: Client = Client {
    name: CLIENT,
    variables: &[locate::HOME],
    roots: locate::roots,
    is_transcript: locate::is_transcript,
    folder: locate::folder,
    beside: None,
    format: Format::Lines,
    parser: |rules, file, state| {
        let place = locate::place(file.path, file.fallback);
        Box::new(Parser::new(rules, place, state, file.seen_at))
    },
};

/// Reads one file's lines in order.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    context: Context<'a>,
    place: Place,
    state: State,
}

impl<'a> Parser<'a> {
    /// A parser for the file at `place`, going on from the saved `state` (empty at the start).
    pub(super) fn new(rules: Rules<'a>, place: Place, state: &[u8], seen_at: Timestamp) -> Self {
        let context = Context::new(rules, place.source, place.fallback, seen_at);
        Self { context, place, state: State::load(state) }
    }

    fn take(&mut self, line: &Line, text: &str, position: u64, batch: &mut Batch<Sensitive>) {
        if let Some(at) = line.timestamp.as_deref().and_then(instant::parse) {
            self.state.at = Some(at.as_micros());
        }
        let Some(kind) = line.kind() else {
            self.odd_shape(text, position, batch);
            return;
        };
        if let Some(counter) = skip::record(kind) {
            batch.count(counter, 1);
            return;
        }
        let payload = line.payload.as_ref().map_or(text, |payload| payload.get());
        if kind == "event_msg" {
            self.message(payload, line, position, batch);
            return;
        }
        let Some(value) = self.read::<Value>(payload, position, batch) else { return };
        if kind == "session_meta" {
            self.enter(&value, line, position, batch);
            return;
        }
        if kind == "turn_context" {
            self.turn_context(&value, batch);
            return;
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        let seat = self.seat(line, str_field(&value, "id"), position, batch);
        match kind {
            "response_item" => self.item(&value, payload, &seat, batch),
            "token_usage_record" => self.usage_record(&value, &seat, batch),
            "compacted" => self.compacted(&value, &seat, batch),
            "inter_agent_communication" => {
                self.context.system("agent-message", payload, &seat, batch);
            }
            _ => self.context.unknown(kind, text, &seat, batch),
        }
    }

    /// True for work in a folder that the user wants left out.
    fn is_excluded(&self) -> bool {
        let exclusions = self.context.rules.exclusions;
        exclusions.any_project()
            && self.state.cwd.as_deref().is_some_and(|cwd| exclusions.project(cwd))
    }

    /// What belongs to every event made of the line. `record` is its own id, where it has one.
    fn seat(
        &mut self,
        line: &Line,
        record: &str,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) -> Seat {
        let record = match (record, line.ordinal) {
            ("", Some(ordinal)) => self.numbered('#', ordinal),
            ("", None) => self.numbered('@', position),
            (record, _) => record.to_owned(),
        };
        Seat { record: Some(record), ..self.bare_seat(position, batch) }
    }

    /// A name for the line with this number: unique in its session, of which sub-agents have a
    /// file each.
    fn numbered(&self, mark: char, number: u64) -> String {
        let thread = self.state.own().or(self.place.thread.as_deref()).unwrap_or_default();
        format!("{thread}{mark}{number}")
    }

    /// The sub-agent's thread of the current line.
    fn thread(&self) -> Option<&str> {
        match &self.state.copied {
            Some(owner) => owner.thread.as_deref(),
            None => self.state.thread.as_deref(),
        }
    }

    /// The client's own id of the session: of the root thread, where the file says which.
    fn native(&self) -> Option<&str> {
        let copied = self.state.copied.as_ref().map(|owner| owner.session.as_str());
        copied.or(self.state.session.as_deref()).or(self.place.thread.as_deref())
    }

    /// The facts of the session within `batch`.
    fn facts<'b>(
        &self,
        batch: &'b mut Batch<Sensitive>,
    ) -> Option<&'b mut SessionFacts<Sensitive>> {
        let native = self.native()?;
        Some(facts_of(CLIENT, native, batch))
    }
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
        let session = self.facts(batch).map(|facts| facts.id);
        Seat {
            session,
            thread: self.thread().map(str::to_owned),
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

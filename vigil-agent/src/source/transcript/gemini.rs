//! Gemini CLI's sessions: bytes of one line in, events out. Pure: no I/O, no clock; what a line
//! means depends on the line, the parser's own [`state`] and the file's place alone.
//!
//! A file begins with a header. After it stand records, each with an id, and patches of the whole.
//! A record is written again when more is known of it, as after its tools have run: what is new
//! in it is told then, and what was told is not told again. The client does not keep the
//! provider's own ids, so every key is incomplete: what the proxy saw too becomes one event by
//! what it says.

use serde_json::Value;
use vigil_proto::{
    Batch, Sensitive, SessionFacts, SessionId, SourceId, Subagent, Timestamp, batch::TitleRank,
};

use super::{
    client::{Client, Format},
    instant,
    parser::{Context, LONGEST_FACT, Records, Rules, facts_of},
    seat::Seat,
    text,
};
use crate::source::{
    gemini::CLIENT,
    json::{items, str_field},
};

mod locate;
mod message;
mod state;
mod tools;

use self::state::State;

/// What the place of a file says about its lines.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: SourceId,
    /// The session that a sub-agent's file belongs to, and the file's own name.
    pub(super) parent: Option<(String, String)>,
    /// The project's folder, where the client left a note of it.
    pub(super) cwd: Option<String>,
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
        let place = locate::place(file.root, file.path, file.fallback);
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
        let mut state = State::load(state);
        if state.cwd.is_none() {
            state.cwd.clone_from(&place.cwd);
        }
        Self { context, place, state }
    }

    fn take(&mut self, line: &Value, raw: &str, position: u64, batch: &mut Batch<Sensitive>) {
        if let Some(patch) = line.get("$set") {
            self.patch(patch, position, batch);
        } else if let Some(kept) = line.get("$rewindTo").and_then(Value::as_str) {
            if self.is_excluded() {
                batch.count("skip.excluded", 1);
                return;
            }
            let seat = self.bare_seat(position, batch);
            self.context.system("rewind", kept, &seat, batch);
        } else if !str_field(line, "id").is_empty() {
            self.message(line, raw, position, batch);
        } else if let Some(session) = short(str_field(line, "sessionId")) {
            self.enter(session, line, batch);
        } else {
            self.odd_shape(raw, position, batch);
        }
    }

    /// The header names the session.
    fn enter(&mut self, session: &str, header: &Value, batch: &mut Batch<Sensitive>) {
        self.state.session = Some(session.to_owned());
        if self.state.cwd.is_none() {
            let named = items(header, "directories").first().and_then(Value::as_str);
            self.state.cwd = named.and_then(short).map(str::to_owned);
        }
        if let Some(at) = instant::parse(str_field(header, "startTime")) {
            self.state.at.get_or_insert(at.as_micros());
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        self.facts(batch);
        if let (Some(session), Some(thread)) = (self.session(), self.thread()) {
            let thread = thread.into();
            batch.subagents.push(Subagent { session, thread, started_by: None, agent_type: None });
        }
    }

    /// What is changed of the whole. When the client goes on with a session, or cuts it short, it
    /// writes all messages anew.
    fn patch(&mut self, patch: &Value, position: u64, batch: &mut Batch<Sensitive>) {
        let told = self.state.last;
        for message in items(patch, "messages") {
            let at = instant::parse(str_field(message, "timestamp")).map(Timestamp::as_micros);
            if told.is_some_and(|told| at.is_none_or(|at| at <= told)) {
                batch.count("skip.repeated", 1);
            } else {
                self.message(message, &message.to_string(), position, batch);
            }
        }
        if let Some(title) = text::title_of(str_field(patch, "summary"))
            && self.thread().is_none()
            && !self.is_excluded()
            && let Some(facts) = self.facts(batch)
        {
            facts.title = Some((TitleRank::Summary, title.into()));
        }
        batch.count("skip.patch", 1);
    }

    /// True for work in a folder that the user wants left out, and for work of which nobody knows
    /// where it is done.
    fn is_excluded(&self) -> bool {
        let exclusions = self.context.rules.exclusions;
        exclusions.any_project()
            && self.state.cwd.as_deref().is_none_or(|cwd| exclusions.project(cwd))
    }

    /// The sub-agent whose file this is.
    fn thread(&self) -> Option<&str> {
        let (_, name) = self.place.parent.as_ref()?;
        Some(self.state.session.as_deref().unwrap_or(name))
    }

    /// The client's own id of the session.
    fn native(&self) -> Option<&str> {
        let parent = self.place.parent.as_ref().map(|(session, _)| session.as_str());
        parent.or(self.state.session.as_deref())
    }

    fn session(&self) -> Option<SessionId> {
        self.native().map(|native| SessionId::of(CLIENT, native))
    }

    /// The facts of the session within `batch`.
    fn facts<'b>(
        &self,
        batch: &'b mut Batch<Sensitive>,
    ) -> Option<&'b mut SessionFacts<Sensitive>> {
        let native = self.native()?;
        let facts = facts_of(CLIENT, native, batch);
        facts.cwd = self.state.cwd.as_deref().map(Sensitive::from);
        Some(facts)
    }
}

/// The text of a fact that is one.
fn short(text: &str) -> Option<&str> {
    (!text.is_empty() && text.len() <= LONGEST_FACT).then_some(text)
}

impl Records for Parser<'_> {
    fn context(&self) -> &Context<'_> {
        &self.context
    }

    fn record(&mut self, line: &str, position: u64, batch: &mut Batch<Sensitive>) {
        if let Some(record) = self.read::<Value>(line, position, batch) {
            self.take(&record, line, position, batch);
        }
    }

    fn bare_seat(&mut self, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let session = if self.is_excluded() { None } else { self.facts(batch).map(|f| f.id) };
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

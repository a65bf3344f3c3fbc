//! pi's sessions: one line of a file in, events out. Pure: no I/O, no clock; what a line means
//! depends on the line, the parser's own [`state`] and the file's place alone.
//!
//! The client writes one file for each session. Answers carry the provider's own id, what they
//! used and what that cost.

use std::{borrow::Cow, path::Path};

use vigil_proto::{
    Batch, Kind, NaturalKey, Sensitive, SessionFacts, SessionId, SourceId, Timestamp,
    batch::TitleRank, event::Prompt,
};

use super::{
    client::{Client, Format},
    instant,
    parser::{Context, LONGEST_FACT, Records, Rules, facts_of},
    seat::Seat,
    text,
};
use crate::source::claude_code::{COMPACTION, INJECTED, Spoken, short_id};

mod answer;
mod locate;
mod record;
mod state;
mod tool;

use self::{
    record::{Content, Line, Message},
    state::State,
};

/// As the proxy and the process table call it.
pub(super) const CLIENT: &str = "pi";

/// What the place of a file says about its lines.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: SourceId,
    /// The session that the file belongs to by its name.
    pub(super) session: Option<String>,
    /// The time of lines that give none, before the first that does.
    pub(super) fallback: Timestamp,
}

/// Where the client keeps its files, and how they are read.
pub(super) const FILES: Client = Client {
    name: CLIENT,
    variables: &[locate::AGENT, locate::SESSIONS],
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
        if line.kind == "session" {
            self.enter(line, batch);
            return;
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        let seat = self.seat(line, position, batch);
        match (line.kind.as_str(), &line.message) {
            ("message", Some(message)) => self.message(message, text, &seat, batch),
            ("model_change" | "thinking_level_change", _) => batch.count("skip.settings", 1),
            ("compaction", _) => self.summary(COMPACTION, line, &seat, batch),
            ("branch_summary", _) => self.summary("branch-summary", line, &seat, batch),
            ("custom_message", _) => {
                let said = line.content.as_ref().map_or_else(String::new, Content::shown);
                self.context.system(INJECTED, &said, &seat, batch);
            }
            ("custom" | "label", _) => self.context.system(&line.kind, text, &seat, batch),
            ("session_info", _) => self.named(line, batch),
            (kind, _) => self.context.unknown(kind, text, &seat, batch),
        }
    }

    fn message(
        &mut self,
        message: &Message,
        text: &str,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else {
            batch.count("read.no-session", 1);
            self.context.system("unknown:no-session", text, seat, batch);
            return;
        };
        match message.role.as_str() {
            "user" => self.prompt(message, session, seat, batch),
            "assistant" => self.answer(message, session, seat, batch),
            "toolResult" => self.result(message, session, seat, batch),
            "bashExecution" => self.command(message, session, seat, batch),
            "custom" => self.context.system(INJECTED, &message.content.shown(), seat, batch),
            role => self.context.unknown(role, text, seat, batch),
        }
    }

    /// The first line of a file.
    fn enter(&mut self, line: &Line, batch: &mut Batch<Sensitive>) {
        if self.state.session.is_none() {
            self.state.session = Some(name(&line.id)).filter(|id| !id.is_empty());
        }
        let cwd = line.cwd.clone().filter(|cwd| is_fact(cwd));
        self.state.cwd = cwd.or_else(|| self.state.cwd.take());
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        let cwd = self.state.cwd.clone();
        let parent = line.parent_session.as_deref().map(Path::new).and_then(locate::session);
        let Some(facts) = self.facts(batch) else { return };
        if let Some(cwd) = cwd {
            facts.cwd = Some(cwd.into());
        }
        if let Some(parent) = parent {
            facts.parent = Some(SessionId::of(CLIENT, &parent));
        }
    }

    /// The user's own name for the session.
    fn named(&self, line: &Line, batch: &mut Batch<Sensitive>) {
        let title = line.name.as_deref().and_then(text::title_of);
        if let (Some(title), Some(facts)) = (title, self.facts(batch)) {
            facts.title = Some((TitleRank::Custom, title.into()));
        }
    }

    fn summary(&self, what: &str, line: &Line, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let summary = line.summary.as_deref().unwrap_or_default();
        self.context.system(what, summary.trim(), seat, batch);
    }

    /// A prompt begins a turn.
    fn prompt(
        &mut self,
        message: &Message,
        session: SessionId,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let spoken = Spoken::apart(&message.content.parts(), |_| None);
        for (name, text) in &spoken.own {
            self.context.system(name, text, seat, batch);
        }
        if spoken.shown.is_empty() {
            return;
        }
        if !self.state.titled
            && let Some(title) = text::title_of(&spoken.shown)
            && let Some(facts) = self.facts(batch)
        {
            if facts.title.is_none() {
                facts.title = Some((TitleRank::FirstPrompt, title.into()));
            }
            self.state.titled = true;
        }
        let content = self.context.hash(spoken.said.as_bytes());
        let key = NaturalKey::Prompt { session, after: &self.state.after, text: content };
        let turn = key.id();
        let kind = Kind::Prompt(Prompt { text: spoken.shown.into() });
        let mut event = self.context.event(seat, &key, content, kind);
        event.turn = Some(turn);
        self.state.turn = Some(turn);
        batch.events.push(event);
    }

    /// True for work in a folder that the user wants left out.
    fn is_excluded(&self) -> bool {
        let exclusions = self.context.rules.exclusions;
        exclusions.any_project()
            && self.state.cwd.as_deref().is_some_and(|cwd| exclusions.project(cwd))
    }

    /// What belongs to every event made of the line.
    fn seat(&mut self, line: &Line, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let record = if line.id.is_empty() { format!("@{position}") } else { name(&line.id) };
        Seat { record: Some(record), ..self.bare_seat(position, batch) }
    }

    /// The facts of the session within `batch`.
    fn facts<'b>(
        &self,
        batch: &'b mut Batch<Sensitive>,
    ) -> Option<&'b mut SessionFacts<Sensitive>> {
        let native = self.state.session.as_deref().or(self.place.session.as_deref())?;
        Some(facts_of(CLIENT, native, batch))
    }
}

/// An id as it is kept.
fn name(id: &str) -> String {
    short_id(Cow::Borrowed(id)).into_owned()
}

fn is_fact(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_FACT
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
        let excluded = self.is_excluded();
        let session = if excluded { None } else { self.facts(batch).map(|facts| facts.id) };
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

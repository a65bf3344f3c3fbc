//! Copilot CLI's sessions: one event of its own log in, events out. Pure: no I/O, no clock; what a
//! line means depends on the line, the parser's own [`state`] and the file's place alone.
//!
//! The client writes one file for each session, sub-agents included. Answers and the tokens of
//! each call of the model carry the provider's own id of the answer.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use vigil_proto::{
    Batch, Sensitive, SessionFacts, SessionId, SourceId, Subagent, Timestamp, event::CallRank,
};

use super::{
    client::{Client, Format},
    instant,
    parser::{Context, LONGEST_FACT, Records, Rules, facts_of},
    seat::Seat,
};
use crate::source::claude_code::short_id;

mod answer;
mod locate;
mod record;
mod skip;
mod state;
mod tool;
mod usage;

use self::{
    record::{Compaction, Folder, Line, Start, Started},
    state::State,
};

/// As the proxy and the process table call it.
pub(super) const CLIENT: &str = "copilot-cli";

/// What the client tells of an answer is all of it.
const RANK: CallRank = CallRank::Stopped;

/// What the place of a file says about its lines.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: SourceId,
    /// The session that the file belongs to by its folder's name.
    pub(super) session: Option<String>,
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
        let kind = line.kind.as_str();
        if let Some(counter) = skip::record(kind) {
            batch.count(counter, 1);
            return;
        }
        let data = line.data.as_deref().map_or("{}", RawValue::get);
        match kind {
            "session.start" | "session.resume" => {
                if let Some(start) = self.data::<Start>(data, line, position, batch) {
                    self.enter(start, batch);
                }
                return;
            }
            "session.context_changed" => {
                if let Some(folder) = self.data::<Folder>(data, line, position, batch) {
                    batch.count("skip.context-changed", 1);
                    self.works_in(folder, batch);
                }
                return;
            }
            _ => {}
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        let seat = self.seat(line, position, batch);
        if seat.session.is_none() {
            batch.count("read.no-session", 1);
            self.context.system("unknown:no-session", text, &seat, batch);
            return;
        }
        if !self.told(kind, data, &seat, batch) {
            if skip::is_kept(kind) {
                self.context.system(kind, data, &seat, batch);
            } else {
                self.context.unknown(kind, text, &seat, batch);
            }
        }
    }

    /// Tells what a record of a known type says; false when it is none.
    fn told(&mut self, kind: &str, data: &str, seat: &Seat, batch: &mut Batch<Sensitive>) -> bool {
        match kind {
            "user.message" => read(data).is_some_and(|said| self.said(&said, seat, batch)),
            "assistant.message" => {
                read(data).is_some_and(|answer| self.answer(&answer, seat, batch))
            }
            "assistant.reasoning" => {
                read(data).is_some_and(|thought| self.reasoning(&thought, seat, batch))
            }
            "session.usage_record" => read(data).is_some_and(|used| self.used(&used, seat, batch)),
            "tool.execution_start" | "tool.user_requested" => {
                read(data).is_some_and(|asked| self.started(&asked, seat, batch))
            }
            "tool.execution_complete" => {
                read(data).is_some_and(|ended| self.ended(&ended, seat, batch))
            }
            "hook.end" => read(data).is_some_and(|hook| self.hook(&hook, seat, batch)),
            "permission.completed" => {
                if let Some(decided) = read(data) {
                    self.decided(&decided, seat);
                }
                false
            }
            "subagent.started" => read(data).is_some_and(|started| subagent(&started, seat, batch)),
            "session.compaction_complete" => read::<Compaction>(data)
                .is_some_and(|compaction| self.compacted(&compaction, seat, batch)),
            _ => false,
        }
    }

    /// The content of a record, or none when it has another shape; then it is kept as it is.
    fn data<T: DeserializeOwned>(
        &mut self,
        data: &str,
        line: &Line,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) -> Option<T> {
        let read = read(data);
        if read.is_none() && self.is_excluded() {
            batch.count("skip.excluded", 1);
        } else if read.is_none() {
            batch.count("read.odd-shape", 1);
            let seat = self.seat(line, position, batch);
            self.context.system("unknown:odd-shape", data, &seat, batch);
        }
        read
    }

    /// The session begins, or goes on in the same file.
    fn enter(&mut self, start: Start, batch: &mut Batch<Sensitive>) {
        let own = start.session_id.map(name);
        if self.state.session.is_none() {
            self.state.session = self.place.session.clone().or_else(|| own.clone());
        }
        if let Some(folder) = start.context {
            self.works_in(folder, batch);
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        // A file that begins with the lines of another session was made from it.
        let copied = own.filter(|own| self.native() != Some(own));
        let parent = copied.or_else(|| start.parent.map(name));
        let Some(facts) = self.facts(batch) else { return };
        if let Some(parent) = parent {
            facts.parent = Some(SessionId::of(CLIENT, &parent));
        }
        set(&mut facts.version, start.copilot_version);
    }

    fn works_in(&mut self, folder: Folder, batch: &mut Batch<Sensitive>) {
        let cwd = folder.cwd.filter(|cwd| is_fact(cwd));
        self.state.cwd = cwd.or_else(|| self.state.cwd.take());
        if self.is_excluded() {
            return;
        }
        let cwd = self.state.cwd.clone();
        let Some(facts) = self.facts(batch) else { return };
        set(&mut facts.cwd, cwd);
        set(&mut facts.branch, folder.branch);
    }

    /// True for work in a folder that the user wants left out.
    fn is_excluded(&self) -> bool {
        let exclusions = self.context.rules.exclusions;
        exclusions.any_project()
            && self.state.cwd.as_deref().is_some_and(|cwd| exclusions.project(cwd))
    }

    /// What belongs to every event made of the line.
    fn seat(&mut self, line: &Line, position: u64, batch: &mut Batch<Sensitive>) -> Seat {
        let record =
            if line.id.is_empty() { format!("@{position}") } else { name(line.id.clone()) };
        let thread = line.agent_id.clone().map(name).filter(|thread| !thread.is_empty());
        let turn = self.state.thread(thread.as_deref()).turn;
        Seat { record: Some(record), thread, turn, ..self.bare_seat(position, batch) }
    }

    /// The client's own id of the session.
    fn native(&self) -> Option<&str> {
        self.state.session.as_deref().or(self.place.session.as_deref())
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

/// The content of a record, when it has the shape that is asked for.
fn read<T: DeserializeOwned>(data: &str) -> Option<T> {
    serde_json::from_str(data).ok()
}

/// A sub-agent hangs under the tool call that started it.
fn subagent(started: &Started, seat: &Seat, batch: &mut Batch<Sensitive>) -> bool {
    let (Some(session), Some(thread)) = (seat.session, &seat.thread) else { return false };
    let kind = started.agent_type.as_ref().or(started.agent_name.as_ref());
    let call = started.tool_call_id.clone().filter(|call| !call.is_empty());
    batch.subagents.push(Subagent {
        session,
        thread: thread.as_str().into(),
        started_by: call.map(|call| name(call).into()),
        agent_type: kind.map(|kind| kind.as_str().into()),
    });
    true
}

/// An id as it is kept.
fn name(id: String) -> String {
    short_id(Cow::Owned(id)).into_owned()
}

fn is_fact(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_FACT
}

fn set(fact: &mut Option<Sensitive>, text: Option<String>) {
    if let Some(text) = text.filter(|text| is_fact(text)) {
        *fact = Some(text.into());
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
        let excluded = self.is_excluded();
        let session = if excluded { None } else { self.facts(batch).map(|facts| facts.id) };
        Seat {
            session,
            thread: None,
            turn: None,
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

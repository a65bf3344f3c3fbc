//! What is sent to the model: prompts, results of tools, and what the client says in the
//! user's name.

use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Outcome, Sensitive, Subagent,
    batch::TitleRank,
    event::{Prompt, System, ToolResult},
};

use super::{
    Parser, notes,
    record::{AgentResult, Block, Content, PermissionDecision, Record},
};
use crate::source::{
    claude_code::{self, INJECTED, Output, Part, REMINDER, Spoken},
    transcript::{
        seat::Seat,
        text::{self, Text},
    },
};

/// Who refused a tool call, and whether it failed.
struct Fate {
    outcome: Outcome,
    denied_by: Option<String>,
}

impl Parser<'_> {
    pub(super) fn user(&mut self, record: &Record<'_>, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let Some(message) = &record.message else {
            batch.count("read.empty-message", 1);
            return;
        };
        if let Content::Blocks(blocks) = &message.content {
            for block in blocks.iter().filter(|block| is_result(block)) {
                self.tool_result(record, block, seat, batch);
            }
        }
        let spoken = spoken(&message.content);
        let whole = match (record.is_compact_summary, record.is_meta) {
            (Some(true), _) => Some(claude_code::COMPACTION),
            (_, Some(true)) => Some(INJECTED),
            _ => None,
        };
        match (whole, spoken.own.as_slice()) {
            (Some(name), _) => {
                let texts = spoken.own.iter().map(|(_, text)| text.as_str());
                let texts: Vec<&str> = texts.chain([spoken.shown.as_str()]).collect();
                let text = texts.join("\n");
                if !text.trim().is_empty() {
                    self.context.system(name, text.trim(), seat, batch);
                }
                return;
            }
            // The record says this and nothing else: its own id is the event's.
            (None, [(name, text)]) if spoken.shown.is_empty() && *name != REMINDER => {
                self.context.system(name, text, seat, batch);
                return;
            }
            (None, own) => {
                for (name, text) in own {
                    self.said_once(name, text, seat, batch);
                }
            }
        }
        if !spoken.shown.is_empty() {
            self.prompt(&spoken.said, spoken.shown, seat, batch);
        }
    }

    /// What the client says within somebody's message, once in a session however often.
    fn said_once(&self, name: &'static str, text: &str, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let Some(session) = seat.session else {
            self.context.system(name, text, seat, batch);
            return;
        };
        let content = self.context.rules.hasher.hash(text.as_bytes());
        let key = NaturalKey::Content { session, what: name, content };
        let kind = Kind::System(System { name: name.into(), text: text.into() });
        batch.events.push(seat.event(&key, content, self.context.now(), kind));
    }

    /// A prompt begins a turn of its thread. `said` is what identifies it.
    pub(super) fn prompt(
        &mut self,
        said: &str,
        shown: String,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let Some(session) = seat.session else {
            self.context.system("prompt", &shown, seat, batch);
            return;
        };
        if seat.thread.is_none() {
            self.title_from(&shown, batch);
        }
        let content = self.context.rules.hasher.hash(said.as_bytes());
        let thread = self.state.thread(seat.thread.as_deref());
        let key = NaturalKey::Prompt { session, after: &thread.after, text: content };
        let id = key.id();
        let kind = Kind::Prompt(Prompt { text: shown.into() });
        let event = seat.event(&key, content, self.context.now(), kind);
        thread.turn = Some(id);
        batch.events.push(Event { turn: Some(id), ..event });
    }

    /// Until somebody names the session, its first prompt does.
    fn title_from(&mut self, prompt: &str, batch: &mut Batch<Sensitive>) {
        let native = self.state.session.as_ref().or(self.place.session.as_ref());
        if native.is_none() || self.state.titled.as_ref() == native || prompt.starts_with('<') {
            return;
        }
        let native = native.cloned();
        let Some(title) = text::title_of(prompt) else { return };
        if let Some(facts) = self.facts(batch) {
            notes::set_title(facts, TitleRank::FirstPrompt, title);
            self.state.titled = native;
        }
    }

    fn tool_result(
        &mut self,
        record: &Record<'_>,
        block: &Block<'_>,
        seat: &Seat,
        batch: &mut Batch<Sensitive>,
    ) {
        let (Some(session), Some(call)) = (seat.session, &block.tool_use_id) else {
            batch.count("read.result-without-call", 1);
            return;
        };
        let call = call.as_str();
        let flat = flatten(&block.content);
        let content = flat.hash(self.context.rules.hasher);
        let thread = self.state.thread(seat.thread.as_deref());
        let asked = thread.answer_of_call(call);
        let runs = asked.is_some_and(|(_, runs)| runs);
        let fate = fate(record, block, &flat.shown, runs);
        let asked = asked.map(|(message, _)| message);
        let message = asked.unwrap_or_default();
        let key = NaturalKey::ToolResult { session, message, call };
        let kind = Kind::ToolResult(ToolResult {
            call: asked.map(|message| NaturalKey::ToolCall { session, message, call }.id()),
            text: flat.shown.into(),
            outcome: fate.outcome,
            denied_by: fate.denied_by.map(Sensitive::from),
        });
        let event = seat.event(&key, content, self.context.now(), kind);
        batch.events.push(Event { tool_call: Some(call.into()), ..event });
        if let Some(agent) = started_agent(record) {
            batch.subagents.push(Subagent {
                session,
                thread: agent.0.into(),
                started_by: Some(call.into()),
                agent_type: agent.1.map(Sensitive::from),
            });
        }
    }
}

fn is_result(block: &Block<'_>) -> bool {
    block.kind.as_ref().is_some_and(|kind| kind.as_str().ends_with("tool_result"))
}

/// The sub-agent that this result tells of: its id and type.
fn started_agent(record: &Record<'_>) -> Option<(String, Option<String>)> {
    let raw = record.tool_use_result?.get();
    // Results are long; only an agent's has this key, near its beginning or its end.
    if !raw.starts_with('{') || memchr::memmem::find(raw.as_bytes(), b"\"agentId\"").is_none() {
        return None;
    }
    let result: AgentResult<'_> = serde_json::from_str(raw).ok()?;
    let text = |text: Text<'_>| text.0.into_owned();
    Some((result.agent_id.map(text)?, result.agent_type.map(text)))
}

/// How the client calls a run that only prints (`-p`).
const UNATTENDED: &str = "sdk-cli";

/// `runs` for the result of a command.
fn fate(record: &Record<'_>, block: &Block<'_>, shown: &str, runs: bool) -> Fate {
    let decision: Option<PermissionDecision<'_>> =
        record.permission_decision.and_then(|raw| serde_json::from_str(raw.get()).ok());
    if let Some(decision) = &decision {
        let word = decision.decision.as_ref().map_or("", Text::as_str);
        if matches!(word, "reject" | "deny") {
            let by = decision.source.as_ref().or(record.tool_denial_kind.as_ref());
            return denied(by.map_or("unknown", Text::as_str));
        }
    }
    if let Some(kind) = &record.tool_denial_kind {
        return denied(kind.as_str());
    }
    if block.is_error != Some(true) {
        return Fate { outcome: Outcome::Executed, denied_by: None };
    }
    // Versions before the fields above said it in words.
    match claude_code::denied_by(shown) {
        // Nobody can be asked there: the client was stopped, and says it in these words as well.
        Some("user") if record.entrypoint.as_ref().is_some_and(|it| it.as_str() == UNATTENDED) => {
            Fate { outcome: Outcome::Interrupted, denied_by: None }
        }
        Some(by) => denied(by),
        // With the fields, a decision that is not to refuse is one.
        None if runs && decision.is_none() && claude_code::is_refused_command(shown) => {
            denied("hook")
        }
        None if claude_code::is_interrupted(shown, true) => {
            Fate { outcome: Outcome::Interrupted, denied_by: None }
        }
        None => Fate { outcome: Outcome::Failed, denied_by: None },
    }
}

fn denied(by: &str) -> Fate {
    Fate { outcome: Outcome::Denied, denied_by: Some(by.to_owned()) }
}

/// A tool's output as text.
pub(super) fn flatten(content: &Content<'_>) -> Output {
    match content {
        Content::Text(text) => Output::of(&[Part::Text(text.as_str())]),
        Content::Blocks(blocks) => Output::of(&blocks.iter().map(part).collect::<Vec<_>>()),
        Content::Other => Output::default(),
    }
}

/// What a message says, results of tools left out.
fn spoken(content: &Content<'_>) -> Spoken {
    match content {
        Content::Text(text) => Spoken::of(&[Part::Text(text.as_str())]),
        Content::Blocks(blocks) => {
            let blocks = blocks.iter().filter(|block| !is_result(block));
            Spoken::of(&blocks.map(part).collect::<Vec<_>>())
        }
        Content::Other => Spoken::default(),
    }
}

fn part<'a>(block: &'a Block<'_>) -> Part<'a> {
    if let Some(text) = &block.text {
        return Part::Text(text.as_str());
    }
    let data = block.source.as_ref().and_then(|source| source.data.as_ref());
    Part::Other {
        kind: block.kind.as_ref().map_or("unknown", Text::as_str),
        data: data.map_or(0, |data| data.as_str().len()),
        place: block.url.as_ref().or(block.title.as_ref()).map(Text::as_str),
    }
}

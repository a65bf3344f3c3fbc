//! What is sent to the model: prompts, results of tools, and what the client says in the
//! user's name.

use std::borrow::Cow;

use vigil_proto::{
    Batch, Event, Kind, NaturalKey, Outcome, Sensitive, Subagent,
    batch::TitleRank,
    event::{Prompt, ToolResult},
};

use super::{
    Parser, notes,
    record::{AgentResult, Block, Content, PermissionDecision, Record},
    seat::Seat,
    text::{self, Text},
};

/// Content as text: how it is shown, and how it is compared where that differs.
#[derive(Debug)]
pub(super) struct Flat {
    /// For people and detectors.
    pub(super) shown: String,
    /// For the other witness: binary parts without their size.
    compared: Option<String>,
}

impl Flat {
    /// What two witnesses compare.
    pub(super) fn compared(&self) -> Cow<'_, str> {
        text::without_reminders(self.compared.as_deref().unwrap_or(&self.shown))
    }
}

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
        let (said, shown) = spoken(&message.content);
        if shown.is_empty() {
            return;
        }
        if record.is_compact_summary == Some(true) {
            self.system_event("compact-summary", &shown, seat, batch);
        } else if record.is_meta == Some(true) {
            self.system_event("injected", &shown, seat, batch);
        } else if let Some(name) = clients_own(&shown) {
            self.system_event(name, &shown, seat, batch);
        } else {
            self.prompt(&said, shown, seat, batch);
        }
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
            self.system_event("prompt", &shown, seat, batch);
            return;
        };
        if seat.thread.is_none() {
            self.title_from(&shown, batch);
        }
        let content = self.rules.hasher.hash(said.as_bytes());
        let thread = self.state.thread(seat.thread.as_deref());
        let key = NaturalKey::Prompt { session, after: &thread.after, text: content };
        let id = key.id();
        let kind = Kind::Prompt(Prompt { text: shown.into() });
        let event = seat.event(&key, content, self.seen_at, kind);
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
        let content = self.rules.hasher.hash(flat.compared().as_bytes());
        let fate = fate(record, block, &flat.shown);
        let thread = self.state.thread(seat.thread.as_deref());
        let asked = thread.answer_of_call(call);
        let message = asked.unwrap_or_default();
        let key = NaturalKey::ToolResult { session, message, call };
        let kind = Kind::ToolResult(ToolResult {
            call: asked.map(|message| NaturalKey::ToolCall { session, message, call }.id()),
            text: flat.shown.into(),
            outcome: fate.outcome,
            denied_by: fate.denied_by.map(Sensitive::from),
        });
        let event = seat.event(&key, content, self.seen_at, kind);
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

fn fate(record: &Record<'_>, block: &Block<'_>, shown: &str) -> Fate {
    let decision: Option<PermissionDecision<'_>> =
        record.permission_decision.and_then(|raw| serde_json::from_str(raw.get()).ok());
    if let Some(decision) = decision {
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
    if shown.starts_with("The user doesn't want to proceed with this tool use") {
        denied("user")
    } else if shown.starts_with("Permission to use ") && shown.contains("denied") {
        denied("rule")
    } else {
        Fate { outcome: Outcome::Failed, denied_by: None }
    }
}

fn denied(by: &str) -> Fate {
    Fate { outcome: Outcome::Denied, denied_by: Some(by.to_owned()) }
}

/// Text that the client puts in the user's name: the event's name for it.
fn clients_own(text: &str) -> Option<&'static str> {
    const OWN: [(&str, &str); 6] = [
        ("[Request interrupted by user", "interrupted"),
        ("<local-command-", "local-command"),
        ("<bash-stdout>", "local-command"),
        ("<bash-stderr>", "local-command"),
        ("<task-notification>", "task-notification"),
        ("Caveat: The messages below were generated by the user while running", "injected"),
    ];
    OWN.iter().find(|(start, _)| text.starts_with(start)).map(|(_, name)| *name)
}

/// What a person said: the text that identifies it, and the text to show (which also names
/// pictures).
fn spoken(content: &Content<'_>) -> (String, String) {
    match content {
        Content::Text(text) if text::is_reminder(text.as_str()) => (String::new(), String::new()),
        Content::Text(text) => {
            let text = text.as_str().trim();
            (text.to_owned(), text.to_owned())
        }
        Content::Blocks(blocks) => {
            let mut said: Vec<Cow<'_, str>> = Vec::new();
            let mut shown: Vec<Cow<'_, str>> = Vec::new();
            for block in blocks.iter().filter(|block| !is_result(block)) {
                match &block.text {
                    Some(text) if text::is_reminder(text.as_str()) => {}
                    Some(text) => {
                        said.push(text.as_str().into());
                        shown.push(text.as_str().into());
                    }
                    None => shown.push(named(block).into()),
                }
            }
            (said.join("\n").trim().to_owned(), shown.join("\n").trim().to_owned())
        }
        Content::Other => (String::new(), String::new()),
    }
}

/// A tool's output as text.
pub(super) fn flatten(content: &Content<'_>) -> Flat {
    match content {
        Content::Text(text) => Flat { shown: own(text.as_str()), compared: None },
        Content::Blocks(blocks) => {
            let mut shown: Vec<Cow<'_, str>> = Vec::new();
            let mut compared: Vec<Cow<'_, str>> = Vec::new();
            let mut binary = false;
            for block in blocks {
                if let Some(text) = &block.text {
                    shown.push(text.as_str().into());
                    compared.push(text.as_str().into());
                } else {
                    binary = true;
                    shown.push(named(block).into());
                    let kind = block.kind.as_ref().map_or("unknown", Text::as_str);
                    compared.push(format!("[{kind}]").into());
                }
            }
            Flat { shown: own(&shown.join("\n")), compared: binary.then(|| compared.join("\n")) }
        }
        Content::Other => Flat { shown: String::new(), compared: None },
    }
}

fn own(text: &str) -> String {
    text::without_appended(Cow::Borrowed(text)).into_owned()
}

/// A part that is not text, by name and size.
fn named(block: &Block<'_>) -> String {
    let kind = block.kind.as_ref().map_or("unknown", Text::as_str);
    let data = block.source.as_ref().and_then(|source| source.data.as_ref());
    let place = block.url.as_ref().or(block.title.as_ref());
    match (data, place) {
        // Four base64 digits hold three bytes.
        (Some(data), _) => format!("[{kind}: {} bytes]", data.as_str().len() / 4 * 3),
        (None, Some(place)) => format!("[{kind}: {}]", place.as_str()),
        (None, None) => format!("[{kind}]"),
    }
}

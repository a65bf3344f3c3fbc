//! What is said to the model, and its answers with their tokens.

use serde_json::Value;
use vigil_proto::{
    Batch, ContentHash, Event, Kind, NaturalKey, Sensitive, SessionId, Timestamp, Usage,
    batch::TitleRank,
    event::{CallRank, ModelCall, Prompt, Response, Thinking},
};

use super::{Parser, short};
use crate::source::{
    claude_code::{Part, Spoken, short_id},
    gemini::spaced,
    json::{items, str_field, text_of},
    openai::injected,
    transcript::{instant, parser::Records as _, seat::Seat, text},
};

/// Who answers, in the words of the record.
const PROVIDER: &str = "gcp.gemini";

impl Parser<'_> {
    /// A record with an id of its own; `raw` is all of it.
    pub(super) fn message(
        &mut self,
        message: &Value,
        raw: &str,
        position: u64,
        batch: &mut Batch<Sensitive>,
    ) {
        if let Some(at) = instant::parse(str_field(message, "timestamp")).map(Timestamp::as_micros)
        {
            self.state.at = Some(at);
            self.state.last = self.state.last.max(Some(at));
        }
        let content = message.get("content").unwrap_or(&Value::Null);
        let parts = parts(content);
        if self.state.cwd.is_none() {
            let texts = parts.iter().filter_map(|part| plain(part));
            self.state.cwd = texts.filter(|text| injected(text).is_some()).find_map(directory);
        }
        if self.is_excluded() {
            batch.count("skip.excluded", 1);
            return;
        }
        let id = short_id(str_field(message, "id").into());
        let seat =
            Seat { record: Some(id.clone().into_owned()), ..self.bare_seat(position, batch) };
        let Some(session) = seat.session else {
            batch.count("read.no-session", 1);
            self.context.system("unknown:no-session", raw, &seat, batch);
            return;
        };
        match str_field(message, "type") {
            "user" => {
                for returned in parts.iter().filter_map(|part| part.get("functionResponse")) {
                    self.returned(returned, &seat, batch);
                }
                let said = parts.iter().filter(|part| part.get("functionResponse").is_none());
                let said: Vec<_> = said.map(|part| shown(part)).collect();
                self.spoken(&id, &said, &seat, session, batch);
            }
            "gemini" => {
                // When a session is gone on with, thoughts stand among what was said.
                let said = parts.iter().filter(|part| !is_thought(part));
                let texts: Vec<_> = said.filter_map(|part| plain(part)).collect();
                self.answer(&id, message, &texts.concat(), &seat, session, batch);
            }
            kind @ ("info" | "warning" | "error") => {
                let texts: Vec<_> = parts.iter().filter_map(|part| plain(part)).collect();
                self.context.system(kind, &texts.join("\n"), &seat, batch);
            }
            kind => self.context.unknown(kind, raw, &seat, batch),
        }
    }

    fn spoken(
        &mut self,
        id: &str,
        said: &[Part<'_>],
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let spoken = Spoken::apart(said, injected);
        for (name, text) in &spoken.own {
            self.context.once(name, text, seat, batch);
        }
        let content = self.context.hash(spoken.said.as_bytes());
        if spoken.shown.is_empty() || self.state.message(id).said.replace(content.0).is_some() {
            return;
        }
        if seat.thread.is_none() && !self.state.titled && !spoken.shown.starts_with('/') {
            self.state.titled = true;
            if let Some(title) = text::title_of(&spoken.shown)
                && let Some(facts) = self.facts(batch)
                && facts.title.is_none()
            {
                facts.title = Some((TitleRank::FirstPrompt, title.into()));
            }
        }
        let key = NaturalKey::Prompt { session, after: &self.state.after, text: content };
        let turn = Some(key.id());
        let kind = Kind::Prompt(Prompt { text: spoken.shown.into() });
        let event = self.context.event(seat, &key, content, kind);
        self.state.turn = turn;
        batch.events.push(Event { turn, incomplete_key: true, ..event });
    }

    fn answer(
        &mut self,
        id: &str,
        message: &Value,
        said: &str,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let known = self.state.message(id).thoughts;
        let thoughts = items(message, "thoughts");
        for (number, thought) in thoughts.iter().enumerate().skip(known) {
            let heading = str_field(thought, "subject");
            let description = str_field(thought, "description");
            let text = if heading.is_empty() {
                description.to_owned()
            } else {
                format!("**{heading}** {description}")
            };
            let content = self.context.hash(spaced(&text).as_bytes());
            let kind = Kind::Thinking(Thinking { text: text.into() });
            let record = format!("{id}/thought/{number}");
            self.own_event(&record, content, kind, seat, session, batch);
        }
        let content = self.context.hash(said.as_bytes());
        let state = self.state.message(id);
        state.thoughts = known.max(thoughts.len());
        if !said.is_empty() && state.said.replace(content.0) != Some(content.0) {
            let kind = Kind::Response(Response { text: said.into() });
            self.own_event(id, content, kind, seat, session, batch);
        }
        self.tokens(id, message, seat, batch);
        for call in items(message, "toolCalls") {
            self.tool(id, call, seat, session, batch);
        }
        id.clone_into(&mut self.state.after);
    }

    pub(super) fn own_event(
        &self,
        record: &str,
        content: ContentHash,
        kind: Kind<Sensitive>,
        seat: &Seat,
        session: SessionId,
        batch: &mut Batch<Sensitive>,
    ) {
        let key = NaturalKey::Record { session, record };
        let event = self.context.event(seat, &key, content, kind);
        batch.events.push(Event { incomplete_key: true, ..event });
    }

    /// An answer is one call of the model.
    fn tokens(&mut self, id: &str, message: &Value, seat: &Seat, batch: &mut Batch<Sensitive>) {
        let Some(counts) = message.get("tokens").filter(|counts| counts.is_object()) else {
            return;
        };
        let tokens = ["input", "cached", "output", "thoughts", "tool"]
            .map(|name| counts.get(name).and_then(Value::as_u64).unwrap_or(0));
        if self.state.message(id).tokens.replace(tokens) == Some(tokens) {
            return;
        }
        let key = NaturalKey::ModelCall { provider: PROVIDER, message: id, request: "" };
        let kind = Kind::ModelCall(ModelCall {
            provider: PROVIDER,
            model: short(str_field(message, "model")).unwrap_or_default().into(),
            // Not the provider's.
            message: "".into(),
            request: None,
            stop_reason: None,
            usage: usage(tokens),
            cost: None,
            rank: CallRank::Stopped,
            latency_us: None,
            first_byte_us: None,
            status: None,
        });
        let event = self.context.event(seat, &key, ContentHash(0), kind);
        batch.events.push(Event { incomplete_key: true, ..event });
    }
}

/// In the normal form: the client's input includes cached tokens, its output excludes thoughts,
/// and what the provider's own tools put into the prompt is told apart.
fn usage([input, cached, output, thoughts, tool]: [u64; 5]) -> Usage {
    let cached = cached.min(input);
    Usage {
        input: (input - cached).saturating_add(tool),
        cache_read: cached,
        output: output.saturating_add(thoughts),
        reasoning: thoughts,
        ..Usage::default()
    }
}

/// The parts of a record's content, which may be one text.
fn parts(content: &Value) -> Vec<&Value> {
    match content {
        Value::Null => Vec::new(),
        Value::Array(parts) => parts.iter().collect(),
        other => vec![other],
    }
}

fn is_thought(part: &Value) -> bool {
    part.get("thought").and_then(Value::as_bool).unwrap_or(false)
}

/// The text that a part is.
fn plain(part: &Value) -> Option<&str> {
    part.as_str().or_else(|| text_of(part))
}

fn shown(part: &Value) -> Part<'_> {
    if let Some(text) = plain(part) {
        return Part::Text(text);
    }
    let kind = part.as_object().and_then(|fields| fields.keys().next());
    Part::Other {
        kind: kind.map_or("unknown", String::as_str),
        data: part.get("inlineData").map_or(0, |data| str_field(data, "data").len()),
        place: part.get("fileData").map(|file| str_field(file, "fileUri")),
    }
}

/// The working directory in what the client tells the model of it.
fn directory(text: &str) -> Option<String> {
    let (_, listed) = text.split_once("**Workspace Directories:**")?;
    let paths = listed.lines().map(|line| line.trim().trim_start_matches("- "));
    let path = paths.into_iter().find(|path| !path.is_empty())?;
    short(path).filter(|path| path.starts_with('/')).map(str::to_owned)
}

//! Gemini's `generateContent`, streaming (server-sent events, or one JSON list) and not, and the
//! same in the envelope that Gemini CLI's own service puts around it. Thoughts are told by their
//! summaries; their signatures are never looked at.

use serde_json::Value;

use super::{
    client,
    dialogue::{Asking, Grammar, Returned},
    memory::nameless,
    reply::{BLOCKS_MAX, Block, BlockKind, Reader, Reply, Step, short},
    text::{items, str_field, take_items, text_of, tools},
    usage,
};
use crate::source::{
    claude_code::{Output, Part, Spoken},
    openai::injected,
};

/// Contents of a conversation.
pub(super) struct Contents;

impl Grammar for Contents {
    fn is_user(content: &Value) -> bool {
        str_field(content, "role") != "model"
    }

    fn spoken(content: &Value) -> Spoken {
        let said = items(content, "parts").iter().filter(|p| p.get("functionResponse").is_none());
        Spoken::apart(&said.map(part).collect::<Vec<_>>(), injected)
    }

    fn returned(history: &[Value], content: &Value) -> Vec<Returned> {
        let asked = history.last().filter(|last| !Self::is_user(last));
        let mut asked: Vec<_> = asked.map(calls).unwrap_or_default();
        items(content, "parts")
            .iter()
            .filter_map(|part| part.get("functionResponse"))
            .map(|returned| {
                let (id, name) = (short(str_field(returned, "id")), str_field(returned, "name"));
                // Clients give ids to calls that came without one; those stand by their names.
                let found = asked
                    .iter()
                    .position(|call| call.id == id)
                    .or_else(|| asked.iter().position(|call| !call.has_id && call.name == name));
                let call = found.map_or(id, |found| asked.remove(found).id);
                let response = returned.get("response").unwrap_or(&Value::Null);
                let failed = response.get("error").is_some_and(|error| !error.is_null());
                Returned { call, output: output(response), failed }
            })
            .collect()
    }

    fn answer(history: &[Value]) -> (String, Vec<String>) {
        let Some(last) = history.last() else { return Default::default() };
        let texts: Vec<_> = items(last, "parts")
            .iter()
            .filter(|part| !is_thought(part))
            .filter_map(text_of)
            .collect();
        let text = texts.concat().trim().to_owned();
        // An id of the client's own making is none that the answer had.
        (text, calls(last).into_iter().map(|call| call.id).collect())
    }
}

/// A call in a content of the model's.
struct Called {
    id: String,
    name: String,
    has_id: bool,
}

/// As many as are read of an answer: each result is looked for among them.
fn calls(content: &Value) -> Vec<Called> {
    let calls = items(content, "parts").iter().filter_map(|part| part.get("functionCall"));
    (0_usize..)
        .zip(calls.take(BLOCKS_MAX))
        .map(|(position, call)| {
            let (id, name) = (str_field(call, "id"), str_field(call, "name"));
            let has_id = !id.is_empty();
            let id = if has_id { short(id) } else { nameless(name, position) };
            Called { id, name: name.to_owned(), has_id }
        })
        .collect()
}

fn is_thought(part: &Value) -> bool {
    part.get("thought").and_then(Value::as_bool).unwrap_or(false)
}

fn part(part: &Value) -> Part<'_> {
    if let Some(text) = text_of(part) {
        return Part::Text(text);
    }
    let data = part.get("inlineData").or_else(|| part.get("inline_data"));
    let file = part.get("fileData").or_else(|| part.get("file_data")).unwrap_or(&Value::Null);
    let place = [str_field(file, "fileUri"), str_field(file, "file_uri")];
    let kind = part.as_object().and_then(|fields| fields.keys().next());
    Part::Other {
        kind: kind.map_or("unknown", String::as_str),
        data: data.map_or(0, |data| str_field(data, "data").len()),
        place: place.into_iter().find(|place| !place.is_empty()),
    }
}

/// What a tool gave back: one text where there is one, else the whole as JSON.
fn output(response: &Value) -> Output {
    let text = ["output", "result", "error", "content"].into_iter();
    let text = text.map(|name| str_field(response, name)).find(|text| !text.is_empty());
    match text {
        Some(text) => Output::of(&[Part::Text(text)]),
        None => Output::of(&[Part::Text(&response.to_string())]),
    }
}

/// What a request's `body` says.
pub(super) fn read(mut body: Value) -> Asking {
    let model = str_field(&body, "model").to_owned();
    let session = client::id_at(&body, "session_id");
    // Gemini CLI's own service has the request within.
    if let Some(inner) = body.get_mut("request").map(Value::take) {
        body = inner;
    }
    let session = session.or_else(|| client::id_at(&body, "session_id"));
    let system = body.get("systemInstruction").or_else(|| body.get("system_instruction"));
    let system = system.map(|system| {
        let texts: Vec<_> = items(system, "parts").iter().filter_map(text_of).collect();
        texts.join("\n")
    });
    let messages = take_items(&mut body, "contents");
    Asking {
        model,
        session,
        cwd: messages.iter().take(2).find_map(working_directory),
        system: system.unwrap_or_default(),
        tools: tools(&mut body),
        messages,
        ..Asking::default()
    }
}

/// The working directory that Gemini CLI and Qwen Code tell the model.
fn working_directory(content: &Value) -> Option<String> {
    items(content, "parts").iter().filter_map(text_of).find_map(working_directory_in)
}

/// The same, in a `text`.
pub(super) fn working_directory_in(text: &str) -> Option<String> {
    injected(text)?;
    let path = text.lines().find_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        line.strip_prefix("I'm currently working in the directory: ")
    });
    let listed = || {
        let (_, rest) = text.split_once("**Workspace Directories:**")?;
        rest.lines().map(|line| line.trim().trim_start_matches("- ")).find(|line| !line.is_empty())
    };
    let path = path.or_else(listed)?.trim();
    path.starts_with('/').then(|| path.to_owned())
}

/// Reads one answer: its first candidate.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Where the next block stands.
    next: u32,
    calls: usize,
    /// The run of parts of one sort that is still growing: whether it is thought, and its text.
    open: Option<(bool, String)>,
}

impl Answers {
    fn close(&mut self, blocks: &mut Vec<Block>, reply: &mut Reply) {
        let Some((is_thought, text)) = self.open.take() else { return };
        let index = self.index();
        blocks.push(if is_thought {
            Block { index, kind: BlockKind::Thinking(text) }
        } else {
            reply.text(index, text)
        });
    }

    fn index(&mut self) -> u32 {
        let index = self.next;
        self.next = self.next.saturating_add(1);
        index
    }

    fn part(&mut self, part: &Value, blocks: &mut Vec<Block>, reply: &mut Reply) {
        if let Some(text) = text_of(part) {
            let is_thought = is_thought(part);
            if self.open.as_ref().is_some_and(|(open, _)| *open != is_thought) {
                self.close(blocks, reply);
            }
            if !text.is_empty() {
                self.open.get_or_insert_with(|| (is_thought, String::new())).1.push_str(text);
            }
            return;
        }
        self.close(blocks, reply);
        let index = self.index();
        if let Some(call) = part.get("functionCall") {
            let name = str_field(call, "name");
            let id = match str_field(call, "id") {
                "" => nameless(name, self.calls),
                id => id.to_owned(),
            };
            self.calls += 1;
            let input = call.get("args").map_or_else(|| "{}".to_owned(), Value::to_string);
            blocks.push(reply.tool_use(index, &id, name, input));
        } else if let Some(fields) = part.as_object() {
            let name = fields.keys().find(|name| *name != "thoughtSignature");
            let is_data = |name: &str| name == "inlineData";
            let name = name.map_or("unknown", String::as_str);
            let text = if is_data(name) { String::new() } else { without_signature(part) };
            blocks.push(Block { index, kind: BlockKind::Other { name: name.to_owned(), text } });
        }
    }
}

fn without_signature(part: &Value) -> String {
    let mut part = part.clone();
    if let Some(fields) = part.as_object_mut() {
        fields.remove("thoughtSignature");
    }
    part.to_string()
}

impl Reader for Answers {
    fn event(&mut self, mut event: Value, reply: &mut Reply) -> Step {
        if let Some(inner) = event.get_mut("response").map(Value::take) {
            event = inner;
        }
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            reply.fails(error);
            return Step::Nothing;
        }
        let blocked = event.get("promptFeedback").map(|it| str_field(it, "blockReason"));
        let Some(candidates) = event.get("candidates").and_then(Value::as_array) else {
            let Some(reason) = blocked.filter(|reason| !reason.is_empty()) else {
                return if event.get("usageMetadata").is_some() {
                    counts(&event, reply);
                    Step::Nothing
                } else {
                    Step::Unknown
                };
            };
            counts(&event, reply);
            reply.stops(reason);
            reply.stopped = true;
            return Step::Nothing;
        };
        counts(&event, reply);
        let is_first = |it: &&Value| it.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        let Some(candidate) = candidates.iter().find(is_first) else { return Step::Nothing };
        let mut blocks = Vec::new();
        if let Some(content) = candidate.get("content") {
            for part in items(content, "parts") {
                self.part(part, &mut blocks, reply);
            }
        }
        let reason = str_field(candidate, "finishReason");
        if !reason.is_empty() {
            self.close(&mut blocks, reply);
            reply.stops(reason);
            reply.stopped = true;
        }
        Step::Blocks(blocks)
    }

    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step {
        self.event(answer, reply)
    }

    fn end(&mut self, reply: &mut Reply) -> Vec<Block> {
        let mut blocks = Vec::new();
        self.close(&mut blocks, reply);
        blocks
    }
}

/// Takes what every event of an answer says of the whole.
fn counts(event: &Value, reply: &mut Reply) {
    reply.begins(str_field(event, "responseId"), str_field(event, "modelVersion"));
    if let Some(counts) = event.get("usageMetadata") {
        reply.usage = usage::gemini(counts);
    }
}

#[cfg(test)]
mod tests;

//! A recorded session as Claude Code's own lines. What its API would refuse is left out: thinking,
//! whose signature is not recorded, and results without their calls. A call without a result gets
//! one that says so.

use std::{collections::HashMap, path::PathBuf};

use serde::Serialize;
use serde_json::{
    Map, Value, json,
    value::{RawValue, to_raw_value},
};
use vigil_proto::{
    ContentHash, EventId, KindName, Masked, Outcome, Timestamp, Usage,
    archive::{Archived, Said, SaidCall},
};

use super::locate;
use crate::source::{
    claude_code::COMPACTION,
    transcript::{
        Options,
        restore::{NotResumable, Resumable, within},
    },
};

/// What stands for a text that retention has deleted.
const LOST: &str = "[no longer recorded]";
/// What stands for the result of a tool that was never seen.
const NO_RESULT: &str = "[the result was not recorded]";
/// Longer than this, the client shortens a folder's name in a way of its own.
const LONGEST_FOLDER: usize = 200;

/// The file for the session, where the client looks for it.
pub(in super::super) fn resumable(
    options: &Options,
    archived: &Archived,
) -> Result<Resumable, NotResumable> {
    let native = archived.native.as_str();
    if !is_uuid(native) {
        return Err(NotResumable::Id);
    }
    let (root, project) = place(options, archived)?;
    let mut lines = Lines::new(archived);
    lines.all(&archived.said);
    match (lines.count, archived.of_subagents) {
        (0, 0) => return Err(NotResumable::Empty),
        (0, _) => return Err(NotResumable::OnlySubagents),
        _ => {}
    }
    let (Some(base), Some(folder)) = (root.parent(), root.file_name()) else {
        return Err(NotResumable::Place(format!("{} is no folder", root.display())));
    };
    let folder = folder.to_string_lossy().into_owned();
    Ok(Resumable {
        root: base.to_owned(),
        below: vec![folder, project],
        name: format!("{native}.jsonl"),
        resume: format!("claude --resume {native}"),
        left_out: lines.left_out(archived),
        lines: lines.count,
        text: lines.text,
    })
}

/// The folder of projects and the project's name in it: where the session was, else where the client
/// would look for it.
fn place(options: &Options, archived: &Archived) -> Result<(PathBuf, String), NotResumable> {
    let roots: Vec<PathBuf> = locate::roots(options)
        .into_iter()
        .filter_map(|root| Some(root.parent()?.canonicalize().ok()?.join(root.file_name()?)))
        .collect();
    let name = format!("{}.jsonl", archived.native.as_str());
    for known in &archived.places {
        let path = PathBuf::from(known.as_str());
        if let Some((root, names)) = within(&roots, &path)
            && let [project, file] = names.as_slice()
            && *file == name
        {
            return Ok((root.to_owned(), project.clone()));
        }
    }
    let no_place = |why: &str| Err(NotResumable::Place(why.to_owned()));
    let Some(root) = roots.into_iter().next() else {
        return no_place(
            "Claude Code's folder is not there; start it once, or set CLAUDE_CONFIG_DIR",
        );
    };
    let Some(cwd) = &archived.cwd else {
        return no_place("it is not recorded in which folder the session ran");
    };
    let project = locate::spelling(cwd.as_str());
    if project.len() > LONGEST_FOLDER || !cwd.as_str().starts_with('/') {
        return no_place("it is not known how Claude Code names the folder in which it ran");
    }
    Ok((root, project))
}

/// A UUID as the client writes it: lower case, with its four hyphens.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// An answer whose blocks are being gathered.
struct Answer<'a> {
    /// None when the call stands with another session, from which this one goes on, or when the
    /// user said something in the middle of the answer.
    call: Option<&'a SaidCall>,
    message: String,
    blocks: Vec<(&'a Said, Box<RawValue>)>,
    tools: Vec<(&'a Said, String)>,
}

/// A block that asks for a tool.
#[derive(Serialize)]
struct ToolUse<'a> {
    r#type: &'static str,
    id: &'a str,
    name: &'a str,
    input: Box<RawValue>,
}

/// What stands in a line of an answer.
#[derive(Serialize)]
struct Message<'a> {
    id: &'a str,
    r#type: &'static str,
    role: &'static str,
    model: &'a str,
    content: [Box<RawValue>; 1],
    stop_reason: Option<&'a str>,
    stop_sequence: Option<&'a str>,
    usage: Value,
}

/// A line: what it says of itself, and what was said.
#[derive(Serialize)]
struct Line<M> {
    #[serde(flatten)]
    own: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<M>,
}

impl<'a> Answer<'a> {
    fn of(call: &'a SaidCall) -> Self {
        Self {
            call: Some(call),
            message: call.message.as_str().to_owned(),
            blocks: Vec::new(),
            tools: Vec::new(),
        }
    }

    /// An answer of which only its blocks are known, the first of them being `said`.
    fn without_call(said: &Said) -> Self {
        let message = format!("msg_recorded_{}", said.id);
        Self { call: None, message, blocks: Vec::new(), tools: Vec::new() }
    }
}

/// The lines as they are written, each the child of the one before.
struct Lines<'a> {
    archived: &'a Archived,
    /// The first result of each tool call.
    results: HashMap<&'a str, &'a Said>,
    text: String,
    count: u64,
    last: Option<String>,
    lost: u64,
    without_result: u64,
    /// The model of the last call.
    model: &'a str,
}

impl<'a> Lines<'a> {
    fn new(archived: &'a Archived) -> Self {
        let mut results = HashMap::new();
        for said in archived.said.iter().filter(|said| said.kind == KindName::ToolResult) {
            if let Some(call) = &said.tool_call {
                results.entry(call.as_str()).or_insert(said);
            }
        }
        Self {
            archived,
            results,
            text: String::new(),
            count: 0,
            last: None,
            lost: 0,
            without_result: 0,
            model: archived.said.iter().find_map(model).unwrap_or_default(),
        }
    }

    fn all(&mut self, all: &'a [Said]) {
        let mut open: Option<Answer<'a>> = None;
        for said in all {
            match said.kind {
                KindName::ModelCall => {
                    let Some(call) = &said.call else { continue };
                    let known = open.as_ref().and_then(|open| open.call);
                    if known.is_none_or(|known| known.message != call.message) {
                        self.answer(open.take());
                        self.model = said.name.as_deref().unwrap_or_default();
                        open = Some(Answer::of(call));
                    }
                }
                KindName::Response => {
                    let text = self.text_of(said);
                    if !text.trim().is_empty() {
                        let open = open.get_or_insert_with(|| Answer::without_call(said));
                        open.blocks.push((said, raw(&json!({ "type": "text", "text": text }))));
                    }
                }
                KindName::ToolCall => {
                    let Some(call) = &said.tool_call else { continue };
                    let open = open.get_or_insert_with(|| Answer::without_call(said));
                    let id = plain_id(call.as_str());
                    let block = ToolUse {
                        r#type: "tool_use",
                        id: &id,
                        name: said.name.as_deref().unwrap_or_default(),
                        input: input_of(said.text.as_ref().map_or("{}", Masked::as_str)),
                    };
                    open.blocks.push((said, raw(&block)));
                    open.tools.push((said, id));
                }
                // Written after the answer that asked for it. Nothing else says that an answer
                // without a call of its own has ended.
                KindName::ToolResult if open.as_ref().is_some_and(|open| open.call.is_none()) => {
                    self.answer(open.take());
                }
                KindName::Prompt => {
                    self.answer(open.take());
                    let text = self.text_of(said);
                    self.user(said, if text.trim().is_empty() { LOST } else { text }, Map::new());
                }
                KindName::System if said.name.as_deref() == Some(COMPACTION) => {
                    self.answer(open.take());
                    self.compaction(said);
                }
                _ => {}
            }
        }
        self.answer(open);
    }

    fn text_of(&mut self, said: &'a Said) -> &'a str {
        let text = said.text.as_ref().map_or("", Masked::as_str);
        // An empty one is all that there was.
        self.lost += u64::from(said.text.is_none());
        text
    }

    /// The lines of an answer, one for each block, and then the results that it asked for.
    fn answer(&mut self, answer: Option<Answer<'a>>) {
        let Some(Answer { call, message: id, blocks, tools }) = answer else { return };
        let ended = if tools.is_empty() { "end_turn" } else { "tool_use" };
        let stop = match call {
            Some(call) => call.stop_reason.as_ref().map(Masked::as_str),
            None => Some(ended),
        };
        for (said, block) in blocks {
            let message = Message {
                id: &id,
                r#type: "message",
                role: "assistant",
                model: self.model,
                content: [block],
                stop_reason: stop,
                stop_sequence: None,
                usage: usage(&call.map(|call| call.usage).unwrap_or_default()),
            };
            let mut own = Map::new();
            if let Some(request) = call.and_then(|call| call.request.as_ref()) {
                own.insert("requestId".to_owned(), json!(request.as_str()));
            }
            self.line(&uuid(said.id), said.at, "assistant", Some(message), own);
        }
        for (said, id) in tools {
            self.result(said, &id);
        }
    }

    fn result(&mut self, call: &'a Said, tool: &str) {
        let result = call.tool_call.as_ref().and_then(|id| self.results.get(id.as_str()).copied());
        let (said, text, failed) = if let Some(result) = result {
            let failed = matches!(result.outcome, Some(Outcome::Failed | Outcome::Denied));
            (result, self.text_of(result), failed)
        } else {
            self.without_result += 1;
            (call, NO_RESULT, true)
        };
        let mut block = json!({ "type": "tool_result", "tool_use_id": tool, "content": text });
        if failed && let Some(block) = block.as_object_mut() {
            block.insert("is_error".to_owned(), json!(true));
        }
        // The id of the call's own line is taken.
        let id = if result.is_some() { said.id } else { call.id.conflicting(ContentHash(1)) };
        let message = json!({ "role": "user", "content": [block] });
        self.line(&uuid(id), said.at, "user", Some(message), Map::new());
    }

    fn user(&mut self, said: &Said, content: &str, own: Map<String, Value>) {
        let message = json!({ "role": "user", "content": content });
        self.line(&uuid(said.id), said.at, "user", Some(message), own);
    }

    /// What came before is no longer in the model's context: the client begins anew with a summary.
    fn compaction(&mut self, said: &'a Said) {
        let summary = self.text_of(said);
        let boundary = uuid(said.id.conflicting(ContentHash(2)));
        let logical = self.last.take();
        let own = json!({
            "subtype": "compact_boundary",
            "content": "Conversation compacted",
            "isMeta": false,
            "level": "info",
            "logicalParentUuid": logical,
            "compactMetadata": { "trigger": "auto", "preTokens": 0 },
        });
        let own = own.as_object().cloned().unwrap_or_default();
        self.line(&boundary, said.at, "system", None::<Value>, own);
        let mut own = Map::new();
        own.insert("isCompactSummary".to_owned(), json!(true));
        own.insert("isVisibleInTranscriptOnly".to_owned(), json!(true));
        self.user(said, summary, own);
    }

    fn line(
        &mut self,
        uuid: &str,
        at: Timestamp,
        kind: &str,
        message: Option<impl Serialize>,
        own: Map<String, Value>,
    ) {
        let text = |text: &Option<Masked>| text.as_ref().map(|text| text.as_str().to_owned());
        let mut line = Map::new();
        line.insert("parentUuid".to_owned(), json!(self.last));
        line.insert("isSidechain".to_owned(), json!(false));
        line.insert("userType".to_owned(), json!("external"));
        line.insert("cwd".to_owned(), json!(text(&self.archived.cwd).unwrap_or_default()));
        line.insert("sessionId".to_owned(), json!(self.archived.native.as_str()));
        line.insert("version".to_owned(), json!(text(&self.archived.version).unwrap_or_default()));
        line.insert("gitBranch".to_owned(), json!(text(&self.archived.branch).unwrap_or_default()));
        line.insert("type".to_owned(), json!(kind));
        line.insert("uuid".to_owned(), json!(uuid));
        line.insert("timestamp".to_owned(), json!(format!("{:.3}", at.to_jiff())));
        line.extend(own);
        self.text.push_str(raw(&Line { own: line, message }).get());
        self.text.push('\n');
        self.count += 1;
        self.last = Some(uuid.to_owned());
    }

    fn left_out(&self, archived: &Archived) -> Vec<String> {
        let mut words = vec![
            "thinking, which only its provider can vouch for".to_owned(),
            "images and other attachments, which are not recorded".to_owned(),
            "secrets: their masks stand in their places".to_owned(),
        ];
        let counted = [
            (archived.of_subagents, "events of sub-agents"),
            (self.lost, "texts that are no longer recorded"),
            (
                self.without_result,
                "results that were never recorded; lines that say so stand there",
            ),
        ];
        for (n, what) in counted {
            if n > 0 {
                words.push(format!("{n} {what}"));
            }
        }
        words
    }
}

/// An event's id as the client writes the ids of its lines.
fn uuid(id: EventId) -> String {
    let digits = id.to_string();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// The model that a call names.
fn model(said: &Said) -> Option<&str> {
    said.name.as_deref().filter(|_| said.kind == KindName::ModelCall)
}

/// A tool's input as it is recorded, with its keys in their order and numbers with all their digits;
/// an API takes nothing but an object.
fn input_of(text: &str) -> Box<RawValue> {
    if text.trim_start().starts_with('{') {
        // One line is one record, and within a string of JSON no line ends.
        let line = text.trim().replace(['\n', '\r'], " ");
        if let Ok(input) = RawValue::from_string(line) {
            return input;
        }
    }
    raw(&json!({ "recorded_as": text }))
}

/// As JSON, which nothing that is written here fails to become.
fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_default()
}

/// An id of a tool call with nothing in it that an API refuses.
fn plain_id(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    id.chars().map(plain).collect()
}

fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write(),
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_5m,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        },
        "output_tokens": usage.output,
    })
}

#[cfg(test)]
mod tests;

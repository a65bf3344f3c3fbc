//! The Responses API. A request repeats the items of the conversation, or names the answer that
//! it follows. Reasoning is told by its summary; its encrypted form is never looked at.

use serde_json::{Value, json};

use vigil_proto::Outcome;

use crate::source::{
    claude_code::{Output, Part, Spoken},
    openai::{self, call, codex, output, plain},
    proxy::provider::{
        client,
        dialogue::{Asking, Grammar, Returned},
        reply::{BLOCKS_MAX, Block, BlockKind, Reader, Reply, Step, index, short},
        text::{items, str_field, text_of, tools},
        usage,
    },
};

/// Items of a conversation.
pub(in crate::source::proxy::provider) struct Items;

impl Grammar for Items {
    fn is_user(item: &Value) -> bool {
        match str_field(item, "type") {
            "message" | "" => str_field(item, "role") != "assistant",
            kind => kind.ends_with("_output"),
        }
    }

    fn spoken(item: &Value) -> Spoken {
        openai::item_spoken(item)
    }

    fn returned(_: &[Value], item: &Value) -> Vec<Returned> {
        if !str_field(item, "type").ends_with("_output") {
            return Vec::new();
        }
        let said = item.get("output").unwrap_or(&Value::Null);
        let failed = said.get("success").and_then(Value::as_bool) == Some(false)
            || str_field(item, "status") == "failed";
        vec![Returned { call: short(str_field(item, "call_id")), output: output(said), failed }]
    }

    fn answer(history: &[Value]) -> (String, Vec<String>) {
        let said = history.iter().rev().take_while(|item| !Self::is_user(item)).count();
        let answer = history.get(history.len() - said..).unwrap_or_default();
        let texts: Vec<_> = answer
            .iter()
            .filter(|item| matches!(str_field(item, "type"), "message" | ""))
            .map(|item| plain(item.get("content").unwrap_or(&Value::Null)))
            .filter(|text| !text.is_empty())
            .collect();
        let calls =
            answer.iter().filter_map(call).filter(|call| call.by_client && !call.id.is_empty());
        (texts.join("\n"), calls.map(|call| short(call.id)).collect())
    }

    fn fate(text: &str, failed: bool) -> (Outcome, Option<&'static str>) {
        match codex::fate(text) {
            (Outcome::Executed, _) if failed => (Outcome::Failed, None),
            told => told,
        }
    }
}

/// What a request's `body` says.
pub(in crate::source::proxy::provider) fn read(mut body: Value) -> Asking {
    let messages = match body.get_mut("input").map(Value::take) {
        Some(Value::Array(items)) => items,
        Some(Value::String(text)) => vec![json!({"role": "user", "content": text})],
        _ => Vec::new(),
    };
    let instructions = str_field(&body, "instructions").to_owned();
    let metadata = body.get("client_metadata").unwrap_or(&Value::Null);
    let conversation = body.get("conversation").unwrap_or(&Value::Null);
    let session = client::id_at(metadata, "session_id")
        .or_else(|| client::id_at(conversation, "id"))
        .or_else(|| conversation.as_str().and_then(client::id));
    let previous = str_field(&body, "previous_response_id");
    Asking {
        model: str_field(&body, "model").to_owned(),
        session,
        cwd: messages.iter().find_map(working_directory),
        system: instructions,
        previous: (!previous.is_empty()).then(|| short(previous)),
        warms_up: body.get("generate").and_then(Value::as_bool) == Some(false),
        tools: tools(&mut body),
        messages,
    }
}

/// The working directory that Codex tells the model.
fn working_directory(item: &Value) -> Option<String> {
    let context = items(item, "content")
        .iter()
        .filter_map(text_of)
        .find_map(|text| text.trim_start().strip_prefix("<environment_context>"))?;
    let (_, rest) = context.split_once("<cwd>")?;
    let (cwd, _) = rest.split_once("</cwd>")?;
    cwd.starts_with('/').then(|| cwd.to_owned())
}

/// Reads one answer.
#[derive(Debug, Default)]
pub(in crate::source::proxy::provider) struct Answers;

impl Reader for Answers {
    fn event(&mut self, event: Value, reply: &mut Reply) -> Step {
        let response = event.get("response").unwrap_or(&Value::Null);
        match str_field(&event, "type") {
            "response.created" => {
                reply.begins(str_field(response, "id"), str_field(response, "model"));
            }
            "response.output_item.done" => {
                let position = event.get("output_index").and_then(Value::as_u64).unwrap_or(0);
                let index = u32::try_from(position).unwrap_or(u32::MAX);
                return block(index, event.get("item").unwrap_or(&Value::Null), reply);
            }
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => finish(response, reply),
            // Over a WebSocket an error is an event of its own, with or without an object.
            "error" => reply.fails(event.get("error").unwrap_or(&event)),
            // What these say is said again when their item is done.
            kind if is_part(kind) => {}
            _ => return Step::Unknown,
        }
        Step::Nothing
    }

    fn whole(&mut self, answer: Value, reply: &mut Reply) -> Step {
        if str_field(&answer, "object") != "response" {
            return match answer.get("error").filter(|error| !error.is_null()) {
                Some(error) => {
                    reply.fails(error);
                    Step::Nothing
                }
                None => Step::Unknown,
            };
        }
        finish(&answer, reply);
        let mut blocks = Vec::new();
        for (position, item) in items(&answer, "output").iter().enumerate() {
            match block(index(position), item, reply) {
                Step::Blocks(more) => blocks.extend(more),
                Step::Unknown => reply.unknown += 1,
                Step::Nothing => {}
            }
        }
        Step::Blocks(blocks)
    }
}

/// Events that only show how far an item has come, and the client's own limits.
fn is_part(kind: &str) -> bool {
    let known = ["response.in_progress", "response.queued", "response.output_item.added"];
    let ends = [".delta", ".done", ".added", ".in_progress", ".completed", ".searching"];
    known.contains(&kind)
        || kind == "codex.rate_limits"
        || kind.strip_prefix("response.").is_some_and(|rest| {
            rest.contains('.') && (ends.iter().any(|end| rest.ends_with(end))) || rest == "metadata"
        })
}

/// The answer is over; `response` is all of it.
fn finish(response: &Value, reply: &mut Reply) {
    reply.begins(str_field(response, "id"), str_field(response, "model"));
    if let Some(counts) = response.get("usage").filter(|usage| usage.is_object()) {
        reply.usage = usage::responses(counts);
    }
    let details = response.get("incomplete_details").unwrap_or(&Value::Null);
    match str_field(response, "status") {
        "failed" => {
            reply.stops("failed");
            reply.fails(response.get("error").unwrap_or(&Value::Null));
        }
        "incomplete" => reply.stops(str_field(details, "reason")),
        status => reply.stops(status),
    }
    reply.stopped = true;
}

/// The blocks that a complete `item` of the output is.
fn block(index: u32, item: &Value, reply: &mut Reply) -> Step {
    let id = str_field(item, "id");
    if !id.is_empty() && reply.items.len() < BLOCKS_MAX {
        reply.items.insert(index, short(id));
    }
    let block = match str_field(item, "type") {
        "message" => reply.text(index, openai::said(item)),
        "reasoning" => Block { index, kind: BlockKind::Thinking(openai::summary(item)) },
        // A tool that the provider runs itself: the call and its result are one item.
        "mcp_call" => {
            let call = short(id);
            let error = str_field(item, "error");
            let (text, failed) = match error {
                "" => (str_field(item, "output"), false),
                error => (error, true),
            };
            let name =
                format!("mcp__{}__{}", str_field(item, "server_label"), str_field(item, "name"));
            let input = str_field(item, "arguments").to_owned();
            let use_it = BlockKind::ToolUse { id: call.clone(), name, input };
            let output = Output::of(&[Part::Text(text)]);
            let result = BlockKind::ToolResult { call, output, failed };
            return Step::Blocks(vec![
                Block { index, kind: use_it },
                Block { index, kind: result },
            ]);
        }
        _ => match call(item) {
            Some(call) if call.by_client => {
                reply.tool_use(index, call.id, &call.name, call.input.into_owned())
            }
            Some(call) => {
                let (id, name) = (short(call.id), call.name.into_owned());
                let kind = BlockKind::ToolUse { id, name, input: call.input.into_owned() };
                Block { index, kind }
            }
            None => return Step::Unknown,
        },
    };
    Step::Blocks(vec![block])
}

//! `OpenAI`'s Responses, as events and over a WebSocket.

use serde_json::{Value, json};

use super::{
    answer::{Answer, Asked, halves},
    script::{Reached, Tokens},
    tools::{Input, Offered},
};

pub(super) fn read(body: &Value) -> Asked {
    let mut reached = Reached::default();
    let mut last = None;
    match &body["input"] {
        Value::String(text) => reached.says(text),
        items => {
            for item in items.as_array().into_iter().flatten() {
                if item["role"] == "user" {
                    reached.says(&said(&item["content"]));
                } else if matches!(
                    item["type"].as_str(),
                    Some("function_call" | "custom_tool_call")
                ) {
                    let call = item["call_id"].as_str().unwrap_or_default();
                    let answer = call.rsplit_once('_').map_or(call, |(answer, _)| answer);
                    if last.replace(answer) != Some(answer) {
                        reached.calls();
                    }
                } else if item["type"] == "compaction_trigger" {
                    reached.seals();
                } else if item["type"] == "compaction" {
                    reached.says(item["encrypted_content"].as_str().unwrap_or_default());
                } else if item["type"] == "function_call_output" {
                    reached.hears(&said(&item["output"]));
                }
            }
        }
    }
    let mut tools = Vec::new();
    for tool in body["tools"].as_array().into_iter().flatten() {
        match tool["type"].as_str() {
            Some("namespace") => {
                let within = tool["tools"].as_array().into_iter().flatten();
                tools.extend(within.map(|one| offered(one, tool["name"].as_str())));
            }
            _ => tools.push(offered(tool, None)),
        }
    }
    Asked::new(body, reached, tools)
}

fn said(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        parts => {
            let parts = parts.as_array().into_iter().flatten();
            parts.filter_map(|part| part["text"].as_str()).collect()
        }
    }
}

fn offered(tool: &Value, namespace: Option<&str>) -> Offered {
    Offered {
        name: tool["name"].as_str().unwrap_or_default().to_owned(),
        namespace: namespace.map(str::to_owned),
        // A `custom` tool takes text.
        schema: tool["parameters"].clone(),
    }
}

/// What this API tells of the tokens.
pub(super) fn told(tokens: Tokens) -> Tokens {
    tokens.without_cache_writes()
}

fn usage(answer: &Answer) -> Value {
    let tokens = told(answer.step.tokens);
    let input = tokens.input + tokens.cache_read;
    json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": tokens.cache_read},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": input + tokens.output,
    })
}

/// The id that a client names the answer by.
pub(super) fn id(answer: &Answer) -> String {
    format!("resp_{}", answer.id)
}

/// The items of the output.
pub(super) fn output(answer: &Answer) -> Vec<Value> {
    if answer.is_sealed {
        return vec![json!({
            "type": "compaction", "id": format!("cmp_{}", answer.id),
            "encrypted_content": answer.step.text,
        })];
    }
    let mut items = Vec::new();
    if let Some(thinking) = answer.step.thinking {
        items.push(json!({
            "type": "reasoning", "id": format!("rs_{}", answer.id), "status": "completed",
            "summary": [{"type": "summary_text", "text": thinking}], "encrypted_content": "c2VhbGVk",
        }));
    }
    if !answer.step.text.is_empty() {
        items.push(json!({
            "type": "message", "id": format!("msg_{}", answer.id), "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": answer.step.text, "annotations": []}],
        }));
    }
    for (k, call) in answer.calls.iter().enumerate() {
        let mut item = json!({
            "call_id": format!("call_{}", call.id), "name": call.name, "status": "completed",
        });
        match &call.input {
            Input::Fields(input) => {
                item["type"] = json!("function_call");
                item["id"] = json!(format!("fc_{}_{k}", answer.id));
                item["arguments"] = json!(input.to_string());
            }
            Input::Text(text) => {
                item["type"] = json!("custom_tool_call");
                item["id"] = json!(format!("ctc_{}_{k}", answer.id));
                item["input"] = json!(text);
            }
        }
        if let Some(namespace) = &call.namespace {
            item["namespace"] = json!(namespace);
        }
        items.push(item);
    }
    items
}

fn response(answer: &Answer, status: &str, output: &Value) -> Value {
    let usage = if status == "completed" { usage(answer) } else { Value::Null };
    json!({
        "id": id(answer), "object": "response", "created_at": 1_770_000_000, "status": status,
        "model": answer.model, "output": output, "usage": usage, "error": null,
        "incomplete_details": null, "parallel_tool_calls": true, "tool_choice": "auto",
        "tools": [], "metadata": {}, "instructions": null,
    })
}

/// The answer in one piece.
pub(super) fn whole(answer: &Answer) -> Value {
    response(answer, "completed", &output(answer).into())
}

/// What a request that only makes ready is answered.
pub(super) fn made_ready(answer: &Answer) -> Vec<Value> {
    let mut completed = response(answer, "completed", &json!([]));
    completed["usage"] = json!({"input_tokens": 0, "output_tokens": 0, "total_tokens": 0});
    numbered(vec![
        json!({"type": "response.created", "response": response(answer, "in_progress", &json!([]))}),
        json!({"type": "response.completed", "response": completed}),
    ])
}

/// The answer as events.
pub(super) fn events(answer: &Answer) -> Vec<Value> {
    let begun = response(answer, "in_progress", &json!([]));
    let mut events = vec![
        json!({"type": "response.created", "response": begun}),
        json!({"type": "response.in_progress", "response": begun}),
    ];
    for (index, item) in output(answer).into_iter().enumerate() {
        let event = |kind: &str, more: Value| {
            let mut event = json!({"type": kind, "output_index": index, "item_id": item["id"]});
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            event
        };
        let mut begun = item.clone();
        begun["status"] = json!("in_progress");
        for name in ["summary", "content"] {
            if begun.get(name).is_some() {
                begun[name] = json!([]);
            }
        }
        for name in ["arguments", "input"] {
            if begun.get(name).is_some() {
                begun[name] = json!("");
            }
        }
        events.push(event("response.output_item.added", json!({"item": begun})));
        match item["type"].as_str() {
            Some("message") => {
                let text = answer.step.text;
                let empty = json!({"type": "output_text", "text": "", "annotations": []});
                events.push(event(
                    "response.content_part.added",
                    json!({"content_index": 0, "part": empty}),
                ));
                for half in halves(text) {
                    let more = json!({"content_index": 0, "delta": half, "logprobs": []});
                    events.push(event("response.output_text.delta", more));
                }
                let more = json!({"content_index": 0, "text": text, "logprobs": []});
                events.push(event("response.output_text.done", more));
                let more = json!({"content_index": 0, "part": item["content"][0]});
                events.push(event("response.content_part.done", more));
            }
            Some("function_call") => {
                let arguments = item["arguments"].as_str().unwrap();
                for half in halves(arguments) {
                    let more = json!({"delta": half});
                    events.push(event("response.function_call_arguments.delta", more));
                }
                let more = json!({"arguments": arguments, "name": item["name"]});
                events.push(event("response.function_call_arguments.done", more));
            }
            _ => {}
        }
        events.push(event("response.output_item.done", json!({"item": item})));
    }
    events.push(json!({"type": "response.completed", "response": whole(answer)}));
    numbered(events)
}

fn numbered(mut events: Vec<Value>) -> Vec<Value> {
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

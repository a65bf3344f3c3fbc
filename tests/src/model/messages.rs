//! Anthropic's Messages.

use serde_json::{Value, json};

use super::{
    answer::{Answer, Asked, halves},
    script::{Reached, Tokens},
    tools::{Input, Offered},
};

pub(super) fn read(body: &Value) -> Asked {
    every_call_has_its_result(body);
    let mut reached = Reached::default();
    for message in body["messages"].as_array().into_iter().flatten() {
        let content = &message["content"];
        match message["role"].as_str() {
            Some("user") => reached.says(&said(content)),
            _ if has(content, "tool_use") => reached.calls(),
            _ => {}
        }
    }
    let offered = |tool: &Value| Offered {
        name: tool["name"].as_str().unwrap_or_default().to_owned(),
        namespace: None,
        schema: tool["input_schema"].clone(),
    };
    let tools = body["tools"].as_array().into_iter().flatten().map(offered);
    Asked::new(body, reached, tools.collect())
}

/// The API takes no history in which a tool call is not followed by its result, or a result not
/// preceded by its call. Whoever sends one is told nothing more.
fn every_call_has_its_result(body: &Value) {
    let ids = |message: &Value, kind: &str, field: &str| -> Vec<String> {
        let blocks = message["content"].as_array().into_iter().flatten();
        let mut ids: Vec<String> = blocks
            .filter(|block| block["type"] == kind)
            .filter_map(|block| Some(block[field].as_str()?.to_owned()))
            .collect();
        ids.sort();
        ids
    };
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut called = Vec::new();
    for message in messages {
        let results = ids(message, "tool_result", "tool_use_id");
        assert_eq!(called, results, "tool calls and the results that follow them");
        called = ids(message, "tool_use", "id");
    }
    assert!(called.is_empty(), "calls without results: {called:?}");
}

/// What a message says, without tool results. Chat Completions have it in the same form.
pub(super) fn said(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter(|block| block["type"] == "text");
            texts.filter_map(|block| block["text"].as_str()).collect()
        }
        _ => String::new(),
    }
}

fn has(content: &Value, kind: &str) -> bool {
    content.as_array().is_some_and(|blocks| blocks.iter().any(|block| block["type"] == kind))
}

/// What this API tells of the tokens.
pub(super) fn told(tokens: Tokens) -> Tokens {
    tokens.without_reasoning()
}

fn usage(answer: &Answer, output: u64) -> Value {
    let tokens = told(answer.step.tokens);
    json!({
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cache_read,
        "output_tokens": output,
    })
}

fn stop(answer: &Answer) -> &'static str {
    if answer.calls.is_empty() { "end_turn" } else { "tool_use" }
}

/// Its blocks: each as it stands when it is complete, as it begins, and its growth.
fn blocks(answer: &Answer) -> Vec<(Value, Value, Vec<Value>)> {
    let mut blocks = Vec::new();
    if let Some(thinking) = answer.step.thinking {
        blocks.push((
            json!({"type": "thinking", "thinking": thinking, "signature": "c2lnbmF0dXJl"}),
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            vec![
                json!({"type": "thinking_delta", "thinking": thinking}),
                json!({"type": "signature_delta", "signature": "c2lnbmF0dXJl"}),
            ],
        ));
    }
    let text = answer.step.text;
    if !text.is_empty() {
        blocks.push((
            json!({"type": "text", "text": text}),
            json!({"type": "text", "text": ""}),
            halves(text).map(|half| json!({"type": "text_delta", "text": half})).into(),
        ));
    }
    for call in &answer.calls {
        let Input::Fields(input) = &call.input else { continue };
        let block = |input: Value| {
            let id = format!("toolu_{}", call.id);
            json!({"type": "tool_use", "id": id, "name": call.name, "input": input})
        };
        let growth = halves(&input.to_string())
            .map(|half| json!({"type": "input_json_delta", "partial_json": half}));
        blocks.push((block(input.clone()), block(json!({})), growth.into()));
    }
    blocks
}

/// The answer in one piece.
pub(super) fn whole(answer: &Answer) -> Value {
    let content: Vec<_> = blocks(answer).into_iter().map(|(block, ..)| block).collect();
    json!({
        "id": format!("msg_{}", answer.id), "type": "message", "role": "assistant",
        "model": answer.model, "content": content, "stop_reason": stop(answer),
        "stop_sequence": null, "usage": usage(answer, answer.step.tokens.output),
    })
}

/// The answer as events.
pub(super) fn events(answer: &Answer) -> Vec<Value> {
    let mut message = whole(answer);
    message["content"] = json!([]);
    message["stop_reason"] = Value::Null;
    message["usage"] = usage(answer, 1);
    let mut events = vec![json!({"type": "message_start", "message": message})];
    for (index, (_, start, growth)) in blocks(answer).into_iter().enumerate() {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        for delta in growth {
            events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.push(json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop(answer), "stop_sequence": null},
        "usage": {"output_tokens": answer.step.tokens.output},
    }));
    events.push(json!({"type": "message_stop"}));
    events
}

//! `OpenAI`'s Chat Completions.

use serde_json::{Value, json};

use super::{
    answer::{Answer, Asked, halves},
    messages::said,
    script::{Reached, Tokens},
    tools::{Input, Offered},
};

pub(super) fn read(body: &Value) -> Asked {
    let mut reached = Reached::default();
    for message in body["messages"].as_array().into_iter().flatten() {
        match message["role"].as_str() {
            Some("user") => reached.says(&said(&message["content"])),
            _ if message["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty()) => {
                reached.calls();
            }
            _ => {}
        }
    }
    let offered = |tool: &Value| Offered {
        name: tool["function"]["name"].as_str().unwrap_or_default().to_owned(),
        namespace: None,
        schema: tool["function"]["parameters"].clone(),
    };
    let tools = body["tools"].as_array().into_iter().flatten().map(offered);
    Asked::new(body, reached, tools.collect())
}

/// What this API tells of the tokens.
pub(super) fn told(tokens: Tokens) -> Tokens {
    tokens.without_cache_writes()
}

fn usage(answer: &Answer) -> Value {
    let tokens = told(answer.step.tokens);
    let prompt = tokens.input + tokens.cache_read;
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": tokens.output,
        "total_tokens": prompt + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cache_read},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    })
}

fn stop(answer: &Answer) -> &'static str {
    if answer.calls.is_empty() { "stop" } else { "tool_calls" }
}

fn calls(answer: &Answer) -> Vec<(String, &str, String)> {
    let fields = |call: &super::tools::Call| match &call.input {
        Input::Fields(input) => input.to_string(),
        Input::Text(text) => text.clone(),
    };
    let calls = answer.calls.iter();
    calls.map(|call| (format!("call_{}", call.id), call.name.as_str(), fields(call))).collect()
}

fn named(answer: &Answer, object: &str, choices: &Value) -> Value {
    json!({
        "id": format!("chatcmpl-{}", answer.id), "object": object, "created": 1_770_000_000,
        "model": answer.model, "choices": choices,
    })
}

/// The answer in one piece.
pub(super) fn whole(answer: &Answer) -> Value {
    let calls: Vec<_> = calls(answer)
        .into_iter()
        .map(|(id, name, input)| {
            json!({"id": id, "type": "function", "function": {"name": name, "arguments": input}})
        })
        .collect();
    let mut message = json!({"role": "assistant", "content": answer.step.text, "refusal": null});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let choice = json!({"index": 0, "message": message, "finish_reason": stop(answer)});
    let mut whole = named(answer, "chat.completion", &json!([choice]));
    whole["usage"] = usage(answer);
    whole
}

/// The answer as events; its tokens only where the client asked for them.
pub(super) fn events(answer: &Answer, tells_usage: bool) -> Vec<Value> {
    let chunk = |delta: Value, stop: Option<&str>| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": stop});
        named(answer, "chat.completion.chunk", &json!([choice]))
    };
    let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), None)];
    for half in answer.step.thinking.into_iter().flat_map(halves) {
        events.push(chunk(json!({"reasoning_content": half}), None));
    }
    for half in halves(answer.step.text).into_iter().filter(|half| !half.is_empty()) {
        events.push(chunk(json!({"content": half}), None));
    }
    for (index, (id, name, input)) in calls(answer).into_iter().enumerate() {
        let begun = json!({"name": name, "arguments": ""});
        let call = json!({"index": index, "id": id, "type": "function", "function": begun});
        events.push(chunk(json!({"tool_calls": [call]}), None));
        for half in halves(&input) {
            let call = json!({"index": index, "function": {"arguments": half}});
            events.push(chunk(json!({"tool_calls": [call]}), None));
        }
    }
    events.push(chunk(json!({}), Some(stop(answer))));
    if tells_usage {
        let mut last = named(answer, "chat.completion.chunk", &json!([]));
        last["usage"] = usage(answer);
        events.push(last);
    }
    events
}

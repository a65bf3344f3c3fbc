//! Gemini's `generateContent`.

use serde_json::{Value, json};

use super::{
    answer::{Answer, Asked, halves},
    script::{Reached, Tokens},
    tools::{Input, Offered},
};

pub(super) fn read(body: &Value) -> Asked {
    let mut reached = Reached::default();
    for content in body["contents"].as_array().into_iter().flatten() {
        let parts = content["parts"].as_array().into_iter().flatten();
        if content["role"] == "user" {
            parts.filter_map(|part| part["text"].as_str()).for_each(|text| reached.says(text));
        } else if parts.into_iter().any(|part| part.get("functionCall").is_some()) {
            reached.calls();
        }
    }
    let groups = body["tools"].as_array().into_iter().flatten();
    let tools = groups.filter_map(|group| group["functionDeclarations"].as_array()).flatten();
    let offered = |tool: &Value| Offered {
        name: tool["name"].as_str().unwrap_or_default().to_owned(),
        namespace: None,
        schema: tool.get("parametersJsonSchema").unwrap_or(&tool["parameters"]).clone(),
    };
    Asked::new(body, reached, tools.map(offered).collect())
}

/// What this API tells of the tokens.
pub(super) fn told(tokens: Tokens) -> Tokens {
    tokens.without_cache_writes()
}

fn usage(answer: &Answer) -> Value {
    let tokens = told(answer.step.tokens);
    let prompt = tokens.input + tokens.cache_read;
    json!({
        "promptTokenCount": prompt,
        "cachedContentTokenCount": tokens.cache_read,
        "candidatesTokenCount": tokens.output - tokens.reasoning,
        "thoughtsTokenCount": tokens.reasoning,
        "totalTokenCount": prompt + tokens.output,
    })
}

fn response(answer: &Answer, parts: &[Value], is_last: bool) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": parts}, "index": 0});
    if is_last {
        candidate["finishReason"] = json!("STOP");
    }
    json!({
        "candidates": [candidate], "usageMetadata": usage(answer),
        "modelVersion": answer.model, "responseId": format!("resp-{}", answer.id),
    })
}

fn parts(answer: &Answer) -> Vec<Value> {
    let mut parts = Vec::new();
    if let Some(thinking) = answer.step.thinking {
        parts.push(json!({"text": thinking, "thought": true}));
    }
    if !answer.step.text.is_empty() {
        parts.extend(halves(answer.step.text).map(|half| json!({"text": half})));
    }
    for call in &answer.calls {
        let Input::Fields(input) = &call.input else { continue };
        parts.push(json!({"functionCall": {"id": call.id, "name": call.name, "args": input}}));
    }
    parts
}

/// The answer in one piece.
pub(super) fn whole(answer: &Answer) -> Value {
    response(answer, &parts(answer), true)
}

/// The answer as events.
pub(super) fn events(answer: &Answer) -> Vec<Value> {
    let parts = parts(answer);
    let (last, first) = parts.split_last().unwrap();
    let mut events: Vec<_> =
        first.iter().map(|part| response(answer, std::slice::from_ref(part), false)).collect();
    events.push(response(answer, std::slice::from_ref(last), true));
    events
}

//! The conversations that the scripted model holds, and the stream of events of one answer.

use serde_json::{Value, json};

/// Tokens of one answer, as the provider reports them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokens {
    /// Uncached input.
    pub input: u64,
    /// Written to the cache.
    pub cache_write: u64,
    /// Read from the cache.
    pub cache_read: u64,
    /// Output.
    pub output: u64,
}

/// A tool that the model asks for.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tool.
    pub tool: &'static str,
    /// Its input.
    pub input: Value,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Step {
    /// Thinking before it.
    pub thinking: Option<&'static str>,
    /// Its text.
    pub text: &'static str,
    /// The tools it asks for.
    pub calls: Vec<Call>,
    /// Its tokens.
    pub tokens: Tokens,
}

fn step(text: &'static str, calls: Vec<Call>, tokens: [u64; 4]) -> Step {
    let [input, cache_write, cache_read, output] = tokens;
    Step { thinking: None, text, calls, tokens: Tokens { input, cache_write, cache_read, output } }
}

fn shell(command: &str) -> Call {
    Call { tool: "Bash", input: json!({"command": command, "description": "a scripted step"}) }
}

/// The answers of the conversation `name`; `folder` is where the client works.
pub fn steps(name: &str, folder: &str) -> Vec<Step> {
    match name {
        "delegate" => vec![
            step(
                "I will hand this over.",
                vec![Call {
                    tool: "Agent",
                    input: json!({
                        "description": "one echo",
                        "prompt": format!("[[conversation:delegated]] FOLDER={folder} Run one echo."),
                        "subagent_type": "general-purpose",
                    }),
                }],
                [1000, 0, 0, 50],
            ),
            step("It is done. CONVERSATION-ENDS", vec![], [200, 0, 1000, 20]),
        ],
        "delegated" => vec![
            step("Running it.", vec![shell("echo delegated-step")], [500, 0, 0, 25]),
            step("The echo ran.", vec![], [50, 0, 500, 10]),
        ],
        // A command that can be seen by whoever looks every now and then.
        "slow" => vec![
            step("This takes a moment.", vec![shell("sleep 4; echo slow-step")], [900, 0, 0, 30]),
            step("It is done. CONVERSATION-ENDS", vec![], [60, 0, 900, 10]),
        ],
        // Four steps with a secret on the way, one closing answer.
        _ => vec![
            Step {
                thinking: Some("A harmless step comes first."),
                ..step(
                    "First a harmless command.",
                    vec![shell("echo first-step")],
                    [1200, 800, 0, 90],
                )
            },
            step(
                "Two at once.",
                vec![shell("echo second-step"), shell("ls -la")],
                [150, 200, 2000, 70],
            ),
            step(
                "Now the configuration.",
                vec![Call {
                    tool: "Read",
                    input: json!({"file_path": format!("{folder}/settings.env")}),
                }],
                [120, 100, 2200, 45],
            ),
            step(
                "A summary.",
                vec![Call {
                    tool: "Write",
                    input: json!({"file_path": format!("{folder}/summary.txt"), "content": "done\n"}),
                }],
                [110, 90, 2300, 60],
            ),
            step("All steps are done. CONVERSATION-ENDS", vec![], [100, 0, 2400, 40]),
        ],
    }
}

/// The step that a request has reached: the answers that its history holds already.
pub(super) fn step_for(body: &Value) -> Step {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let prompts: String =
        messages.iter().filter(|m| m["role"] == "user").map(prompt_text).collect();
    let name = between(&prompts, "[[conversation:", "]]").unwrap_or("default");
    let folder = between(&prompts, "FOLDER=", " ").unwrap_or("/nowhere");
    let answered = messages.iter().filter(|m| m["role"] == "assistant").count();
    let mut steps = steps(name, folder);
    let last = steps.len() - 1;
    steps.swap_remove(answered.min(last))
}

/// What a user message says, without tool results.
fn prompt_text(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks
            .iter()
            .filter(|block| block["type"] == "text")
            .filter_map(|block| block["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let rest = &text[text.rfind(open)? + open.len()..];
    Some(&rest[..rest.find(close)?])
}

/// The events of one streamed answer.
pub(super) fn stream(step: &Step, message: &str, model: &str) -> Vec<Value> {
    let tokens = step.tokens;
    let usage = |output: u64| {
        json!({
            "input_tokens": tokens.input,
            "cache_creation_input_tokens": tokens.cache_write,
            "cache_read_input_tokens": tokens.cache_read,
            "output_tokens": output,
        })
    };
    let mut events = vec![json!({"type": "message_start", "message": {
        "id": message, "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage(1),
    }})];
    let mut index = 0;
    let mut block = |start: Value, deltas: Vec<Value>| {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        for delta in deltas {
            events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
        index += 1;
    };
    if let Some(thinking) = step.thinking {
        block(
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            vec![
                json!({"type": "thinking_delta", "thinking": thinking}),
                json!({"type": "signature_delta", "signature": "c2lnbmF0dXJl"}),
            ],
        );
    }
    let (first, second) = step.text.split_at(step.text.len() / 2);
    block(
        json!({"type": "text", "text": ""}),
        vec![
            json!({"type": "text_delta", "text": first}),
            json!({"type": "text_delta", "text": second}),
        ],
    );
    for (k, call) in step.calls.iter().enumerate() {
        let input = call.input.to_string();
        let (first, second) = input.split_at(input.len() / 2);
        block(
            json!({"type": "tool_use", "id": format!("toolu_{}_{k}", &message[4..]), "name": call.tool, "input": {}}),
            vec![
                json!({"type": "input_json_delta", "partial_json": first}),
                json!({"type": "input_json_delta", "partial_json": second}),
            ],
        );
    }
    let stop = if step.calls.is_empty() { "end_turn" } else { "tool_use" };
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": tokens.output}}));
    events.push(json!({"type": "message_stop"}));
    events
}

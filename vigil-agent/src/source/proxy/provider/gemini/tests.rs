//! Conversations as Gemini CLI and Google's service hold them.

use serde_json::{Value, json};
use vigil_proto::{NaturalKey, Usage, event::CallRank};

use super::super::rig::{Rig, kinds, model_call, told};
use super::*;

const TARGET: &str = "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse";

fn gemini() -> Rig {
    let mut rig = Rig::new("generativelanguage.googleapis.com", TARGET);
    rig.asking = "User-Agent: GeminiCLI-tui/0.61.0/gemini-2.5-pro (linux; x64; terminal)\r\n";
    rig
}

fn content(role: &str, parts: &[Value]) -> Value {
    json!({"role": role, "parts": parts})
}

fn text(text: &str) -> Value {
    json!({"text": text})
}

fn thought(text: &str) -> Value {
    json!({"text": text, "thought": true})
}

fn call(id: Option<&str>) -> Value {
    json!({"functionCall": {"id": id, "name": "read_file", "args": {"b": 1, "a": 2}},
        "thoughtSignature": "c2VhbGVk"})
}

fn returned(id: &str, output: &str) -> Value {
    json!({"functionResponse": {"id": id, "name": "read_file", "response": {"output": output}}})
}

fn event(id: &str, parts: &[Value], reason: Option<&str>) -> Value {
    json!({"responseId": id, "modelVersion": "gemini-2.5-pro",
        "candidates": [{"index": 0, "content": content("model", parts), "finishReason": reason}],
        "usageMetadata": {"promptTokenCount": 2350, "cachedContentTokenCount": 2000,
            "candidatesTokenCount": 60, "thoughtsTokenCount": 30, "totalTokenCount": 2440}})
}

const USAGE: Usage = Usage {
    input: 350,
    cache_read: 2000,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 90,
    reasoning: 30,
};

fn context() -> Value {
    text(
        "<session_context>\nThis is the Gemini CLI. We are setting up the context for our chat.\n\
        - **Workspace Directories:**\n  - /home/me/app\n- **Directory Structure:**\n\
        </session_context>",
    )
}

fn asking() -> Value {
    json!({"systemInstruction": {"parts": [text("Be good.")]},
        "tools": [{"functionDeclarations": []}],
        "contents": [content("user", &[context(), text("Read.")])]})
}

fn answer(id: &str, calls: &[Value]) -> Vec<Value> {
    vec![
        event(id, &[thought("Hm")], None),
        event(id, &[thought("m."), text("Two ")], None),
        event(id, &[text("files.")], None),
        event(id, calls, Some("STOP")),
    ]
}

#[test]
fn a_conversation_is_told_once_although_every_request_repeats_it() {
    let mut rig = gemini();
    let first = rig.streamed(&asking(), &answer("r1", &[call(Some("c1")), call(Some("c2"))]));
    let mut next = asking();
    let contents = next["contents"].as_array_mut().unwrap();
    let said = [text("Two files."), call(Some("c1")), call(Some("c2"))];
    contents.push(content("model", &said));
    contents.push(content("user", &[returned("c1", "A"), returned("c2", "B"), text("Go on.")]));
    let second = rig.streamed(&next, &[event("r2", &[text("Done.")], Some("STOP"))]);

    assert_eq!(
        told(&first)[1..],
        [
            ("prompt", "Read.".to_owned()),
            ("system", "system_prompt: Be good.".to_owned()),
            ("system", "tool_definitions: [{\"functionDeclarations\":[]}]".to_owned()),
            ("thinking", "Hmm.".to_owned()),
            ("response", "Two files.".to_owned()),
            ("tool_call", "read_file {\"a\":2,\"b\":1}".to_owned()),
            ("tool_call", "read_file {\"a\":2,\"b\":1}".to_owned()),
            ("model_call", "gemini-2.5-pro".to_owned()),
        ]
    );
    assert_eq!(
        told(&second),
        [
            ("tool_result", "A".to_owned()),
            ("tool_result", "B".to_owned()),
            ("prompt", "Go on.".to_owned()),
            ("response", "Done.".to_owned()),
            ("model_call", "gemini-2.5-pro".to_owned()),
        ]
    );
    let session = first[0].session.unwrap();
    assert_eq!(second[0].session, Some(session));
    let key = NaturalKey::ToolResult { session, message: "r1", call: "c2" };
    assert_eq!((second[1].id, second[1].incomplete_key), (key.id(), false));
    let key = NaturalKey::ModelCall { provider: "gcp.gemini", message: "r1", request: "" };
    assert_eq!(first.last().unwrap().id, key.id());
    assert_eq!((model_call(&first).usage, model_call(&first).rank), (USAGE, CallRank::Wire));
    assert_eq!(rig.sessions[0].client, "gemini-cli");
    assert_eq!(rig.sessions[0].cwd.as_ref().unwrap().expose(), "/home/me/app");
    assert_eq!(rig.counts, [].into());
}

#[test]
fn calls_without_ids_are_told_apart_by_name_and_position() {
    let mut rig = gemini();
    rig.streamed(&asking(), &answer("r1", &[call(None), call(None)]));
    let mut next = asking();
    let contents = next["contents"].as_array_mut().unwrap();
    contents.push(content("model", &[text("Two files."), call(None), call(None)]));
    contents.push(content("user", &[returned("of-the-client-1", "A"), returned("", "B")]));
    let second = rig.streamed(&next, &[event("r2", &[text("Done.")], Some("STOP"))]);

    let session = second[0].session.unwrap();
    for (event, position) in second.iter().zip(0..2) {
        let call = nameless("read_file", position);
        let key = NaturalKey::ToolResult { session, message: "r1", call: &call };
        assert_eq!((event.id, event.incomplete_key), (key.id(), false));
    }
}

#[test]
fn a_list_of_events_and_an_envelope_say_the_same() {
    let events = answer("r1", &[call(Some("c1"))]);
    let streamed = gemini().streamed(&asking(), &events);
    let listed = gemini().whole(&asking(), &Value::Array(events.clone()));
    assert_eq!(streamed, listed);

    let mut rig = Rig::new("cloudcode-pa.googleapis.com", "/v1internal:streamGenerateContent");
    rig.asking = "User-Agent: GeminiCLI/0.61.0/gemini-2.5-pro\r\n";
    let mut inner = asking();
    inner["session_id"] = json!("5e55");
    let request = json!({"model": "gemini-2.5-pro", "project": "p", "request": inner});
    let wrapped: Vec<_> = events.iter().map(|it| json!({"response": it, "traceId": "t"})).collect();
    let enveloped = rig.streamed(&request, &wrapped);
    assert_eq!(told(&enveloped), told(&streamed));
    assert_eq!(rig.sessions[0].native.expose(), "5e55");
}

#[test]
fn what_is_sealed_or_binary_is_kept_nowhere() {
    let mut rig = gemini();
    let picture = json!({"inlineData": {"mimeType": "image/png", "data": "AAAABBBB"}});
    let request = json!({"contents": [content("user", &[text("Look."), picture.clone()])]});
    let code = json!({"executableCode": {"code": "1+1"}, "thoughtSignature": "c2VhbGVk"});
    let events = rig.streamed(&request, &[event("r1", &[picture.clone(), code], Some("STOP"))]);
    assert_eq!(
        told(&events)[..3],
        [
            ("prompt", "Look.\n[inlineData: 6 bytes]".to_owned()),
            ("system", "block:inlineData: ".to_owned()),
            ("system", "block:executableCode: {\"executableCode\":{\"code\":\"1+1\"}}".to_owned()),
        ]
    );
}

#[test]
fn refusals_and_errors_are_recorded() {
    let blocked = json!({"promptFeedback": {"blockReason": "SAFETY"}, "responseId": "r1",
        "usageMetadata": {"promptTokenCount": 9}});
    let events = gemini().streamed(&asking(), &[blocked]);
    let call = model_call(&events);
    assert_eq!(call.stop_reason.as_ref().unwrap().expose(), "SAFETY");
    assert_eq!(call.usage.input, 9);

    let error = json!({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Later"});
    let mut rig = gemini();
    rig.status = 429;
    let events = rig.whole(&asking(), &json!([{"error": error}]));
    let words = "api_error: HTTP 429: RESOURCE_EXHAUSTED: Later";
    assert_eq!(told(&events).last().unwrap().1, words);
}

#[test]
fn what_is_unknown_is_counted_and_never_guessed() {
    let mut rig = gemini();
    let events = rig.streamed(&json!({"contents": 1}), &[json!({"x": 1}), json!([])]);
    assert_eq!(kinds(&events), [""; 0]);
    assert_eq!(rig.counts, [("skip.provider-event", 2)].into());
}

#[test]
fn no_more_calls_are_looked_through_than_an_answer_may_have() {
    let many = BLOCKS_MAX + 1;
    let asked = content("model", &vec![call(None); many]);
    let given = content("user", &vec![returned("own", "x"); many]);

    let told = Contents::returned(&[asked], &given);

    assert_eq!(told.len(), many);
    assert_eq!(told[BLOCKS_MAX - 1].call, nameless("read_file", BLOCKS_MAX - 1));
    assert_eq!(told[BLOCKS_MAX].call, "own");
}

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vigil_proto::{Event, Kind, NaturalKey, Outcome, Sensitive, SessionId, Usage, event::CallRank};

use crate::source::proxy::provider::rig::{Rig, kinds, model_call, told};

fn qwen() -> Rig {
    let mut rig = Rig::new("api.openai.com", "/v1/chat/completions");
    rig.asking = "User-Agent: QwenCode/0.24.4 (linux; x64)\r\n";
    rig
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn usage() -> Value {
    json!({"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 5}})
}

const USAGE: Usage = Usage {
    input: 40,
    cache_read: 60,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 20,
    reasoning: 5,
};

fn chunk(delta: &Value, reason: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
}

fn piece(index: u32, arguments: &str) -> Value {
    chunk(&json!({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}), None)
}

/// Two tool calls whose arguments come in pieces, by turns.
fn stream() -> Vec<Value> {
    let begin = |index: u32, id: &str| {
        chunk(
            &json!({"tool_calls": [{"index": index, "id": id, "type": "function",
                "function": {"name": "read_file", "arguments": ""}}]}),
            None,
        )
    };
    vec![
        // What Azure sends first.
        json!({"id": "", "model": "", "choices": [], "prompt_filter_results": []}),
        chunk(&json!({"role": "assistant", "content": ""}), None),
        chunk(&json!({"reasoning_content": "Hm"}), None),
        chunk(&json!({"reasoning_content": "m."}), None),
        chunk(&json!({"content": "Two "}), None),
        chunk(&json!({"content": "files."}), None),
        begin(0, "call_a"),
        piece(0, "{\"path\""),
        begin(1, "call_b"),
        piece(1, "{\"path\":\"b\"}"),
        piece(0, ": \"a\"}"),
        chunk(&json!({}), Some("tool_calls")),
        json!({"id": "chatcmpl-1", "model": "gpt-4o", "choices": [], "usage": usage()}),
    ]
}

#[test]
fn a_conversation_is_told_once_although_every_request_repeats_it() {
    let mut rig = qwen();
    let system = json!({"role": "system", "content": "Be good."});
    let context = user(
        "This is the Qwen Code. We are setting up the context for our chat.\n\
        I'm currently working in the directory: /home/me/app\n",
    );
    let hello = json!({"role": "assistant", "content": "Got it. Thanks for the context!"});
    let request = json!({"model": "gpt-4o", "messages": [system, context, hello, user("Read.")]});
    let first = rig.streamed(&request, &stream());
    let request = json!({"messages": [
        system, context, hello, user("Read."),
        {"role": "assistant", "content": "Two files.", "tool_calls": [
            {"id": "call_a", "type": "function", "function": {"name": "read_file", "arguments": "{}"}},
            {"id": "call_b", "type": "function", "function": {"name": "read_file", "arguments": "{}"}},
        ]},
        {"role": "tool", "tool_call_id": "call_a", "content": "A"},
        {"role": "tool", "tool_call_id": "call_b", "content": [{"type": "text", "text": "B"}]},
    ]});
    let second = rig.streamed(
        &request,
        &[json!({"id": "chatcmpl-2", "model": "gpt-4o", "choices": [
            {"index": 0, "delta": {"content": "Done."}, "finish_reason": "stop"}]})],
    );

    assert_eq!(
        told(&first),
        [
            ("prompt", "Read.".to_owned()),
            ("system", "system_prompt: Be good.".to_owned()),
            ("thinking", "Hmm.".to_owned()),
            ("response", "Two files.".to_owned()),
            ("tool_call", "read_file {\"path\":\"a\"}".to_owned()),
            ("tool_call", "read_file {\"path\":\"b\"}".to_owned()),
            ("model_call", "gpt-4o".to_owned()),
        ]
    );
    assert_eq!(
        told(&second),
        [
            ("tool_result", "A".to_owned()),
            ("tool_result", "B".to_owned()),
            ("response", "Done.".to_owned()),
            ("model_call", "gpt-4o".to_owned()),
        ]
    );
    let session = first[0].session.unwrap();
    assert_eq!(second[0].session, Some(session));
    let key = NaturalKey::ToolResult { session, message: "chatcmpl-1", call: "call_b" };
    assert_eq!((second[1].id, second[1].incomplete_key), (key.id(), false));
    assert_eq!(rig.sessions[0].client, "qwen-code");
    // A stream that does not tell its tokens has none.
    assert_eq!(model_call(&first).usage, USAGE);
    assert_eq!(model_call(&second).usage, Usage::default());
    assert_eq!(rig.counts, [].into());
}

#[test]
fn an_answer_in_one_piece_is_one() {
    let mut rig = qwen();
    let answer = json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o",
        "usage": usage(), "choices": [
            {"index": 1, "message": {"content": "Another choice."}, "finish_reason": "stop"},
            {"index": 0, "message": {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_a", "function": {"name": "ls", "arguments": "not json"}}]},
                "finish_reason": "tool_calls"}]});
    let events = rig.whole(&json!({"messages": [user("Go.")]}), &answer);
    assert_eq!(told(&events)[1], ("tool_call", "ls not json".to_owned()));
    let call = model_call(&events);
    assert_eq!((call.usage, call.rank, call.provider), (USAGE, CallRank::Wire, "openai"));
    assert_eq!(call.stop_reason.as_ref().unwrap().expose(), "tool_calls");
}

#[test]
fn others_speak_it_with_their_own_words() {
    // Groq tells its tokens apart, and its name for thinking is another.
    let mut rig = Rig::new("api.groq.com", "/openai/v1/chat/completions");
    let events = rig.streamed(&json!({"messages": [user("x")]}), &[
        json!({"id": "c1", "model": "llama", "choices": [{"index": 0, "delta": {"reasoning": "So."}}]}),
        json!({"id": "c1", "model": "llama", "x_groq": {"usage": usage()},
            "choices": [{"index": 0, "delta": {"content": "Yes."}, "finish_reason": "stop"}]}),
    ]);
    assert_eq!(kinds(&events), ["prompt", "thinking", "response", "model_call"]);
    assert_eq!((model_call(&events).provider, model_call(&events).usage), ("groq", USAGE));

    // Mistral tells parts, and whole arguments as an object.
    let mut rig = Rig::new("api.mistral.ai", "/v1/chat/completions");
    let events = rig.whole(
        &json!({"messages": [user("x")]}),
        &json!({"id": "m1", "model": "magistral", "choices": [{"index": 0, "finish_reason": "stop",
        "message": {"content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "So."}]},
            {"type": "text", "text": "Yes."}],
            "tool_calls": [{"id": "t", "function": {"name": "f", "arguments": {"b": 1, "a": 2}}}],
        }}]}),
    );
    assert_eq!(
        told(&events)[1..4],
        [
            ("thinking", "So.".to_owned()),
            ("response", "Yes.".to_owned()),
            ("tool_call", "f {\"a\":2,\"b\":1}".to_owned()),
        ]
    );

    // OpenRouter fails in the middle of a stream.
    let mut rig = Rig::new("openrouter.ai", "/api/v1/chat/completions");
    let events = rig.streamed(&json!({"messages": [user("x")]}), &[
        json!({"id": "o1", "model": "m", "choices": [{"index": 0, "delta": {"content": "Ye"}}]}),
        json!({"id": "o1", "error": {"code": 502, "message": "Upstream is gone"}, "choices": []}),
    ]);
    assert!(
        told(&events)
            .contains(&("system", "api_error: HTTP 200: 502: Upstream is gone".to_owned()))
    );
    assert_eq!(model_call(&events).rank, CallRank::Partial);
}

#[test]
fn a_session_may_stand_in_a_header_and_pictures_are_named() {
    let mut rig = Rig::new("api.openai.com", "/v1/chat/completions");
    rig.asking = "User-Agent: opencode/1.18.33 ai-sdk/openai/2\r\nx-session-id: ses_1\r\n";
    let picture = json!({"role": "user", "content": [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAABBBB"}},
        {"type": "image_url", "image_url": {"url": "https://pictures.example/cat"}},
    ]});
    let events = rig.whole(&json!({"messages": [picture]}), &json!({"error": {"message": "no"}}));
    let shown = "What is it?\n[image_url: 6 bytes]\n[image_url: https://pictures.example/cat]";
    assert_eq!(told(&events)[0], ("prompt", shown.to_owned()));
    assert_eq!(events[0].session, Some(SessionId::of("opencode", "ses_1")));
    assert_eq!(told(&events)[1].1, "api_error: HTTP 200: error: no");
}

#[test]
fn what_is_asked_again_after_a_failure_is_the_same_conversation() {
    let mut rig = qwen();
    let request = json!({"model": "gpt-4o", "messages": [user("Do it.")], "stream": true});
    let overloaded = json!({"error": {"message": "Overloaded", "type": "overloaded_error"}});
    rig.status = 503;
    let failed = rig.whole(&request, &overloaded);
    rig.whole(&request, &overloaded);
    rig.status = 200;
    let half: Vec<_> = stream().iter().take(6).map(|event| format!("data: {event}\n\n")).collect();
    let broken = rig.exchange(&request, "text/event-stream", half.concat().as_bytes());
    let answered = rig.streamed(&request, &stream());

    let sessions: BTreeSet<_> = rig.sessions.iter().map(|facts| facts.id).collect();
    assert_eq!(sessions.len(), 1, "{:?}", rig.sessions);
    assert_eq!(kinds(&failed), ["prompt", "system"]);
    assert!(kinds(&broken).contains(&"gap"), "{:?}", kinds(&broken));
    let prompt = |events: &[Event<Sensitive>]| {
        events.iter().find(|event| matches!(event.kind, Kind::Prompt(_))).map(|event| event.id)
    };
    assert_eq!(prompt(&failed), prompt(&answered));
    // What was answered is not gone on with by whoever says the same.
    rig.streamed(&request, &stream());
    assert!(rig.sessions.last().is_some_and(|facts| !sessions.contains(&facts.id)));
}

#[test]
fn a_call_whose_result_never_came_has_not_run() {
    let mut rig = qwen();
    let calls = json!([{"id": "call_a", "type": "function",
        "function": {"name": "read_file", "arguments": "{}"}}]);
    let lost = "Tool execution result was not recorded, likely interrupted.";
    let request = json!({"model": "gpt-4o", "messages": [user("Do it."),
        {"role": "assistant", "content": "Yes.", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_a", "content": lost},
        user("The connection dropped mid-response. Resume directly \u{2014} no apology, no recap of \
              what you were doing.")]});

    let events = rig.whole(&request, &json!({}));

    let outcomes = events.iter().filter_map(|event| match &event.kind {
        Kind::ToolResult(result) => Some(result.outcome),
        _ => None,
    });
    assert_eq!(outcomes.collect::<Vec<_>>(), [Outcome::Interrupted]);
    assert!(!kinds(&events).contains(&"prompt"), "{:?}", told(&events));
}

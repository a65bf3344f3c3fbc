//! Conversations as Bedrock holds them, in frames that are made here.

use flate2::Crc;
use serde_json::{Value, json};
use vigil_proto::{NaturalKey, Usage, event::CallRank};

use super::super::rig::{Rig, kinds, model_call, told};
use super::*;

const HOST: &str = "bedrock-runtime.eu-west-1.amazonaws.com";
const STREAM: &str = "application/vnd.amazon.eventstream";

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_be_bytes()
}

/// A frame with a field of another type than text before those that matter.
fn frame(kind: &str, name: &str, body: &Value) -> Vec<u8> {
    let mut fields = b"\x05:date\x08\0\0\0\0\0\0\0\x01".to_vec();
    let named = if kind == "event" { ":event-type" } else { ":exception-type" };
    for (field, value) in [(":message-type", kind), (named, name)] {
        fields.push(u8::try_from(field.len()).unwrap());
        fields.extend(field.as_bytes());
        fields.push(7);
        fields.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        fields.extend(value.as_bytes());
    }
    let body = body.to_string();
    let length = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
    let mut frame = length(16 + fields.len() + body.len()).to_vec();
    frame.extend(length(fields.len()));
    frame.extend(crc(&frame));
    frame.extend(fields);
    frame.extend(body.as_bytes());
    frame.extend(crc(&frame));
    frame
}

fn encoded(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut three = [0; 4];
        three[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(three);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            let is_there = digit <= group.len();
            text.push(if is_there { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

const USAGE: Usage = Usage {
    input: 150,
    cache_read: 2000,
    cache_write_5m: 200,
    cache_write_1h: 0,
    output: 70,
    reasoning: 0,
};

fn usage() -> Value {
    json!({"inputTokens": 150, "outputTokens": 70, "totalTokens": 2420,
        "cacheReadInputTokens": 2000, "cacheWriteInputTokens": 200})
}

fn converse() -> Rig {
    Rig::new(HOST, "/model/eu.amazon.nova-v1%3A0/converse-stream")
}

fn ask() -> Value {
    json!({"role": "user", "content": [{"text": "List."}]})
}

fn stream() -> Vec<u8> {
    let delta = |index: u32, delta: Value| {
        frame("event", "contentBlockDelta", &json!({"contentBlockIndex": index, "delta": delta}))
    };
    let stop =
        |index: u32| frame("event", "contentBlockStop", &json!({"contentBlockIndex": index}));
    let tool =
        json!({"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t1", "name": "ls"}}});
    [
        frame("event", "messageStart", &json!({"role": "assistant"})),
        delta(0, json!({"reasoningContent": {"text": "Hm."}})),
        delta(0, json!({"reasoningContent": {"signature": "sealed"}})),
        stop(0),
        delta(1, json!({"text": "I "})),
        delta(1, json!({"text": "list."})),
        stop(1),
        frame("event", "contentBlockStart", &tool),
        delta(2, json!({"toolUse": {"input": "{\"a\""}})),
        delta(2, json!({"toolUse": {"input": ":1}"}})),
        stop(2),
        frame("event", "messageStop", &json!({"stopReason": "tool_use"})),
        frame("event", "metadata", &json!({"usage": usage(), "metrics": {"latencyMs": 1}})),
    ]
    .concat()
}

#[test]
fn a_conversation_is_told_once_although_no_answer_has_an_id() {
    let mut rig = converse();
    let request = json!({"system": [{"text": "Be good."}], "messages": [ask()],
        "toolConfig": {"tools": [{"toolSpec": {"name": "ls"}}]}});
    let first = rig.exchange(&request, STREAM, &stream());
    let history = json!({"messages": [
        ask(),
        {"role": "assistant", "content": [{"text": "I list."},
            {"toolUse": {"toolUseId": "t1", "name": "ls", "input": {"a": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "status": "error",
            "content": [{"text": "no"}, {"json": {"b": 1}}]}}]},
    ]});
    let answer = json!({"output": {"message": {"role": "assistant", "content": [
        {"reasoningContent": {"reasoningText": {"text": "So.", "signature": "sealed"}}},
        {"text": "None."}]}}, "stopReason": "end_turn", "usage": usage()});
    let second = rig.whole(&history, &answer);

    assert_eq!(
        told(&first),
        [
            ("prompt", "List.".to_owned()),
            ("system", "system_prompt: Be good.".to_owned()),
            ("system", "tool_definitions: [{\"toolSpec\":{\"name\":\"ls\"}}]".to_owned()),
            ("thinking", "Hm.".to_owned()),
            ("response", "I list.".to_owned()),
            ("tool_call", "ls {\"a\":1}".to_owned()),
            ("model_call", "eu.amazon.nova-v1:0".to_owned()),
        ]
    );
    assert_eq!(
        told(&second)[..3],
        [
            ("tool_result", "no\n{\"b\":1}".to_owned()),
            ("thinking", "So.".to_owned()),
            ("response", "None.".to_owned()),
        ]
    );
    let call = model_call(&first);
    assert_eq!((call.usage, call.rank, call.provider), (USAGE, CallRank::Wire, "aws.bedrock"));
    let session = first[0].session.unwrap();
    let key = NaturalKey::ToolResult { session, message: call.message.expose(), call: "t1" };
    assert_eq!((second[0].id, second[0].incomplete_key), (key.id(), false));
    assert_eq!(rig.counts, [].into());
}

#[test]
fn an_invoked_model_speaks_its_own_api_within_frames() {
    let mut rig = Rig::new(HOST, "/model/eu.anthropic.claude/invoke-with-response-stream");
    let events = [
        json!({"type": "message_start", "message": {"id": "msg_bdrk_1", "model": "claude",
            "usage": {"input_tokens": 150, "cache_read_input_tokens": 2000,
                "cache_creation_input_tokens": 200, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Yes."}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 70}}),
        json!({"type": "message_stop", "amazon-bedrock-invocationMetrics": {}}),
    ];
    let frames: Vec<_> = events
        .iter()
        .map(|event| json!({"bytes": encoded(event.to_string().as_bytes()), "p": "abc"}))
        .map(|body| frame("event", "chunk", &body))
        .collect();
    let request = json!({"anthropic_version": "bedrock-2023-05-31",
        "messages": [{"role": "user", "content": "Is it?"}]});
    let told_of = rig.exchange(&request, STREAM, &frames.concat());
    assert_eq!(
        told(&told_of),
        [
            ("prompt", "Is it?".to_owned()),
            ("response", "Yes.".to_owned()),
            ("model_call", "claude".to_owned()),
        ]
    );
    assert_eq!(model_call(&told_of).usage, USAGE);
    assert_eq!(model_call(&told_of).message.expose(), "msg_bdrk_1");
}

#[test]
fn an_exception_in_a_stream_is_an_error() {
    let mut rig = converse();
    let events = [
        frame("event", "messageStart", &json!({"role": "assistant"})),
        frame("exception", "throttlingException", &json!({"message": "Later"})),
    ];
    let events = rig.exchange(&json!({"messages": [ask()]}), STREAM, &events.concat());
    assert_eq!(kinds(&events), ["prompt", "system", "gap", "model_call"]);
    assert_eq!(told(&events)[1].1, "api_error: HTTP 200: throttlingException: Later");
    assert_eq!(model_call(&events).rank, CallRank::Partial);
}

#[test]
fn a_frame_that_is_not_whole_is_not_read() {
    let good = stream();
    // A byte of the lengths, of a field, of the payload, of the last sum.
    for at in [1, 20, 70, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let events = converse().exchange(&json!({"messages": [ask()]}), STREAM, &bad);
        assert_eq!(told(&events).last().unwrap(), &("gap", "bad-frame".to_owned()), "{at}");
    }
    let mut rig = converse();
    let events = rig.exchange(&json!({"messages": [ask()]}), STREAM, &good[..good.len() - 1]);
    // Only the tokens are missing.
    assert_eq!(model_call(&events).usage, Usage::default());
}

#[test]
fn errors_and_the_unknown_are_recorded() {
    let mut rig = converse();
    rig.status = 400;
    let events = rig.whole(&json!({"messages": [ask()]}), &json!({"message": "No such model"}));
    assert_eq!(told(&events)[1].1, "api_error: HTTP 400: error: No such model");
    rig.status = 200;
    let odd = frame("event", "ofTomorrow", &json!({}));
    assert_eq!(kinds(&rig.exchange(&json!({"messages": []}), STREAM, &odd)), [""; 0]);
    assert_eq!(rig.counts, [("skip.provider-event", 1)].into());
}

#[test]
fn base64_is_read_strictly() {
    for bytes in [&b""[..], b"a", b"ab", b"abc", b"\xff\x00\xfe\x10"] {
        assert_eq!(base64::decode(&encoded(bytes)).as_deref(), Some(bytes));
    }
    for text in ["A", "AAAAA", "A-A=", "AA A"] {
        assert_eq!(base64::decode(text), None, "{text}");
    }
}

//! How earlier versions wrote their files.

use super::*;

fn counted(total: &Value, last: &Value) -> (&'static str, Value) {
    event(json!({"type": "token_count",
        "info": {"total_token_usage": total, "last_token_usage": last}}))
}

#[test]
fn where_only_sums_are_told_an_answers_tokens_are_the_difference() {
    let first = counts(2000, 0, 90, 30);
    let second = counts(4350, 2000, 160, 30);
    let committed = parse(&rollout(&[
        meta(ROOT),
        context(),
        event(json!({"type": "token_count", "info": null, "rate_limits": {}})),
        counted(&first, &first),
        // Said again when the limits change.
        counted(&first, &first),
        counted(&second, &counts(2350, 2000, 70, 0)),
    ]));

    let usage: Vec<Usage> = model_calls(&committed).iter().map(|call| call.usage).collect();
    assert_eq!(
        usage,
        [
            Usage { input: 2000, output: 90, reasoning: 30, ..Usage::default() },
            Usage { input: 350, cache_read: 2000, output: 70, ..Usage::default() },
        ]
    );
    assert_eq!(committed.count("skip.token-count"), 2);
    // What the proxy saw of them is known again by the tokens, for there is no id.
    assert!(model_calls(&committed).iter().all(|call| call.message.expose().is_empty()));
    let calls = committed.events.iter().filter(|event| event.kind.name().as_str() == "model_call");
    assert!(calls.into_iter().all(|event| event.incomplete_key));
    assert_eq!(ids(&committed, "model_call").len(), 2);
}

#[test]
fn a_sum_that_begins_again_is_no_debt() {
    let committed = parse(&rollout(&[
        meta(ROOT),
        counted(&counts(2000, 0, 90, 0), &counts(2000, 0, 90, 0)),
        counted(&counts(300, 0, 20, 0), &counts(300, 0, 20, 0)),
    ]));

    let input: Vec<u64> = model_calls(&committed).iter().map(|call| call.usage.input).collect();
    assert_eq!(input, [2000, 300]);
}

#[test]
fn items_without_ids_are_told_apart_and_left_to_be_found_by_what_they_say() {
    let call = |number: u64| {
        json!({"type": "function_call", "name": "shell", "call_id": format!("call_{number}"),
            "arguments": "{\"command\":[\"ls\"]}"})
    };
    let text = json!({"type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": "Again."}]});
    let output = json!({"type": "function_call_output", "call_id": "call_2",
        "output": "{\"output\":\"a file\",\"metadata\":{\"exit_code\":2}}"});
    let committed = parse(&rollout(&[
        meta(ROOT),
        item(text.clone()),
        item(text),
        item(call(1)),
        item(call(2)),
        item(output),
    ]));

    for (kind, count) in [("response", 2), ("tool_call", 2), ("tool_result", 1)] {
        let mut found = ids(&committed, kind);
        found.dedup();
        assert_eq!(found.len(), count, "{kind}");
        let of = committed.events.iter().filter(|event| event.kind.name().as_str() == kind);
        assert!(of.into_iter().all(|event| event.incomplete_key), "{kind}");
    }
    let [result] = results(&committed)[..] else { panic!("one result") };
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.call, ids(&committed, "tool_call").last().copied());
}

#[test]
fn the_first_versions_wrote_items_without_a_frame() {
    let lines = [
        json!({"id": ROOT, "timestamp": "2025-06-01T10:00:00Z", "instructions": "Be good."}),
        json!({"record_type": "state"}),
        json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}),
        json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}),
    ];
    let committed = parse(&lines.map(|line| line.to_string()));

    assert_eq!(committed.texts(), ["Hi.", "Hello."]);
    assert!(committed.events.iter().all(|event| event.session == Some(session())));
    assert_eq!(committed.count("skip.state"), 1);
}

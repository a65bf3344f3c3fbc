use vigil_proto::{
    Batch, Event, Kind, KindName, Outcome, Sensitive, SessionId, Timestamp, Witness,
};

use crate::source::telemetry::{
    otlp::{
        self, Form, Value,
        tests::{Message, text},
    },
    told::{self, Client},
};

const NOW: Timestamp = Timestamp::from_micros(1_795_666_700_000_000);
/// When things happen, in nanoseconds.
const THEN: u64 = 1_795_666_663_519_000_000;

fn told(client: Client, message: &Message) -> Batch<Sensitive> {
    let batches = [Form::Json, Form::Protobuf].map(|form| {
        let written = message.written(form);
        let logs = otlp::logs(form, &written).unwrap();
        told::batch(client, &logs, NOW, |_| false)
    });
    let [json, protobuf] = batches;
    assert_eq!(json.events, protobuf.events, "the form makes no difference");
    json
}

fn claude(name: &'static str, more: Vec<(&'static str, Value<'static>)>) -> Message {
    let mut told = vec![
        ("user.id", text("0123")),
        ("session.id", text("007f3e8e-464d-40bd-888e-ae15513d166d")),
        ("event.name", text(name)),
        ("event.sequence", Value::Int(2)),
        ("prompt.id", text("853b57da")),
    ];
    told.extend(more);
    let resource = vec![("service.name", text("claude-code")), ("service.version", text("2.1"))];
    Message { resource, records: vec![(THEN, told)] }
}

fn codex(name: &'static str, more: Vec<(&'static str, Value<'static>)>) -> Message {
    let mut told = vec![("event.name", text(name))];
    told.extend(more);
    told.extend([
        ("conversation.id", text("01a21612-dda8-7ae2-aa7d-89cca3773299")),
        ("app.version", text("0.169.0")),
        ("model", text("gpt-5-codex")),
    ]);
    Message { records: vec![(THEN, told)], ..Message::default() }
}

fn only(batch: &Batch<Sensitive>) -> &Event<Sensitive> {
    assert_eq!(batch.events.len(), 1, "{:#?}", batch.events);
    &batch.events[0]
}

#[test]
fn a_request_of_claude_code_is_a_model_call() {
    let message = claude(
        "api_request",
        vec![
            ("model", text("claude-sonnet-4-5")),
            ("input_tokens", Value::Int(1200)),
            ("output_tokens", Value::Int(90)),
            ("cache_read_tokens", Value::Int(7)),
            ("cache_creation_tokens", Value::Int(800)),
            ("cost_usd", Value::Float(0.007_949_999_999_999_999)),
            ("request_id", text("req_1")),
        ],
    );

    let batch = told(Client::ClaudeCode, &message);

    let event = only(&batch);
    let session = SessionId::of("claude-code", "007f3e8e-464d-40bd-888e-ae15513d166d");
    assert_eq!((event.session, event.witness), (Some(session), Witness::Telemetry));
    assert_eq!(event.at.as_micros(), 1_795_666_663_519_000);
    assert!(event.incomplete_key, "the answer's id is not told");
    let Kind::ModelCall(call) = &event.kind else { panic!("{event:#?}") };
    let usage = call.usage;
    let counts = [usage.input, usage.output, usage.cache_read, usage.cache_write_5m];
    assert_eq!(counts, [1200, 90, 7, 800]);
    let cost = call.cost.unwrap();
    assert_eq!((cost.amount.as_nano_usd(), cost.estimated), (7_950_000, false));
    assert_eq!(call.request.as_ref().map(Sensitive::expose), Some("req_1"));
    let facts = &batch.sessions[0];
    assert_eq!(facts.id, session);
    assert_eq!(facts.version.as_ref().map(Sensitive::expose), Some("2.1"));
}

#[test]
fn what_became_of_a_tool_call_is_told_by_its_result_or_its_refusal() {
    let with = |more: Vec<(&'static str, Value<'static>)>| {
        let mut all = vec![("tool_name", text("Bash")), ("tool_use_id", text("toolu_1"))];
        all.extend(more);
        all
    };
    let outcome = |name, more| {
        let batch = told(Client::ClaudeCode, &claude(name, with(more)));
        batch.events.iter().map(|event| (event.kind.name(), event.tool_call.is_some())).for_each(
            |(kind, has_id)| {
                assert!(has_id);
                assert!(matches!(
                    kind,
                    KindName::ToolCall | KindName::ToolResult | KindName::System
                ));
            },
        );
        let outcome = |event: &Event<Sensitive>| match &event.kind {
            Kind::ToolCall(call) => {
                assert_eq!((call.name.expose(), call.input.expose()), ("Bash", ""));
                Some(call.outcome)
            }
            _ => None,
        };
        let by = |event: &Event<Sensitive>| match &event.kind {
            Kind::ToolResult(result) => result.denied_by.as_ref().map(|by| by.expose().to_owned()),
            _ => None,
        };
        (batch.events.iter().find_map(outcome), batch.events.iter().find_map(by))
    };

    let success = |word| vec![("success", text(word)), ("duration_ms", text("25"))];
    assert_eq!(outcome("tool_result", success("true")), (Some(Outcome::Executed), None));
    assert_eq!(outcome("tool_result", success("false")), (Some(Outcome::Failed), None));
    let decision = |word, source| vec![("decision", text(word)), ("source", text(source))];
    assert_eq!(outcome("tool_decision", decision("accept", "config")), (None, None));
    for (source, by) in [("hook", "hook"), ("user_reject", "user"), ("config", "rule")] {
        assert_eq!(
            outcome("tool_decision", decision("reject", source)),
            (Some(Outcome::Denied), Some(by.to_owned()))
        );
    }
}

#[test]
fn texts_are_not_kept() {
    let secret = "whatever a person typed";
    for message in [
        claude("user_prompt", vec![("prompt", text(secret)), ("prompt_length", text("23"))]),
        claude("assistant_response", vec![("response", text(secret))]),
        claude(
            "tool_result",
            vec![
                ("tool_name", text("Bash")),
                ("tool_use_id", text("toolu_1")),
                ("tool_input", text(secret)),
            ],
        ),
    ] {
        let batch = told(Client::ClaudeCode, &message);
        assert!(!format!("{:?}", clear(&batch)).contains(secret));
    }
}

/// All texts of a batch.
fn clear(batch: &Batch<Sensitive>) -> Vec<String> {
    let mut all = Vec::new();
    for event in batch.events.clone() {
        event.map_text(&mut |_, text| all.push(text.into_clear()));
    }
    all
}

#[test]
fn an_error_is_noted_with_its_words() {
    let more = vec![
        ("error", text("overloaded")),
        ("status_code", text("529")),
        ("attempt", Value::Int(3)),
    ];
    let batch = told(Client::ClaudeCode, &claude("api_error", more));

    let Kind::System(note) = &only(&batch).kind else { panic!("{batch:#?}") };
    assert_eq!(note.text.expose(), "overloaded, status 529, attempt 3");
}

#[test]
fn codex_tells_an_answer_twice_and_its_tokens_once() {
    let done = |more| {
        let mut all = vec![("event.kind", text("response.completed"))];
        all.extend(more);
        codex("codex.sse_event", all)
    };
    let first = told(Client::Codex, &done(vec![("duration_ms", text("0"))]));
    assert_eq!(first.events.len(), 0);
    assert_eq!(first.counts["skip.telemetry-records"], 1);

    let none = vec![("input_token_count", text("0")), ("output_token_count", text("0"))];
    assert_eq!(told(Client::Codex, &done(none)).events.len(), 0, "a connection was tried out");

    let batch = told(
        Client::Codex,
        &done(vec![
            ("input_token_count", text("2000")),
            ("output_token_count", text("90")),
            ("cached_token_count", Value::Int(1500)),
            ("reasoning_token_count", Value::Int(30)),
        ]),
    );

    let Kind::ModelCall(call) = &only(&batch).kind else { panic!("{batch:#?}") };
    let usage = call.usage;
    assert_eq!([usage.input, usage.cache_read, usage.output, usage.reasoning], [500, 1500, 90, 30]);
    assert_eq!((call.provider, call.model.expose()), ("openai", "gpt-5-codex"));
    assert_eq!(batch.sessions[0].version.as_ref().map(Sensitive::expose), Some("0.169.0"));
}

#[test]
fn codex_tells_what_became_of_a_tool_by_what_it_gave_to_the_model() {
    for (success, output, outcome) in [
        ("true", "Chunk ID: d\nProcess exited with code 0\nOutput:\nx", Outcome::Executed),
        ("true", "Chunk ID: d\nProcess exited with code 2\nOutput:\nx", Outcome::Failed),
        ("false", "no such tool", Outcome::Failed),
        ("false", "exec command rejected by user", Outcome::Denied),
        ("false", "Command blocked by PreToolUse hook: no", Outcome::Denied),
    ] {
        let batch = told(
            Client::Codex,
            &codex(
                "codex.tool_result",
                vec![
                    ("tool_name", text("exec_command")),
                    ("tool_namespace", text("functions")),
                    ("call_id", text("call_1")),
                    ("success", text(success)),
                    ("arguments", text("{\"cmd\": \"echo\"}")),
                    ("output", text(output)),
                ],
            ),
        );
        let Kind::ToolCall(call) = &batch.events[0].kind else { panic!("{batch:#?}") };
        assert_eq!((call.name.expose(), call.outcome), ("exec_command", outcome), "{output}");
    }
}

#[test]
fn a_conversation_begins_with_what_it_may_do() {
    let more = vec![
        ("provider_name", text("OpenAI")),
        ("approval_policy", text("never")),
        ("sandbox_policy", text("danger-full-access")),
        ("mcp_servers", text("")),
    ];
    let batch = told(Client::Codex, &codex("codex.conversation_starts", more));

    let Kind::System(note) = &only(&batch).kind else { panic!("{batch:#?}") };
    assert_eq!(
        note.text.expose(),
        "provider: OpenAI, approval: never, sandbox: danger-full-access"
    );
}

#[test]
fn what_happened_during_a_pause_is_left_out() {
    let message = claude("api_request", vec![("input_tokens", Value::Int(1))]);
    let written = message.json();
    let logs = otlp::logs(Form::Json, &written).unwrap();

    let batch = told::batch(Client::ClaudeCode, &logs, NOW, |at| at < NOW);

    assert_eq!(batch.events.len(), 0);
    assert_eq!(batch.counts["skip.telemetry-paused"], 1);
}

#[test]
fn a_time_that_cannot_be_is_not_believed() {
    let mut message = claude("api_request", vec![("input_tokens", Value::Int(1))]);
    for (at, told_at) in
        [(0, NOW), (u64::MAX, NOW), (THEN, Timestamp::from_micros(1_795_666_663_519_000))]
    {
        message.records[0].0 = at;
        if at == u64::MAX {
            // JSON holds what fits into 63 bits.
            let logs = message.protobuf();
            let logs = otlp::logs(Form::Protobuf, &logs).unwrap();
            let batch = told::batch(Client::ClaudeCode, &logs, NOW, |_| false);
            assert_eq!(only(&batch).at, told_at);
            continue;
        }
        assert_eq!(only(&told(Client::ClaudeCode, &message)).at, told_at, "{at}");
    }
}

#[test]
fn without_a_session_nothing_is_known() {
    let record = (THEN, vec![("event.name", text("api_request"))]);
    let batch = told(Client::ClaudeCode, &Message { records: vec![record], ..Message::default() });
    assert_eq!((batch.events.len(), batch.sessions.len()), (0, 0));
    assert_eq!(batch.counts["skip.telemetry-records"], 1);
}

//! Conversations as a client sends them: every request repeats the one before.

use serde_json::{Value, json};
use vigil_proto::{Event, Kind, NaturalKey, Sensitive, SessionId, Usage, event::CallRank};

use super::super::rig::{Rig, kinds};
use crate::pipeline::Exclusions;

/// The proxy's side of some conversations.
struct Watcher(Rig);

impl Watcher {
    fn new() -> Self {
        let mut rig = Rig::new("api.anthropic.com", "/v1/messages");
        rig.answering = "request-id: req_x\r\n";
        Self(rig)
    }

    fn hash(&self, text: &str) -> vigil_proto::ContentHash {
        self.0.hash(text)
    }

    /// One exchange, in the session `s` or in none; gives its events.
    fn exchange(
        &mut self,
        session: &str,
        request: &Value,
        answer: &[Value],
    ) -> Vec<Event<Sensitive>> {
        self.0.asking = match session {
            "" => "",
            _ => "X-Claude-Code-Session-Id: s\r\nUser-Agent: claude-cli/2.1.197 (x)\r\n",
        };
        self.0.streamed(request, answer)
    }
}

/// An answer as a stream: `blocks` are its content.
fn answer(id: &str, blocks: &[Value]) -> Vec<Value> {
    let mut events = vec![
        json!({"type":"message_start","message":{"id":id,"model":"m","usage":{
            "input_tokens":10,"output_tokens":1,"cache_creation_input_tokens":6,
            "cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":2}}}}),
        json!({"type":"ping"}),
    ];
    for (index, block) in blocks.iter().enumerate() {
        let (start, delta) = match block["type"].as_str().unwrap() {
            "tool_use" => {
                let mut start = block.clone();
                start["input"] = json!({});
                let input = block["input"].to_string();
                (start, json!({"type":"input_json_delta","partial_json":input}))
            }
            "thinking" => (
                json!({"type":"thinking","thinking":""}),
                json!({"type":"thinking_delta","thinking":block["thinking"]}),
            ),
            _ => (
                json!({"type":"text","text":""}),
                json!({"type":"text_delta","text":block["text"]}),
            ),
        };
        events.push(json!({"type":"content_block_start","index":index,"content_block":start}));
        events.push(json!({"type":"content_block_delta","index":index,"delta":delta}));
        events.push(json!({"type":"content_block_stop","index":index}));
    }
    events.push(json!({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}));
    events.push(json!({"type":"message_stop"}));
    events
}

fn text(text: &str) -> Value {
    json!({"type":"text","text":text})
}

fn call(id: &str) -> Value {
    json!({"type":"tool_use","id":id,"name":"Bash","input":{"z":1,"command":"ls"}})
}

fn result(id: &str, text: &str) -> Value {
    json!({"type":"tool_result","tool_use_id":id,"content":text})
}

fn user(blocks: &[Value]) -> Value {
    json!({"role":"user","content":blocks})
}

fn assistant(blocks: &[Value]) -> Value {
    json!({"role":"assistant","content":blocks})
}

fn session() -> SessionId {
    SessionId::of("claude-code", "s")
}

#[test]
fn a_conversation_is_told_once_although_every_request_repeats_it() {
    let mut watcher = Watcher::new();
    let reminder = text("<system-reminder>\nnoise\n</system-reminder>\n");
    let thinking = json!({"type":"thinking","thinking":"hm"});
    let first = user(&[reminder, text("do it")]);
    let said = [thinking, text("will do"), call("t1")];

    let request = json!({"model":"m","system":"be good","messages":[first]});
    let one = watcher.exchange("s", &request, &answer("msg_1", &said));
    let back = user(&[result("t1", "done\n\n<system-reminder>noise</system-reminder>")]);
    // Histories come without thinking, and with marks of their own.
    let said = assistant(&[text("will do"), call("t1")]);
    let request = json!({"model":"m","system":"be good","messages":[first, said, back]});
    let two = watcher.exchange("s", &request, &answer("msg_2", &[text("did it")]));

    let all = ["system", "prompt", "system", "thinking", "response", "tool_call", "model_call"];
    assert_eq!(kinds(&one), all);
    assert_eq!(kinds(&two), ["tool_result", "response", "model_call"]);
    let prompt = NaturalKey::Prompt { session: session(), after: "", text: watcher.hash("do it") };
    assert_eq!(one[1].id, prompt.id());
    let asked = NaturalKey::ToolCall { session: session(), message: "msg_1", call: "t1" };
    let input = r#"{"command":"ls","z":1}"#;
    assert_eq!((one[5].id, one[5].content), (asked.id(), watcher.hash(&format!("Bash\0{input}"))));
    let got = NaturalKey::ToolResult { session: session(), message: "msg_1", call: "t1" };
    assert_eq!((two[0].id, two[0].content), (got.id(), watcher.hash("done")));
    // What is compared leaves the reminder out; what detectors read does not.
    let Kind::ToolResult(result) = &two[0].kind else { panic!("{:?}", two[0].kind) };
    assert_eq!(result.text.expose(), "done\n\n<system-reminder>noise</system-reminder>");
    for event in one.iter().chain(&two).filter(|event| event.kind.name().as_str() != "system") {
        assert_eq!(event.turn, Some(prompt.id()));
        assert!(!event.incomplete_key);
    }
}

#[test]
fn the_next_prompt_follows_the_last_answer() {
    let mut watcher = Watcher::new();
    let first = user(&[text("one")]);
    watcher.exchange("s", &json!({"messages":[first]}), &answer("msg_1", &[text("yes")]));

    let history = json!({"messages":[first, assistant(&[text("yes")]), user(&[text("two")])]});
    let events = watcher.exchange("s", &history, &answer("msg_2", &[text("again")]));

    let text = watcher.hash("two");
    let key = NaturalKey::Prompt { session: session(), after: "msg_1", text };
    assert_eq!((events[0].id, events[0].incomplete_key), (key.id(), false));
}

#[test]
fn joining_in_the_middle_tells_the_new_part_and_says_what_it_cannot_know() {
    let mut watcher = Watcher::new();
    let history = [user(&[text("one")]), assistant(&[call("t1")]), user(&[result("t1", "r")])];

    let events = watcher.exchange("s", &json!({"messages":history}), &answer("msg_2", &[]));

    assert_eq!(kinds(&events), ["tool_result", "model_call"]);
    assert!(events[0].incomplete_key);
}

#[test]
fn a_sub_agent_with_the_same_call_id_stays_apart() {
    let mut watcher = Watcher::new();
    let main = user(&[text("delegate")]);
    let sub = user(&[text("echo")]);
    let main_said = [text("I delegate"), call("t0")];
    let sub_said = [text("I echo"), call("t0")];
    watcher.exchange("s", &json!({"messages":[main]}), &answer("msg_main", &main_said));
    watcher.exchange("s", &json!({"messages":[sub]}), &answer("msg_sub", &sub_said));

    let of = |first: &Value, said: &[Value], out| json!({"messages":[first, assistant(said), user(&[result("t0", out)])]});
    let from_sub =
        watcher.exchange("s", &of(&sub, &sub_said, "a"), &answer("msg_sub2", &[text("done")]));
    let from_main =
        watcher.exchange("s", &of(&main, &main_said, "b"), &answer("msg_main2", &[text("ok")]));

    for (events, message) in [(from_sub, "msg_sub"), (from_main, "msg_main")] {
        let key = NaturalKey::ToolResult { session: session(), message, call: "t0" };
        assert_eq!(events[0].id, key.id());
    }
}

#[test]
fn usage_is_the_beginning_with_what_later_events_say() {
    let mut watcher = Watcher::new();
    let request = json!({"messages":[user(&[text("x")])]});
    let events = watcher.exchange("s", &request, &answer("msg_1", &[]));

    let Kind::ModelCall(call) = &events.last().unwrap().kind else { panic!("no call") };
    let usage =
        Usage { input: 10, cache_write_5m: 4, cache_write_1h: 2, output: 9, ..Usage::default() };
    assert_eq!((call.usage, call.rank), (usage, CallRank::Wire));
    let key = NaturalKey::ModelCall { provider: "anthropic", message: "msg_1", request: "req_x" };
    assert_eq!(events.last().unwrap().id, key.id());
}

#[test]
fn clients_without_a_session_get_one_per_conversation() {
    let mut watcher = Watcher::new();
    let first = user(&[text("same words")]);
    let ask = |messages: Value| json!({"messages":messages});
    let one = watcher.exchange("", &ask(json!([first])), &answer("msg_1", &[text("a")]));
    let other = watcher.exchange("", &ask(json!([first])), &answer("msg_2", &[text("b")]));
    let next = json!([first, assistant(&[text("a")]), user(&[text("more")])]);
    let goes_on = watcher.exchange("", &ask(next), &answer("msg_3", &[text("c")]));

    assert_ne!(one[0].session, other[0].session);
    assert_eq!(one[0].session, goes_on[0].session);
}

#[test]
fn a_client_that_asks_with_a_library_is_known_by_its_program() {
    let mut rig = Rig::new("api.anthropic.com", "/v1/messages");
    rig.asking = "User-Agent: Anthropic/JS 0.71.2\r\n";
    rig.answering = "request-id: req_x\r\n";
    rig.agent = Some("pi");
    let first = user(&[text("words")]);
    let one = rig.streamed(&json!({"messages": [first]}), &answer("msg_1", &[text("a")]));
    // Its files do not hold the request's id, so the key must do without.
    let key = NaturalKey::ModelCall { provider: "anthropic", message: "msg_1", request: "" };
    assert!(one.iter().any(|event| event.id == key.id()));
    // Whose process holds the next connection is not found.
    rig.agent = None;
    let next = json!([first, assistant(&[text("a")]), user(&[text("more")])]);
    let goes_on = rig.streamed(&json!({"messages": next}), &answer("msg_2", &[text("b")]));
    assert_eq!(one[0].session, goes_on[0].session);
    assert!(rig.sessions.iter().all(|facts| facts.client == "pi" && facts.version.is_none()));

    rig.asking = "User-Agent: GeminiCLI/1.2.3/gemini-2.5-pro (linux)\r\n";
    rig.agent = Some("pi");
    rig.streamed(&json!({"messages": [first]}), &answer("msg_3", &[text("c")]));
    assert_eq!(rig.sessions.last().unwrap().client, "gemini-cli", "it says so itself");

    rig.asking = "User-Agent: Anthropic/JS 0.71.2\r\n";
    rig.exclusions = Exclusions::new(
        &vigil_proto::config::Exclude { clients: vec!["pi".into()], ..Default::default() },
        "/home/dev".as_ref(),
    );
    assert!(rig.streamed(&json!({"messages": [first]}), &answer("msg_4", &[])).is_empty());
}

#[test]
fn what_the_client_says_in_the_users_name_is_no_prompt() {
    let mut watcher = Watcher::new();
    let summary = "This session is being continued from a previous conversation that ran out of \
                   context. The summary below covers the earlier portion of the conversation.";
    let summary = text(summary);
    let request = json!({"messages":[user(&[summary, text("go on")])]});
    let events = watcher.exchange("s", &request, &answer("msg_1", &[]));

    assert_eq!(kinds(&events), ["system", "prompt", "model_call"]);
    assert_eq!(events[1].content, watcher.hash("go on"));
    // It follows an answer that the compaction left out.
    assert!(events[1].incomplete_key);
}

#[test]
fn an_error_is_recorded_with_its_reason() {
    let mut watcher = Watcher::new();
    let request = json!({"messages":[user(&[text("x")])]});
    let error = json!({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}});
    let events = watcher.exchange("s", &request, &[error]);

    let Kind::System(system) = &events.last().unwrap().kind else { panic!("no error") };
    assert_eq!(system.name.expose(), "api_error");
    assert_eq!(system.text.expose(), "HTTP 200: overloaded_error: Overloaded");
}

#[test]
fn excluded_projects_leave_nothing() {
    let mut watcher = Watcher::new();
    let exclude =
        vigil_proto::config::Exclude { projects: vec!["/secret".to_owned()], ..Default::default() };
    watcher.0.exclusions = Exclusions::new(&exclude, std::path::Path::new("/home/u"));
    let of = |cwd: &str| {
        json!({"system":format!("env:\n - Primary working directory: {cwd}\n"),
               "messages":[user(&[text("x")])]})
    };

    assert!(watcher.exchange("s", &of("/secret/a"), &answer("msg_1", &[])).is_empty());
    assert!(!watcher.exchange("s", &of("/open"), &answer("msg_2", &[])).is_empty());
}

#[test]
fn any_bytes_are_survived() {
    let mut watcher = Watcher::new();
    for body in [json!(null), json!([]), json!({"messages":"x"}), json!({"messages":[null, 1, {}]})]
    {
        watcher.exchange("s", &body, &[json!(null), json!({"type":"content_block_stop"})]);
    }
}

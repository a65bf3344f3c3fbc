use std::{fmt::Write as _, fs};

use vigil_proto::{
    Batch, ContentHasher, Cost, Event, Kind, Sensitive, SessionId, Source, SourceId, Timestamp,
    Usage, Witness, batch::TitleRank, config,
};

use super::{CLIENT, Parser, Place};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        parser::{Parser as _, Rules},
        rig::{Committed, Rig},
    },
};

const SESSION: &str = "5e551011-0000-4000-8000-000000000001";
const HASHER: ContentHasher = ContentHasher::new([3; 32]);

/// A log as the client writes it.
#[derive(Default)]
struct Log(String);

impl Log {
    fn add(mut self, agent: Option<&str>, kind: &str, data: &str) -> Self {
        let n = self.0.lines().count();
        let agent = agent.map(|agent| format!(r#""agentId":"{agent}","#)).unwrap_or_default();
        let _ = writeln!(
            self.0,
            r#"{{"type":"{kind}","data":{data},{agent}"id":"e-{n}","timestamp":"2026-11-26T10:00:{n:02}.000Z","parentId":null}}"#
        );
        self
    }

    fn main(self, kind: &str, data: &str) -> Self {
        self.add(None, kind, data)
    }

    fn start() -> Self {
        Self::default().main(
            "session.start",
            &format!(
                r#"{{"sessionId":"{SESSION}","copilotVersion":"1.0.102","context":{{"cwd":"/home/me/work/app","branch":"main"}}}}"#
            ),
        )
    }

    fn used(self, agent: Option<&str>, call: &str, tokens: &str, provider: &str) -> Self {
        let data = format!(
            r#"{{"usage":{{"model":"model-1",{tokens},"cost":0.0,"apiCallId":"{call}",{provider},"finishReason":"stop"}}}}"#
        );
        self.add(agent, "session.usage_record", &data)
    }
}

const ANTHROPIC: &str = r#""isByok":true,"modelProvider":"anthropic","providerType":"anthropic","apiEndpoint":"/v1/messages","providerCallId":"req_1""#;
const OPENAI: &str = r#""isByok":true,"modelProvider":"other","providerType":"openai","apiEndpoint":"/chat/completions""#;

/// A prompt, thinking, two calls of which a hook refuses one, and a closing answer.
fn conversation() -> Log {
    let tokens =
        r#""inputTokens":2000,"outputTokens":90,"cacheReadTokens":1100,"cacheWriteTokens":800"#;
    Log::start()
        .main("user.message", r#"{"content":"list the folder","transformedContent":"<now/> list the folder"}"#)
        .main("system.message", r#"{"role":"system","content":"You are a program."}"#)
        .main("assistant.turn_start", r#"{"turnId":"0"}"#)
        .used(None, "msg_1", tokens, ANTHROPIC)
        .main("assistant.message", r#"{"messageId":"m-1","apiCallId":"msg_1","content":"I will.","reasoningText":"A list first.","toolRequests":[{"toolCallId":"t1","name":"bash","arguments":{"command":"ls","a":1}},{"toolCallId":"t2","name":"bash","arguments":{"command":"touch x"}}]}"#)
        .main("tool.execution_start", r#"{"toolCallId":"t1","toolName":"bash","arguments":{"command":"ls","a":1}}"#)
        .main("tool.execution_complete", r#"{"toolCallId":"t1","success":true,"shellExecution":{"exitCode":0},"result":{"content":"a\nb","detailedContent":"a and b"}}"#)
        .main("hook.start", r#"{"hookInvocationId":"h","hookType":"preToolUse","input":{}}"#)
        .main("hook.end", r#"{"hookInvocationId":"h","hookType":"preToolUse","success":true,"output":{"t2":"Denied by preToolUse hook: no"}}"#)
        .main("tool.execution_complete", r#"{"toolCallId":"t2","success":false,"error":{"message":"Denied by a hook","code":"denied"}}"#)
        .used(None, "msg_2", r#""inputTokens":500,"outputTokens":40,"cacheReadTokens":0,"cacheWriteTokens":0"#, ANTHROPIC)
        .main("assistant.message", r#"{"messageId":"m-2","apiCallId":"msg_2","content":"Done.","toolRequests":[]}"#)
        .main("session.shutdown", r#"{"modelMetrics":{}}"#)
}

/// Parses `log`, saving and loading the state before every line if told to.
fn parse(log: &Log, restarts: bool) -> Committed {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let source = SourceId::of(b"test");
    let now = Timestamp::default();
    let place = Place { source, session: Some(SESSION.to_owned()), fallback: now };
    let mut parser = Parser::new(rules, place.clone(), b"", now);
    let mut committed = Committed::default();
    for (n, line) in (0..).zip(log.0.lines()) {
        if restarts {
            let state = parser.state();
            parser = Parser::new(rules, place.clone(), &state, now);
        }
        let mut batch =
            Batch::new(Source { id: source, witness: Witness::Transcript, place: "test".into() });
        parser.line(line.as_bytes(), n, &mut batch);
        committed.add(batch);
    }
    committed
}

fn calls(seen: &Committed) -> Vec<(&'static str, Usage, Option<Cost>)> {
    let call = |event: &Event<Sensitive>| match &event.kind {
        Kind::ModelCall(call) => Some((call.provider, call.usage, call.cost)),
        _ => None,
    };
    seen.events.iter().filter_map(call).collect()
}

#[test]
fn a_conversation_is_told_once_with_its_calls_and_their_fate() {
    let seen = parse(&conversation(), false);

    assert_eq!(
        seen.lines(),
        [
            r#"2026-11-26T10:00:01.000000Z prompt "list the folder""#,
            r#"2026-11-26T10:00:04.000000Z model_call model-1 msg_1 Some("req_1") stopped in=100 read=1100 write=800+0 out=90 stop=Some("stop")"#,
            r#"2026-11-26T10:00:05.000000Z thinking "A list first.""#,
            r#"2026-11-26T10:00:05.000000Z response "I will.""#,
            r#"2026-11-26T10:00:05.000000Z tool_call call=t1 bash {"a":1,"command":"ls"}"#,
            r#"2026-11-26T10:00:05.000000Z tool_call call=t2 bash {"command":"touch x"}"#,
            r#"2026-11-26T10:00:07.000000Z tool_result call=t1 executed by=None paired=true "a\nb""#,
            r#"2026-11-26T10:00:10.000000Z tool_result call=t2 denied by=Some("hook") paired=true "Denied by a hook""#,
            r#"2026-11-26T10:00:11.000000Z model_call model-1 msg_2 Some("req_1") stopped in=500 read=0 write=0+0 out=40 stop=Some("stop")"#,
            r#"2026-11-26T10:00:12.000000Z response "Done.""#,
        ]
    );
    assert_eq!(seen.count("skip.system-message"), 1);
    assert_eq!(seen.count("skip.tool-repeated"), 1);
    assert!(seen.events.iter().all(|event| !event.incomplete_key));
}

#[test]
fn every_result_finds_the_call_that_it_settles() {
    let seen = parse(&conversation(), false);
    let made: Vec<_> = seen
        .events
        .iter()
        .filter(|event| matches!(event.kind, Kind::ToolCall(_)))
        .map(|event| Some(event.id))
        .collect();
    let settled: Vec<_> = seen
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::ToolResult(result) => Some(result.call),
            _ => None,
        })
        .collect();

    assert_eq!(made, settled);
    let turn = seen.events[0].id;
    assert!(seen.events.iter().all(|event| event.turn == Some(turn)));
}

#[test]
fn reading_in_many_sittings_equals_one() {
    for log in [conversation(), subagents()] {
        let (one, many) = (parse(&log, false), parse(&log, true));

        assert_eq!(one.events, many.events);
        assert_eq!(one.counts, many.counts);
    }
}

#[test]
fn cached_tokens_are_no_part_of_the_input_whoever_answers() {
    let tokens = r#""inputTokens":2420,"outputTokens":60,"cacheReadTokens":2200,"cacheWriteTokens":0,"reasoningTokens":40"#;
    let seen = parse(&Log::start().used(None, "chatcmpl-1", tokens, OPENAI), false);

    let usage =
        Usage { input: 220, cache_read: 2200, output: 60, reasoning: 40, ..Usage::default() };
    assert_eq!(calls(&seen), [("openai", usage, None)]);
}

#[test]
fn calls_under_a_subscription_are_the_clients_own_providers() {
    let seen =
        parse(&Log::start().used(None, "c1", r#""inputTokens":5"#, r#""isByok":false"#), false);

    assert_eq!(calls(&seen)[0].0, "github.copilot");
}

/// A sub-agent whose call has the same number as the one that started it.
fn subagents() -> Log {
    let tokens = r#""inputTokens":5,"outputTokens":1"#;
    let agent = Some("agent-1");
    Log::start()
        .main("user.message", r#"{"content":"delegate"}"#)
        .used(None, "msg_1", tokens, ANTHROPIC)
        .main("assistant.message", r#"{"apiCallId":"msg_1","content":"","toolRequests":[{"toolCallId":"t1","name":"task","arguments":{}}]}"#)
        .add(agent, "subagent.started", r#"{"toolCallId":"t1","agentName":"explore","agentType":"explore"}"#)
        .add(agent, "user.message", r#"{"content":"look around","source":"agent-5e55"}"#)
        .used(agent, "msg_2", tokens, ANTHROPIC)
        .add(agent, "assistant.message", r#"{"apiCallId":"msg_2","content":"","toolRequests":[{"toolCallId":"t1","name":"bash","arguments":{}}]}"#)
        .add(agent, "tool.execution_complete", r#"{"toolCallId":"t1","success":true,"result":{"content":"inner"},"shellExecution":{"exitCode":1}}"#)
        .main("tool.execution_complete", r#"{"toolCallId":"t1","success":true,"result":{"content":"outer"}}"#)
        .main("user.message", r#"{"content":"a skill's text","source":"skill-pdf"}"#)
}

#[test]
fn a_sub_agent_is_a_thread_below_the_call_that_started_it() {
    let seen = parse(&subagents(), false);

    assert_eq!(
        seen.lines(),
        [
            r#"2026-11-26T10:00:01.000000Z prompt "delegate""#,
            r#"2026-11-26T10:00:02.000000Z model_call model-1 msg_1 Some("req_1") stopped in=5 read=0 write=0+0 out=1 stop=Some("stop")"#,
            "2026-11-26T10:00:03.000000Z tool_call call=t1 task {}",
            r#"2026-11-26T10:00:05.000000Z prompt thread=agent-1 "look around""#,
            r#"2026-11-26T10:00:06.000000Z model_call thread=agent-1 model-1 msg_2 Some("req_1") stopped in=5 read=0 write=0+0 out=1 stop=Some("stop")"#,
            "2026-11-26T10:00:07.000000Z tool_call thread=agent-1 call=t1 bash {}",
            r#"2026-11-26T10:00:08.000000Z tool_result thread=agent-1 call=t1 failed by=None paired=true "inner""#,
            r#"2026-11-26T10:00:09.000000Z tool_result call=t1 executed by=None paired=true "outer""#,
            r#"2026-11-26T10:00:10.000000Z system injected "a skill's text""#,
        ]
    );
    let link = &seen.subagents[0];
    assert_eq!(link.thread.expose(), "agent-1");
    assert_eq!(link.started_by.as_ref().map(Sensitive::expose), Some("t1"));
    assert_eq!(link.agent_type.as_ref().map(Sensitive::expose), Some("explore"));
}

#[test]
fn the_start_tells_the_facts_of_the_session() {
    let log = conversation();
    let copied = log.0.replace(SESSION, "another");

    let facts = |seen: &Committed| seen.sessions[0].clone();
    let own = facts(&parse(&log, false));
    assert_eq!((own.id, own.parent), (SessionId::of(CLIENT, SESSION), None));
    assert_eq!(own.cwd.as_ref().map(Sensitive::expose), Some("/home/me/work/app"));
    assert_eq!(own.branch.as_ref().map(Sensitive::expose), Some("main"));
    assert_eq!(own.version.as_ref().map(Sensitive::expose), Some("1.0.102"));
    // A file that begins with the lines of another session.
    let fork = facts(&parse(&Log(copied), false));
    assert_eq!(fork.id, SessionId::of(CLIENT, SESSION));
    assert_eq!(fork.parent, Some(SessionId::of(CLIENT, "another")));
}

#[test]
fn the_first_prompt_is_the_title() {
    let seen = parse(&conversation(), false);

    let titles: Vec<_> = seen
        .sessions
        .iter()
        .filter_map(|facts| facts.title.as_ref())
        .map(|(rank, title)| (*rank, title.expose().to_owned()))
        .collect();
    assert_eq!(titles, [(TitleRank::FirstPrompt, "list the folder".to_owned())]);
}

#[test]
fn the_call_that_sums_a_conversation_up_is_one_and_a_sum_of_several_is_none() {
    let compacted = |calls: u64| {
        format!(
            r#"{{"success":true,"summaryContent":"All was said.","requestId":"req_9","compactionTokensUsed":{{"requestCount":{calls},"model":"model-1","inputTokens":531,"outputTokens":18,"cacheReadTokens":470,"cacheWriteTokens":0}}}}"#
        )
    };
    let kind = "session.compaction_complete";
    let seen = parse(&conversation().main(kind, &compacted(1)).main(kind, &compacted(2)), true);

    let calls = calls(&seen);
    assert_eq!(calls.len(), 3);
    let (provider, usage, _) = calls[2];
    assert_eq!((provider, usage.input, usage.cache_read, usage.output), ("anthropic", 61, 470, 18));
    assert_eq!(seen.count("read.compaction-in-several-calls"), 1);
}

#[test]
fn what_is_not_known_is_kept_and_counted() {
    let log = Log::start()
        .main("session.new_thing", r#"{"what":"is it"}"#)
        .main("assistant.message", r#"{"content":7}"#)
        .main(
            "tool.user_requested",
            r#"{"toolCallId":"u1","toolName":"bash","arguments":{"command":"ls"}}"#,
        )
        .main(
            "tool.execution_start",
            r#"{"toolCallId":"u1","toolName":"bash","arguments":{"command":"ls"}}"#,
        );
    let seen = parse(&log, false);

    assert_eq!(seen.count("read.unknown-record.other"), 2);
    assert_eq!(seen.events.len(), 3);
    assert!(seen.lines()[2].ends_with(r#"tool_call call=u1 bash {"command":"ls"}"#));
}

/// Writes `log` where the client does.
fn write(rig: &Rig, log: &Log) {
    let folder = rig.home().join(".copilot/session-state").join(SESSION);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("events.jsonl"), &log.0).unwrap();
}

#[test]
fn a_second_reading_adds_nothing() {
    let rig = Rig::new();
    write(&rig, &conversation());

    rig.ingest();
    let first = rig.seen(Committed::distinct);
    rig.ingest();

    rig.seen(|seen| {
        assert_eq!(first.len(), 10);
        assert_eq!(seen.distinct(), first);
        assert_eq!(seen.events.len(), first.len());
    });
}

#[test]
fn an_excluded_project_leaves_nothing() {
    let exclude =
        config::Exclude { projects: vec!["/home/me/work".into()], ..config::Exclude::default() };
    let rig = Rig::excluding(&exclude);
    write(&rig, &conversation());

    rig.ingest();

    rig.seen(|seen| {
        assert!(seen.events.is_empty() && seen.sessions.is_empty());
        assert!(seen.count("skip.excluded") > 0);
    });
}

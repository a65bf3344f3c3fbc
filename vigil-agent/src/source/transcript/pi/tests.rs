use std::{fmt::Write as _, fs};

use vigil_proto::{
    Batch, ContentHasher, Cost, Kind, Money, NaturalKey, Sensitive, SessionId, Source, SourceId,
    Timestamp, Usage, Witness, batch::TitleRank, config,
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

/// A file as the client writes it.
struct Log(String);

impl Log {
    fn start(more: &str) -> Self {
        Self(
            format!(
                r#"{{"type":"session","version":3,"id":"{SESSION}","timestamp":"2026-11-26T10:00:00.000Z","cwd":"/home/me/work/app"{more}}}"#
            ) + "\n",
        )
    }

    fn add(mut self, kind: &str, fields: &str) -> Self {
        let n = self.0.lines().count();
        let _ = writeln!(
            self.0,
            r#"{{"type":"{kind}","id":"e-{n}","parentId":null,"timestamp":"2026-11-26T10:00:{n:02}.000Z",{fields}}}"#
        );
        self
    }

    fn said(self, message: &str) -> Self {
        self.add("message", &format!(r#""message":{{{message}}}"#))
    }

    fn answer(self, id: &str, blocks: &str, usage: &str) -> Self {
        self.said(&format!(
            r#""role":"assistant","content":[{blocks}],"api":"anthropic-messages","provider":"anthropic","model":"model-1","usage":{usage},"stopReason":"stop","responseId":"{id}""#
        ))
    }
}

const USAGE: &str = r#"{"input":1200,"output":90,"cacheRead":7,"cacheWrite":800,"totalTokens":2097,"cost":{"input":0.0036,"total":0.007949999999999999}}"#;
const FREE: &str =
    r#"{"input":5,"output":1,"cacheRead":0,"cacheWrite":0,"totalTokens":6,"cost":{"total":0}}"#;

/// A prompt, thinking, three calls of which one fails and one is refused, and a closing answer.
fn conversation() -> Log {
    let blocks = r#"{"type":"thinking","thinking":"A list first.","thinkingSignature":"s"},{"type":"text","text":"I will."},{"type":"toolCall","id":"t1|fc1","name":"bash","arguments":{"command":"ls","a":1}},{"type":"toolCall","id":"t2","name":"read","arguments":{}},{"type":"toolCall","id":"t3","name":"bash","arguments":{}}"#;
    let result = |call: &str, failed: bool, text: &str| {
        format!(
            r#""role":"toolResult","toolCallId":"{call}","toolName":"x","content":[{{"type":"text","text":"{text}"}}],"isError":{failed}"#
        )
    };
    Log::start("")
        .add("model_change", r#""provider":"anthropic","modelId":"model-1""#)
        .said(r#""role":"user","content":[{"type":"text","text":"list the folder"}]"#)
        .answer("msg_1", blocks, USAGE)
        .said(&result("t1|fc1", false, "a"))
        .said(&result("t2", true, "no such file"))
        .said(&result("t3", true, "Tool execution was blocked"))
        .answer("msg_2", r#"{"type":"text","text":"Done."}"#, FREE)
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

#[test]
fn a_conversation_is_told_once_with_its_calls_and_their_fate() {
    let seen = parse(&conversation(), false);

    assert_eq!(
        seen.lines(),
        [
            r#"2026-11-26T10:00:02.000000Z prompt "list the folder""#,
            r#"2026-11-26T10:00:03.000000Z model_call model-1 msg_1 None stopped in=1200 read=7 write=800+0 out=90 stop=Some("stop")"#,
            r#"2026-11-26T10:00:03.000000Z thinking "A list first.""#,
            r#"2026-11-26T10:00:03.000000Z response "I will.""#,
            r#"2026-11-26T10:00:03.000000Z tool_call call=t1 bash {"a":1,"command":"ls"}"#,
            "2026-11-26T10:00:03.000000Z tool_call call=t2 read {}",
            "2026-11-26T10:00:03.000000Z tool_call call=t3 bash {}",
            r#"2026-11-26T10:00:04.000000Z tool_result call=t1 executed by=None paired=true "a""#,
            r#"2026-11-26T10:00:05.000000Z tool_result call=t2 failed by=None paired=true "no such file""#,
            r#"2026-11-26T10:00:06.000000Z tool_result call=t3 denied by=Some("hook") paired=true "Tool execution was blocked""#,
            r#"2026-11-26T10:00:07.000000Z model_call model-1 msg_2 None stopped in=5 read=0 write=0+0 out=1 stop=Some("stop")"#,
            r#"2026-11-26T10:00:07.000000Z response "Done.""#,
        ]
    );
    assert_eq!(seen.count("skip.settings"), 1);
}

#[test]
fn tokens_and_cost_are_the_clients_own_and_no_price_is_no_cost() {
    let seen = parse(&conversation(), false);
    let calls: Vec<_> = seen
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::ModelCall(call) => Some((call.provider, call.usage, call.cost)),
            _ => None,
        })
        .collect();

    let first =
        Usage { input: 1200, cache_read: 7, cache_write_5m: 800, output: 90, ..Usage::default() };
    let cost = Cost { amount: Money::from_nano_usd(7_950_000), estimated: false };
    let last = Usage { input: 5, output: 1, ..Usage::default() };
    assert_eq!(calls, [("anthropic", first, Some(cost)), ("anthropic", last, None)]);
}

#[test]
fn a_call_has_the_key_that_the_proxy_gives_it() {
    let seen = parse(&conversation(), false);
    let key = NaturalKey::ModelCall { provider: "anthropic", message: "msg_1", request: "" };

    let call = seen.events.iter().find(|event| event.id == key.id()).unwrap();
    assert!(matches!(call.kind, Kind::ModelCall(_)) && !call.incomplete_key);
}

#[test]
fn every_result_finds_the_call_that_it_settles() {
    let seen = parse(&conversation(), false);
    let made = seen.events.iter().filter(|event| matches!(event.kind, Kind::ToolCall(_)));
    let made: Vec<_> = made.map(|event| Some(event.id)).collect();
    let settled = seen.events.iter().filter_map(|event| match &event.kind {
        Kind::ToolResult(result) => Some(result.call),
        _ => None,
    });

    assert_eq!(made, settled.collect::<Vec<_>>());
    let turn = seen.events[0].id;
    assert!(seen.events.iter().all(|event| event.turn == Some(turn)));
}

/// What stands in a file besides a conversation.
fn others() -> Log {
    Log::start(r#","parentSession":"/home/me/.pi/agent/sessions/--x--/2026-11-25T10-00_before.jsonl""#)
        .said(r#""role":"bashExecution","command":"ls","output":"a","exitCode":1,"cancelled":false"#)
        .add("compaction", r#""summary":"We listed.","firstKeptEntryId":"e-1","tokensBefore":9"#)
        .add("session_info", r#""name":"A folder""#)
        .add("custom_message", r#""customType":"x","content":"from an extension","display":true"#)
        .add("new_thing", r#""what":"is it""#)
        .said(r#""role":"assistant","content":[],"provider":"openai","model":"m","usage":{"input":0,"output":0},"stopReason":"error","errorMessage":"overloaded""#)
        .said(r#""role":"oracle","content":"hm""#)
}

#[test]
fn what_is_no_conversation_is_kept_as_what_it_is() {
    let seen = parse(&others(), false);

    let lines = seen.lines();
    let kept = lines.iter().filter_map(|line| line.split_once(' ')).map(|(_, rest)| rest);
    assert_eq!(
        kept.take(6).collect::<Vec<_>>(),
        [
            r#"tool_call call=e-1 bash {"command":"ls"}"#,
            r#"tool_result call=e-1 failed by=None paired=true "a""#,
            r#"system compact-summary "We listed.""#,
            r#"system injected "from an extension""#,
            r#"system unknown:new_thing "{\"type\":\"new_thing\",\"id\":\"e-5\",\"parentId\":null,\"timestamp\":\"2026-11-26T10:00:05.000Z\",\"what\":\"is it\"}""#,
            r#"system error "overloaded""#,
        ]
    );
    assert_eq!(lines.len(), 7);
    assert_eq!(seen.count("read.unknown-record.new_thing"), 1);
    assert_eq!(seen.count("read.unknown-record.oracle"), 1);
}

#[test]
fn the_file_tells_the_facts_of_the_session() {
    let seen = parse(&others(), false);

    let facts = &seen.sessions[0];
    assert_eq!(facts.id, SessionId::of(CLIENT, SESSION));
    assert_eq!(facts.parent, Some(SessionId::of(CLIENT, "before")));
    assert_eq!(facts.cwd.as_ref().map(Sensitive::expose), Some("/home/me/work/app"));
    let titles = |seen: &Committed| -> Vec<(TitleRank, String)> {
        let titles = seen.sessions.iter().filter_map(|facts| facts.title.as_ref());
        titles.map(|(rank, title)| (*rank, title.expose().to_owned())).collect()
    };
    assert_eq!(titles(&seen), [(TitleRank::Custom, "A folder".to_owned())]);
    let plain = parse(&conversation(), false);
    assert_eq!(titles(&plain), [(TitleRank::FirstPrompt, "list the folder".to_owned())]);
}

#[test]
fn reading_in_many_sittings_equals_one() {
    for log in [conversation(), others()] {
        let (one, many) = (parse(&log, false), parse(&log, true));

        assert_eq!(one.events, many.events);
        assert_eq!(one.counts, many.counts);
    }
}

/// Writes `log` where the client does.
fn write(rig: &Rig, log: &Log) {
    let folder = rig.home().join(".pi/agent/sessions/--home-me-work-app--");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("2026-11-26T10-00-00-000Z_{SESSION}.jsonl")), &log.0).unwrap();
}

#[test]
fn a_second_reading_adds_nothing() {
    let rig = Rig::new();
    write(&rig, &conversation());

    rig.ingest();
    let first = rig.seen(Committed::distinct);
    rig.ingest();

    rig.seen(|seen| {
        assert_eq!(first.len(), 12);
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

//! Lines that somebody wrote to do harm. None may panic, take much memory or vanish.

use vigil_proto::{Batch, Kind, Sensitive, Source, SourceId, Timestamp, Witness};

use super::{HASHER, parse, place};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        claude::Parser,
        parser::{Parser as _, Rules},
        rig::{Committed, SESSION, answer},
    },
};

/// Bytes of all that was kept as text.
fn texts(committed: &Committed) -> usize {
    let length = |kind: &Kind<Sensitive>| match kind {
        Kind::System(system) => system.text.len(),
        Kind::Response(response) => response.text.len(),
        _ => 0,
    };
    committed.events.iter().map(|event| length(&event.kind)).sum()
}

fn user(content: &str) -> String {
    format!(
        r#"{{"type":"user","uuid":"u","sessionId":"{SESSION}","message":{{"content":{content}}}}}"#
    )
}

#[test]
fn a_line_of_a_million_blocks_is_kept_as_one_text() {
    for block in ["\"\"", r#"{"type":"text","text":"a"}"#] {
        let many = vec![block; 1_000_000].join(",");
        let nested = format!(r#"[{{"type":"tool_result","tool_use_id":"t","content":[{many}]}}]"#);
        for content in [format!("[{many}]"), nested] {
            let line = user(&content);

            let seen = parse(std::slice::from_ref(&line), &[]);

            assert_eq!(seen.events.len(), 1);
            assert_eq!(texts(&seen), line.len());
            assert_eq!(seen.count("read.odd-shape"), 1);
        }
    }
}

#[test]
fn deep_nesting_is_a_gap_or_kept_as_it_is() {
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    let call = format!(r#"[{{"type":"tool_use","id":"t","name":"Bash","input":{deep}}}]"#);
    let answer = format!(
        r#"{{"type":"assistant","sessionId":"{SESSION}","message":{{"id":"m","content":{call}}}}}"#
    );

    let seen = parse(&[user(&deep), answer], &[]);

    assert_eq!(seen.events.len(), 2);
    assert!(matches!(seen.events[0].kind, Kind::Gap(_) | Kind::System(_)));
    assert!(matches!(&seen.events[1].kind, Kind::ToolCall(call) if call.input.len() == deep.len()));
}

#[test]
fn long_ids_do_not_pile_up_in_the_checkpoint() {
    let long = "i".repeat(1_000_000);
    let mut lines = Vec::new();
    for n in 0..30 {
        let id = format!("{long}{n}");
        lines.push(format!(
            r#"{{"type":"assistant","sessionId":"{id}","cwd":"{long}","uuid":"{id}","agentId":"{id}",
            "isSidechain":true,"requestId":"{id}","message":{{"id":"{id}","content":[
            {{"type":"tool_use","id":"{id}","name":"Bash","input":{{}}}}]}}}}"#
        ).replace('\n', ""));
    }

    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let mut parser = Parser::new(rules, place(), b"", Timestamp::default());
    let place = Sensitive::from("test");
    let source = Source { id: SourceId::of(b"test"), witness: Witness::Transcript, place };
    let mut batch = Batch::new(source);
    for line in &lines {
        parser.line(line.as_bytes(), 0, &mut batch);
    }

    assert_eq!(batch.events.len(), 30);
    assert!(parser.state().len() < 64 * 1024, "{}", parser.state().len());
}

#[test]
fn absurd_times_are_times_or_none() {
    let times = [
        "0000-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "2026-02-30T00:00:00.000Z",
        "",
        "1e9",
    ];
    for time in times {
        let line =
            user(r#""hello""#).replace(r#""uuid""#, &format!(r#""timestamp":"{time}","uuid""#));

        let seen = parse(&[line], &[]);

        assert_eq!(seen.events.len(), 1, "{time}");
        // Whatever it is, it can be shown.
        assert!(!seen.events[0].at.to_string().is_empty(), "{time}");
    }
}

#[test]
fn absurd_token_counts_do_not_lose_the_answer() {
    for tokens in ["-1", "18446744073709551615", "1e300", "99999999999999999999999", "\"many\""] {
        let line = answer(1, "m1", "hello")
            .replace("\"output_tokens\":7", &format!("\"output_tokens\":{tokens}"));
        assert!(line.contains(tokens), "{line}");

        let seen = parse(&[line], &[]);

        assert!(seen.events.iter().any(|e| matches!(e.kind, Kind::Response(_))), "{tokens}");
    }
}

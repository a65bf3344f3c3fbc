use std::fs;

use rusqlite::{Connection, params};
use vigil_proto::{
    Batch, ContentHasher, Cost, Kind, Money, SessionId, Source, SourceId, Timestamp, Witness,
    batch::TitleRank, config,
};

use super::{CLIENT, Parser};
use crate::{
    pipeline::Exclusions,
    source::transcript::{
        parser::{Parser as _, Rules},
        rig::{Committed, Rig, line},
    },
};

const SESSION: &str = "ses_made0up";
const HASHER: ContentHasher = ContentHasher::new([3; 32]);

/// A log as the client writes it, one pair of type and content for each record.
fn conversation() -> Vec<(&'static str, String)> {
    let session = |title: &str| {
        format!(
            r#"{{"sessionID":"{SESSION}","info":{{"id":"{SESSION}","directory":"/home/me/work/app","title":"{title}","version":"1.18.33","parentID":"ses_parent","time":{{"created":1795655069605}}}}}}"#
        )
    };
    let user = r#"{"sessionID":"ses_made0up","info":{"id":"msg_1","sessionID":"ses_made0up","role":"user","time":{"created":1795655069849},"model":{"providerID":"anthropic","modelID":"claude-test-1"}}}"#;
    let answer = |more: &str| {
        format!(
            r#"{{"sessionID":"{SESSION}","info":{{"id":"msg_2","sessionID":"{SESSION}","role":"assistant","time":{{"created":1795655072810}},"parentID":"msg_1","modelID":"claude-test-1","providerID":"anthropic"{more}}}}}"#
        )
    };
    let part = |id: &str, message: &str, rest: &str| {
        format!(
            r#"{{"sessionID":"{SESSION}","part":{{"id":"{id}","sessionID":"{SESSION}","messageID":"{message}",{rest}}},"time":1795655075000}}"#
        )
    };
    let tool = |state: &str| {
        let rest = format!(r#""type":"tool","callID":"toolu_1","tool":"bash","state":{state}"#);
        part("prt_4", "msg_2", &rest)
    };
    let refused = r#""type":"tool","callID":"toolu_2","tool":"bash","state":{"status":"error","input":{"command":"touch x"},"error":"The user rejected permission to use this specific tool call.","time":{"start":1795655074700,"end":1795655074800}}"#;
    vec![
        ("session.created.1", session("New session - 2026-11-26T01:04:29.605Z")),
        ("message.updated.1", user.to_owned()),
        (
            "message.part.updated.1",
            part("prt_1", "msg_1", r#""type":"text","text":"list the folder""#),
        ),
        ("session.updated.1", session("Listing a folder")),
        ("message.updated.1", answer("")),
        ("message.part.updated.1", part("prt_2", "msg_2", r#""type":"step-start""#)),
        (
            "message.part.updated.1",
            part("prt_3", "msg_2", r#""type":"text","text":"","time":{"start":1795655074596}"#),
        ),
        (
            "message.part.updated.1",
            part(
                "prt_3",
                "msg_2",
                r#""type":"text","text":"I will.","time":{"start":1795655074596,"end":1795655074599}"#,
            ),
        ),
        ("message.part.updated.1", tool(r#"{"status":"pending","input":{},"raw":""}"#)),
        (
            "message.part.updated.1",
            tool(r#"{"status":"running","input":{"command":"ls"},"time":{"start":1795655074608}}"#),
        ),
        (
            "message.part.updated.1",
            tool(
                r#"{"status":"completed","input":{"command":"ls"},"output":"a\nb\n","time":{"start":1795655074608,"end":1795655074700}}"#,
            ),
        ),
        ("message.part.updated.1", part("prt_5", "msg_2", refused)),
        (
            "message.part.updated.1",
            part(
                "prt_6",
                "msg_2",
                r#""type":"step-finish","reason":"tool-calls","cost":0.00795,"tokens":{"total":2090,"input":1200,"output":90,"reasoning":0,"cache":{"read":0,"write":800}}"#,
            ),
        ),
        ("message.updated.1", answer(r#","cost":0.00795"#)),
    ]
}

fn text(n: usize, (kind, data): &(&str, String)) -> String {
    format!(r#"{{"id":"evt_{n}","type":"{kind}","data":{data}}}"#)
}

/// Parses the conversation, saving and loading the state before the records in `restarts`.
fn parse(restarts: &[usize]) -> Committed {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let source = SourceId::of(b"test");
    let times = (Timestamp::default(), Timestamp::default());
    let mut parser = Parser::new(rules, source, b"", times);
    let mut committed = Committed::default();
    for (n, record) in conversation().iter().enumerate() {
        if restarts.contains(&n) {
            let state = parser.state();
            parser = Parser::new(rules, source, &state, times);
        }
        let mut batch =
            Batch::new(Source { id: source, witness: Witness::Transcript, place: "test".into() });
        parser.line(text(n, record).as_bytes(), n as u64, &mut batch);
        committed.add(batch);
    }
    committed
}

#[test]
fn a_conversation_is_told_once_with_its_calls_and_their_fate() {
    let lines = parse(&[]).lines();

    assert_eq!(
        lines,
        [
            r#"2026-11-26T01:04:35.000000Z prompt "list the folder""#,
            r#"2026-11-26T01:04:34.599000Z response "I will.""#,
            r#"2026-11-26T01:04:34.608000Z tool_call call=toolu_1 bash {"command":"ls"}"#,
            r#"2026-11-26T01:04:34.700000Z tool_result call=toolu_1 executed by=None paired=true "a\nb\n""#,
            r#"2026-11-26T01:04:34.700000Z tool_call call=toolu_2 bash {"command":"touch x"}"#,
            r#"2026-11-26T01:04:34.800000Z tool_result call=toolu_2 denied by=Some("user") paired=true "The user rejected permission to use this specific tool call.""#,
            r#"2026-11-26T01:04:35.000000Z model_call claude-test-1  None stopped in=1200 read=0 write=800+0 out=90 stop=Some("tool-calls")"#,
        ]
    );
}

#[test]
fn the_clients_own_figure_is_the_cost() {
    let costs: Vec<_> = parse(&[])
        .events
        .into_iter()
        .filter_map(|event| match event.kind {
            Kind::ModelCall(call) => call.cost,
            _ => None,
        })
        .collect();

    let amount = Money::from_nano_usd(7_950_000);
    assert_eq!(costs, [Cost { amount, estimated: false }]);
}

#[test]
fn a_restart_between_any_two_records_changes_nothing() {
    let whole = parse(&[]);
    for n in 0..conversation().len() {
        let parts = parse(&[n]);
        assert!(parts.events == whole.events, "a restart before record {n}");
    }
}

/// The client's database below a rig's home, with a log like the client's.
fn database(rig: &Rig) -> Connection {
    let folder = rig.home().join(".local/share/opencode");
    fs::create_dir_all(&folder).unwrap();
    let writer = Connection::open(folder.join("opencode.db")).unwrap();
    writer.pragma_update(None, "journal_mode", "wal").unwrap();
    writer
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, aggregate_id TEXT NOT NULL,
                 seq INTEGER NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL)",
        )
        .unwrap();
    writer
}

fn append(writer: &Connection, from: usize, records: &[(&str, String)]) {
    for (n, (kind, data)) in (from..).zip(records) {
        writer
            .execute(
                "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5)",
                params![format!("evt_{n}"), SESSION, i64::try_from(n).unwrap(), kind, data],
            )
            .unwrap();
    }
}

#[test]
fn a_database_in_use_is_read_once_and_read_on() {
    let rig = Rig::new();
    let writer = database(&rig);
    let records = conversation();
    append(&writer, 0, &records[..8]);
    let first = rig.ingest();

    append(&writer, 8, &records[8..]);
    let second = rig.ingest();
    let third = rig.ingest();

    assert_eq!((first.lines, second.lines, third.lines), (8, 6, 0));
    rig.seen(|seen| {
        assert_eq!(seen.lines(), parse(&[]).lines());
        let facts = seen.sessions.iter().rfind(|facts| facts.title.is_some()).unwrap();
        assert_eq!(facts.id, SessionId::of(CLIENT, SESSION));
        assert_eq!(facts.cwd, Some("/home/me/work/app".into()));
        assert_eq!(facts.version, Some("1.18.33".into()));
        assert_eq!(facts.parent, Some(SessionId::of(CLIENT, "ses_parent")));
        assert!(
            seen.sessions
                .iter()
                .any(|facts| facts.title == Some((TitleRank::Summary, "Listing a folder".into())))
        );
        assert!(seen.gaps().is_empty());
    });
}

#[test]
fn deleted_records_whose_numbers_are_given_again_are_noticed() {
    let rig = Rig::new();
    let writer = database(&rig);
    let records = conversation();
    append(&writer, 0, &records);
    rig.ingest();

    writer.execute("DELETE FROM event WHERE rowid > 4", []).unwrap();
    append(&writer, 100, &records[4..]);
    rig.ingest();

    rig.seen(|seen| {
        assert_eq!(seen.count("read.restarted-file"), 1);
        assert_eq!(seen.lines().len(), parse(&[]).lines().len());
    });
}

#[test]
fn what_is_written_during_a_pause_is_a_gap_of_records() {
    let rig = Rig::new();
    let writer = database(&rig);
    let records = conversation();
    append(&writer, 0, &records[..4]);
    let follow = rig.follow();
    rig.wait_for("the prompt", |seen| seen.texts() == ["list the folder"]);

    rig.pause(true);
    // The tailer notes where it stands within a round.
    std::thread::sleep(std::time::Duration::from_secs(4));
    append(&writer, 4, &records[4..8]);
    std::thread::sleep(std::time::Duration::from_secs(1));
    rig.pause(false);
    rig.wait_for("the gap", |seen| !seen.gaps().is_empty());
    append(&writer, 8, &records[8..]);
    rig.wait_for("the call", |seen| seen.lines().iter().any(|line| line.contains("model_call")));
    drop(follow);

    rig.seen(|seen| {
        assert_eq!(seen.gaps(), [("paused", None)]);
        assert!(!seen.texts().contains(&"I will.".to_owned()));
    });
}

#[test]
fn an_excluded_project_leaves_nothing() {
    let exclude =
        config::Exclude { projects: vec!["/home/me/work".into()], ..config::Exclude::default() };
    let rig = Rig::excluding(&exclude);
    let writer = database(&rig);
    append(&writer, 0, &conversation());

    rig.ingest();

    rig.seen(|seen| {
        assert!(seen.events.is_empty() && seen.sessions.is_empty());
        assert!(seen.count("skip.excluded") > 0);
    });
}

#[test]
fn a_record_that_is_no_json_is_a_gap_and_the_others_are_read() {
    let rig = Rig::new();
    let writer = database(&rig);
    let records = conversation();
    append(&writer, 0, &records[..3]);
    append(&writer, 3, &[("message.part.updated.1", "{\"cut".to_owned())]);
    append(&writer, 4, &records[3..]);
    append(&writer, 100, &[("session.deleted.1", "{}".to_owned())]);

    rig.ingest();

    rig.seen(|seen| {
        assert_eq!(seen.gaps().len(), 1);
        assert_eq!(seen.count("read.unknown-record.other"), 1);
        let known = parse(&[]).lines();
        assert!(known.iter().all(|known| seen.events.iter().any(|event| line(event) == *known)));
    });
}

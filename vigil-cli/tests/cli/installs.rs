//! `vigil installs`: which agent installed what, from a store alone.

use serde_json::{Value, json};
use vigil_proto::{
    Batch, ContentHash, Event, Kind, Masked, NaturalKey, Outcome, SessionFacts, SessionId,
    Severity, Source, SourceId, Timestamp, Witness,
    event::ToolCall,
    package::{Assessment, InstallWay, Installed, Package, PackageSource, Reason},
};
use vigil_store::{Options, Store};

use crate::home::Home;

/// 2025-11-22T10:00:00Z.
const START: i64 = 1_763_805_600_000_000;

fn masked(text: &str) -> Masked {
    Masked::from_scan(text.to_owned())
}

/// A session in which two packages were installed, an hour between them; the second one has a name
/// that means the terminal harm.
fn record(home: &Home) {
    let (store, _) =
        Store::open(&home.path("vigil/data"), Options::default(), Box::new(|_| ())).unwrap();
    let session = SessionId::of("codex", "cccc3333-three");
    let id = SourceId::of(b"a transcript");
    let mut batch =
        Batch::new(Source { id, witness: Witness::Transcript, place: masked("/a/transcript") });
    batch.sessions.push(SessionFacts::new("codex", masked("cccc3333-three"), session));
    let similar = Assessment {
        severity: Some(Severity::High),
        reasons: vec![Reason::like("similar-name", "requests")],
    };
    let what = [
        ("pypi", "requets", similar, 0),
        ("npm", "left\u{1b}[2J\u{202e}pad", Assessment::default(), 3600),
    ];
    for (ecosystem, name, verdict, seconds) in what {
        let at = Timestamp::from_micros(START + seconds * 1_000_000);
        let event = NaturalKey::ToolCall { session, message: "m", call: name }.id();
        let kind = Kind::ToolCall(ToolCall {
            name: masked("exec_command"),
            input: masked(&json!({ "cmd": format!("install {name}") }).to_string()),
            outcome: Outcome::Executed,
        });
        batch.events.push(Event {
            session: Some(session),
            content: ContentHash(seconds.unsigned_abs() + 1),
            witness: Witness::Transcript,
            ..Event::own(event, at, kind)
        });
        batch.installs.push(Installed {
            event,
            place: 0,
            way: InstallWay::Command,
            package: Package {
                manager: "pip".into(),
                ecosystem: ecosystem.into(),
                name: Some(masked(name)),
                version: None,
                source: PackageSource::Registry,
                url: None,
                flags: Vec::new(),
            },
            verdict,
            judged_by: at,
        });
    }
    let writer = store.writer();
    writer.submit(batch, Vec::new()).unwrap();
    writer.flush().unwrap();
    store.close().unwrap();
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn installs_have_who_when_and_what_is_thought_of_them() {
    let home = Home::new();
    record(&home);

    let document = home.vigil(["installs", "--json"]).exits(0).document("installs");

    assert_eq!(document["total"], 2);
    let row = &document["installs"][1];
    for (key, value) in [
        ("at", json!("2025-11-22T10:00:00.000000Z")),
        ("client", json!("codex")),
        ("session", json!("cccc3333-three")),
        ("outcome", json!("executed")),
        ("severity", json!("high")),
        ("way", json!("command")),
        ("witnesses", json!(["transcript"])),
        ("command", json!("install requets")),
    ] {
        assert_eq!(row[key], value, "{key}: {row:#}");
    }
    assert_eq!(row["package"]["package"], "requets");
    assert_eq!(row["reasons"], json!([{ "rule": "similar-name", "target": "requests" }]));
}

#[test]
fn installs_can_be_narrowed() {
    let home = Home::new();
    record(&home);
    let names = |more: &[&str]| -> Vec<String> {
        let ran = home.vigil([&["installs", "--jsonl"], more].concat()).exits(0);
        let name = |row: &Value| row["package"]["ecosystem"].as_str().unwrap().to_owned();
        lines(&ran.stdout).iter().map(name).collect()
    };

    assert_eq!(names(&[]), ["npm", "pypi"]);
    assert_eq!(names(&["--limit", "1"]), ["npm"]);
    assert_eq!(names(&["--package", "requets"]), ["pypi"]);
    assert_eq!(names(&["--ecosystem", "npm"]), ["npm"]);
    assert_eq!(names(&["--min-severity", "medium"]), ["pypi"]);
    assert_eq!(names(&["--min-severity", "critical"]).len(), 0);
    assert_eq!(names(&["--client", "Codex"]), ["npm", "pypi"]);
    assert_eq!(names(&["--session", "cccc"]), ["npm", "pypi"]);
    assert_eq!(names(&["--since", "2025-11-22 10:30"]), ["npm"]);
    assert_eq!(names(&["--until", "2025-11-22 10:30"]), ["pypi"]);
    home.vigil(["installs", "--client", "nobody"]).exits(2);
    home.vigil(["installs", "--session", "nothing"]).exits(1);
}

#[test]
fn people_read_a_table_and_no_escapes() {
    let home = Home::new();
    record(&home);

    let ran = home.vigil(["installs"]).exits(0);

    let table: Vec<&str> = ran.stdout.lines().collect();
    assert!(table[0].starts_with("SEVERITY") && table.len() == 3, "{}", ran.stdout);
    assert!(table[1].starts_with('-') && table[2].starts_with("high"), "{}", ran.stdout);
    assert!(table[2].contains("looks like requests"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", ran.stdout);
}

#[test]
fn where_there_is_none_it_says_what_to_do() {
    let home = Home::new();

    let none = home.vigil(["installs"]).exits(0);
    let empty = home.vigil(["installs", "--json"]).exits(0).document("installs");
    let stream = home.vigil(["installs", "--jsonl"]).exits(0);
    record(&home);
    let narrowed = home.vigil(["installs", "--package", "x"]).exits(0);

    assert!(none.stderr.contains("vigil status"), "{none:?}");
    assert_eq!((&empty["installs"], &empty["total"]), (&json!([]), &json!(0)));
    assert_eq!(stream.stdout, "");
    assert!(narrowed.stderr.contains("No install matches"), "{narrowed:?}");
}

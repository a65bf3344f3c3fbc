//! What a client deletes stays on record, can be written back and be gone on with; what a user has
//! forgotten does not come back.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use vigil_tests::{
    claude,
    model::Model,
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually, settles},
};

/// Sessions that the client's own clean-up deletes.
const SESSIONS: usize = 20;

/// Long enough ago for any clean-up.
const LONG_AGO: Duration = Duration::from_hours(60 * 24);

/// Every transcript in the home, sub-agents' apart.
fn transcripts(home: &Home) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for project in fs::read_dir(home.projects()).unwrap() {
        for file in fs::read_dir(project.unwrap().path()).into_iter().flatten() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn id_of(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The same conversation as another session's, with calls of its own.
fn copy(transcript: &Path, number: usize) -> String {
    let (old, new) = (id_of(transcript), format!("00000000-0000-4000-8000-{number:012}"));
    let text = fs::read_to_string(transcript).unwrap();
    let text = text.replace(&old, &new).replace("\"msg_", &format!("\"msg_{number}_"));
    let text = text.replace("\"req_", &format!("\"req_{number}_"));
    fs::write(transcript.with_file_name(format!("{new}.jsonl")), text).unwrap();
    new
}

fn sessions(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let all = [&["sessions", "--json"], arguments].concat();
    home.json(&all)["sessions"].as_array().unwrap().clone()
}

/// What a conversation consists of.
const CONVERSATION: &[&str] =
    &["prompt", "thinking", "response", "model_call", "tool_call", "tool_result"];

/// The conversation: what has a place in it, and what was said there.
fn said(home: &Home, session: &str) -> Vec<Value> {
    let events = home.jsonl(&["events", "--jsonl", "--text", "--session", session]);
    let of_it = events
        .into_iter()
        .filter(|event| event["kind"].as_str().is_some_and(|kind| CONVERSATION.contains(&kind)));
    of_it
        .map(|event| {
            json!({ "id": event["id"], "kind": event["kind"], "text": event["text"], "witnesses": event["witnesses"] })
        })
        .collect()
}

/// Has the real client run until it has deleted what is too old. It waits for words that never come.
fn clean_up(home: &Home, program: PathBuf, work: &Path) {
    // It has a look once a day.
    let _ = fs::remove_file(home.user().join(".claude/.last-cleanup"));
    let arguments =
        ["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"];
    let mut client = home.clean(program, &["-p"]);
    let mut client = client
        .args(arguments)
        .current_dir(work)
        .env("ANTHROPIC_API_KEY", ["sk-ant-", "api03-dummy"].concat())
        // Nobody is there.
        .env("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .env("DISABLE_AUTOUPDATER", "1")
        .env("DISABLE_TELEMETRY", "1")
        .env("IS_SANDBOX", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    settles("the client has cleaned up", || {
        let left = transcripts(home);
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    });
    drop(client.stdin.take());
    client.wait().unwrap();
}

fn is_intact(home: &Home) -> Value {
    let verified = home.json(&["verify", "--json"]);
    assert_eq!(verified["intact"], true, "{verified:#}");
    verified
}

fn counts(home: &Home) -> Value {
    home.json(&["usage", "--json"])["total"].clone()
}

#[test]
fn what_the_clients_own_clean_up_deletes_stays_and_can_be_gone_on_with() {
    let Some(program) = claude::installed() else { return };
    let home = Home::default();
    let model = Model::start("api.anthropic.com", home.root());
    let upstreams = model.upstreams(home.root());
    let vigil = Running::start(&home, &["--test-upstreams", &upstreams]);
    let work = claude::work(&home, "PLAIN=1\n");
    let ask = |conversation: &str, more: &[&str]| {
        let mut client = claude::asking(&home, program.clone(), &work, conversation);
        client.args(more).env("HTTPS_PROXY", vigil.field("proxy"));
        client.env("NODE_EXTRA_CA_CERTS", vigil.field("ca"));
        claude::finish(client);
    };
    ask("default", &[]);
    let first = transcripts(&home).remove(0);
    let mut old: BTreeSet<String> = (1..SESSIONS).map(|number| copy(&first, number)).collect();
    old.insert(id_of(&first));
    settles("every session was read to its end", || {
        let known = sessions(&home, &[]);
        let whole =
            known.iter().filter(|row| row["messages"] == 5 && row["tool_calls"] == 5).count();
        if whole == SESSIONS { Ok(()) } else { Err(format!("{known:#?}")) }
    });
    let before = settles("both witnesses told all of the first one", || {
        let said = said(&home, &id_of(&first));
        let both = json!(["transcript", "proxy"]);
        let all = said.len() == 22 && said.iter().all(|event| event["witnesses"] == both);
        if all { Ok(said) } else { Err(format!("{}: {said:#?}", said.len())) }
    });

    // The client's own clean-up, a moment after its next start.
    let settings = home.user().join(".claude/settings.json");
    fs::write(settings, r#"{"cleanupPeriodDays": 30}"#).unwrap();
    for path in transcripts(&home) {
        let file = fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - LONG_AGO).unwrap();
    }
    clean_up(&home, program.clone(), &work);

    settles("all of them are known to be deleted", || {
        let deleted = sessions(&home, &["--deleted"]);
        let ids: BTreeSet<String> =
            deleted.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        if ids == old { Ok(()) } else { Err(format!("{ids:?}")) }
    });
    assert_eq!(said(&home, &id_of(&first)), before);
    let calls = counts(&home)["calls"].as_u64().unwrap();
    assert_eq!(calls, model.calls() + 5 * (SESSIONS as u64 - 1));

    // One of them is written back, and the client goes on with it.
    let session = id_of(&first);
    let restored = home.json(&["restore", &session, "--json"]);
    assert_eq!(restored["path"], json!(first.canonicalize().unwrap()), "{restored:#}");
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    let written = fs::read_to_string(&first).unwrap();
    ask("second", &["--resume", &session]);

    let grown = fs::read_to_string(&first).unwrap();
    assert!(grown.starts_with(&written) && grown.len() > written.len(), "gone on with elsewhere");
    settles("the session has gone on", || {
        let now = counts(&home)["calls"].as_u64().unwrap();
        let row = sessions(&home, &[]).into_iter().find(|row| row["id"] == json!(session)).unwrap();
        let expected = model.calls() + 5 * (SESSIONS as u64 - 1);
        if now == expected && row["turns"] == 2 && row["deleted"].is_null() {
            return Ok(());
        }
        Err(format!("{now} of {expected}: {row:#}"))
    });
    let after = said(&home, &session);
    let ids = |events: &[Value]| -> BTreeSet<String> {
        events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(ids(&after).is_superset(&ids(&before)));
    let prompts = after.iter().filter(|event| event["kind"] == "prompt").count();
    assert_eq!(prompts, 2, "nothing that was written back was read as new");
    let conflicts: Vec<Value> = home.json(&["findings", "--json"])["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "witness-conflict")
        .cloned()
        .collect();
    assert!(conflicts.is_empty(), "{conflicts:#?}");
    assert_eq!(sessions(&home, &["--deleted"]).len(), SESSIONS - 1);
    is_intact(&home);
    assert!(vigil.end().success());
}

/// A conversation with a secret in it.
fn conversation(home: &Home) -> (PathBuf, String) {
    let mut session = Session::new(7);
    let secret = ["AKIA", "IOSFODNN7EXAMPLE"].concat();
    let other = ["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"].concat();
    let lines = [
        session.prompt(&format!(
            "use AWS_ACCESS_KEY_ID={secret} AWS_SECRET_ACCESS_KEY={other} for it"
        )),
        session.call("msg_1", "toolu_1", &format!("echo {secret}")),
        session.result("toolu_1", &format!("{secret}\n").repeat(40)),
        session.text("msg_2", "it is done"),
    ];
    let project = home.projects().join("-home-dev-shop");
    fs::create_dir_all(&project).unwrap();
    let path = project.join(format!("{}.jsonl", session.id));
    fs::write(&path, jsonl(&lines)).unwrap();
    (path, session.id)
}

#[test]
fn what_was_written_back_is_not_read_as_new() {
    let home = Home::default();
    let (path, session) = conversation(&home);
    assert!(home.run(&["ingest", "--once"]).status.success());
    let before = said(&home, &session);
    fs::remove_file(&path).unwrap();

    let stopped = home.run(&["restore", &session]);
    assert_eq!(stopped.status.code(), Some(3), "it needs the agent");
    let vigil = Running::start(&home, &["--no-proxy"]);
    settles("it is known to be deleted", || {
        let deleted = sessions(&home, &["--deleted"]);
        if deleted.len() == 1 { Ok(()) } else { Err(format!("{deleted:#?}")) }
    });
    let restored = home.json(&["restore", &session[..8], "--json"]);
    assert_eq!(restored["lines"], 4, "{restored:#}");
    eventually("it is there again", || sessions(&home, &[])[0]["deleted"].is_null().then_some(()));
    let told = format!("claude-code {}", &session[..8]);
    eventually("the change, with what was restored", || {
        let changes = home.run(&["events", "--kind", "config_change"]).stdout;
        String::from_utf8(changes).unwrap().contains(&told).then_some(())
    });
    let again = home.run(&["restore", &session]);
    assert_eq!(again.status.code(), Some(1));
    let words = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(words.contains("is there already"), "{words}");
    assert!(vigil.end().success());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("[[vigil:aws_access_key:"), "{text}");
    assert!(!text.contains(&["AKIA", "IOSFODNN7EXAMPLE"].concat()), "{text}");

    let read = home.json(&["ingest", "--once", "--json"]);

    assert_eq!((&read["events"], &read["lines"]), (&json!(0), &json!(0)), "{read:#}");
    assert_eq!(said(&home, &session), before);
    is_intact(&home);
}

#[test]
fn what_was_forgotten_is_gone_and_does_not_come_back() {
    let home = Home::default();
    let (path, session) = conversation(&home);
    let vigil = Running::start(&home, &["--no-proxy"]);
    eventually("it was read", || {
        sessions(&home, &[]).first().is_some_and(|row| row["messages"] == 2).then_some(())
    });

    let unasked = home.run(&["forget", &session]);
    assert_eq!(unasked.status.code(), Some(1), "nobody is there to be asked");
    let shown = home.json(&["forget", "--project", "/home/dev", "--dry-run", "--json"]);
    assert_eq!((&shown["dry_run"], &shown["sessions"][0]["id"]), (&json!(true), &json!(session)));
    let done = home.json(&["forget", &session, "--yes", "--json"]);

    assert_eq!(done["sessions"].as_array().unwrap().len(), 1, "{done:#}");
    assert_eq!(sessions(&home, &[]).len(), 0);
    assert_eq!(home.json(&["findings", "--json"])["findings"], json!([]));
    assert_eq!(counts(&home)["calls"], 0);
    // Were somebody reading just then, they would go a little later.
    eventually("the store remembers none of its words", || {
        (!home.holds("it is done")).then_some(())
    });
    let changes = home.jsonl(&["events", "--jsonl", "--text", "--kind", "config_change"]);
    let told = changes.iter().find(|change| change["name"] == "forget").unwrap();
    assert!(told["text"].as_str().unwrap().contains("1 session"), "{told:#}");
    assert!(vigil.end().success());

    // Neither what is there, nor the same in another file, nor after the file was written anew.
    assert!(home.run(&["ingest", "--once"]).status.success());
    let other = home.projects().join("-elsewhere");
    fs::create_dir_all(&other).unwrap();
    fs::copy(&path, other.join(path.file_name().unwrap())).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, text).unwrap();
    assert!(home.run(&["ingest", "--once"]).status.success());
    assert_eq!(sessions(&home, &[]).len(), 0);
    let left_out = &home.json(&["status", "--json"])["drops"]["drop.forgotten"];
    assert!(left_out.as_u64().unwrap() > 4, "{left_out}");
    let verified = is_intact(&home);
    assert!(verified["events"]["forgotten"].as_u64().unwrap() > 4, "{verified:#}");
    assert_eq!(verified["chain"]["deletions"][0]["why"], "forgotten");
}

#[test]
fn what_a_client_is_about_to_delete_unread_is_warned_of() {
    let home = Home::default();
    let (path, _) = conversation(&home);
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(29 * 24)).unwrap();
    let warned = |home: &Home| {
        let status = home.json(&["status", "--json"]);
        let warnings = status["warnings"].as_array().unwrap().clone();
        warnings.into_iter().find(|words| words.as_str().unwrap().contains("cleanupPeriodDays"))
    };

    assert!(warned(&home).unwrap().as_str().unwrap().contains("1 transcript"));
    assert!(home.run(&["ingest", "--once"]).status.success());
    assert_eq!(warned(&home), None);
}

//! Which module of the agent may see which.

use super::{
    assert_none,
    code::{has_word, inner_paths, without_words},
    files,
};

const AGENT: &str = "vigil-agent/src/";

/// What sources must know alike: pure rules about clients, which see nothing but each other.
const SHARED: &[&str] =
    &["addresses", "callers", "claude_code", "family", "gemini", "json", "openai"];

/// What every source may see of the pipeline: the inlet and the words that go into it.
const INLET: &[&str] =
    &["Inlet", "Exclusions", "Closed", "Message", "Pause", "Shared", "inlet", "exclude"];

/// The only modules that read other programs' databases.
const DATABASES: &[&[&str]] =
    &[&["source", "transcript", "database"], &["source", "history", "database"]];

/// The module that a file of the agent is: `source/proxy/ca.rs` is source, proxy, ca.
fn module(path: &str) -> Vec<&str> {
    let path = path.trim_end_matches(".rs");
    if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').collect() }
}

/// Everything in this file of the agent that reaches where it may not.
fn trespasses(path: &str, source: &str) -> Vec<String> {
    let here = module(path);
    let code = without_words(source);
    let mut offences = Vec::new();
    for there in inner_paths(&code, &here) {
        let there: Vec<&str> = there.iter().map(String::as_str).collect();
        if !may_see(&here, &there) {
            offences.push(format!("{AGENT}{path} may not see {}", there.join("::")));
        }
    }
    let closed: &[&str] = match here.first() {
        Some(&"source") => &["vigil_store", "vigil_detect", "axum"],
        _ => &[],
    };
    for name in closed.iter().filter(|name| has_word(&code, name)) {
        offences.push(format!("{AGENT}{path} may not see {name}"));
    }
    if has_word(&code, "rusqlite") && !DATABASES.contains(&here.as_slice()) {
        offences.push(format!("{AGENT}{path} may not see rusqlite"));
    }
    offences
}

fn may_see(here: &[&str], there: &[&str]) -> bool {
    let Some(room) = there.first() else {
        return true;
    };
    match here.first().copied() {
        // The roots know all; so does the app, the only one that knows every part.
        None | Some("app") => true,
        Some("source") if here.get(1).is_some_and(|room| SHARED.contains(room)) => {
            // The front itself holds nothing but the rooms: it is named in `pub(in ...)` alone.
            there == ["source"]
                || matches!(there, ["source", theirs, ..] if SHARED.contains(theirs))
        }
        Some("source") => match there {
            ["source", theirs, ..] => here.get(1) == Some(theirs) || SHARED.contains(theirs),
            ["pipeline", what, ..] => INLET.contains(what),
            _ => ["source", "shutdown", "daemon"].contains(room),
        },
        Some("api") => !["source", "app"].contains(room),
        Some("pipeline") => !["source", "api", "app"].contains(room),
        Some("shutdown") => *room == "shutdown",
        Some("daemon") => *room == "daemon",
        Some(_) => *room != "app",
    }
}

#[test]
fn the_agents_rooms_keep_to_themselves() {
    let offences: Vec<String> = files::rust()
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(AGENT)?, &file.text)))
        .filter(|(path, _)| !files::is_test(path))
        .flat_map(|(path, text)| trespasses(path, text))
        .collect();

    assert_none(&offences);
}

#[test]
fn every_kind_of_trespass_is_found() {
    for (path, bad) in [
        ("source/proxy.rs", "use crate::source::transcript::Options;"),
        ("source/proxy/ca.rs", "use super::super::transcript::Options;"),
        ("source/transcript.rs", "use crate::{pipeline::Inlet, api::State};"),
        ("source/transcript/tail.rs", "fn f() { crate::app::up() }"),
        ("source/transcript/tail.rs", "use vigil_store::Writer;"),
        ("source/proxy.rs", "use crate::pipeline::price::estimate;"),
        ("source/claude_code.rs", "use crate::pipeline::Inlet;"),
        ("source/claude_code.rs", "use super::transcript::Options;"),
        ("api/routes.rs", "use crate::source::proxy::Handle;"),
        ("api.rs", "use crate::app::App;"),
        ("pipeline.rs", "use crate::{shutdown::Shutdown, api};"),
        ("shutdown.rs", "use crate::pipeline::Inlet;"),
        ("daemon.rs", "use crate::shutdown::Shutdown;"),
        ("daemon/state.rs", "use crate::pipeline::Inlet;"),
        ("app/up.rs", "use rusqlite::Connection;"),
        ("source/transcript/opencode.rs", "use rusqlite::Connection;"),
        ("source/history/watch.rs", "use rusqlite::Connection;"),
        ("source/history/watch.rs", "use super::super::transcript::database::Reader;"),
    ] {
        assert_eq!(trespasses(path, bad).len(), 1, "{path}: {bad}");
    }
}

#[test]
fn what_is_allowed_is_not_an_offence() {
    for (path, good) in [
        ("source/proxy/ca.rs", "use crate::{pipeline::Inlet, shutdown::Shutdown};"),
        ("source/proxy/ca.rs", "use super::{leaf::Leaf, super::proxy::Config};"),
        ("source/proxy/ca.rs", "use crate::source::{claude_code::Part, proxy::leaf};"),
        ("source/claude_code/tests.rs", "use crate::source::claude_code::Part;"),
        ("source/openai.rs", "use super::claude_code::Part;"),
        ("source/proxy.rs", "// use crate::api::State;\nlet x = \"crate::api\";"),
        ("app/up.rs", "use crate::{api, source::proxy, pipeline::price};"),
        ("main.rs", "use vigil_agent::app;"),
        ("source/process.rs", "use crate::daemon::Daemon;"),
        ("daemon/connection.rs", "use super::DaemonError;"),
        ("source/transcript/database.rs", "use rusqlite::Connection;"),
        ("source/history/database.rs", "use rusqlite::Connection;"),
    ] {
        assert_eq!(trespasses(path, good), Vec::<String>::new(), "{path}: {good}");
    }
}

//! Each client in bad weather: a provider that is overloaded, an answer that breaks off, an end by
//! force amid a command, and the same session gone on with after each; and a history that becomes too
//! long. What is on record is what was served, once: no turn and no token twice, and no call that
//! nobody saw ending is said to have run.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use vigil_tests::{
    model::{Served, Tokens},
    vigil::{eventually, settles},
};

use super::{
    table::{self, Client, Route},
    transcripts::going_on,
    world::World,
};

/// What is particular to a client.
struct Odd {
    /// It asks again when an answer broke off.
    asks_again: bool,
    /// Its file keeps the tokens of an answer that broke off.
    tells_broken: bool,
    /// Its file has the call of a tool before that has ended, and the answer that asked for it.
    tells_call: bool,
    tells_answer: bool,
    /// What became of the call that was cut off, by its file alone and once the proxy has seen the
    /// session go on. None where the file does not have the call.
    alone: Option<&'static str>,
    both: &'static str,
}

const USUAL: Odd = Odd {
    asks_again: true,
    tells_broken: false,
    tells_call: true,
    tells_answer: true,
    alone: Some("requested"),
    both: "interrupted",
};

/// The tokens of the answer that asks for the command that is cut off.
const RUNNING: u64 = 440;

/// What is on record in one place.
struct Record {
    events: Vec<Value>,
    sessions: Vec<Value>,
    total: Value,
}

fn in_bad_weather(client: &Client, odd: &Odd) {
    let world = World::start_with_transcripts(client);
    if client.route == Route::Settings {
        world.route_on(client);
    }
    let again = going_on(client);
    world.ask(client, "overloaded");
    assert!(world.model.errors() > 0);
    if odd.asks_again {
        world.ask(&again, "broken");
    } else {
        world.asking(&again, "broken").output().unwrap();
    }
    assert_eq!(world.model.broken().len(), 1);
    killed_amid_a_command(&world, &again, odd);
    world.ask(&again, "second");

    let (served, broken) = (world.model.served(), world.model.broken());
    let all: Vec<_> = served.iter().chain(&broken).collect();
    settles("both witnesses told all", || {
        let seen = Record::seen(&world);
        let errors = seen.of("system").filter(|event| event["name"] == "api_error").count();
        if errors as u64 != world.model.errors() {
            return Err(format!("{errors} errors"));
        }
        seen.is(4, &all, Some(&outcomes(Some(odd.both))))
    });

    let asked: Vec<_> = served.iter().filter(|call| !call.is_aside()).collect();
    let told = asked.into_iter().filter(|call| odd.tells_answer || call.tokens.input != RUNNING);
    let told: Vec<_> = told.chain(broken.iter().filter(|_| odd.tells_broken)).collect();
    for _ in 0..2 {
        world.apart(&["ingest", "--once"]);
        Record::apart(&world).is(4, &told, Some(&outcomes(odd.alone))).unwrap();
    }
    world.ends();
}

/// Ends the client by force while a command runs that both witnesses know of.
fn killed_amid_a_command(world: &World, client: &Client, odd: &Odd) {
    let said = || fs::File::create(world.home.root().join("said")).unwrap();
    let mut child = world
        .asking(client, "running")
        .stdout(Stdio::from(said()))
        .stderr(Stdio::from(said()))
        .process_group(0)
        .spawn()
        .unwrap();
    let running = world.work().join("running");
    eventually("the command runs", || running.exists().then_some(()));
    settles("the call is on record", || {
        let seen = Record::seen(world);
        let by_file = |event: &&Value| {
            event["witnesses"].as_array().is_some_and(|all| all.contains(&json!("transcript")))
        };
        let calls = seen.of("tool_call").filter(|event| event["outcome"] == "requested");
        let answers = seen
            .of("model_call")
            .filter(|event| event["detail"]["usage"]["input"] == json!(RUNNING));
        let has_call = calls.clone().any(|event| !odd.tells_call || by_file(&event));
        let has_answer = answers.clone().any(|event| !odd.tells_answer || by_file(&event));
        if has_call && has_answer { Ok(()) } else { Err(format!("{:#?}", seen.events)) }
    });
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-KILL", "--", &group]).status().unwrap().success());
    child.wait().unwrap();
    // It ends the command.
    fs::remove_file(running).unwrap();
}

impl Record {
    /// What Vigil saw go by, and read.
    fn seen(world: &World) -> Self {
        Self {
            events: world.home.jsonl(&["events", "--jsonl"]),
            sessions: list(&world.home.json(&["sessions", "--json"])["sessions"]),
            total: world.home.json(&["usage", "--json"])["total"].clone(),
        }
    }

    /// What the client's files alone tell.
    fn apart(world: &World) -> Self {
        let json = |words: &[&str]| -> Value { serde_json::from_str(&world.apart(words)).unwrap() };
        let lines = world.apart(&["events", "--jsonl"]);
        Self {
            events: lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            sessions: list(&json(&["sessions", "--json"])["sessions"]),
            total: json(&["usage", "--json"])["total"].clone(),
        }
    }

    fn of(&self, kind: &'static str) -> impl Iterator<Item = &Value> + Clone {
        self.events.iter().filter(move |event| event["kind"] == kind)
    }

    /// One session of so many turns, with `calls` of the model and calls of tools that came to
    /// `outcomes`.
    fn is(&self, turns: u64, calls: &[&Served], outcomes: Option<&[&str]>) -> Result<(), String> {
        let sum = |of: fn(&Tokens) -> u64| calls.iter().map(|call| of(&call.tokens)).sum::<u64>();
        let mut fates: Vec<_> =
            self.of("tool_call").filter_map(|call| call["outcome"].as_str()).collect();
        fates.sort_unstable();
        let outcomes = outcomes.unwrap_or(&fates);
        let session = |name: &str| -> Vec<_> {
            self.sessions.iter().map(|session| session[name].as_u64()).collect()
        };
        let total = |name: &str| self.total[name].as_u64().unwrap_or(0);
        let told = (
            [session("turns"), session("messages"), session("tool_calls")],
            [total("input"), total("cache_read"), total("cache_write"), total("output")],
            fates.as_slice(),
        );
        let count = |of: usize| vec![Some(of as u64)];
        let served = (
            [vec![Some(turns)], count(calls.len()), count(outcomes.len())],
            [
                sum(|tokens| tokens.input),
                sum(|tokens| tokens.cache_read),
                sum(|tokens| tokens.cache_write),
                sum(|tokens| tokens.output),
            ],
            outcomes,
        );
        if told == served {
            return Ok(());
        }
        Err(format!("{told:?}\nis not what was served:\n{served:?}\n{:#?}", self.events))
    }
}

/// What becomes of three calls that end, and one that is cut off.
fn outcomes(cut: Option<&'static str>) -> Vec<&'static str> {
    let mut outcomes = vec!["executed"; 3];
    outcomes.extend(cut);
    outcomes.sort_unstable();
    outcomes
}

/// The tokens of the answer that sums a history up.
const SUMMARY: u64 = 63;

/// Runs `client` until it sums its history up, by itself or when told to, and goes on.
fn with_a_long_history(client: &Client, prompts: &[&str], turns: u64, tells_summary: bool) {
    let client = summing_up(client);
    let world = World::start_with_transcripts(&client);
    if client.route == Route::Settings {
        world.route_on(&client);
    }
    let mut last = client.clone();
    for prompt in prompts {
        if prompt.starts_with('/') {
            assert!(world.saying(&last, prompt).output().unwrap().status.success());
        } else {
            world.ask(&last, prompt);
        }
        last = going_on(&client);
    }
    let served = world.model.served();
    let is_summary = |call: &&Served| call.tokens.input == SUMMARY;
    assert!(served.iter().any(|call| is_summary(&call)), "it summed nothing up: {served:#?}");
    let all: Vec<_> = served.iter().collect();
    settles("both witnesses told all", || Record::seen(&world).is(turns, &all, None));
    let told = served.iter().filter(|call| !call.is_aside());
    let told: Vec<_> = told.filter(|call| tells_summary || !is_summary(call)).collect();
    for _ in 0..2 {
        world.apart(&["ingest", "--once"]);
        Record::apart(&world).is(turns, &told, None).unwrap();
    }
    world.ends();
}

/// The client with room for less than the script fills.
fn summing_up(client: &Client) -> Client {
    let mut client = client.clone();
    match client.word {
        "codex" => {
            client.files = vec![(
                ".codex/config.toml",
                "model = \"gpt-5-codex\"\nmodel_auto_compact_token_limit = 1000\n\
                 check_for_update_on_startup = false\n\n[analytics]\nenabled = false\n",
            )];
        }
        "opencode" => {
            client.files = vec![(
                ".config/opencode/opencode.json",
                r#"{"autoupdate": false, "share": "disabled", "provider": {"anthropic": {"models":
                    {"claude-sonnet-4-5": {"limit": {"context": 60000, "output": 8000}}}}}}"#,
            )];
        }
        _ => {}
    }
    client
}

fn list(rows: &Value) -> Vec<Value> {
    rows.as_array().cloned().unwrap_or_default()
}

macro_rules! odd {
    ($($client:ident: $odd:expr;)*) => {
        $(
            #[test]
            fn $client() {
                in_bad_weather(&table::$client(), &$odd);
            }
        )*
    };
}

odd! {
    // Gone on with, it leaves out what did not come to an end.
    claude_code: Odd { both: "requested", ..USUAL };
    codex_over_a_websocket: USUAL;
    gemini_cli: Odd {
        asks_again: false,
        tells_call: false,
        alone: None,
        both: "requested",
        ..USUAL
    };
    copilot_cli_with_openai: Odd { alone: Some("interrupted"), ..USUAL };
    // It writes down what an answer used when its tools have ended.
    opencode: Odd { tells_answer: false, ..USUAL };
    qwen_code: USUAL;
    pi: Odd { tells_broken: true, ..USUAL };
}

mod sums_up {
    use super::{table, with_a_long_history};

    #[test]
    fn claude_code_when_told_to() {
        // The command is a turn; the file does not tell of the call.
        let prompts = ["full", "/compact", "second"];
        with_a_long_history(&table::claude_code(), &prompts, 3, false);
    }

    #[test]
    fn codex_with_a_sealed_summary() {
        with_a_long_history(&table::codex_over_a_websocket(), &["full", "second"], 2, true);
    }

    #[test]
    fn copilot_cli_when_the_model_finds_it_too_long() {
        with_a_long_history(&table::copilot_cli_with_anthropic(), &["overflow"], 1, true);
    }

    #[test]
    fn opencode() {
        with_a_long_history(&table::opencode(), &["full", "second"], 2, true);
    }

    #[test]
    fn qwen_code() {
        with_a_long_history(&table::qwen_code(), &["full", "second"], 2, true);
    }
}

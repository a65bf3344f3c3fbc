//! An evening of each client: a sub-agent, a command that is refused, a word in passing, each a session
//! of its own, told by the transcript and by the proxy. The model counts tool calls within each
//! conversation, as some providers do, so that the ids of one come again in every other. What is on
//! record then is what the model served, and reading everything anew changes nothing in it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use vigil_tests::{
    model::Served,
    vigil::{Home, Running, settles},
};

use super::{
    table::{self, Client, Route},
    transcripts::{price_in_nano_usd, refusing},
    world::{self, ASIDE, World, by},
};

/// When Vigil comes to see the client's transcripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transcripts {
    /// As they are written.
    Live,
    /// When everything is over, and the proxy has told it all.
    Later,
}

/// What the evening has to leave on record, beside what was served.
struct Expected {
    sessions: usize,
    sub_agents: usize,
    outcomes: &'static [(&'static str, usize)],
    /// Who refused the command.
    denied_by: &'static str,
}

fn expected(client: &Client) -> Expected {
    let usual = Expected {
        sessions: 3,
        sub_agents: 1,
        outcomes: &[("denied", 1), ("executed", 2)],
        denied_by: "hook",
    };
    match client.word {
        // It is told to wait for its sub-agent, or is given its report, by one more tool.
        "codex" | "gemini-cli" => Expected { outcomes: &[("denied", 1), ("executed", 3)], ..usual },
        // Its sub-agents are sessions.
        "opencode" => Expected { sessions: 4, sub_agents: 0, denied_by: "rule", ..usual },
        // It has none.
        "pi" => Expected { sessions: 2, sub_agents: 0, outcomes: &[("denied", 1)], ..usual },
        _ => usual,
    }
}

fn conversations(client: &Client) -> &'static [&'static str] {
    match client.word {
        "pi" => &["chat"],
        "codex" => &["delegate-and-wait", "chat"],
        _ => &["delegate", "chat"],
    }
}

fn evening(client: Client, transcripts: Transcripts) {
    let client = Client { counts_calls: true, ..client };
    let world = match transcripts {
        Transcripts::Live => World::start_with_transcripts(&client),
        Transcripts::Later => World::start(&client),
    };
    if client.route == Route::Settings {
        world.route_on(&client);
    }
    for conversation in conversations(&client) {
        world.ask(&client, conversation);
    }
    let refusing = refusing(&client);
    world.lays(&refusing.files);
    if client.route == Route::Settings {
        world.route_on(&client);
    }
    world.ask(&refusing, "refused");
    assert!(!world.has_made("SHOULD_NOT_EXIST"), "nothing was refused");
    let world = match transcripts {
        Transcripts::Live => world,
        Transcripts::Later => {
            told_by_the_proxy(&world);
            world.brings_transcripts()
        }
    };
    let told = told_by_both(&world, &client);
    is_as_served(&told, &world, &client);
    let world = world.reads_anew();
    let again = told_by_both(&world, &client);
    assert_eq!(told.events, again.events, "reading it anew changed something");
    assert_eq!(without_marks(&told.sessions), without_marks(&again.sessions));
    assert_eq!(told.total, again.total);
    world.ends();
}

/// What is on record.
#[derive(Debug)]
struct Told {
    served: Vec<Served>,
    events: Vec<Value>,
    sessions: Vec<Value>,
    total: Value,
}

impl Told {
    fn of(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["kind"] == kind).collect()
    }
}

/// The rows of the list of sessions, but for when the files were seen to be others.
fn without_marks(sessions: &[Value]) -> Vec<Value> {
    let mut sessions = sessions.to_vec();
    for row in &mut sessions {
        row["rewritten"] = Value::Null;
    }
    sessions
}

/// Waits until the proxy has told every call.
fn told_by_the_proxy(world: &World) {
    settles("the proxy told every call", || {
        let mut served = world.model.served();
        let mut calls = world::calls(&world.home.jsonl(&["events", "--jsonl"]));
        served.sort();
        calls.sort();
        if calls == world::without_tools(&served) { Ok(()) } else { Err(format!("{calls:#?}")) }
    });
}

/// What is on record once both witnesses have told of everything that was served.
fn told_by_both(world: &World, client: &Client) -> Told {
    settles("both witnesses told everything", || {
        let mut served = world.model.served();
        served.sort();
        let mut events = world.home.jsonl(&["events", "--jsonl", "--text"]);
        events.retain(|event| world::CONVERSATION.iter().any(|kind| event["kind"] == *kind));
        let mut calls = world::calls(&events);
        calls.sort();
        let sessions = world.home.json(&["sessions", "--json"])["sessions"].clone();
        let total = world.home.json(&["usage", "--json"])["total"].clone();
        let sessions = sessions.as_array().unwrap().clone();
        let told = Told { served, events, sessions, total };
        let alone: Vec<_> = told.events.iter().filter(|event| !is_told(event, client)).collect();
        let is_all = calls == world::without_tools(&told.served)
            && alone.is_empty()
            && told.sessions.len() == expected(client).sessions;
        if is_all { Ok(told) } else { Err(format!("by one alone {alone:#?}\n{told:#?}")) }
    })
}

/// True when everybody told of the event who can.
fn is_told(event: &Value, client: &Client) -> bool {
    let by_proxy = by(event) == [json!("proxy")];
    let is_aside = ASIDE.iter().any(|kind| event["kind"] == *kind) && event["thread"] == "aside";
    if client.asides > 0 && is_aside {
        return by_proxy;
    }
    let is_side = |kind: &str| !event["thread"].is_null() && event["kind"] == kind;
    // The files tell nothing of these, or nobody asks the model again after them.
    let untold =
        client.word == "qwen-code" && (is_side("prompt") || is_side("tool_result")) && by_proxy;
    let unasked =
        client.word == "gemini-cli" && is_side("tool_result") && by(event) == [json!("transcript")];
    untold || unasked || by(event).len() == 2
}

fn is_as_served(told: &Told, world: &World, client: &Client) {
    let expected = expected(client);
    let names = |events: &[&Value], field: &str| -> Vec<String> {
        let words = events.iter().map(|event| event[field].as_str().unwrap_or("none").to_owned());
        let mut words: Vec<_> = words.collect();
        words.sort();
        words
    };
    let calls = told.of("tool_call");
    assert_eq!(names(&calls, "name"), world::tools(&told.served), "{told:#?}");
    let mut outcomes = BTreeMap::new();
    for call in &calls {
        *outcomes.entry(call["outcome"].as_str().unwrap_or("none")).or_default() += 1;
    }
    let outcomes: Vec<(&str, usize)> = outcomes.into_iter().collect();
    assert_eq!(outcomes, expected.outcomes, "{calls:#?}");
    let results = told.of("tool_result");
    assert_eq!(results.len(), calls.len(), "{results:#?}");
    let refused: Vec<_> = results.iter().filter(|result| result["outcome"] == "denied").collect();
    assert_eq!(refused.len(), 1, "{results:#?}");
    assert_eq!(refused[0]["detail"]["denied_by"], expected.denied_by, "{refused:#?}");

    let sessions = &told.sessions;
    let turns = sessions.iter().map(|row| row["turns"].as_u64().unwrap()).collect::<Vec<_>>();
    assert!(turns.iter().all(|turns| *turns == 1), "each has one turn: {sessions:#?}");
    let sum = |field: &str| sessions.iter().map(|row| row[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("messages"), told.served.len() as u64, "{sessions:#?}");
    assert_eq!(sum("tool_calls"), calls.len() as u64, "{sessions:#?}");
    let sub_agents = sessions.iter().filter_map(|row| row["subagents"].as_array());
    assert_eq!(sub_agents.map(Vec::len).sum::<usize>(), expected.sub_agents, "{sessions:#?}");
    assert!(sessions.iter().all(|row| row["client"] == client.word), "{sessions:#?}");

    world.totals_are(&told.served);
    let price: u64 = told.served.iter().map(price_in_nano_usd).sum();
    #[expect(clippy::cast_precision_loss, reason = "a few cents")]
    let difference = told.total["cost_usd"].as_f64().unwrap() * 1e9 - price as f64;
    assert!(difference.abs() < 0.5, "{} is not {price} nano USD", told.total);
}

impl World {
    /// Ends Vigil, puts the client's home where it looks for transcripts, and starts it again.
    fn brings_transcripts(self) -> Self {
        self.restarted(|world| {
            let user = world.home.user();
            fs::remove_dir_all(&user).unwrap();
            fs::rename(&world.clients, &user).unwrap();
            world.clients = user;
        })
    }

    /// Ends Vigil, gives it every transcript as a new file, has these read, and starts it again.
    fn reads_anew(self) -> Self {
        self.restarted(|world| {
            for place in PLACES {
                anew(&world.clients.join(place));
            }
            let read = world.home.run(&["ingest", "--once"]);
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        })
    }

    fn restarted(self, meanwhile: impl FnOnce(&mut Stopped)) -> Self {
        let Self { home, clients, vigil, model } = self;
        assert!(vigil.end().success());
        let mut stopped = Stopped { home, clients };
        meanwhile(&mut stopped);
        let Stopped { home, clients } = stopped;
        let upstreams = model.upstreams(home.root());
        let vigil = Running::start(&home, &["--test-upstreams", &upstreams]);
        Self { home, clients, vigil, model }
    }
}

/// A world without Vigil.
struct Stopped {
    home: Home,
    clients: PathBuf,
}

/// Where the clients keep what they write down.
const PLACES: [&str; 7] = [
    ".claude/projects",
    ".codex/sessions",
    ".copilot/session-state",
    ".gemini/tmp",
    ".local/share/opencode",
    ".pi/agent/sessions",
    ".qwen/projects",
];

/// Has every file below `folder` be another with the same content.
fn anew(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            anew(&path);
        } else if kind.is_file() {
            let copy = path.with_extension("copied");
            fs::copy(&path, &copy).unwrap();
            fs::rename(&copy, &path).unwrap();
        }
    }
}

macro_rules! evenings {
    ($($when:ident: $($client:ident),+;)*) => {
        $(
            #[expect(non_snake_case, reason = "it names what the tests are given")]
            mod $when {
                use super::{Transcripts, evening, table};

                $(
                    #[test]
                    fn $client() {
                        evening(table::$client(), Transcripts::$when);
                    }
                )+
            }
        )*
    };
}

evenings! {
    Live: claude_code, codex_over_a_websocket, codex_without_websockets, gemini_cli,
        copilot_cli_with_openai, copilot_cli_with_anthropic, opencode, qwen_code, pi;
    // Not those that take longest: opencode and Qwen Code.
    Later: claude_code, codex_over_a_websocket, codex_without_websockets, gemini_cli,
        copilot_cli_with_openai, copilot_cli_with_anthropic, pi;
}

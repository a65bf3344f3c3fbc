//! What each client writes down of itself, held against what the model served: the calls, their
//! tokens and their price, the tool calls and what became of them, sessions and turns. The record
//! that is looked at never heard of the proxy, and reading everything again changes nothing in it.

use serde_json::Value;
use vigil_tests::model::{Served, Tokens};

use super::{
    table::{self, Client, Route},
    world::{self, World},
};

/// What a hook is given to say, by what its client takes for a refusal.
const LIKE_CLAUDE: &str = r#"{"hookSpecificOutput": {"hookEventName": "PreToolUse",
    "permissionDecision": "deny", "permissionDecisionReason": "not on my machine"}}"#;
const LIKE_GEMINI: &str = r#"{"decision": "deny", "reason": "not on my machine"}"#;
const LIKE_COPILOT: &str =
    r#"{"permissionDecision": "deny", "permissionDecisionReason": "not on my machine"}"#;

/// What is in the record of transcripts alone.
struct Record {
    events: Vec<Value>,
    sessions: Vec<Value>,
    total: Value,
}

/// What a conversation has to leave on record.
struct Expected<'a> {
    sessions: usize,
    turns: u64,
    sub_agents: usize,
    /// Results of tools that the client keeps to itself.
    untold: usize,
    outcomes: &'a [&'a str],
}

/// Runs `client` through `conversations`, the later ones in the session of the first.
fn records(client: &Client, conversations: &[&str], expected: &Expected<'_>) -> World {
    let world = World::start(client);
    if client.route == Route::Settings {
        world.route_on(client);
    }
    let mut last = client.clone();
    for conversation in conversations {
        world.ask(&last, conversation);
        last = going_on(client);
    }
    let record = read(&world);
    is_as_served(&record, &world.served(), expected);
    let again = read(&world);
    assert_eq!(record.events, again.events, "reading it again changed something");
    assert_eq!(record.sessions, again.sessions);
    assert_eq!(record.total, again.total);
    world
}

/// Reads all transcripts once, and what is on record then.
fn read(world: &World) -> Record {
    world.apart(&["ingest", "--once"]);
    let json =
        |arguments: &[&str]| -> Value { serde_json::from_str(&world.apart(arguments)).unwrap() };
    let lines = world.apart(&["events", "--jsonl"]);
    Record {
        events: lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        sessions: json(&["sessions", "--json"])["sessions"].as_array().unwrap().clone(),
        total: json(&["usage", "--json"])["total"].clone(),
    }
}

fn is_as_served(record: &Record, served: &[Served], expected: &Expected<'_>) {
    let of = |kind: &str| -> Vec<&Value> {
        record.events.iter().filter(|event| event["kind"] == kind).collect()
    };
    let words = |events: &[&Value], field: &str| -> Vec<String> {
        let words = events.iter().map(|event| event[field].as_str().unwrap_or("none").to_owned());
        let mut words: Vec<_> = words.collect();
        words.sort();
        words
    };
    let mut calls = world::calls(&record.events);
    calls.sort();
    assert_eq!(calls, world::without_tools(served), "calls, and those that were served");
    let price: u64 = served.iter().map(price_in_nano_usd).sum();
    #[expect(clippy::cast_precision_loss, reason = "a few cents")]
    let told = record.total["cost_usd"].as_f64().unwrap() * 1e9 - price as f64;
    assert!(told.abs() < 0.5, "{} is not {price} nano USD", record.total);
    assert_eq!(words(&of("tool_call"), "name"), world::tools(served));
    assert_eq!(words(&of("tool_call"), "outcome"), expected.outcomes, "{:#?}", of("tool_call"));
    assert_eq!(of("tool_call").len(), of("tool_result").len() + expected.untold);
    let sessions = &record.sessions;
    assert_eq!(sessions.len(), expected.sessions, "{sessions:#?}");
    let sum = |field: &str| sessions.iter().filter_map(|session| session[field].as_u64()).sum();
    let turns: u64 = sum("turns");
    assert_eq!(turns, expected.turns, "{sessions:#?}");
    let tool_calls: u64 = sum("tool_calls");
    assert_eq!(tool_calls, of("tool_call").len() as u64, "{sessions:#?}");
    let agents = sessions.iter().filter_map(|session| session["subagents"].as_array());
    assert_eq!(agents.map(Vec::len).sum::<usize>(), expected.sub_agents, "{sessions:#?}");
}

/// The list price.
pub(super) fn price_in_nano_usd(call: &Served) -> u64 {
    let [input, cache_write, cache_read, output] = match call.model.as_str() {
        "gpt-4o" => [2_500, 0, 1_250, 10_000],
        "gpt-5-codex" | "gemini-2.5-pro" => [1_250, 0, 125, 10_000],
        model if model.starts_with("claude-haiku") => [1_000, 1_250, 100, 5_000],
        _ => [3_000, 3_750, 300, 15_000],
    };
    let Tokens { input: n, cache_write: w, cache_read: r, output: o, .. } = call.tokens;
    n * input + w * cache_write + r * cache_read + o * output
}

/// The client in the session that it had last.
pub(super) fn going_on(client: &Client) -> Client {
    let mut client = client.clone();
    let (first, words): (_, &[&str]) = match client.word {
        "codex" => (false, &["resume", "--last"]),
        "opencode" => (false, &["--continue"]),
        "gemini-cli" => (true, &["--resume", "latest"]),
        _ => (true, &["--continue"]),
    };
    let at = if first { 0 } else { client.before.len() };
    client.before.splice(at..at, words.iter().map(|word| (*word).to_owned()));
    client
}

/// The client with a hook that refuses every command.
pub(super) fn refusing(client: &Client) -> Client {
    let mut client = client.clone();
    let hook = |says: &'static str| [("refusal.json", says)];
    match client.word {
        "claude-code" => {
            client.files.extend(hook(LIKE_CLAUDE));
            client.files.push((
                ".claude/settings.json",
                r#"{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [
                    {"type": "command", "command": "cat > /dev/null; cat {HOME}/refusal.json"}]}]}}"#,
            ));
        }
        "codex" => {
            client.files.extend(hook(LIKE_CLAUDE));
            client.files.push((
                ".codex/hooks.json",
                r#"{"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [
                    {"type": "command", "command": "cat > /dev/null; cat {HOME}/refusal.json"}]}]}}"#,
            ));
            client.before.push("--dangerously-bypass-hook-trust".to_owned());
        }
        "gemini-cli" => {
            client.files = vec![(
                ".gemini/settings.json",
                r#"{"general": {"enableAutoUpdate": false, "disableAutoUpdate": true},
                    "privacy": {"usageStatisticsEnabled": false},
                    "security": {"auth": {"selectedType": "gemini-api-key"}},
                    "hooks": {"BeforeTool": [{"matcher": "*", "hooks": [{"type": "command",
                    "name": "no", "command": "cat > /dev/null; cat {HOME}/refusal.json"}]}]}}"#,
            )];
            client.files.extend(hook(LIKE_GEMINI));
        }
        "qwen-code" => {
            client.files = vec![(
                ".qwen/settings.json",
                r#"{"general": {"disableAutoUpdate": true, "enableAutoUpdate": false},
                    "privacy": {"usageStatisticsEnabled": false}, "telemetry": {"enabled": false},
                    "memory": {"enableManagedAutoMemory": false},
                    "security": {"auth": {"selectedType": "openai"}},
                    "hooks": {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command",
                    "command": "cat > /dev/null; cat {HOME}/refusal.json"}]}]}}"#,
            )];
            client.files.extend(hook(LIKE_CLAUDE));
        }
        "copilot-cli" => {
            client.files.extend(hook(LIKE_COPILOT));
            client.files.push((
                ".copilot/hooks/no.json",
                r#"{"version": 1, "hooks": {"preToolUse": [{"type": "command", "timeoutSec": 60,
                    "bash": "cat > /dev/null; cat {HOME}/refusal.json"}]}}"#,
            ));
        }
        // It has plugins, for which it looks into a registry of packages first, and rules.
        "opencode" => {
            client.files = vec![(
                ".config/opencode/opencode.json",
                r#"{"autoupdate": false, "share": "disabled",
                    "permission": {"bash": {"*": "allow", "touch *": "deny"}}}"#,
            )];
        }
        "pi" => client.files.push((
            ".pi/agent/extensions/no.ts",
            r#"export default function (pi) {
                pi.on("tool_call", async () => ({ block: true, reason: "not on my machine" })) }"#,
        )),
        word => panic!("no hook is known for {word}"),
    }
    client
}

fn two_prompts(client: &Client) {
    let outcomes = &["executed"; 6];
    let expected = Expected { sessions: 1, turns: 2, sub_agents: 0, untold: 0, outcomes };
    let world = records(client, &["default", "second"], &expected);
    assert!(world.has_made("summary.txt"));
}

fn failing(client: &Client) {
    let outcomes = &["executed", "executed", "failed", "failed"];
    let expected = Expected { sessions: 1, turns: 1, sub_agents: 0, untold: 0, outcomes };
    let world = records(client, &["failing"], &expected);
    assert!(world.has_made("other.txt"));
}

fn refused(client: &Client) {
    let expected =
        Expected { sessions: 1, turns: 1, sub_agents: 0, untold: 0, outcomes: &["denied"] };
    let world = records(&refusing(client), &["refused"], &expected);
    assert!(!world.has_made("SHOULD_NOT_EXIST"), "the hook refused nothing");
    let by: Vec<_> = read(&world).events.into_iter().map(|event| event["detail"].clone()).collect();
    let who = if client.word == "opencode" { "rule" } else { "hook" };
    assert!(by.iter().any(|detail| detail["denied_by"] == who), "{by:#?}");
}

fn delegating(client: &Client) {
    // Sub-agents are sessions of their own, with a parent.
    let sessions = client.word == "opencode";
    let expected = Expected {
        sessions: 1 + usize::from(sessions),
        turns: 1 + u64::from(sessions),
        sub_agents: usize::from(!sessions),
        // What a sub-agent's tools gave back.
        untold: usize::from(client.word == "qwen-code"),
        outcomes: &["executed", "executed"],
    };
    records(client, &["delegate"], &expected);
}

macro_rules! told_by {
    ($($client:ident: $($scene:ident),+;)*) => {
        $(
            mod $client {
                $(
                    #[test]
                    fn $scene() {
                        super::$scene(&super::table::$client());
                    }
                )+
            }
        )*
    };
}

told_by! {
    claude_code: two_prompts, failing, refused, delegating;
    codex_over_a_websocket: two_prompts, failing, refused;
    codex_without_websockets: two_prompts;
    gemini_cli: two_prompts, failing, refused;
    copilot_cli_with_openai: two_prompts, failing, refused, delegating;
    copilot_cli_with_anthropic: two_prompts, failing, refused, delegating;
    opencode: two_prompts, failing, refused, delegating;
    qwen_code: two_prompts, failing, refused, delegating;
    pi: two_prompts, failing, refused;
}

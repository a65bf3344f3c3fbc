//! Each client with Vigil's hook, as `vigil guard on` writes it: what is refused does not run, and the
//! model goes on; what is observed runs, and is found. Then its file is what it was before.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use serde_json::{Value, json};
use vigil_tests::vigil::settles;

use super::{
    table::{self, Client, Route},
    world::World,
};

/// What the user wants refused besides what is critical.
const REFUSED: &str = "\n[guard]\ndeny = [\"severity:high\", \"command:*SHOULD_NOT_EXIST*\"]\n";

/// What the installer leaves behind that runs in place of pip.
const RAN: &str = "PIP_RAN";

/// What opencode finds of the library that its plugins may use.
const LIBRARY: &str = r#"{"dependencies": {"@opencode-ai/plugin": "*"}}"#;
const LOCKED: &str = r#"{"packages": {"": {"dependencies": {"@opencode-ai/plugin": "*"}}}}"#;

/// A world with an installer that does nothing but leave a file.
fn world(client: &Client) -> World {
    let world = World::start_configured(client, REFUSED);
    // A login shell has a path of its own.
    let path = "export PATH={HOME}/bin:$PATH\n";
    world.lays(&[
        ("bin/pip", "#!/bin/sh\ntouch \"{HOME}/work/PIP_RAN\"\n"),
        (".profile", path),
        (".bashrc", path),
    ]);
    let pip = world.clients.join("bin/pip");
    fs::set_permissions(pip, fs::Permissions::from_mode(0o755)).unwrap();
    if client.route == Route::Settings {
        world.route_on(client);
    }
    world
}

/// The client with that installer, which finds its settings as it likes.
fn asks(world: &World, client: &Client, conversation: &str) {
    let path = std::env::var("PATH").unwrap();
    let mut client = client.clone();
    client.variables.push(("PATH", format!("{}/bin:{path}", world.clients.display())));
    world.ask(&client, conversation);
}

/// The client's file, by what `vigil guard` says of it.
fn file(world: &World, client: &Client) -> PathBuf {
    let told = status(world, client);
    PathBuf::from(told["file"].as_str().unwrap())
}

fn status(world: &World, client: &Client) -> Value {
    let told = world.told(&["guard", "status", client.word, "--json"]);
    serde_json::from_str::<Value>(&told).unwrap()["clients"][0].clone()
}

/// The calls of tools on record that run commands.
fn commands(world: &World) -> Vec<Value> {
    let events = world.home.jsonl(&["events", "--jsonl", "--text"]);
    events.into_iter().filter(|event| event["kind"] == "tool_call").collect()
}

/// True when a hook told of the event.
fn by_hook(event: &Value) -> bool {
    event["witnesses"].as_array().is_some_and(|all| all.contains(&json!("hook")))
}

fn guards(client: &Client) {
    let world = world(client);
    let file = file(&world, client);
    if ["gemini-cli", "qwen-code"].contains(&client.word) {
        // They write what they find in their files in another form, once.
        world.ask(client, "chat");
    }
    if client.word == "opencode" {
        // It looks for a library of its plugins in a registry, unless it finds what its notes say.
        world.lays(&[
            (".config/opencode/node_modules/.here", ""),
            (".config/opencode/package.json", LIBRARY),
            (".config/opencode/package-lock.json", LOCKED),
        ]);
    }
    let before = fs::read(&file).ok();
    world.told(&["guard", "on", client.word, "--mode", "deny", "--yes"]);
    let on = fs::read(&file).unwrap();

    asks(&world, client, "refused");
    assert!(!world.has_made("SHOULD_NOT_EXIST"), "it was not refused: {:#?}", commands(&world));
    asks(&world, client, "install");
    assert!(!world.has_made(RAN), "the package was installed: {:#?}", commands(&world));
    settles("both refusals are on record", || {
        let calls = commands(&world);
        let good = calls.iter().filter(|call| by_hook(call) && call["outcome"] == "denied");
        if calls.len() == 2 && good.count() == 2 { Ok(()) } else { Err(format!("{calls:#?}")) }
    });

    world.told(&["guard", "on", client.word, "--mode", "observe", "--yes"]);
    assert_eq!(fs::read(&file).unwrap(), on, "the mode is none of the client's affairs");
    asks(&world, client, "install");
    assert!(world.has_made(RAN), "what is observed runs: {:#?}", commands(&world));
    settles("the hook told, and the package is a finding", || {
        let calls = commands(&world);
        let told = calls.len() == 3 && calls.iter().all(by_hook);
        let findings = world.home.json(&["findings", "--json"])["findings"].clone();
        let found = findings.as_array().unwrap().iter().any(|finding| {
            finding["rule"].as_str().is_some_and(|rule| rule.starts_with("package-"))
        });
        if told && found { Ok(()) } else { Err(format!("{calls:#?}\n{findings:#}")) }
    });
    let silent = world.home.jsonl(&["events", "--jsonl", "--kind", "gap"]);
    assert!(!silent.iter().any(|gap| gap["name"] == "hook-silent"), "{silent:#?}");

    world.told(&["guard", "off", client.word]);
    assert_eq!(fs::read(&file).ok(), before, "{}", file.display());
    assert_eq!(status(&world, client)["hook"], "off");
    world.ends();
}

/// The client with hooks that nobody needs to trust.
fn trusting() -> Client {
    let mut client = table::codex_without_websockets();
    client.before.push("--dangerously-bypass-hook-trust".to_owned());
    client
}

#[test]
fn claude_code() {
    guards(&table::claude_code());
}

#[test]
fn codex_that_trusts_the_hook() {
    guards(&trusting());
}

#[test]
fn gemini_cli() {
    guards(&table::gemini_cli());
}

#[test]
fn qwen_code() {
    guards(&table::qwen_code());
}

#[test]
fn copilot_cli() {
    guards(&table::copilot_cli_with_openai());
}

#[test]
fn opencode() {
    guards(&table::opencode());
}

#[test]
fn pi() {
    guards(&table::pi());
}

#[test]
fn codex_that_was_not_told_to_trust_the_hook_is_a_gap() {
    let client = table::codex_without_websockets();
    let world = world(&client);
    world.told(&["guard", "on", client.word, "--mode", "deny", "--yes"]);

    asks(&world, &client, "refused");

    assert!(world.has_made("SHOULD_NOT_EXIST"), "Codex asked a hook that it does not trust");
    settles("the gap is on record, and what to do about it is said", || {
        let gaps = world.home.jsonl(&["events", "--jsonl", "--kind", "gap"]);
        let is_gap = gaps.iter().any(|gap| gap.to_string().contains("hook-silent"));
        let status = world.home.json(&["status", "--json"]);
        let warned = status["warnings"].to_string().contains("/hooks");
        let silent = self::status(&world, &client)["hook"] == "silent";
        if is_gap && warned && silent {
            return Ok(());
        }
        Err(format!("{gaps:#?}\n{:#}", status["warnings"]))
    });
    world.ends();
}

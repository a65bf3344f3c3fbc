//! `vigil route` as its user meets it: what it shows, what it writes, what it refuses, and that a
//! real client with nothing but its own settings is seen by the proxy.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    process::{Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use vigil_tests::{
    claude,
    model::Model,
    vigil::{Home, Running, binary, eventually},
};

/// Somebody's settings: comments, an odd order, no final newline.
const SETTINGS: &str =
    "{\n  // mine\n  \"model\": \"opus\",\n  \"env\": {\n    \"A\": \"b\"\n  },\n  \"z\": [1,2]\n}";

struct World {
    home: Home,
    vigil: Running,
    model: Model,
}

impl World {
    fn start() -> Self {
        let home = Home::default();
        let model = Model::start("api.anthropic.com", home.root());
        let upstreams = model.upstreams(home.root());
        let vigil = Running::start(&home, &["--test-upstreams", &upstreams]);
        Self { home, vigil, model }
    }

    fn row(&self, client: &str) -> Value {
        let clients = self.home.json(&["route", "--json"])["clients"].clone();
        clients.as_array().unwrap().iter().find(|row| row["client"] == client).unwrap().clone()
    }
}

fn settings(home: &Home) -> PathBuf {
    home.user().join(".claude/settings.json")
}

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn what_is_written_is_shown_before_and_taken_out_to_the_byte() {
    let world = World::start();
    fs::write(settings(&world.home), SETTINGS).unwrap();
    fs::set_permissions(settings(&world.home), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(world.row("claude-code")["routed"], "no");
    assert_eq!(world.row("claude-code")["next"], json!(["vigil route on claude-code"]));

    let shown = world.home.run(&["route", "on", "claude-code", "--dry-run"]);
    assert!(shown.status.success(), "{}", words(&shown));
    let proxy = world.vigil.field("proxy");
    assert!(
        words(&shown).contains(&format!("+     \"HTTPS_PROXY\": \"{proxy}\",")),
        "{}",
        words(&shown)
    );
    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), SETTINGS);

    // Nobody is there to be asked.
    let unasked = world.home.command(&["route", "on", "claude-code"]).stdin(Stdio::null()).output();
    assert_eq!(unasked.unwrap().status.code(), Some(1));
    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), SETTINGS);

    let on = world.home.json(&["route", "on", "claude-code", "--yes", "--json"]);
    assert_eq!(on["schema"], "vigil.route_on/1");
    assert_eq!(on["changes"][0]["state"], "written");
    let written = fs::read_to_string(settings(&world.home)).unwrap();
    assert!(written.contains(world.vigil.field("ca")), "{written}");
    let row = world.row("claude-code");
    assert_eq!((&row["routed"], &row["trusted"]), (&json!("yes"), &json!(true)), "{row}");
    let again = world.home.json(&["route", "on", "claude-code", "--yes", "--json"]);
    assert_eq!(again["changes"][0]["state"], "unchanged");

    let off = world.home.json(&["route", "off", "all", "--json"]);
    assert_eq!(off["changes"][0]["state"], "written");
    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), SETTINGS);
    let mode = fs::metadata(settings(&world.home)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The question for trust has reached nobody and left nothing.
    assert_eq!(world.model.calls(), 0);
    assert_eq!(
        world.home.jsonl(&["events", "--jsonl", "--kind", "connection"]),
        Vec::<Value>::new()
    );
}

#[test]
fn a_file_made_for_it_goes_away_again() {
    let world = World::start();
    for client in ["claude-code", "codex", "qwen-code", "aider"] {
        let on = world.home.run(&["route", "on", client, "--yes"]);
        assert!(on.status.success(), "{client}: {}", words(&on));
        let row = world.row(client);
        assert_eq!(row["routed"], "yes", "{row}");
        let file = PathBuf::from(row["file"].as_str().unwrap());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        assert!(world.home.run(&["route", "off", client]).status.success());
        assert!(!file.exists(), "{client}");
    }
    let left: Vec<_> = fs::read_dir(world.home.user()).unwrap().collect();
    assert_eq!(left.len(), 1, "only what was there: {left:?}");
}

#[test]
fn what_others_wrote_meanwhile_stays_and_ours_is_taken_out() {
    let world = World::start();
    fs::write(settings(&world.home), SETTINGS).unwrap();
    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());
    let theirs = |text: &str| text.replace("\"opus\"", "\"sonnet\"");
    let written = fs::read_to_string(settings(&world.home)).unwrap();
    fs::write(settings(&world.home), theirs(&written)).unwrap();

    assert!(world.home.run(&["route", "off", "claude-code"]).status.success());

    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), theirs(SETTINGS));
}

#[test]
fn without_the_agent_nothing_is_routed_unless_asked_so() {
    let home = Home::default();
    fs::write(settings(&home), SETTINGS).unwrap();
    for arguments in [
        &["route", "on", "claude-code", "--yes"][..],
        &["route", "env"],
        &["route", "exec", "--", "true"],
    ] {
        let refused = home.run(arguments);
        assert_eq!(refused.status.code(), Some(3), "{arguments:?}: {}", words(&refused));
    }
    assert_eq!(fs::read_to_string(settings(&home)).unwrap(), SETTINGS);

    let forced = home.run(&["route", "on", "claude-code", "--yes", "--without-check"]);
    assert!(forced.status.success(), "{}", words(&forced));
    assert!(fs::read_to_string(settings(&home)).unwrap().contains("http://127.0.0.1:9080"));
    assert!(home.run(&["route", "off", "claude-code"]).status.success());
    assert_eq!(fs::read_to_string(settings(&home)).unwrap(), SETTINGS);
}

#[test]
fn a_client_that_would_not_trust_the_proxy_is_not_led_there() {
    let world = World::start();
    fs::write(settings(&world.home), SETTINGS).unwrap();
    // A certificate, and not the one that the proxy's are signed with.
    fs::copy(world.model.ca(), world.vigil.field("ca")).unwrap();

    let refused = world.home.run(&["route", "on", "claude-code", "--yes"]);

    assert_eq!(refused.status.code(), Some(1), "{}", words(&refused));
    assert!(words(&refused).contains("would not trust"), "{}", words(&refused));
    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), SETTINGS);
    assert_eq!(world.row("claude-code")["trusted"], false);
}

#[test]
fn work_trees_other_proxies_and_strangers_are_refused() {
    let world = World::start();
    let tree = world.home.user().join("dotfiles");
    fs::create_dir_all(tree.join(".git")).unwrap();
    fs::write(tree.join("settings.json"), SETTINGS).unwrap();
    symlink(tree.join("settings.json"), settings(&world.home)).unwrap();
    let refused = world.home.run(&["route", "on", "claude-code", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(words(&refused).contains("Git work tree"), "{}", words(&refused));
    assert_eq!(fs::read_to_string(tree.join("settings.json")).unwrap(), SETTINGS);
    fs::remove_file(settings(&world.home)).unwrap();

    let corporate = "{\"env\": {\"HTTPS_PROXY\": \"http://proxy.corp.example:3128\"}}";
    fs::write(settings(&world.home), corporate).unwrap();
    let refused = world.home.run(&["route", "on", "claude-code", "--yes"]);
    assert_eq!(refused.status.code(), Some(1), "{}", words(&refused));
    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), corporate);

    assert_eq!(world.home.run(&["route", "on", "nobody", "--yes"]).status.code(), Some(2));
    let refused = world.home.run(&["route", "on", "gemini-cli", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(words(&refused).contains("vigil route exec -- gemini"), "{}", words(&refused));
}

#[test]
fn a_credential_beside_ours_is_not_shown() {
    let world = World::start();
    let key = ["sk-ant-api03-", &"Ab9".repeat(31), "AA"].concat();
    fs::write(settings(&world.home), format!("{{\"env\":{{\"ANTHROPIC_API_KEY\":\"{key}\"}}}}"))
        .unwrap();

    let shown = world.home.run(&["route", "on", "claude-code", "--yes"]);

    assert!(shown.status.success(), "{}", words(&shown));
    assert!(words(&shown).contains("HTTPS_PROXY"), "{}", words(&shown));
    assert!(!words(&shown).contains(&key), "the key is shown in clear");
    assert!(!world.home.holds(&key), "the key is at rest in clear");
}

#[test]
fn killed_at_any_moment_it_can_be_undone() {
    let world = World::start();
    for round in 0..24_u64 {
        fs::write(settings(&world.home), SETTINGS).unwrap();
        let mut on = world
            .home
            .command(&["route", "on", "claude-code", "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Wherever it is by then; whatever it has done must be undone alike.
        thread::sleep(Duration::from_millis(round * 3));
        on.kill().unwrap();
        on.wait().unwrap();
        let now = fs::read_to_string(settings(&world.home)).unwrap();
        assert!(now == SETTINGS || now.contains("HTTPS_PROXY"), "torn: {now}");

        let off = world.home.run(&["route", "off", "claude-code"]);

        assert!(off.status.success(), "{}", words(&off));
        assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), SETTINGS, "round {round}");
    }
}

#[test]
fn settings_elsewhere_are_given_back_before_others_are_written() {
    let world = World::start();
    let moved = world.home.user().join("moved");
    fs::create_dir(&moved).unwrap();
    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());

    let mut elsewhere = world.home.command(&["route", "on", "claude-code", "--yes"]);
    let refused = elsewhere.env("CLAUDE_CONFIG_DIR", &moved).output().unwrap();

    assert_eq!(refused.status.code(), Some(1), "{}", words(&refused));
    assert!(words(&refused).contains("vigil route off claude-code"), "{}", words(&refused));
    assert_eq!(fs::read_dir(&moved).unwrap().count(), 0);
    assert!(world.home.run(&["route", "off", "claude-code"]).status.success());
    assert!(!settings(&world.home).exists());
}

#[test]
fn a_route_to_a_port_of_yesterday_is_stale_and_led_anew() {
    let home = Home::default();
    fs::write(settings(&home), SETTINGS).unwrap();
    let forced = home.run(&["route", "on", "claude-code", "--yes", "--without-check"]);
    assert!(forced.status.success(), "{}", words(&forced));
    let vigil = Running::start(&home, &[]);
    let row = |home: &Home| home.json(&["route", "--json"])["clients"][0]["routed"].clone();
    assert_eq!(row(&home), "stale");

    let on = home.run(&["route", "on", "claude-code", "--yes"]);

    assert!(on.status.success(), "{}", words(&on));
    assert_eq!(row(&home), "yes");
    assert!(fs::read_to_string(settings(&home)).unwrap().contains(vigil.field("proxy")));
}

/// What was changed of this machine, in the order of the record.
fn changes(home: &Home) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    home.jsonl(&["events", "--jsonl", "--text", "--kind", "config_change"])
        .iter()
        .map(|row| (text(row, "name"), text(row, "text")))
        .collect()
}

#[test]
fn down_leads_clients_past_the_proxy_that_ends() {
    let World { home, vigil, model: _model } = World::start();
    fs::write(settings(&home), SETTINGS).unwrap();
    assert!(home.run(&["route", "on", "claude-code", "--yes"]).status.success());

    let down = home.json(&["down", "--json"]);

    assert_eq!(fs::read_to_string(settings(&home)).unwrap(), SETTINGS);
    assert_eq!(down["routes"][0]["client"], "claude-code", "{down}");
    assert_eq!((&down["routes"][0]["state"], &down["routed"]), (&json!("written"), &json!([])));
    drop(vigil);
    let recorded = changes(&home);
    let names: Vec<&str> = recorded.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["route on", "route off"]);
}

#[test]
fn down_leaves_routes_that_are_to_be_kept_and_says_what_that_means() {
    let World { home, vigil, model: _model } = World::start();
    fs::write(settings(&home), SETTINGS).unwrap();
    assert!(home.run(&["route", "on", "claude-code", "--yes"]).status.success());

    let down = home.run(&["down", "--keep-routes"]);

    assert!(down.status.success(), "{}", words(&down));
    assert!(words(&down).contains("vigil route off all"), "{}", words(&down));
    assert!(fs::read_to_string(settings(&home)).unwrap().contains(vigil.field("proxy")));
    let status = words(&home.run(&["status"]));
    assert!(status.contains("the settings of these lead there: claude-code"), "{status}");
    let again = home.run(&["down"]);
    assert_eq!(again.status.code(), Some(3));
    assert!(words(&again).contains("vigil route off all"), "{}", words(&again));
}

#[test]
fn a_change_is_on_record_at_once_where_the_agent_runs() {
    let world = World::start();

    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());

    let recorded = changes(&world.home);
    let [(name, text)] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!(name, "route on");
    assert!(text.contains(world.vigil.field("proxy")), "{text}");
    assert!(text.contains("settings.json"), "{text}");
    // What is shown only, and what is so already, is no change.
    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());
    assert!(world.home.run(&["route", "off", "claude-code", "--dry-run"]).status.success());
    assert_eq!(changes(&world.home).len(), 1);
    assert!(world.home.run(&["route", "off", "claude-code"]).status.success());
    assert_eq!(changes(&world.home).last().unwrap().0, "route off");
    assert!(!world.home.vigil().join("state/changes.jsonl").exists(), "a note is left");
}

#[test]
fn a_change_without_an_agent_is_on_record_from_its_next_start_on() {
    let home = Home::default();
    let on = ["route", "on", "claude-code", "--yes", "--without-check"];
    assert!(home.run(&on).status.success());
    assert!(home.run(&["route", "off", "claude-code"]).status.success());
    let notes = home.vigil().join("state/changes.jsonl");
    assert_eq!(fs::metadata(&notes).unwrap().permissions().mode() & 0o777, 0o600);

    let vigil = Running::start(&home, &[]);

    let names = eventually("both are on record", || {
        let names: Vec<String> = changes(&home).into_iter().map(|(name, _)| name).collect();
        (names.len() == 2).then_some(names)
    });
    assert_eq!(names, ["route on", "route off"]);
    eventually("the notes go", || (!notes.exists()).then_some(()));
    drop(vigil);
}

#[test]
fn what_cannot_be_noted_is_not_done() {
    let world = World::start();
    fs::write(settings(&world.home), SETTINGS).unwrap();
    fs::create_dir(world.home.vigil().join("state/changes.jsonl")).unwrap();

    let refused = world.home.run(&["route", "on", "claude-code", "--yes"]);

    assert_eq!(refused.status.code(), Some(1), "{}", words(&refused));
    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), SETTINGS);
}

#[test]
fn the_status_knows_who_is_led_to_the_proxy_before_anything_came_there() {
    let world = World::start();
    let surface = || world.home.json(&["status", "--json"])["surfaces"][0].clone();
    assert_eq!(surface()["next"], json!(["vigil route on claude-code"]));

    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());

    assert_eq!((&surface()["next"], &surface()["routed"]), (&json!([]), &json!(true)));
    let words = words(&world.home.run(&["status"]));
    assert!(words.contains("needs a new start"), "{words}");
    assert!(!words.contains("vigil route on"), "{words}");
}

#[test]
fn with_its_journal_lost_what_leads_to_our_proxy_is_taken_out() {
    let world = World::start();
    fs::write(settings(&world.home), SETTINGS).unwrap();
    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());
    fs::remove_file(world.home.vigil().join("state/routes.json")).unwrap();

    assert!(world.home.run(&["route", "off", "claude-code"]).status.success());

    assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), SETTINGS);
}

#[test]
fn a_line_of_the_users_own_that_leads_here_stays_and_is_named_until_it_is_gone() {
    let world = World::start();
    let proxy = world.home.json(&["status", "--json"])["proxy"]["url"].clone();
    let own = json!({"env": {"HTTPS_PROXY": proxy}}).to_string();
    fs::write(settings(&world.home), &own).unwrap();

    let on = world.home.run(&["route", "on", "claude-code", "--yes"]);

    assert!(words(&on).contains("its own HTTPS_PROXY"), "{}", words(&on));
    for time in ["first", "second"] {
        let off = words(&world.home.run(&["route", "off", "claude-code"]));
        assert!(off.contains("its own HTTPS_PROXY leads to Vigil"), "{time}: {off}");
        assert!(!off.contains("goes its own way"), "{time}: {off}");
        assert_eq!(fs::read_to_string(settings(&world.home)).unwrap(), own, "{time}");
    }
    fs::write(settings(&world.home), "{}").unwrap();
    let off = words(&world.home.run(&["route", "off", "claude-code"]));
    assert!(!off.contains("HTTPS_PROXY"), "{off}");
}

#[test]
fn a_line_that_somebody_has_changed_is_named_until_it_is_gone() {
    let world = World::start();
    fs::write(settings(&world.home), SETTINGS).unwrap();
    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());
    let written = fs::read_to_string(settings(&world.home)).unwrap();
    let changed = written.replace("http://127.0.0.1:", "http://10.0.0.1:");
    fs::write(settings(&world.home), changed).unwrap();

    for time in ["first", "second", "third"] {
        let off = words(&world.home.run(&["route", "off", "all"]));
        assert!(off.contains("it was changed since: HTTPS_PROXY"), "{time}: {off}");
        assert!(!off.contains("goes its own way"), "{time}: {off}");
    }
    fs::write(settings(&world.home), SETTINGS).unwrap();
    let off = words(&world.home.run(&["route", "off", "all"]));
    assert!(!off.contains("HTTPS_PROXY"), "{off}");
}

#[test]
fn a_shell_and_a_command_get_the_variables() {
    let world = World::start();
    let say = "echo \"$HTTPS_PROXY $NODE_EXTRA_CA_CERTS $SSL_CERT_FILE\"";
    let (proxy, ca) = (world.vigil.field("proxy"), world.vigil.field("ca"));
    let bundle = ca.replace("ca.pem", "bundle.pem");

    let started = world.home.run(&["route", "exec", "--", "sh", "-c", say]);
    assert_eq!(words(&started), format!("{proxy} {ca} {bundle}\n"));

    let script = format!("eval \"$('{}' route env)\"; {say}", binary("vigil").display());
    let shell = world.home.clean("/bin/sh".into(), &["-c", &script]).output().unwrap();
    assert_eq!(words(&shell), format!("{proxy} {ca} {bundle}\n"));
    let of_system = fs::read_to_string(&bundle).unwrap().matches("BEGIN CERTIFICATE").count();
    assert!(of_system > 1, "the list has only our certificate");
}

#[test]
fn claude_code_with_nothing_but_its_settings_is_seen_by_the_proxy() {
    let Some(claude) = claude::installed() else { return };
    let world = World::start();
    assert!(world.home.run(&["route", "on", "claude-code", "--yes"]).status.success());
    let work = claude::work(&world.home, "A=b\n");
    claude::finish(claude::asking(&world.home, claude, &work, "default"));
    eventually("the proxy names every model call", || {
        let calls = world.home.jsonl(&["events", "--jsonl", "--kind", "model_call"]);
        let proxied = |call: &Value| {
            call["witnesses"].as_array().unwrap().iter().any(|witness| witness == "proxy")
        };
        (calls.len() as u64 == world.model.calls() && calls.iter().all(proxied)).then_some(())
    });
}

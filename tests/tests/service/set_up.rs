//! `vigil setup` with a service manager: from nothing to a client that is led, cut short where it begins
//! and ends the service, and back.

use std::{
    fs,
    net::TcpListener,
    os::unix::process::ExitStatusExt as _,
    process::{Output, Stdio},
};

use serde_json::Value;

use super::world::{World, words};

/// A client that was there before, with settings of its own.
fn with_client() -> World {
    let world = World::start();
    let settings = world.home.user().join(".claude/settings.json");
    fs::write(settings, "{\n  // mine\n  \"model\": \"opus\"\n}").unwrap();
    world
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", words(output)))
}

fn is_all_done(report: &Value) -> bool {
    report["steps"].as_array().unwrap().iter().all(|step| step["state"] == "done")
}

fn settings(world: &World) -> String {
    fs::read_to_string(world.home.user().join(".claude/settings.json")).unwrap()
}

#[test]
fn set_up_begins_the_service_and_leads_clients_to_it_and_all_of_that_is_taken_back() {
    let world = with_client();
    let before = world.files();

    let done = world.run(&["setup", "--yes", "--json"]);

    let (first, code) = (report(&done), done.status.code());
    assert!(is_all_done(&first) && code == Some(0), "{first}");
    assert!(settings(&world).contains(&format!("http://127.0.0.1:{}", world.proxy)));
    let (pid, files) = (world.pid(), world.files());
    assert!(pid.is_some(), "the service does not run");

    let again = world.run(&["setup"]);

    assert_eq!(again.status.code(), Some(0), "{}", words(&again));
    assert_eq!((world.pid(), world.files() == files), (pid, true), "something was changed");

    let undone = world.run(&["setup", "--undo", "service", "--json"]);
    assert_eq!(undone.status.code(), Some(0), "{}", words(&undone));
    assert_eq!(world.pid(), None);
    for step in ["browser", "ca"] {
        let undone = world.run(&["setup", "--undo", step]);
        assert_eq!(undone.status.code(), Some(0), "{step}: {}", words(&undone));
    }
    assert!(world.files() == before, "something is left");
}

#[test]
fn two_at_once_end_with_one_service_on_the_ports_that_were_wanted() {
    let world = with_client();
    let start = || {
        let mut command = world.command(&["setup", "--yes"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };

    let both = [start(), start()].map(|child| child.wait_with_output().unwrap());

    for ended in both {
        assert_eq!(ended.status.code(), Some(0), "{}", words(&ended));
    }
    assert!(settings(&world).contains(&format!("http://127.0.0.1:{}", world.proxy)));
}

#[test]
fn before_the_service_runs_a_dry_run_says_which_step_starts_it() {
    let world = with_client();

    let shown = words(&world.run(&["setup", "--dry-run"]));

    assert!(shown.contains("the step `service`"), "{shown}");
    assert!(!shown.contains("start the agent"), "{shown}");
}

#[test]
fn set_up_that_was_cut_short_at_the_service_is_carried_on() {
    let world = with_client();
    let before = world.files();
    for place in ["service-before", "service-after", "trust-undo", "service-undo"] {
        let is_back = place.ends_with("undo");
        if is_back {
            assert!(is_all_done(&report(&world.run(&["setup", "--yes", "--json"]))), "{place}");
        }
        let step = if place == "trust-undo" { "trust" } else { "service" };
        let arguments = if is_back { vec!["--undo", step] } else { vec!["--yes"] };
        let all = [&["setup", "--test-stop-at", place], &arguments[..]].concat();
        let cut = world.run(&all);
        assert_eq!(cut.status.signal(), Some(6), "{place}: {}", words(&cut));

        let done = report(&world.run(&["setup", "--yes", "--json"]));

        assert!(is_all_done(&done), "{place}: {done}");
        for step in ["service", "browser", "ca"] {
            let undone = world.run(&["setup", "--undo", step]);
            assert_eq!(undone.status.code(), Some(0), "{place}, {step}: {}", words(&undone));
        }
        assert_eq!(world.pid(), None, "{place}");
        assert!(world.files() == before, "{place}: something is left");
    }
}

#[test]
fn ports_that_are_taken_are_told_and_clients_are_led_to_the_ones_that_were_free() {
    let world = with_client();
    let other = TcpListener::bind(("127.0.0.1", world.proxy)).unwrap();

    let done = world.run(&["setup", "--yes", "--json"]);

    let report = report(&done);
    assert!(is_all_done(&report) && done.status.code() == Some(0), "{report}");
    let told = report["steps"][0].to_string();
    assert!(told.contains(&format!("port {} is held by", world.proxy)), "{told}");
    let proxy = world.json(&["status", "--json"])["proxy"]["url"].as_str().unwrap().to_owned();
    assert!(!proxy.ends_with(&world.proxy.to_string()), "{proxy}");
    assert!(settings(&world).contains(&proxy), "{}", settings(&world));
    drop(other);
}

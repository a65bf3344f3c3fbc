//! Vigil as a service, who is enrolled, and leaving the machine as it was: with a service manager that
//! does what the units say, and the real agent.

#![expect(
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "service/enrolled.rs"]
mod enrolled;
#[path = "service/real.rs"]
mod real;
#[path = "service/set_up.rs"]
mod set_up;
#[path = "service/uninstalled.rs"]
mod uninstalled;
#[path = "service/world.rs"]
mod world;

use std::{fs, net::TcpListener, process::Stdio};

use serde_json::{Value, json};
use vigil_tests::vigil::{Running, eventually};

use self::world::{World, words};

fn port(report: &Value, name: &str) -> u16 {
    report[name].as_u64().and_then(|port| port.try_into().ok()).unwrap()
}

#[test]
fn it_is_installed_once_runs_and_is_taken_away() {
    let world = World::start();
    let before = world.files();

    let shown = world.run(&["service", "install", "--dry-run"]);
    assert!(shown.status.success(), "{}", words(&shown));
    let text = words(&shown);
    for part in ["ListenStream=127.0.0.1:", "ExecStart=", "enable --now vigil-agent.service"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(world.files(), before);
    // Nobody is there to be asked.
    let unasked = world.command(&["service", "install"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(unasked.status.code(), Some(1));
    assert_eq!(world.files(), before);

    let installed = world.json(&["service", "install", "--yes", "--json"]);
    assert_eq!(installed["schema"], "vigil.service_install/1");
    assert_eq!(installed["state"], "installed", "{installed}");
    assert_eq!(installed["agent"], world.pid().unwrap());
    let status = world.json(&["service", "status", "--json"]);
    assert_eq!(
        (&status["state"], &status["pid"], &status["holds"], &status["at_login"]),
        (&json!("running"), &installed["agent"], &json!(true), &json!(true)),
        "{status}"
    );
    assert_eq!(
        (&status["proxy"], &status["dashboard"]),
        (&installed["proxy"], &installed["dashboard"])
    );
    assert!(status["since"].is_i64() || status["since"].is_string(), "{status}");

    let calls = world.calls().len();
    let again = world.json(&["service", "install", "--yes", "--json"]);
    assert_eq!((&again["state"], &again["agent"]), (&json!("unchanged"), &installed["agent"]));
    let later = world.calls().split_off(calls);
    assert!(later.iter().all(|call| call.contains(" show")), "{later:?}");

    let log = world.run(&["service", "logs"]);
    assert!(words(&log).contains("the journal's line"), "{}", words(&log));
    let removed = world.json(&["service", "uninstall", "--json"]);
    assert_eq!(removed["state"], "removed", "{removed}");
    assert_eq!(world.pid(), None);
    assert_eq!(world.files(), before);
    assert_eq!(world.json(&["service", "uninstall", "--json"])["state"], "unchanged");
    let absent = world.run(&["service", "status", "--json"]);
    assert_eq!(absent.status.code(), Some(3));
}

#[test]
fn a_port_that_is_taken_is_left_and_the_next_is_kept() {
    let world = World::start();
    let other = TcpListener::bind(("127.0.0.1", world.proxy)).unwrap();

    let installed = world.json(&["service", "install", "--yes", "--json"]);

    let chosen = port(&installed, "proxy");
    assert!(chosen > world.proxy, "{installed}");
    let notes = installed["notes"].to_string();
    assert!(notes.contains(&format!("port {} is held by", world.proxy)), "{notes}");
    let at = world.json(&["status", "--json"])["proxy"]["url"].clone();
    assert_eq!(at, format!("http://127.0.0.1:{chosen}"));
    // Clients were led there: it stays, also when the other one is gone.
    drop(other);
    let again = world.json(&["service", "install", "--yes", "--json"]);
    assert_eq!((&again["state"], port(&again, "proxy")), (&json!("unchanged"), chosen));

    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let asked = held.local_addr().unwrap().port().to_string();
    let refused = world.run(&["service", "install", "--yes", "--proxy-port", &asked]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(words(&refused).contains("is held by"), "{}", words(&refused));
    drop(held);
}

#[test]
fn an_agent_that_runs_already_becomes_the_service() {
    let world = World::unconfigured();
    let (proxy, dashboard) = (world.proxy.to_string(), (world.proxy + 2).to_string());
    let ports = ["--proxy-port", &proxy, "--port", &dashboard, "--telemetry-port", "0"];
    let running = Running::on(&world.home, &ports);
    let at = running.field("proxy").to_owned();

    let installed = world.json(&["service", "install", "--yes", "--json"]);

    assert_ne!(installed["agent"], running.pid());
    assert_eq!(at, format!("http://127.0.0.1:{}", port(&installed, "proxy")));
    assert_eq!(dashboard, port(&installed, "dashboard").to_string());
    assert!(running.end().success(), "it ended in order");
}

#[test]
fn down_ends_the_service_until_it_is_wanted_again() {
    let world = World::start();
    world.json(&["service", "install", "--yes", "--json"]);

    let up = world.run(&["up"]);
    assert_eq!(up.status.code(), Some(1));
    assert!(words(&up).contains("Vigil is a service here"), "{}", words(&up));
    let down = world.run(&["down"]);
    assert!(down.status.success(), "{}", words(&down));
    assert!(words(&down).contains("until the next log-in"), "{}", words(&down));
    assert_eq!(world.pid(), None);
    let stopped = world.run(&["service", "status", "--json"]);
    assert_eq!(stopped.status.code(), Some(3), "{}", words(&stopped));

    let again = world.json(&["service", "install", "--yes", "--json"]);
    assert_eq!(again["state"], "installed");
    assert_eq!(again["agent"], world.pid().unwrap());
}

#[test]
fn without_a_service_manager_nothing_is_written() {
    let world = World::start();
    let before = world.files();
    world.break_manager(true);

    let refused = world.run(&["service", "install", "--yes"]);

    assert_eq!(refused.status.code(), Some(1));
    let text = words(&refused);
    assert!(text.contains("No medium found") && text.contains("`vigil up`"), "{text}");
    let nowhere = world.root().join("nowhere");
    let without = world.command(&["service", "status", "--json"]).env("PATH", &nowhere).output();
    let without = without.unwrap();
    let report: Value = serde_json::from_slice(&without.stdout).unwrap();
    assert_eq!((without.status.code(), &report["state"]), (Some(3), &json!("no-manager")));
    assert_eq!(world.files(), before);
}

#[test]
fn what_is_not_vigils_stays_and_is_named() {
    let world = World::start();
    let folder = world.home.user().join(".config/systemd/user");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("vigil-agent.service"), "[Unit]\nDescription=mine\n").unwrap();
    let before = world.files();

    for action in [&["service", "install", "--yes"][..], &["service", "uninstall"]] {
        let refused = world.run(action);
        assert_eq!(refused.status.code(), Some(1), "{action:?}");
        assert!(words(&refused).contains("is not Vigil's"), "{}", words(&refused));
    }
    assert_eq!(world.files(), before);
}

/// Killed by the kernel, it is gone for the service manager too; and comes again with the next start.
#[test]
fn a_killed_one_is_told_and_begins_again() {
    let world = World::start();
    world.json(&["service", "install", "--yes", "--json"]);
    let first = world.pid().unwrap();
    vigil_tests::vigil::signal(first, "KILL");
    eventually("it is gone", || world.pid().is_none().then_some(()));
    assert_eq!(world.run(&["service", "status"]).status.code(), Some(3));

    let again = world.json(&["service", "install", "--yes", "--json"]);

    assert_eq!(again["state"], "installed");
    assert_ne!(world.pid(), Some(first));
}

//! The system's proxy settings with the real programs: GNOME's settings, in a file below a home of
//! their own, come back as they were whoever is killed when.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "sysproxy/desktop.rs"]
mod desktop;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use vigil_tests::vigil::{eventually, signal};

use self::desktop::{Agent, Desktop, End, Moment};

/// Settings of a user who has chosen some and uses none of them.
fn desktop() -> Option<Desktop> {
    let desktop = Desktop::new()?;
    desktop.set("", "autoconfig-url", "'http://intranet.example/old.pac'");
    desktop.set(".https", "host", "'old.example'");
    desktop.set(".https", "port", "3128");
    Some(desktop)
}

/// The guard is killed before and after every single thing that it does to the settings or asks
/// about them; then there is a next start.
fn killed_at_every_step(mode: &str) {
    let Some(desktop) = desktop() else { return };
    let before = desktop.everything();
    let steps = {
        desktop.kill_never();
        assert_eq!(desktop.guard(Some(mode)), End::Orderly);
        assert_eq!(desktop.everything(), before);
        desktop.calls()
    };
    assert!(steps >= 8, "the guard made only {steps} calls");
    for step in 0..steps {
        for moment in [Moment::Before, Moment::After] {
            desktop.kill_at(moment, step);
            assert_eq!(desktop.guard(Some(mode)), End::Killed, "{moment:?} call {step}");

            desktop.kill_never();
            assert_eq!(desktop.guard(None), End::Orderly, "after {moment:?} call {step}");

            assert_eq!(desktop.everything(), before, "after {moment:?} call {step}");
            assert!(!desktop.backup().exists() && !desktop.variables().exists());
        }
    }
}

#[test]
fn a_guard_that_is_killed_anywhere_leaves_no_script_behind() {
    killed_at_every_step("pac");
}

#[test]
fn a_guard_that_is_killed_anywhere_leaves_no_proxy_behind() {
    killed_at_every_step("manual");
}

/// What the guard has started goes on without it, and writes when the next start is already at work.
#[test]
fn what_a_killed_guard_has_started_is_waited_for() {
    let Some(desktop) = desktop() else { return };
    let before = desktop.everything();
    desktop.kill_never();
    assert_eq!(desktop.guard(Some("pac")), End::Orderly);

    for step in 0..desktop.calls() {
        desktop.kill_at(Moment::Meanwhile, step);
        assert_eq!(desktop.guard(Some("pac")), End::Killed, "during call {step}");

        assert_eq!(desktop.guard(None), End::Orderly, "after call {step}");

        assert_eq!(desktop.everything(), before, "after call {step}");
        desktop.kill_never();
    }
}

#[test]
fn the_next_start_can_be_killed_too() {
    let Some(desktop) = desktop() else { return };
    let before = desktop.everything();
    // Everything is set; the guard is killed as it begins to put back, and so is the next one, a
    // step later each time.
    desktop.kill_never();
    desktop.guard(Some("manual"));
    let steps = desktop.calls();
    desktop.kill_at(Moment::Before, steps / 2 + 1);
    assert_eq!(desktop.guard(Some("manual")), End::Killed);

    for step in 0..steps {
        desktop.kill_at(Moment::After, step);
        if desktop.guard(None) == End::Orderly {
            break;
        }
    }

    assert_eq!(desktop.everything(), before);
    assert!(!desktop.backup().exists());
}

#[test]
fn settings_are_not_even_looked_at_unless_asked_for() {
    let Some(desktop) = desktop() else { return };
    desktop.kill_never();

    let agent = Agent::start(&desktop, "off");
    assert!(agent.end());

    assert_eq!(desktop.calls(), 0);
}

#[test]
fn a_browser_is_told_the_way_until_the_agent_ends() {
    let Some(desktop) = desktop() else { return };
    let before = desktop.everything();
    let agent = Agent::start(&desktop, "pac");
    desktop.wait_until_set("mode", "'auto'");

    let url = desktop.value("", "autoconfig-url");
    let script = get(url.trim_matches('\''));

    let answer = format!("return \"PROXY {}; DIRECT\";", agent.proxy());
    assert!(script.contains(&answer), "{script}");
    assert!(script.contains("\"api.anthropic.com\": true"), "{script}");
    eventually("the status says so", || {
        (desktop.status()["proxy"]["system"] == "leads here").then_some(())
    });
    assert!(agent.end());
    assert_eq!(desktop.everything(), before);
    assert!(!desktop.backup().exists());
    assert_eq!(desktop.changes(), ["system proxy on", "system proxy off"]);
}

#[test]
fn an_agent_that_is_killed_leaves_the_settings_as_they_were() {
    let Some(desktop) = desktop() else { return };
    let before = desktop.everything();
    for (mode, value) in [("pac", "'auto'"), ("manual", "'manual'")] {
        let agent = Agent::start(&desktop, mode);
        desktop.wait_until_set("mode", value);
        let guard = agent.guard().unwrap();

        agent.kill();

        desktop.wait_until_restored(&before);
        eventually("the guard ends", || (!desktop::is_alive(guard)).then_some(()));
        assert!(!desktop.variables().exists());
    }
}

#[test]
fn a_guard_that_is_killed_is_followed_by_another() {
    let Some(desktop) = desktop() else { return };
    let before = desktop.everything();
    let agent = Agent::start(&desktop, "pac");
    desktop.wait_until_set("mode", "'auto'");
    let first = agent.guard().unwrap();
    let url = desktop.value("", "autoconfig-url");

    signal(first, "KILL");

    let second = eventually("another guard", || agent.guard().filter(|pid| *pid != first));
    eventually("another script", || {
        let now = desktop.value("", "autoconfig-url");
        (now != url && now.contains("127.0.0.1") && desktop.value("", "mode") == "'auto'")
            .then_some(())
    });
    assert!(agent.end());
    assert_eq!(desktop.everything(), before);
    assert!(!desktop::is_alive(second));
}

#[test]
fn when_both_are_killed_the_next_start_puts_everything_back() {
    let Some(desktop) = desktop() else { return };
    let before = desktop.everything();
    both_are_killed(&desktop, "pac");
    assert_ne!(desktop.everything(), before);

    // The next one is not even asked to lead anything anywhere.
    let next = Agent::start(&desktop, "off");

    desktop.wait_until_restored(&before);
    assert!(next.end());
}

#[test]
fn our_own_values_are_never_the_original() {
    let Some(desktop) = Desktop::new() else { return };
    let before = desktop.everything();
    both_are_killed(&desktop, "pac");
    fs::remove_file(desktop.backup()).unwrap();

    let next = Agent::start(&desktop, "pac");
    desktop.wait_for_backup();
    assert!(next.end());

    assert_eq!(desktop.everything(), before);
}

#[test]
fn what_somebody_has_changed_meanwhile_is_left_and_told() {
    let Some(desktop) = desktop() else { return };
    both_are_killed(&desktop, "pac");
    desktop.set("", "autoconfig-url", "'http://mine.example/own.pac'");

    let next = Agent::start(&desktop, "off");

    eventually("the backup goes", || (!desktop.backup().exists()).then_some(()));
    assert!(next.end());
    assert_eq!(desktop.value("", "autoconfig-url"), "'http://mine.example/own.pac'");
    assert_eq!(desktop.value("", "mode"), "'auto'");
    let log = desktop.log();
    assert!(log.contains("left as somebody else has set it"), "{log}");
    assert!(log.contains("autoconfig-url"), "{log}");
}

#[test]
fn a_proxy_that_the_user_has_already_is_left_alone() {
    let Some(desktop) = desktop() else { return };
    desktop.set("", "mode", "'manual'");
    let before = desktop.everything();

    let agent = Agent::start(&desktop, "pac");
    eventually("words about it", || desktop.log().contains("has a proxy already").then_some(()));
    assert_eq!(desktop.everything(), before);
    let warning = eventually("a warning", || {
        let status = desktop.status();
        let warnings = status["warnings"].as_array()?.clone();
        warnings.iter().find_map(|words| {
            words.as_str().filter(|words| words.contains("proxy.system")).map(str::to_owned)
        })
    });
    assert!(warning.contains("; it is left alone: take it away first"), "{warning}");
    assert!(desktop.changes().is_empty());

    assert!(agent.end());
    assert_eq!(desktop.everything(), before);
}

/// The guard is stopped first, so that it cannot use the moment in between.
fn both_are_killed(desktop: &Desktop, mode: &str) {
    let agent = Agent::start(desktop, mode);
    desktop.wait_until_set("mode", "'auto'");
    let guard = agent.guard().unwrap();
    signal(guard, "STOP");
    agent.kill();
    signal(guard, "KILL");
    eventually("the guard's end", || (!desktop::is_alive(guard)).then_some(()));
}

/// What is at an address, by the simplest client there is.
fn get(url: &str) -> String {
    let (place, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(place).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {place}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").expect("a head and a body").1.to_owned()
}

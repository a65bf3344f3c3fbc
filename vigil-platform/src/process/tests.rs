mod table;

use std::process::{Command, Stdio};

use super::*;

#[test]
fn we_run_and_nobody_has_the_number_zero() {
    assert!(is_running(std::process::id()));
    assert!(!is_running(0));
    assert!(!is_running(u32::MAX));
}

#[test]
fn a_child_runs_until_it_is_killed_even_before_it_is_waited_for() {
    let mut child = Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap();
    let pid = child.id();
    assert!(is_running(pid));

    child.kill().unwrap();
    if KNOWS_ENDED {
        while is_running(pid) {
            std::thread::yield_now();
        }
    }

    child.wait().unwrap();
    assert!(!is_running(pid));
}

#[test]
fn a_running_process_has_a_cost() {
    let cost = cost(std::process::id());

    // Linux tells both; a platform that does not says nothing.
    assert_eq!(cost.is_some_and(|cost| cost.peak_memory > 0), KNOWS_ENDED);
    assert_eq!(cost.is_some_and(|cost| cost.memory > 0), KNOWS_ENDED);
    assert_eq!(super::cost(u32::MAX), None);
    assert_eq!(super::cost(0), None);
}

#[test]
fn a_child_that_has_ended_has_cost_time_and_holds_nothing() {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    while KNOWS_ENDED && is_running(child.id()) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }

    let cost = cost(child.id());
    child.wait().unwrap();

    assert_eq!(cost.is_some_and(|c| !c.cpu.is_zero() && c.memory == 0), KNOWS_ENDED);
}

#[test]
fn open_files_are_raised_as_far_as_allowed_and_never_lowered() {
    let before = rustix::process::getrlimit(Resource::Nofile);

    let files = raise_open_files();

    let now = rustix::process::getrlimit(Resource::Nofile);
    assert_eq!(now.maximum, before.maximum);
    assert!(now.current >= before.current);
    assert!(now.current.is_none_or(|current| files <= current));
    assert_eq!(raise_open_files(), files);
}

#[test]
fn a_child_descends_from_us_and_we_do_not_from_it() {
    let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let ours = std::process::id();

    let (down, up) = (descends_from(child.id(), ours), descends_from(ours, child.id()));
    child.kill().unwrap();
    child.wait().unwrap();

    assert!(down && !up);
    assert!(!descends_from(child.id(), ours), "it has ended");
}

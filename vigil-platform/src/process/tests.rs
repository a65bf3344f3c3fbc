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

use vigil_platform::process;

use super::*;

#[test]
fn what_is_not_wanted_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::new(folder.path().join("socket"), process::uid());
    let told = Told::default();

    Capture::start(None, daemon, told.clone(), folder.path()).unwrap().end();

    assert_eq!(told.standing(), None);
}

#[test]
fn without_a_daemon_everything_is_direct_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::new(folder.path().join("socket"), process::uid());
    let told = Told::default();

    let capture = Capture::start(Some(9_999), daemon, told.clone(), folder.path()).unwrap();
    let words = loop {
        match told.standing() {
            Some(Standing::Off(_)) => break told.standing().unwrap().words(),
            _ => thread::sleep(Duration::from_millis(5)),
        }
    };

    assert!(words.starts_with("off: "), "{words}");
    // It does not wait for its next try.
    capture.end();
}

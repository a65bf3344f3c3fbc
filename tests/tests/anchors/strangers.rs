//! A user who is not enrolled, and whoever listens in the daemon's place.

use std::{
    io::{Read as _, Write as _},
    os::unix::{fs::PermissionsExt, net::UnixListener},
    thread,
    time::Duration,
};

use vigil_tests::vigil::{Home, binary};

use crate::{
    rig::{agent, anchors, daemon_is, record},
    support::{Place, as_user, is_root},
};

#[test]
fn who_is_not_enrolled_is_told_so_and_nothing_is_noted_for_them() {
    let (home, place) = (Home::default(), Place::with("# nobody\n"));
    let daemon = place.start();
    let agent = agent(&home, &place.socket());

    let stranger = daemon_is(&home, "not-enrolled");
    record(&home, 1);

    assert!(stranger["why"].as_str().unwrap().contains("enrolment file"), "{stranger}");
    assert_eq!(stranger["anchor"]["state"], "none");
    assert!(agent.end().success());
    assert_eq!(anchors(&daemon), []);
}

#[test]
fn who_answers_without_sense_is_not_believed_and_holds_nothing_up() {
    let (home, place) = (Home::default(), Place::new());
    let listener = UnixListener::bind(place.socket()).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            let _ = stream.read(&mut [0; 64]);
        }
    });
    let agent = agent(&home, &place.socket());

    daemon_is(&home, "unreadable");
    record(&home, 1);

    let words = String::from_utf8(home.run(&["status"]).stdout).unwrap();
    assert!(words.contains("warning: the root daemon is of no use"), "{words}");
    assert!(agent.end().success());
}

#[test]
fn who_trickles_holds_up_neither_the_record_nor_the_end() {
    let (home, place) = (Home::default(), Place::new());
    let listener = UnixListener::bind(place.socket()).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // The length of a large answer, and then a byte now and then.
            let mut byte = 0_u8;
            let _ = stream.write_all(&[0, 0, 3, 0, 1]);
            while stream.write_all(&[byte]).is_ok() {
                byte = byte.wrapping_add(1);
                thread::sleep(Duration::from_millis(100));
            }
        }
    });
    let agent = agent(&home, &place.socket());

    record(&home, 1);
    daemon_is(&home, "silent");

    assert!(agent.end().success());
}

#[test]
fn another_users_daemon_is_not_asked() {
    const OTHER: u32 = 54_321;
    if !is_root() {
        return;
    }
    let (home, place) = (Home::default(), Place::new());
    // The other user makes the socket.
    std::fs::set_permissions(&place.root, PermissionsExt::from_mode(0o777)).unwrap();
    let mut theirs = as_user(OTHER, &binary("daemon-client"))
        .arg("listen")
        .arg(place.socket())
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let agent = agent(&home, &place.socket());

    let stranger = daemon_is(&home, "not-root");
    record(&home, 1);

    assert!(stranger["why"].as_str().unwrap().contains(&OTHER.to_string()), "{stranger}");
    assert!(agent.end().success());
    theirs.kill().unwrap();
    theirs.wait().unwrap();
}

//! What each process of the daemon has, and has not.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::PathBuf,
    process::Command,
    time::Duration,
};

use vigil_proto::rpc::{Request, Response, frame};
use vigil_tests::vigil::signal;

use super::support::{Daemon, Place, is_root};

/// `/proc/PID/status` by name.
fn status(pid: u32) -> BTreeMap<String, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once(":\t"));
    pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

fn number(status: &BTreeMap<String, String>, name: &str) -> u64 {
    u64::from_str_radix(&status[name], 16).unwrap()
}

fn parts(daemon: &Daemon) -> [(&'static str, u32); 4] {
    let part = |part| (part, daemon.part(part));
    [("starter", daemon.pid()), part("reader"), part("mutator"), part("helper")]
}

#[test]
fn every_part_is_filtered_and_gains_nothing() {
    let place = Place::new();
    let daemon = place.start();

    for (part, pid) in parts(&daemon) {
        let status = status(pid);
        assert_eq!(status["Seccomp"], "2", "{part}");
        assert_eq!(status["NoNewPrivs"], "1", "{part}");
        assert_eq!(number(&status, "CapInh") | number(&status, "CapAmb"), 0, "{part}");
    }
}

#[test]
fn only_two_have_rights_and_only_their_own() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    let daemon = place.start();

    for (part, pid) in parts(&daemon) {
        // DAC_READ_SEARCH 2, NET_ADMIN 12, SYS_PTRACE 19, SYS_NICE 23 (linux/capability.h).
        let most = match part {
            "reader" => 1 << 2 | 1 << 12 | 1 << 19 | 1 << 23,
            "helper" => 1 << 12,
            _ => 0,
        };
        let status = status(pid);
        for set in ["CapPrm", "CapEff", "CapBnd"] {
            assert_eq!(number(&status, set) & !most, 0, "{part} {set}");
        }
    }
}

#[test]
fn the_parts_that_work_have_no_environment() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    let daemon = place.start();

    for part in ["reader", "mutator", "helper"] {
        let environment = fs::read(format!("/proc/{}/environ", daemon.part(part))).unwrap();
        assert!(environment.is_empty(), "{part}: {} bytes", environment.len());
    }
}

#[test]
fn nothing_is_open_that_is_not_needed() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    let daemon = place.start();

    for (part, pid) in parts(&daemon) {
        let open: Vec<PathBuf> = fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .filter_map(|file| fs::read_link(file.unwrap().path()).ok())
            .collect();
        let files = open.iter().filter(|path| path.starts_with(&place.root)).count();
        let expected = match part {
            // The journal, its folder, and the folder of the enrolment.
            "mutator" => 3,
            // What it and its programs hold while they are at work.
            "helper" => 1,
            _ => 0,
        };
        assert_eq!(files, expected, "{part}: {open:?}");
        assert!(open.len() <= 12, "{part}: {open:?}");
    }
}

#[test]
fn no_word_of_a_caller_is_logged() {
    let place = Place::new();
    let daemon = place.start();
    let mut caller = daemon.caller();

    caller.say(b"\x20\x00\x00\x00\x01\x02\x00\x00\x00hunter2-hunter2-hunter2-hun");
    caller.is_refused(vigil_proto::rpc::Refusal::Malformed);

    daemon.hear("could not be read");
    assert!(!daemon.log().contains("hunter2"), "{}", daemon.log());
}

#[test]
fn it_takes_no_other_words() {
    let place = Place::new();
    for words in [&["--help", "x"][..], &["--socket"], &["--socket", "/x"], &["start"]] {
        let output = Command::new(place.command().get_program()).args(words).output().unwrap();

        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage: vigild"));
    }
}

/// As systemd starts it: the socket is descriptor 3, the places are the fixed ones. They are made in a
/// mount namespace of the test's own.
#[test]
fn the_service_managers_socket_is_served() {
    const SCRIPT: &str = "mount -t tmpfs none /etc && mount -t tmpfs none /var/lib || exit 77
        mkdir -m 755 /etc/vigil && mkdir -m 700 /var/lib/vigil && echo '0 admin' > /etc/vigil/enrolled
        exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\"";
    if !is_root() {
        return;
    }
    let place = Place::new();
    let socket = UnixListener::bind(place.socket()).unwrap();
    let mut daemon = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT])
        .arg(place.command().get_program())
        .stdin(OwnedFd::from(socket))
        .spawn()
        .unwrap();

    let mut stream = UnixStream::connect(place.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&frame::encode(1, &Request::hello()).unwrap()).unwrap();
    let mut answer = [0; 64];
    let read = stream.read(&mut answer);

    if let Ok(Some(status)) = daemon.try_wait() {
        assert_eq!(status.code(), Some(77), "{status}");
        eprintln!("SKIPPED: this root may not mount anything");
        return;
    }
    let welcome = frame::decode::<Response>(&answer[..read.unwrap()]).unwrap();
    assert!(matches!(welcome.message, Response::Welcome(_)), "{welcome:?}");
    signal(daemon.id(), "TERM");
    assert!(daemon.wait().unwrap().success());
}

#[test]
fn its_crates_are_few_and_known() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "-p", "vigild", "-e", "normal", "--prefix", "none", "--offline", "--locked"])
        .args(["--no-dedupe", "--format", "{p}"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output();
    let Ok(tree) = tree else {
        eprintln!("SKIPPED: this user may not run the cargo that built this test");
        return;
    };
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let crates: std::collections::BTreeSet<&str> =
        tree.lines().filter_map(|line| line.split_whitespace().next()).collect();

    assert!(crates.contains("vigil-proto") && crates.len() <= 40, "{crates:#?}");
    for not in ["tokio", "hyper", "rustls", "rusqlite", "axum", "openssl", "ring", "serde_json"] {
        assert!(!crates.contains(not), "{not}");
    }
}

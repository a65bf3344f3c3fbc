//! Lists of what is malicious, brought in beside a running agent: what was spoken with before is found
//! backwards, what is spoken with from then on is found at once, and whoever is killed while he imports
//! leaves the last good lists or the new ones.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::Stdio,
    thread,
    time::Duration,
};

use serde_json::Value;
use vigil_tests::vigil::{Home, Running, eventually};

const OLD: &str = "spoken-with-before.example";
const NEW: &str = "spoken-with-after.example";

/// A server that listens to the end and says nothing.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                stream.and_then(|mut stream| stream.read_to_end(&mut Vec::new()))
            });
        }
    });
    at
}

fn upstreams(home: &Home, at: SocketAddr) -> String {
    let file = home.root().join("upstreams.toml");
    let pins = [OLD, NEW].map(|host| format!("\"{host}:443\" = \"{at}\"\n"));
    fs::write(&file, format!("[pins]\n{}", pins.concat())).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Speaks with a host through the proxy, and is done.
fn speak(vigil: &Running, host: &str) {
    let proxy = vigil.field("proxy").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut stream = TcpStream::connect(proxy).unwrap();
    write!(stream, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert!(head.ends_with(b" 200"), "{}", String::from_utf8_lossy(&head));
    stream.write_all(b"not a handshake").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    // Until the other side is done too.
    let _ = stream.read_to_end(&mut Vec::new());
}

/// The incidents of connections, each with its host and how often it was met.
fn found(home: &Home) -> Vec<(String, u64)> {
    let all = home.json(&["findings", "--json"])["findings"].as_array().unwrap().clone();
    let of_hosts = all.iter().filter(|finding| finding["rule"] == "intel-host");
    let mut found: Vec<_> = of_hosts
        .map(|finding| {
            assert_eq!(finding["severity"], "critical", "{finding}");
            let host = finding["masked"].as_str().unwrap().to_owned();
            (host, finding["sightings"].as_u64().unwrap())
        })
        .collect();
    found.sort();
    found
}

fn list(home: &Home) -> PathBuf {
    let rows = [OLD, NEW].map(|host| {
        format!(
            "\"2026-11-24 05:00:00\", \"41\", \"{host}\", \"domain\", \"botnet_cc\", \"x\", \"\", \"X\", \"2099-01-01\", \"100\", \"\", \"x\", \"0\", \"a\"\n"
        )
    });
    let file = home.root().join("recent.csv");
    fs::write(&file, format!("# ThreatFox IOCs: recent\n{}", rows.concat())).unwrap();
    file
}

#[test]
fn a_new_list_finds_what_was_before_and_what_comes_without_a_restart() {
    let home = Home::default();
    // Of hosts that are neither decrypted nor known to be malicious the proxy keeps nothing.
    let config = home.vigil().join("config");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), format!("[proxy]\nhosts = [\"{OLD}\"]\n")).unwrap();
    let vigil = Running::start(&home, &["--test-upstreams", &upstreams(&home, server())]);
    speak(&vigil, NEW);
    speak(&vigil, OLD);
    eventually("the connection is on record", || {
        let flows = home.jsonl(&["events", "--kind", "connection", "--jsonl"]);
        flows.iter().any(|flow| flow.to_string().contains(OLD)).then_some(())
    });
    assert_eq!(found(&home), []);

    let imported = home.json(&["intel", "import", "--json", list(&home).to_str().unwrap()]);
    assert_eq!(imported["lists"][0]["name"], "threatfox", "{imported}");

    eventually("what was before is found", || {
        (found(&home) == [(OLD.to_owned(), 1)]).then_some(())
    });
    speak(&vigil, NEW);
    let both = [(NEW.to_owned(), 1), (OLD.to_owned(), 1)];
    eventually("what comes is found", || (found(&home) == both).then_some(()));
    let status = home.json(&["status", "--json"]);
    assert_eq!(status["intel"]["indicators"], 2, "{status}");
    assert_eq!(home.json(&["intel", "status", "--json"])["trouble"], Value::Null);

    let gone = home.run(&["intel", "remove", "threatfox"]);
    assert!(gone.status.success(), "{gone:?}");
    assert_eq!(home.json(&["intel", "status", "--json"])["lists"], Value::Array(Vec::new()));
    assert!(vigil.end().success());
}

/// Which of the two lists is in force: all of its names are malicious, and none of the other's.
fn in_force(home: &Home) -> char {
    let status = home.json(&["intel", "status", "--json"]);
    assert_eq!(status["trouble"], Value::Null, "{status}");
    let asked: String = ["a", "b"]
        .iter()
        .flat_map(|list| (0..20_000).step_by(1999).map(move |n| (list, n)))
        .map(|(list, n)| format!("{{\"ecosystem\":\"npm\",\"name\":\"zz-{list}-{n}\"}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let file = home.root().join("asked.jsonl");
    fs::write(&file, asked).unwrap();
    let answers =
        home.jsonl(&["check-package", "--jsonl-in", file.to_str().unwrap(), "--format", "jsonl"]);
    let mut bad: Vec<_> = answers
        .iter()
        .filter(|answer| answer["severity"] == "critical")
        .map(|answer| answer["name"].as_str().unwrap().chars().nth(3).unwrap())
        .collect();
    assert_eq!(bad.len() * 2, answers.len(), "half of a list is in force");
    bad.dedup();
    assert_eq!(bad.len(), 1, "parts of both lists are in force");
    bad[0]
}

#[test]
fn a_list_that_is_damaged_does_not_hold_the_others_up() {
    let home = Home::default();
    for name in ["good", "bad"] {
        let file = home.root().join(format!("{name}.tsv"));
        fs::write(&file, format!("zz-{name}-1\tall\n")).unwrap();
        let file = file.to_str().unwrap();
        let import =
            home.command(&["intel", "import", "--name", name, "--ecosystem", "npm", file]).output();
        assert!(import.unwrap().status.success());
    }
    let set = vigil_store::intel::set(&home.vigil().join("data")).unwrap();
    let bad = set.lists.iter().find(|list| list.name == "bad").unwrap();
    let bad = vigil_store::intel::folder(&home.vigil().join("data")).join(&bad.file);
    let mut bytes = fs::read(&bad).unwrap();
    bytes[9] ^= 1;
    fs::write(&bad, bytes).unwrap();

    let asked = home.command(&["check-package", "--exit-code", "zz-good-1"]).output().unwrap();

    let (said, told) =
        (String::from_utf8_lossy(&asked.stdout), String::from_utf8_lossy(&asked.stderr));
    assert_eq!(asked.status.code(), Some(1), "{said} {told}");
    assert!(said.contains("critical"), "{said}");
    assert!(told.contains("the list `bad` cannot be used"), "{told}");
}

#[test]
fn whoever_is_killed_leaves_the_last_good_list_or_the_new_one() {
    let home = Home::default();
    let file = |list: char| {
        let file = home.root().join(format!("{list}.tsv"));
        let names: String =
            (0..20_000).map(|n| format!("zz-{list}-{n}\tall\n")).collect::<Vec<_>>().concat();
        fs::write(&file, names).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let files = [file('a'), file('b')];
    let import = |which: usize| {
        let path = &files[which];
        home.command(&["intel", "import", "--name", "zz", "--ecosystem", "npm", path])
    };
    assert!(import(0).stdout(Stdio::null()).status().unwrap().success());
    let mut now = in_force(&home);
    assert_eq!(now, 'a');

    for kill in 0..20 {
        let which = usize::from(now == 'a');
        let mut importing = import(which).stdout(Stdio::null()).spawn().unwrap();
        // Sooner and later; whatever it has done by then is right.
        thread::sleep(Duration::from_millis(10 * kill));
        let _ = importing.kill();
        importing.wait().unwrap();

        now = in_force(&home);
    }

    for which in [0, 1] {
        assert!(import(which).stdout(Stdio::null()).status().unwrap().success());
        assert_eq!(in_force(&home), ['a', 'b'][which]);
    }
}

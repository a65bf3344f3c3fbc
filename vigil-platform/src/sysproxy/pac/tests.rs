use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use vigil_proto::{ca, rpc::Port};

use super::text;

fn port() -> Port {
    Port::new(9080).unwrap()
}

/// What the script answers for each address and host, or why it could not be asked.
fn answers(script: &str, questions: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let mut program = script.to_owned();
    for (url, host) in questions {
        writeln!(program, "console.log(FindProxyForURL({url:?}, {host:?}));").unwrap();
    }
    let mut node = Command::new("node")
        .args(["--use-strict", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("node cannot be run ({error})"))?;
    node.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "the script is no script:\n{program}");
    Ok(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn listed_hosts_go_through_the_proxy_and_all_else_directly() {
    const THROUGH: &str = "PROXY 127.0.0.1:9080; DIRECT";
    let listed = ca::BY_DEFAULT[0];
    let questions = [
        (format!("https://{listed}/"), listed.to_owned(), THROUGH),
        (format!("https://{listed}./"), format!("{listed}."), THROUGH),
        (String::new(), listed.to_uppercase(), THROUGH),
        (String::new(), format!("x.{listed}"), "DIRECT"),
        (String::new(), format!("x{listed}"), "DIRECT"),
        (String::new(), format!("{listed}.example.org"), "DIRECT"),
        (String::new(), "example.org".to_owned(), "DIRECT"),
        (String::new(), "127.0.0.1".to_owned(), "DIRECT"),
        // What every object has is not a host.
        (String::new(), "constructor".to_owned(), "DIRECT"),
        (String::new(), "__proto__".to_owned(), "DIRECT"),
        (String::new(), String::new(), "DIRECT"),
    ];
    let asked: Vec<_> = questions.iter().map(|(url, host, _)| (&**url, &**host)).collect();

    match answers(&text(ca::BY_DEFAULT, port()), &asked) {
        Err(why) => eprintln!("SKIPPED: {why}"),
        Ok(answers) => {
            let expected: Vec<_> = questions.iter().map(|(_, _, answer)| *answer).collect();
            assert_eq!(answers, expected);
        }
    }
}

#[test]
fn without_hosts_everything_goes_directly() {
    match answers(&text(&[] as &[&str], port()), &[("https://example.org/", "example.org")]) {
        Err(why) => eprintln!("SKIPPED: {why}"),
        Ok(answers) => assert_eq!(answers, ["DIRECT"]),
    }
}

#[test]
fn no_name_becomes_code() {
    let hostile = ["a\": 1}; alert(1); //", "b\\", "c\n", "", "UPPER.example", "ok.example"];

    let script = text(&hostile, port());

    assert!(script.contains("{\n  \"ok.example\": true\n}"), "{script}");
    assert_eq!(script.matches(": true").count(), 1, "{script}");
}

#[test]
fn the_order_and_repetition_of_hosts_change_nothing() {
    assert_eq!(
        text(&["b.example", "a.example", "b.example"], port()),
        text(&["a.example", "b.example"], port())
    );
}

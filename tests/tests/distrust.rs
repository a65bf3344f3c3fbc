//! A real client that does not take the proxy's certificate: it works all the same, and there is one
//! finding that says who it is and what to do.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::process::{Command, Stdio};

use serde_json::Value;
use vigil_tests::{
    model::Model,
    vigil::{Home, Running, eventually},
};

const URL: &str = "https://api.anthropic.com/nothing";

/// One process that asks many times, over a connection each, and trusts the model's authority alone.
fn ask(home: &Home, vigil: &Running, model: &Model) -> String {
    let mut curl = home.clean("curl".into(), &["-sS", "--no-keepalive", "--http1.1"]);
    curl.args(["--proxy", vigil.field("proxy"), "--cacert", model.ca().to_str().unwrap()]);
    curl.args(["-H", "Connection: close", "-w", "%{http_code} "]).args(["-o", "/dev/null"]);
    for _ in 0..12 {
        curl.arg(URL).args(["-o", "/dev/null"]);
    }
    let output = curl.stderr(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn findings(home: &Home) -> Vec<Value> {
    let all = home.json(&["findings", "--json"])["findings"].clone();
    let all = all.as_array().unwrap().clone();
    all.into_iter().filter(|finding| finding["rule"] == "certificate-rejected").collect()
}

/// How often the finding that names the program was met.
fn times(home: &Home) -> u64 {
    let named = |finding: &&Value| finding["masked"].as_str().unwrap().starts_with("curl ");
    let found = findings(home);
    let found: Vec<_> = found.iter().filter(named).collect();
    assert!(found.len() <= 1, "it is one finding: {found:#?}");
    found.first().map_or(0, |finding| finding["sightings"].as_u64().unwrap())
}

#[test]
fn curl_without_our_certificate_works_and_is_one_finding() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: curl cannot be run");
        return;
    }
    let home = Home::default();
    let model = Model::start("api.anthropic.com", home.root());
    let vigil = Running::start(&home, &["--test-upstreams", &model.upstreams(home.root())]);

    let mut asked = false;
    // Its process is looked for beside the connection; a slow machine may need another one.
    for wanted in [1, 2] {
        eventually("its process is met", || {
            let codes = ask(&home, &vigil, &model);
            // It is refused at first, by itself, and answered in the end.
            assert!(asked || codes.starts_with("000 "), "{codes}");
            assert!(codes.ends_with("404 "), "{codes}");
            asked = true;
            // What it met is on record a moment later.
            let mut met = times(&home);
            for _ in 0..20 {
                if met < wanted {
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    met = times(&home);
                }
            }
            (met >= wanted).then_some(())
        });
    }

    let all = findings(&home);
    let curl = all
        .iter()
        .find(|finding| finding["masked"].as_str().unwrap().starts_with("curl "))
        .unwrap();
    let words = curl["masked"].as_str().unwrap();
    assert!(words.contains("api.anthropic.com") && words.contains("`vigil route exec -- curl`"));
    assert_eq!((&curl["severity"], &curl["group"]), (&"medium".into(), &"capture".into()));
    assert!(all.len() <= 2, "one of who was found, and one of who was not: {all:#?}");
    assert!(vigil.end().success());
}

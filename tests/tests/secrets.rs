//! Secrets in conversations of every client: each is one incident, however often and wherever it
//! is said, and nothing of it is at rest.

#![expect(
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

use serde_json::{Value, json};
use vigil_tests::{
    corpus::{
        CLIENTS, Turn, Words,
        planted::{self, Planted},
    },
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

/// How many are planted.
const COUNT: usize = 146;
/// So many letters of a secret in a row are a part of it that nobody else writes.
const PART: usize = 12;

/// Where a secret is said: in a prompt that may become the session's title, in an answer, on a
/// command line, in an address, as words to look for, and in what a command printed.
const PLACES: usize = 6;

fn turn(words: &mut Words, said: &str, place: usize) -> Turn {
    let mut turn = words.turn();
    match place {
        0 => turn.prompt = format!("use {said} for the client"),
        1 => turn.answer = format!("The value is set:\n{said}\nand in use."),
        2 => turn.command = format!("deploy --with '{said}' --now"),
        3 => turn.command = format!("curl 'https://collector.example.test/v1?q={said}&page=2'"),
        4 => turn.command = format!("rg -n '{said}' src"),
        _ => turn.output = format!("     1\tSERVICE_VALUE={said}\n     2\t# end\n"),
    }
    turn
}

/// Every secret twice, in conversations of two clients and in two places, and searches on the web.
fn plant(home: &Path, secrets: &[Planted]) {
    for (number, client) in CLIENTS.into_iter().enumerate() {
        let mut words = Words::new(number as u64);
        for session in 0..PLACES {
            let mut writing = client.session(u32::try_from(session).unwrap());
            let mut text = client.start(&mut writing);
            for (i, planted) in secrets.iter().enumerate() {
                let is_first = (i % CLIENTS.len(), i / CLIENTS.len() % PLACES) == (number, session);
                let is_again = ((i + 1) % CLIENTS.len(), (i + 2) % PLACES) == (number, session);
                if is_first || is_again {
                    let place = if is_first { i / 7 } else { i / 5 };
                    let turn = turn(&mut words, &planted.text, place % PLACES);
                    text += &client.turn(&mut writing, &turn);
                }
            }
            let path = client.path(home, &writing);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let mut session = Session::new(77);
    let searches = secrets.iter().step_by(12).enumerate().map(|(number, planted)| {
        let input = json!({"query": format!("what is {}", planted.text)});
        let call = json!({"type": "tool_use", "id": format!("toolu_web_{number}"),
            "name": "WebSearch", "input": input});
        session.answer(&format!("msg_web_{number}"), &call)
    });
    let lines: Vec<_> = searches.collect();
    let project = home.join(".claude/projects/-home-dev-shop");
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join("00000000-0000-4000-8000-000000000077.jsonl"), jsonl(&lines)).unwrap();
}

/// Every part of a secret that no mask shows.
fn parts(secrets: &[Planted]) -> HashSet<&[u8]> {
    secrets
        .iter()
        .flat_map(|planted| planted.secret.lines().filter(|line| !line.starts_with("-----")))
        .flat_map(|line| line.as_bytes()[4..].windows(PART))
        .collect()
}

/// The files below `folder` with a part of a secret in them.
fn leaks(folder: &Path, parts: &HashSet<&[u8]>) -> Vec<String> {
    let mut leaks = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            leaks.extend(self::leaks(&path, parts));
        } else if holds(&fs::read(&path).unwrap_or_default(), parts) {
            leaks.push(path.display().to_string());
        }
    }
    leaks
}

fn holds(bytes: &[u8], parts: &HashSet<&[u8]>) -> bool {
    bytes.windows(PART).any(|window| parts.contains(window))
}

/// What was found of values: the sessions install packages too, which is found apart.
fn findings(home: &Home) -> Vec<Value> {
    let mut all = home.json(&["findings", "--json"])["findings"].as_array().unwrap().clone();
    all.retain(|finding| finding["group"] != "package");
    all
}

#[test]
fn every_planted_secret_is_one_incident_and_nothing_of_it_is_at_rest() {
    let home = Home::default();
    let secrets = planted::secrets(COUNT);
    let parts = parts(&secrets);
    plant(&home.user(), &secrets);
    assert!(!leaks(&home.user(), &parts).is_empty(), "the search finds what is in clear");

    home.json(&["ingest", "--once", "--json"]);

    let found = findings(&home);
    let mut of_group = BTreeMap::<_, usize>::new();
    for finding in &found {
        *of_group.entry(finding["group"].as_str().unwrap()).or_default() += 1;
    }
    let mut planted = BTreeMap::<_, usize>::new();
    for secret in &secrets {
        *planted.entry(secret.group).or_default() += 1;
    }
    assert_eq!(of_group, planted);
    assert_eq!(found.len(), COUNT);
    let again = |finding: &&Value| finding["sightings"].as_u64().unwrap() > 1;
    assert_eq!(found.iter().filter(again).count(), COUNT, "each is said at least twice");
    assert_eq!(leaks(&home.vigil(), &parts), Vec::<String>::new());

    // Packed texts are not to be searched as they lie; what comes out of them is.
    for asked in [&["events", "--jsonl", "--text"][..], &["findings", "--json"]] {
        let told = home.run(asked);
        assert!(told.status.success() && !told.stdout.is_empty(), "{asked:?}");
        assert!(!holds(&told.stdout, &parts), "{asked:?} shows a secret");
    }
}

#[test]
fn what_a_person_looks_for_is_not_kept() {
    let home = Home::default();
    let secrets = planted::secrets(24);
    let parts = parts(&secrets);
    plant(&home.user(), &secrets);
    let running = Running::start(&home, &[]);
    eventually("the secrets are found", || (findings(&home).len() == secrets.len()).then_some(()));

    for planted in &secrets {
        let quoted = format!("\"{}\"", planted.secret.replace('\n', " "));
        home.run(&["search", &quoted]);
    }
    assert!(running.end().success());

    assert_eq!(leaks(&home.vigil(), &parts), Vec::<String>::new());
}

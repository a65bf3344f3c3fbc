//! A tool that writes thousands of lines a second into many files loses none of them.

#![expect(clippy::tests_outside_test_module, reason = "an integration test is a test module")]

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    thread,
    time::Duration,
};

use vigil_tests::{
    transcript::{Session, jsonl},
    vigil::{Home, Running, eventually},
};

#[test]
fn two_thousand_lines_a_second_into_fifty_new_files_are_all_there() {
    const FILES: u32 = 50;
    const ROUNDS: u32 = 40;
    let home = Home::default();
    let vigil = Running::start(&home, &["--no-proxy"]);

    // Every file and half of the folders appear while Vigil runs.
    let mut writers: Vec<_> = (0..FILES)
        .map(|number| {
            let session = Session::new(number);
            let folder = home.projects().join(format!("-home-dev-shop{}", number % 25));
            fs::create_dir_all(&folder).unwrap();
            let path = folder.join(format!("{}.jsonl", session.id));
            let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
            (number, session, file)
        })
        .collect();
    for round in 0..ROUNDS {
        for (number, session, file) in &mut writers {
            let (message, tool) =
                (format!("msg_{number}_{round}"), format!("toolu_{number}_{round}"));
            let lines =
                jsonl(&[session.call(&message, &tool, "date"), session.result(&tool, "now")]);
            // Half a line first, the rest later: as a buffered writer would.
            let (first, second) = lines.as_bytes().split_at(lines.len() / 3);
            file.write_all(first).unwrap();
            file.write_all(second).unwrap();
        }
        thread::sleep(Duration::from_millis(50));
    }

    let expected = u64::from(FILES * ROUNDS);
    eventually("every line is stored", || {
        let total = &home.json(&["usage", "--json"])["total"];
        (total["calls"] == expected).then_some(())
    });
    let sessions = home.json(&["sessions", "--json"])["sessions"].clone();
    assert_eq!(sessions.as_array().map(Vec::len), Some(FILES as usize));
    assert_eq!(home.json(&["status", "--json"])["drops"], serde_json::json!({}));
    assert!(vigil.end().success());
}

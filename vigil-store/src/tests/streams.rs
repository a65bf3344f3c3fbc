//! Readers that take their time.

use std::{fs, ops::ControlFlow};

use vigil_proto::{Witness, report::EventFilter};

use super::parts::{Bench, batch, noise, prompt, response};

#[test]
fn a_listener_that_stalls_does_not_let_the_wal_grow() {
    let bench = Bench::new();
    bench.put(batch(Witness::Transcript, (0..200).map(|n| prompt(n, &format!("{n}"))).collect()));
    let wal = bench.dir.path().join("vigil.db-wal");
    let reader = bench.reader();
    let mut told = 0;

    reader
        .events(&EventFilter::default(), |_| {
            told += 1;
            if told == 1 {
                // The listener sleeps while the agent writes several times what a WAL may hold.
                for n in 0..400 {
                    let text = noise(n);
                    bench.put(batch(
                        Witness::Transcript,
                        vec![response(1, &format!("m{n}"), &text)],
                    ));
                }
            }
            ControlFlow::Continue(())
        })
        .unwrap();

    assert_eq!(told, 200, "what was written meanwhile belongs to the next question");
    let bytes = fs::metadata(&wal).unwrap().len();
    assert!(bytes < 24 * 1024 * 1024, "{bytes}");
}

#[test]
fn a_long_history_is_told_whole_and_in_order() {
    let bench = Bench::new();
    let events = (0..1000).rev().map(|n| prompt(n, &format!("prompt {n}"))).collect();
    bench.put(batch(Witness::Transcript, events));

    let events = bench.events();

    assert_eq!(events.len(), 1000);
    assert!(events.is_sorted_by_key(|event| event.at));
}

#[test]
fn a_query_is_words_and_never_the_indexs_language() {
    let bench = Bench::new();
    bench.put(batch(
        Witness::Transcript,
        vec![
            prompt(1, "near the words column"),
            prompt(2, "[[vigil:github_ghp:ghp_..zzzz:0011223344556677]] is the key"),
        ],
    ));
    let reader = bench.reader();

    for (query, hits) in [
        ("\" OR *", 0),
        ("words : near", 1),
        ("NEAR(words column, 1)", 1),
        ("NEAR", 1),
        ("^near", 1),
        ("- near", 1),
        ("near\"", 1),
        ("{words}: near", 1),
        ("near AND nothing", 0),
        ("'; DROP TABLE events; --", 0),
        ("*", 0),
        ("\0near", 1),
        ("github", 1),
        // A mask's hint and fingerprint are no words.
        ("ghp", 1),
        ("zzzz", 0),
        ("0011223344556677", 0),
        ("\"ghp_..zzzz\"", 0),
    ] {
        assert_eq!(reader.search(query, 10).unwrap().hits.len(), hits, "{query}");
    }
    let many = "near ".repeat(20_000);
    assert_eq!(reader.search(&many, 10).unwrap().hits.len(), 1);
    let distinct: String = (0..20_000).flat_map(|n| [format!("w{n}"), " ".to_owned()]).collect();
    assert_eq!(reader.search(&distinct, 10).unwrap().hits.len(), 0);
}

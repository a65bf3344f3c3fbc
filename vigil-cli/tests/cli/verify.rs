//! `vigil verify` on stores that were left alone, and on others.

use std::fs;

use serde_json::{Value, json};

use crate::{home::Home, record::record};

/// A home with a record, and the head of its chain as a line.
fn recorded() -> (Home, String) {
    let home = Home::new();
    record(&home);
    let chain = home.vigil(["verify", "--json"]).exits(0).document("verify")["chain"].clone();
    let line = format!("{} {}\n", chain["number"], chain["head"].as_str().unwrap());
    (home, line)
}

/// Replaces a text in the database's file by one of the same length, as an editor would.
fn overwrite(home: &Home, old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let path = home.path("vigil/data/vigil.db");
    let mut bytes = fs::read(&path).unwrap();
    let places: Vec<usize> = bytes
        .windows(old.len())
        .enumerate()
        .filter(|(_, part)| *part == old.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    }
    fs::write(&path, bytes).unwrap();
}

#[test]
fn a_record_that_was_left_alone_is_intact() {
    let (home, _) = recorded();

    let document = home.vigil(["verify", "--json"]).exits(0).document("verify");
    let words = home.vigil(["verify"]).exits(0);

    assert_eq!(document["intact"], true);
    assert_eq!(document["events"]["intact"], 11);
    assert_eq!(document["findings"]["intact"], 1);
    assert_eq!((&document["problems"], &document["anchors"]), (&json!([]), &Value::Null));
    assert!(words.stdout.starts_with("intact\nchain     "), "{words:?}");
    assert!(words.stderr.contains("No anchor was given: a cut end cannot be seen"), "{words:?}");
    assert!(!words.stderr.contains('\r'), "no progress where nobody watches: {words:?}");
}

#[test]
fn an_edited_text_is_named_with_its_event() {
    let (home, _) = recorded();
    overwrite(&home, "make deploy", "make coffee");

    let ran = home.vigil(["verify", "--json"]).exits(1);
    let words = home.vigil(["verify"]).exits(1).stdout;

    let document = ran.document("verify");
    assert_eq!((&document["intact"], &document["problems_total"]), (&json!(false), &json!(2)));
    for problem in document["problems"].as_array().unwrap() {
        assert_eq!(problem["what"], "altered");
        assert_eq!((&problem["about"], &problem["kind"]), (&json!("event"), &json!("tool_call")));
        for key in ["id", "number", "at", "session", "link", "link_at"] {
            assert!(!problem[key].is_null(), "{key}: {problem}");
        }
    }
    assert!(words.starts_with("not intact: 2 problems\n"), "{words}");
    assert!(words.contains("9 intact, 2 altered"), "{words}");
    assert!(words.contains("tool_call Bash  2025-11-22 10:00:02  aaaa1111"), "{words}");
}

#[test]
fn an_anchor_vouches_and_a_longer_one_shows_that_the_end_is_cut() {
    let (home, line) = recorded();
    let anchor = home.write("anchors", format!("# as noted\n\n{line}"));
    let (number, head) = line.trim().split_once(' ').unwrap();
    let later = format!("{} {head}\n", number.parse::<u64>().unwrap() + 1);
    let other = format!("{number} {}\n", "0".repeat(64));
    let anchor = anchor.to_str().unwrap();

    let vouched = home.vigil(["verify", "--anchor", anchor]).exits(0);
    let cut = home.vigil_fed(["verify", "--anchor", "-"], &later).exits(1);
    let replaced = home.vigil_fed(["verify", "--json", "--anchor", "-"], &other).exits(1);

    let all = format!("1 of 1 match; vouched for up to link {number} of {number}");
    assert!(vouched.stdout.contains(&all), "{vouched:?}");
    assert_eq!(vouched.stderr, "");
    assert!(cut.stdout.contains("its end was cut off"), "{cut:?}");
    assert_eq!(replaced.document("verify")["problems"][0]["about"], "anchor");
}

#[test]
fn what_is_no_anchor_is_never_taken_for_a_good_one() {
    let (home, _) = recorded();

    for (text, says) in [("", "no anchor in it"), ("12 abc\n", "no anchor in line 1")] {
        let ran = home.vigil_fed(["verify", "--anchor", "-"], text).exits(2);
        assert!(ran.stderr.contains(says), "{ran:?}");
        assert!(ran.stderr.contains("64 hexadecimal digits"), "{ran:?}");
    }
    let ran = home.vigil(["verify", "--anchor", "nowhere"]).exits(1);
    assert!(ran.stderr.contains("cannot read nowhere"), "{ran:?}");
}

#[test]
fn a_store_elsewhere_is_verified_without_being_changed() {
    let (home, line) = recorded();
    let copy = home.write("copy/vigil.db", fs::read(home.path("vigil/data/vigil.db")).unwrap());
    let before = fs::read(&copy).unwrap();

    home.vigil_fed(["verify", "--db", "copy", "--anchor", "-"], &line).exits(0);
    let missing = home.vigil(["verify", "--db", "nowhere"]).exits(1);

    assert!(fs::read(&copy).unwrap() == before, "the file was changed");
    assert!(missing.stderr.contains("no store in nowhere"), "{missing:?}");
}

#[test]
fn where_nothing_is_recorded_a_noted_head_is_missed() {
    let home = Home::new();
    let line = format!("1 {}\n", "a".repeat(64));

    let empty = home.vigil(["verify", "--json"]).exits(0).document("verify");
    let missed = home.vigil_fed(["verify", "--anchor", "-"], &line).exits(1);

    assert_eq!((&empty["intact"], &empty["chain"]["links"]), (&json!(true), &json!(0)));
    assert!(missed.stderr.contains("a head of its chain was noted"), "{missed:?}");
    assert!(!home.path("vigil").exists());
}

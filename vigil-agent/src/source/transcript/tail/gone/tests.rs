use std::{
    fs,
    sync::{Arc, Mutex},
};

use vigil_proto::{
    Masked, SourceId,
    batch::{Fate, KnownFile},
};

use crate::source::transcript::{
    Known,
    rig::{Committed, Rig, SESSION, answer, prompt},
};

fn main_file() -> String {
    format!("-home-me-work-app/{SESSION}.jsonl")
}

fn conversation() -> String {
    [prompt(1, "say hello"), answer(2, "msg_1", "hello")].concat()
}

fn fates(rig: &Rig) -> Vec<Fate> {
    rig.seen(|seen: &Committed| seen.fates.iter().map(|(_, fate)| *fate).collect())
}

/// A home whose agent knows of every file that it has committed, as the store would.
fn remembering() -> Rig {
    let mut rig = Rig::new();
    let committed = rig.committed();
    rig.known = Known::new(move || {
        let seen = committed.lock().unwrap();
        let mut known: Vec<KnownFile> = Vec::new();
        for (source, place) in &seen.places {
            let last = seen.fates.iter().rev().find(|(of, _)| of == source).map(|(_, fate)| *fate);
            if last == Some(Fate::Moved) {
                continue;
            }
            known.push(KnownFile {
                source: *source,
                place: Masked::from_scan(place.clone()),
                gone: last == Some(Fate::Vanished),
            });
        }
        known
    });
    rig
}

#[test]
fn what_vanished_while_nobody_looked_is_told_once() {
    let rig = remembering();
    let path = rig.write(&main_file(), conversation());
    rig.ingest();
    assert_eq!(fates(&rig), []);

    fs::remove_file(&path).unwrap();
    rig.ingest();
    rig.ingest();
    assert_eq!(fates(&rig), [Fate::Vanished]);

    rig.write(&main_file(), conversation());
    rig.ingest();
    let fates = fates(&rig);
    assert_ne!(fates, [Fate::Vanished], "that it is there again");
    assert_eq!(rig.seen(|seen| seen.distinct().len()), rig.seen(|seen| seen.lines().len()));
}

#[test]
fn the_clients_whole_folder_can_vanish() {
    let rig = remembering();
    rig.write(&main_file(), conversation());
    rig.ingest();

    fs::remove_dir_all(rig.home().join(".claude")).unwrap();
    rig.ingest();

    assert_eq!(fates(&rig), [Fate::Vanished]);
}

#[test]
fn a_file_that_moved_or_was_compressed_has_not_vanished() {
    let rig = remembering();
    let path = rig.write(&main_file(), conversation());
    let other = rig.write("-other/5e551011-0000-4000-8000-000000000002.jsonl", "{}\n");
    rig.ingest();

    fs::create_dir_all(rig.path("-home-me-elsewhere")).unwrap();
    fs::rename(&path, rig.path(&format!("-home-me-elsewhere/{SESSION}.jsonl"))).unwrap();
    fs::rename(&other, other.with_extension("jsonl.zst")).unwrap();
    rig.ingest();

    assert_eq!(fates(&rig), [Fate::Moved, Fate::Moved]);
}

#[test]
fn another_file_of_the_same_name_is_not_the_one_that_vanished() {
    let rig = remembering();
    let path = rig.write(&main_file(), conversation());
    rig.ingest();

    fs::remove_file(path).unwrap();
    rig.write(&format!("-elsewhere/{SESSION}.jsonl"), prompt(9, "something else"));
    rig.ingest();

    assert_eq!(fates(&rig), [Fate::Vanished]);
}

#[test]
fn a_file_that_vanishes_while_it_is_followed_is_told_and_so_is_its_return() {
    let rig = remembering();
    let path = rig.write(&main_file(), conversation());
    let kept = rig.home().join("kept");
    let _follow = rig.follow();
    rig.wait_for("the conversation", |seen| seen.texts().len() == 2);

    fs::rename(&path, &kept).unwrap();
    rig.wait_for("that it is gone", |seen| seen.fates.len() == 1);
    fs::rename(&kept, &path).unwrap();
    rig.wait_for("that it is back", |seen| seen.fates.len() == 2);

    assert_eq!(fates(&rig), [Fate::Vanished, Fate::Back]);
}

#[test]
fn a_file_that_is_written_anew_is_told_of() {
    let rig = remembering();
    let path = rig.write(&main_file(), conversation());
    rig.ingest();

    fs::write(&path, prompt(5, "all new")).unwrap();
    rig.ingest();

    assert_eq!(fates(&rig), [Fate::Rewritten]);
}

#[test]
fn a_file_that_the_store_knows_already_is_not_read_again() {
    let rig = remembering();
    let path = rig.write(&main_file(), conversation());
    let _follow = rig.follow();
    rig.wait_for("the conversation", |seen| seen.texts().len() == 2);
    // Written back with other words, and known to have been read to its end.
    let text = prompt(7, "written back");
    let staged = rig.home().join("staged");
    fs::write(&staged, &text).unwrap();
    let committed: Arc<Mutex<Committed>> = rig.committed();
    let source = SourceId::of(path.as_os_str().as_encoded_bytes());
    rig.know(source, &staged, text.as_bytes());
    fs::rename(&staged, &path).unwrap();
    rig.append(&main_file(), prompt(8, "and gone on with"));

    rig.wait_for("what was added", |seen| seen.texts().len() == 3);
    assert!(!committed.lock().unwrap().texts().contains(&"written back".to_owned()));
    assert_eq!(rig.seen(|seen| seen.count("read.restarted-file")), 0);
}

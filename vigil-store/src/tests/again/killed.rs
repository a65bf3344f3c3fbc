//! Ended in the midst of it, by whatever.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use super::{super::parts::open, *};
use crate::Reader;

/// Copies what a killed process would leave.
fn copy(from: &Path, to: &Path) {
    for name in ["vigil.db", "vigil.db-wal"] {
        let bytes = std::fs::read(from.join(name)).unwrap_or_default();
        std::fs::write(to.join(name), bytes).unwrap();
    }
}

/// What is told, in a form that can be compared.
fn told(dir: &Path) -> Vec<String> {
    let reader = Reader::open(dir).unwrap();
    let mut told: Vec<String> = super::super::parts::events(&reader)
        .into_iter()
        .map(|row| format!("{:?} {:?} {:?} {:?}", row.id, row.at, row.text, row.name))
        .collect();
    let mut findings = reader.findings().unwrap().findings;
    findings.sort_by_key(|finding| finding.id);
    told.extend(
        findings.iter().map(|f| format!("{} {} {:?} {}", f.id, f.at, f.masked, f.sightings)),
    );
    told
}

#[test]
fn from_wherever_it_is_gone_on_with_it_comes_to_the_same() {
    let bench = filled();
    let (mut copies, mut steps) = (Vec::new(), 0);
    loop {
        let dir = tempfile::tempdir().unwrap();
        copy(bench.dir.path(), dir.path());
        copies.push(dir);
        let step = bench.writer.mask_again(order(1, 2000)).unwrap();
        // What the writer does by itself after a step is over before its files are copied.
        bench.writer.flush().unwrap();
        steps += 1;
        if matches!(step, MaskingStep::Done(_)) {
            break;
        }
    }
    assert!(steps > 10, "{steps}");
    let whole = told(bench.dir.path());

    for dir in copies {
        let (store, damage) = open(dir.path());
        assert_eq!(damage, None);
        to_the_end(&store.writer(), 1);
        store.close().unwrap();
        assert_eq!(files_with(dir.path(), WORD), Vec::<String>::new());
        assert!(told(dir.path()) == whole);
    }
}

const TEXTS: u64 = 400;

/// Not a test of its own: the process that the next test starts and kills.
#[test]
#[ignore = "started by another test as a process of its own"]
fn child_masks_again() {
    let Some(dir) = std::env::var_os("VIGIL_STORE_TEST_DIR") else { return };
    let (store, damage) = open(Path::new(&dir));
    assert_eq!(damage, None);
    to_the_end(&store.writer(), 1);
    store.close().unwrap();
}

fn child(dir: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::again::killed::child_masks_again", "--ignored", "--nocapture"])
        .env("VIGIL_STORE_TEST_DIR", dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_twenty_times_it_ends_with_nothing_in_clear_and_an_intact_record() {
    let bench = Bench::new();
    for n in 0..TEXTS {
        let text = format!("{} {WORD} {n}", super::super::parts::noise(n));
        let number = n.cast_signed();
        bench.put(batch(Witness::Transcript, vec![response(number, &format!("m{n}"), &text)]));
    }
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();

    let mut killed = 0;
    for round in 0..20 {
        let mut process = child(dir.path());
        std::thread::sleep(Duration::from_millis(20 + 23 * round));
        // It may have ended by itself by now; both are fine.
        let _ = process.kill();
        killed += u32::from(!process.wait().unwrap().success());
    }
    assert!(killed > 0, "it always ended before it was killed");
    assert!(child(dir.path()).wait().unwrap().success());

    assert_eq!(files_with(dir.path(), WORD), Vec::<String>::new());
    let events = super::super::parts::events(&Reader::open(dir.path()).unwrap());
    assert_eq!(events.len() as u64, TEXTS);
    let is_masked =
        |text: &Option<Masked>| text.as_ref().is_some_and(|text| text.as_str().contains(MASK));
    assert!(events.iter().all(|event| is_masked(&event.text)));
}

//! A diff, as git or anybody else may write it: every line that is kept has a number, and no more is
//! kept than was asked for.

#![no_main]

use vigil_detect::diff::{Change, Diff};

const LARGEST: usize = 300;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut diff = Diff::new(LARGEST);
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        check(diff.line(line));
    }
    check(diff.end());
});

fn check(told: Option<Change>) {
    let Some(Change::Added(added)) = told else { return };
    // An end of a line may be added once for the last line and once between two parts.
    assert!(added.bytes.len() <= LARGEST + 2, "more is kept than was asked for");
    let lines = added.bytes.split_inclusive(|byte| *byte == b'\n').count();
    assert_eq!(lines, added.lines.len(), "a line without a number");
}

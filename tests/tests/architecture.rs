//! The rules of the house, read from the sources themselves. Each rule is a pure function from
//! what it looks at to a list of offences, so that it can be shown to fail on a bad sample.

#![expect(
    clippy::expect_used,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "architecture/code.rs"]
mod code;
#[path = "architecture/edges.rs"]
mod edges;
#[path = "architecture/files.rs"]
mod files;
#[path = "architecture/licences.rs"]
mod licences;
#[path = "architecture/rooms.rs"]
mod rooms;
#[path = "architecture/words.rs"]
mod words;

/// Fails with one offence a line.
fn assert_none(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

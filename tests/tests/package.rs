//! What users install, made of the programs at hand: the same each time, with what it says it has, and
//! out again as it came in. That a Debian takes it is in `installed.rs`.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "package/contents.rs"]
mod contents;
#[path = "package/deb.rs"]
mod deb;
#[path = "package/made.rs"]
mod made;
#[path = "package/removal.rs"]
mod removal;
#[path = "package/tarball.rs"]
mod tarball;

//! `vigil doctor` on installations that somebody broke, each in one way: it names the fault and a remedy,
//! and once the remedy was followed nothing is wrong. And on whole ones: nothing is wrong, and nothing of
//! the examination is on record.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "doctor/authority.rs"]
mod authority;
#[path = "doctor/disk.rs"]
mod disk;
#[path = "rotation/ended.rs"]
mod ended;
#[path = "doctor/ground.rs"]
mod ground;
#[path = "doctor/led.rs"]
mod led;
#[path = "doctor/rig.rs"]
mod rig;
#[path = "doctor/runs.rs"]
mod runs;
#[expect(dead_code, reason = "other tests need more of it")]
#[path = "daemon/support.rs"]
mod support;
#[path = "doctor/whole.rs"]
mod whole;

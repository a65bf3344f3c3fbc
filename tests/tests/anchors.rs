//! An agent and the root daemon: how the agent stands when there is none, a strange one or one that
//! comes and goes, and that what the daemon noted of the record can be held against it. Where the
//! daemon must be another user's, the test says so when it cannot be.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "anchors/chain.rs"]
mod chain;
#[path = "anchors/comings.rs"]
mod comings;
#[path = "anchors/rig.rs"]
mod rig;
#[path = "anchors/strangers.rs"]
mod strangers;
#[expect(dead_code, reason = "the daemon's own tests need more of it")]
#[path = "daemon/support.rs"]
mod support;

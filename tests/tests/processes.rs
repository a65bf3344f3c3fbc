//! The processes of agents: real clients and made-up ones, with the root daemon and without it.
//! Where the kernel does not tell of processes, as outside of the first network namespace, the test
//! says so.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "processes/clients.rs"]
mod clients;
#[path = "processes/codex.rs"]
mod codex;
#[path = "processes/rig.rs"]
mod rig;
#[expect(clippy::expect_used, dead_code, reason = "the daemon's own tests need more of it")]
#[path = "daemon/support.rs"]
mod support;
#[path = "processes/trees.rs"]
mod trees;

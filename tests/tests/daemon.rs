//! The root daemon before hostile callers: real processes, real sockets, and, where the tests run as
//! root, other users. What needs root says so where it is not.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "daemon/authorities.rs"]
mod authorities;
#[path = "daemon/authorities_killed.rs"]
mod authorities_killed;
#[path = "daemon/between.rs"]
mod between;
#[path = "daemon/certificates.rs"]
mod certificates;
#[path = "daemon/crash.rs"]
mod crash;
#[path = "daemon/files.rs"]
mod files;
#[path = "daemon/frames.rs"]
mod frames;
#[path = "daemon/identity.rs"]
mod identity;
#[path = "daemon/leases.rs"]
mod leases;
#[path = "daemon/load.rs"]
mod load;
#[path = "daemon/orders.rs"]
mod orders;
#[path = "daemon/parts.rs"]
mod parts;
#[path = "daemon/store.rs"]
mod store;
#[path = "daemon/support.rs"]
mod support;
#[path = "daemon/tables.rs"]
mod tables;
#[path = "daemon/undone.rs"]
mod undone;
#[path = "daemon/verbs.rs"]
mod verbs;

//! The real `vigil`, in a home of its own, command by command. No agent is needed: where one is
//! asked, a scripted stand-in answers on loopback.

#![forbid(unsafe_code)]
#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an integration test is a test module; a failed step is a failed test"
)]

mod home;
mod record;
mod stand_in;
mod usage;

mod agent;
mod canary;
mod check_install;
mod check_package;
mod config;
mod exec;
mod guard;
mod installs;
mod logs;
mod nothing_yet;
mod open;
mod recorded;
mod rehearse;
mod scan;
mod suppress;
mod verify;
mod voice;

//! What the end-to-end tests stand on: a running Vigil in a home of its own, and a scripted
//! model on loopback that speaks real TLS.

#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "test support: a failed step is a failed test"
)]

pub mod claude;
pub mod codex;
pub mod corpus;
pub mod debian;
pub mod keyring;
pub mod model;
pub mod network;
pub mod transcript;
pub mod vigil;

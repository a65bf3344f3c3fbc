//! The parts of the root daemon. They are a library for its own program, for tests and for the
//! targets in `fuzz/`.

#![forbid(unsafe_code)]

pub mod ca;

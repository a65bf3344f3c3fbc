//! The agent's binary; `vigil up` and `vigil ingest` exec it.

fn main() {}

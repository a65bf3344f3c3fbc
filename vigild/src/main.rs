//! The root daemon. It is not built out yet: it does nothing, says so, and fails, so that nobody
//! takes its presence for protection.

#![forbid(unsafe_code)]

use std::{
    io::{self, Write},
    process::ExitCode,
};

fn main() -> ExitCode {
    // Nothing is left to do when even this cannot be said.
    let _ = writeln!(
        io::stderr(),
        "error: vigild is not built out yet and does nothing\n\n\
         hint: Vigil works without it; run `vigil up` as yourself"
    );
    ExitCode::FAILURE
}

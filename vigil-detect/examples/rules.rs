//! Prints docs/RULES.md.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().lock().write_all(vigil_detect::catalogue().as_bytes())
}

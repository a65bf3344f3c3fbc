//! What to do next, as the status says it: each command, and what it is for.

use std::io;

use vigil_proto::report::Next;

use crate::terminal::{BOLD, Console, DIM, hang, plain};

/// Where the words begin when they stand beside their command.
const BESIDE: usize = 28;
/// Where they begin below it.
const BELOW: usize = 6;

pub(super) fn show(next: &[Next], console: &mut Console) -> io::Result<()> {
    if next.is_empty() {
        return Ok(());
    }
    console.line(format_args!("\n{BOLD}Next{BOLD:#}"))?;
    for Next { command, words, .. } in next {
        let words = plain(words);
        let Some(command) = command else {
            console.line(hang(&format!("  {words}"), BELOW, console.width))?;
            continue;
        };
        let command = plain(command);
        let is_short = command.chars().count() + 4 <= BESIDE;
        let room = console.width.unwrap_or(usize::MAX);
        if is_short && BESIDE + words.chars().count() <= room {
            let blanks = " ".repeat(BESIDE - 2 - command.chars().count());
            console.line(format_args!("  {command}{blanks}{DIM}{words}{DIM:#}"))?;
        } else {
            console.line(format_args!("  {command}"))?;
            let below = format!("{}{words}", " ".repeat(BELOW));
            console.line(format_args!("{DIM}{}{DIM:#}", hang(&below, BELOW, console.width)))?;
        }
    }
    Ok(())
}

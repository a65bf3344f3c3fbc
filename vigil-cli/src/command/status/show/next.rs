//! What to do next, as the status says it: each command, and what it is for.

use std::io;

use vigil_proto::report::Next;

use crate::terminal::{BOLD, Console, DIM, hang, plain};

/// What stands before and after a command.
const AROUND: usize = 4;
/// Where the words begin at the most: a longer command has them below it.
const FARTHEST: usize = 32;

pub(super) fn show(next: &[Next], console: &mut Console) -> io::Result<()> {
    if next.is_empty() {
        return Ok(());
    }
    console.line(format_args!("\n{BOLD}Next{BOLD:#}"))?;
    let lengths = next.iter().filter_map(|one| one.command.as_ref());
    let lengths = lengths.map(|command| command.chars().count() + AROUND);
    let column = lengths.filter(|length| *length <= FARTHEST).max().unwrap_or(FARTHEST);
    for Next { command, words, .. } in next {
        let words = plain(words);
        let Some(command) = command else {
            console.line(hang(&format!("  {words}"), 4, console.width))?;
            continue;
        };
        let command = plain(command);
        let length = command.chars().count() + AROUND;
        if length > column {
            console.line(format_args!("  {command}"))?;
            let below = format!("{}{DIM}{words}{DIM:#}", " ".repeat(column));
            console.line(hang(&below, column, console.width))?;
        } else {
            let blanks = " ".repeat(column - length + AROUND - 2);
            let line = format!("  {}{blanks}{DIM}{words}{DIM:#}", unbroken(&command));
            console.line(hang(&line, column, console.width).replace(UNBROKEN, " "))?;
        }
    }
    Ok(())
}

/// A blank at which no line is broken.
const UNBROKEN: char = '\u{a0}';

fn unbroken(command: &str) -> String {
    command.replace(' ', "\u{a0}")
}

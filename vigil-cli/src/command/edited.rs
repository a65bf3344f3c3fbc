//! A client's settings file, shown as it would become, and the question whether that is wanted.

use std::io::{self, BufRead as _};

use crate::{
    failure::Failure,
    route::{diff, file::Snapshot},
    terminal::{Console, DIM, GREEN, RED, plain},
};

/// Shows what would become of the file, where a person reads along; and gives the lines with their
/// signs.
pub(super) fn show(
    file: &Snapshot,
    new: &[u8],
    console: &mut Console,
) -> Result<Vec<String>, Failure> {
    let lines = diff::lines(file.content(), new);
    let diff = lines.iter().map(|(sign, line)| format!("{sign} {line}")).collect();
    if console.json {
        return Ok(diff);
    }
    let place = plain(&file.path.display().to_string()).into_owned();
    let is_new = if file.bytes.is_none() { " (new)" } else { "" };
    console.line(format_args!("{place}{is_new}"))?;
    if file.is_link {
        let target = file.real.display().to_string();
        console.line(format_args!("{DIM}a link: what changes is{DIM:#} {}", plain(&target)))?;
    }
    for (sign, line) in &lines {
        let style = if *sign == '+' { GREEN } else { RED };
        console.line(format_args!("  {style}{sign} {}{style:#}", plain(line)))?;
    }
    Ok(diff)
}

/// Asks whether that is wanted.
pub(super) fn agreed(console: &mut Console) -> Result<bool, Failure> {
    console.say("Write this? [y/N]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

//! A client's settings file with our entries and without them: how it would become, shown, the question
//! whether that is wanted, and what the journal says of it.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    path::PathBuf,
};

use crate::{
    failure::Failure,
    route::{
        diff,
        edit::Unfit,
        file::{Refusal, Snapshot},
        journal::{TakenOut, Written},
    },
    terminal::{Console, DIM, GREEN, RED, plain},
};

mod plan;

pub(super) use self::plan::Plan;

/// What the user has agreed to beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Consent {
    pub(super) dry_run: bool,
    pub(super) yes: bool,
}

impl Consent {
    /// Fails where a question would have to be asked, and nobody is there to answer it.
    pub(super) fn require_somebody(self, console: &Console) -> Result<(), Failure> {
        if self.dry_run || self.yes || (!console.json && io::stdin().is_terminal()) {
            return Ok(());
        }
        Err(Failure::new(
            "nobody is there to be asked, so nothing was written",
            "`--dry-run` shows what would be written, `--yes` writes it",
        ))
    }

    /// True when what was shown is wanted; asks where that is not known.
    pub(super) fn is_given(self, console: &mut Console) -> Result<bool, Failure> {
        Ok(!self.dry_run && (self.yes || agreed(console)?))
    }
}

/// Why a client's file stays as it is.
pub(super) enum Stop {
    Refused(Refusal),
    Unfit(PathBuf, Unfit),
    Failure(Failure),
}

impl Stop {
    /// What is told of the one client; what else fails ends the command.
    pub(super) fn words(self) -> Result<String, Failure> {
        match self {
            Self::Failure(failure) => Err(failure),
            Self::Refused(Refusal::Io { operation, path, source }) => {
                Err(Failure::File { operation, path, source })
            }
            Self::Refused(refusal) => Ok(refusal.to_string()),
            Self::Unfit(file, unfit) => Ok(format!("{} is left alone: {unfit}", file.display())),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// The file without what was written into it.
pub(super) fn taken_out(written: &Written, file: &Snapshot) -> Result<TakenOut, Stop> {
    written.taken_out(file).map_err(|unfit| Stop::Unfit(file.real.clone(), unfit))
}

/// Has the file be so; one that is nothing but ours goes, with the folders that were made for it.
pub(super) fn put_back(
    file: &Snapshot,
    taken: &TakenOut,
    written: &Written,
) -> Result<(), Refusal> {
    match &taken.bytes {
        Some(bytes) => file.replace(bytes, || {}),
        None => file.remove(&written.folders),
    }
}

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

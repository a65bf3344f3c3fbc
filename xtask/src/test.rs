//! `cargo xtask test`: every check there is, in one run. A step that cannot run here says why; a
//! step that fails does not hide the ones after it.

use std::{
    ffi::OsString,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Error, Result, bail};

mod count;
mod steps;

use self::count::{Count, Failed};
use crate::{cargo::Unsuccessful, words::Words};

/// How a step ended.
pub(crate) enum Outcome {
    /// All well; tests it ran, if it ran any.
    Passed(Count),
    /// Not possible here, and why.
    Skipped(String),
}

struct Done {
    name: &'static str,
    took: Duration,
    result: Result<Outcome>,
}

/// Runs every step, or those that are `asked` for, and reports; fails when one failed.
pub(crate) fn run(asked: &[OsString]) -> Result<ExitCode> {
    let unknown = |asked: &&OsString| !steps::ALL.iter().any(|(name, _)| *asked == name);
    if let Some(unknown) = asked.iter().find(unknown) {
        let names: Vec<_> = steps::ALL.iter().map(|(name, _)| *name).collect();
        bail!("no step is called {}; there are: {}", unknown.display(), names.join(", "));
    }
    let mut done = Vec::new();
    for (name, step) in steps::ALL {
        if !asked.is_empty() && !asked.iter().any(|asked| asked == name) {
            continue;
        }
        eprintln!("\n== {name}");
        let start = Instant::now();
        let result = step();
        done.push(Done { name, took: start.elapsed(), result });
    }
    Ok(report(&done))
}

fn report(done: &[Done]) -> ExitCode {
    // Once more, for a long log may be shown without its middle.
    eprint!("{}", why(done));
    eprintln!("\n{:<24} {:>8}  result", "step", "seconds");
    let mut total = Count::default();
    for Done { name, took, result } in done {
        let words = match result {
            Ok(Outcome::Passed(count)) if count.is_empty() => "ok".to_owned(),
            Ok(Outcome::Passed(count)) => count.to_string(),
            Ok(Outcome::Skipped(why)) => format!("not run: {why}"),
            Err(error) => format!("FAILED: {error:#}"),
        };
        eprintln!("{name:<24} {:>8.1}  {words}", took.as_secs_f64());
        match result {
            Ok(Outcome::Passed(count)) => total += *count,
            Ok(Outcome::Skipped(_)) => {}
            // A check without tests of its own counts as one.
            Err(error) => {
                let tests = error.downcast_ref::<Failed>().map(|failed| failed.count);
                total += tests.unwrap_or(Count { passed: 0, failed: 1 });
            }
        }
    }
    eprintln!();
    // The last line is a contract, also when something failed: continuous integration reads it.
    eprintln!("{total}");
    let failed = done.iter().any(|step| step.result.is_err());
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What every step that failed said of it, under its name.
fn why(done: &[Done]) -> String {
    done.iter()
        .filter_map(|Done { name, result, .. }| {
            let error = result.as_ref().err()?;
            let words = words_of(error).map(Words::to_string).unwrap_or_default();
            Some(format!(
                "\n== {name}: FAILED, and its last words were\n{words}== end of {name}: {error:#}\n"
            ))
        })
        .collect()
}

fn words_of(error: &Error) -> Option<&Words> {
    let failed = error.downcast_ref::<Failed>().map(|failed| &failed.words);
    failed.or_else(|| error.downcast_ref::<Unsuccessful>().map(|command| &command.words))
}

#[cfg(test)]
mod tests;

//! `cargo xtask test`: every check there is, in one run. A step that cannot run here says why; a
//! step that fails does not hide the ones after it.

use std::{
    ffi::OsString,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

mod count;
mod steps;

use self::count::Count;

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
                let tests = error.downcast_ref::<count::Failed>().map(|failed| failed.0);
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

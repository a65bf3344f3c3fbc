//! `vigil scan`: looks for credentials in files, folders, stdin or records. Stores nothing,
//! changes nothing, and never prints a secret in clear.

use vigil_detect::{Custom, Engine, FingerprintKey, Hit, Profile};
use vigil_platform::paths::Paths;

use self::{
    baseline::{Baseline, Known},
    diff::Change,
    input::{LeftOut, Skipped},
    print::{Printer, Totals},
};
use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    settings,
    terminal::{Console, plain},
};

mod baseline;
mod diff;
mod git;
mod input;
mod print;
mod records;
mod sarif;
mod utf16;
mod walk;

/// Names of unscanned files that are printed one by one; more are only counted.
const SKIPPED_SHOWN: usize = 20;

pub(super) fn run(args: &args::Scan, console: &mut Console) -> Outcome {
    let format = match (args.format, console.json) {
        (Some(format), _) => format,
        (None, true) => args::ScanFormat::Json,
        (None, false) => args::ScanFormat::Text,
    };
    let baseline = match (&args.baseline, &args.write_baseline) {
        (Some(file), _) => Some(Baseline::read(file)?),
        (None, Some(file)) => Some(Baseline::to_write(file)?),
        (None, None) => args.update_baseline.as_deref().map(Baseline::read).transpose()?,
    };
    // Without a baseline no fingerprint leaves this process, so that the key protects nothing.
    let key = baseline.as_ref().map(Baseline::fingerprints);
    let custom = custom()?;
    let mut scan = Scan {
        engine: Engine::new(key.unwrap_or(FingerprintKey::from_bytes([0; 32])))
            .with_custom(custom.clone()),
        custom,
        allowed: 0,
        examples_too: args.all,
        writes: args.write_baseline.is_some(),
        extends: args.update_baseline.is_some(),
        baseline,
        printer: Printer::new(format, args.jsonl_in.is_some()),
        totals: Totals::default(),
    };
    let mut left_out = LeftOut::default();
    let mut each = |text: Text<'_>| scan.text(text, console);
    let change = match &args.git_diff {
        Some(range) => Some(Change::Since(range)),
        None => args.staged.then_some(Change::Staged),
    };
    match (&args.jsonl_in, change) {
        (Some(file), _) => records::each(file, &mut left_out, &mut each)?,
        (None, Some(change)) => diff::each(change, &args.paths, &mut left_out, &mut each)?,
        (None, None) => input::each(&args.paths, args.no_ignore, &mut left_out, &mut each)?,
    }
    report(&left_out.skipped, console);
    if scan.allowed > 0 {
        let allowed = scan.allowed;
        console.say(format_args!(
            "{allowed} left alone, as the configuration's `[[detect.allow]]` says."
        ));
    }
    if (scan.writes || scan.extends)
        && let Some(baseline) = &scan.baseline
    {
        let known = baseline.write()?;
        console.say(format_args!("{known} known from now on."));
    }
    scan.totals.ignored = left_out.ignored;
    let found = scan.printer.finish(&left_out.skipped, &scan.totals, console)?;

    let missed = left_out.skipped.iter().any(|skipped| skipped.asked_for);
    Ok(if missed || (found > 0 && args.exit_code) { Exit::Failed } else { Exit::Ok })
}

/// What the configuration adds to the rules, where there is a configuration.
fn custom() -> Result<Custom, Failure> {
    // A scan needs no place of Vigil's.
    let Ok(paths) = Paths::locate() else { return Ok(Custom::default()) };
    let custom = settings::read(&paths)?.custom;
    Ok(match settings::fingerprints(&paths)? {
        Some(key) => custom.with_key(key),
        None => custom,
    })
}

/// A text to be scanned.
struct Text<'a> {
    /// The path, or the record's id.
    id: &'a str,
    content: String,
    at: Where,
}

/// Where a text stands in what it is of.
#[derive(Debug)]
enum Where {
    /// It begins after so many bytes and lines.
    From { bytes: usize, lines: usize },
    /// Its lines are those with these numbers.
    Lines(Vec<usize>),
}

struct Scan {
    engine: Engine,
    custom: Custom,
    /// Texts that the configuration leaves alone.
    allowed: u64,
    examples_too: bool,
    baseline: Option<Baseline>,
    /// True when the baseline is to be written anew.
    writes: bool,
    /// True when it is to have what it does not know, too.
    extends: bool,
    printer: Printer,
    totals: Totals,
}

/// One hit, ready to be printed.
struct Found<'a> {
    /// The path, or the record's id.
    id: &'a str,
    hit: &'a Hit,
    /// First byte, and one past the last, of the file; of a change, of the lines that it adds, and of
    /// UTF-16, of its text as UTF-8.
    start: usize,
    end: usize,
    /// True when these are bytes of the file.
    in_file: bool,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    /// First and last characters, where the rule lets them be shown.
    hint: &'a str,
}

impl Scan {
    fn text(&mut self, text: Text<'_>, console: &mut Console) -> Result<(), Failure> {
        let Text { id, content: text, at } = text;
        if self.custom.allows_path(id).is_some() {
            self.allowed += 1;
            return Ok(());
        }
        let passed = match &at {
            Where::From { bytes, .. } => *bytes,
            Where::Lines(_) => 0,
        };
        self.totals.texts += u64::from(passed == 0);
        self.totals.bytes += text.len() as u64;
        // What is new is so at each of its places in this text.
        let mut fresh = Vec::new();
        let (hits, unread) = self.engine.scan_whole(&text, Profile::Alert);
        self.totals.undecoded += (unread.nested + unread.compressed) as u64;
        for (hit, (line, column)) in hits.iter().zip(places(&text, &hits)) {
            if hit.documented_example && !self.examples_too {
                continue;
            }
            let (hint, fingerprint) = self.engine.shown(&text, hit);
            if let Some(baseline) = &mut self.baseline {
                let known = Known::new(hit.rule.name, fingerprint);
                if self.writes {
                    baseline.add(known);
                } else if baseline.has(&known) {
                    self.totals.known += 1;
                    continue;
                } else if self.extends {
                    fresh.push(known);
                }
            }
            let line = match &at {
                Where::From { lines, .. } => lines + line,
                Where::Lines(numbers) => numbers.get(line - 1).copied().unwrap_or(line),
            };
            let found = Found {
                id,
                hit,
                start: passed + hit.start,
                end: passed + hit.end,
                in_file: matches!(at, Where::From { .. }),
                line,
                column,
                hint: &hint,
            };
            self.printer.print(&found, console)?;
        }
        if let Some(baseline) = &mut self.baseline {
            for known in fresh {
                baseline.add(known);
            }
        }
        Ok(())
    }
}

/// Line and column of each hit. The hits are sorted, so the text is walked once.
fn places(text: &str, hits: &[Hit]) -> Vec<(usize, usize)> {
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    hits.iter()
        .map(|hit| {
            let passed = text.get(at..hit.start).unwrap_or_default();
            line += passed.bytes().filter(|byte| *byte == b'\n').count();
            if let Some(newline) = passed.rfind('\n') {
                line_start = at + newline + 1;
            }
            at = hit.start;
            let column = text.get(line_start..hit.start).map_or(0, |part| part.chars().count());
            (line, column + 1)
        })
        .collect()
}

fn report(skipped: &[Skipped], console: &mut Console) {
    for skipped in skipped.iter().take(SKIPPED_SHOWN) {
        console.warn(format_args!(
            "not scanned: {}: {}",
            plain(&skipped.id),
            plain(&skipped.reason)
        ));
    }
    if let Some(more) = skipped.len().checked_sub(SKIPPED_SHOWN).filter(|more| *more > 0) {
        console.warn(format_args!("not scanned: {more} more (`--json` lists all)"));
    }
}

#[cfg(test)]
mod tests;

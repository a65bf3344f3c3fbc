//! `vigil scan`: looks for credentials in files, folders, stdin or records. Stores nothing,
//! changes nothing, and never prints a secret in clear.

use vigil_detect::{Engine, FingerprintKey, Hit};
use vigil_proto::Sensitive;

use self::{input::Skipped, print::Printer};
use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    terminal::{Console, plain},
};

mod input;
mod print;
mod records;
mod sarif;

/// Names of unscanned files that are printed one by one; more are only counted.
const SKIPPED_SHOWN: usize = 20;

pub(super) fn run(args: &args::Scan, console: &mut Console) -> Outcome {
    let format = match (args.format, console.json) {
        (Some(format), _) => format,
        (None, true) => args::ScanFormat::Json,
        (None, false) => args::ScanFormat::Text,
    };
    let mut scan = Scan {
        // No fingerprint is printed, so this key protects nothing.
        engine: Engine::new(FingerprintKey::from_bytes([0; 32])),
        examples_too: args.all,
        printer: Printer::new(format),
        texts: 0,
        bytes: 0,
    };
    let mut skipped = Vec::new();
    match &args.jsonl_in {
        Some(file) => {
            records::each(file, &mut skipped, |id, text| scan.text(id, text, console))?;
        }
        None => input::each(&args.paths, &mut skipped, |id, text| scan.text(id, text, console))?,
    }
    report(&skipped, console);
    let found = scan.printer.finish(&skipped, scan.texts, scan.bytes, console)?;

    let missed = skipped.iter().any(|skipped| skipped.asked_for);
    Ok(if missed || (found > 0 && args.exit_code) { Exit::Failed } else { Exit::Ok })
}

struct Scan {
    engine: Engine,
    examples_too: bool,
    printer: Printer,
    texts: u64,
    bytes: u64,
}

/// One hit, ready to be printed.
struct Found<'a> {
    /// The path, or the record's id.
    id: &'a str,
    hit: &'a Hit,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    /// First and last characters, where the rule lets them be shown.
    hint: &'a str,
}

impl Scan {
    fn text(&mut self, id: &str, text: String, console: &mut Console) -> Result<(), Failure> {
        self.texts += 1;
        self.bytes += text.len() as u64;
        let hits = self.engine.scan(&text);
        if hits.is_empty() {
            return Ok(());
        }
        let places = places(&text, &hits);
        let (masked, masks) = self.engine.mask(Sensitive::new(text));
        for ((hit, (line, column)), mask) in hits.iter().zip(places).zip(&masks) {
            if hit.documented_example && !self.examples_too {
                continue;
            }
            let mask = masked.as_str().get(mask.start..mask.end).unwrap_or_default();
            let found = Found { id, hit, line, column, hint: hint_of(mask) };
            self.printer.print(&found, console)?;
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

/// The third part of a mask `[[vigil:TYPE:HINT:FINGERPRINT]]`.
fn hint_of(mask: &str) -> &str {
    mask.trim_start_matches("[[vigil:").split(':').nth(1).unwrap_or_default()
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

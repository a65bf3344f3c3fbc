//! The forms that `vigil scan` prints: for people, one document, records, SARIF.

use serde::Serialize;
use vigil_detect::ScanRecord;
use vigil_proto::{Confidence, Severity};

use super::{Found, input::Skipped, sarif};
use crate::{
    args::ScanFormat,
    failure::Failure,
    terminal::{BOLD, Console, bytes, count, plain, severity_style},
};

/// Prints hits as they come, or keeps them for the document.
pub(super) struct Printer {
    format: ScanFormat,
    /// Records were given: lines of theirs are as short as they are.
    of_records: bool,
    found: u64,
    kept: Vec<HitRow>,
}

/// What was looked at, and what was not told.
#[derive(Debug, Default, Serialize)]
pub(super) struct Totals {
    pub(super) texts: u64,
    pub(super) bytes: u64,
    /// Hits that the baseline knows.
    pub(super) known: u64,
    /// Files and folders that the repository ignores.
    pub(super) ignored: u64,
    /// Bytes of encoded text that were not looked into: encoded too often, or compressed.
    pub(super) undecoded: u64,
}

/// `vigil.scan/1`.
#[derive(Debug, Serialize)]
struct ScanReport<'a> {
    hits: Vec<HitRow>,
    not_scanned: &'a [Skipped],
    #[serde(flatten)]
    totals: &'a Totals,
}

/// One hit of a document, and a line of `--format jsonl`: places are bytes of the UTF-8 text.
#[derive(Debug, Serialize)]
pub(super) struct HitRow {
    pub(super) id: String,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: usize,
    pub(super) column: usize,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) group: &'static str,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) documented_example: bool,
    pub(super) title: &'static str,
    pub(super) masked: String,
    /// True when `start` and `end` are bytes of the file.
    #[serde(skip)]
    pub(super) in_file: bool,
}

impl HitRow {
    fn of(found: &Found<'_>) -> Self {
        let Found { id, hit, start, end, in_file, line, column, hint } = *found;
        Self {
            id: id.to_owned(),
            start,
            end,
            line,
            column,
            kind: hit.rule.name,
            group: hit.rule.group,
            severity: hit.severity,
            confidence: hit.confidence,
            documented_example: hit.documented_example,
            title: hit.rule.title,
            masked: hint.to_owned(),
            in_file,
        }
    }
}

impl Printer {
    pub(super) fn new(format: ScanFormat, of_records: bool) -> Self {
        Self { format, of_records, found: 0, kept: Vec::new() }
    }

    /// One hit.
    pub(super) fn print(
        &mut self,
        found: &Found<'_>,
        console: &mut Console,
    ) -> Result<(), Failure> {
        self.found += 1;
        let Found { id, hit, start, end, line, column, hint, .. } = found;
        match self.format {
            ScanFormat::Text => {
                let style = severity_style(hit.severity);
                let shown = if hint.is_empty() { "hidden" } else { hint };
                let example = if hit.documented_example { "  (a documented example)" } else { "" };
                console.line(format_args!(
                    "{BOLD}{}:{line}:{column}{BOLD:#}: {style}{}{style:#} {} [{}]{example}",
                    plain(id),
                    hit.severity,
                    hit.rule.name,
                    plain(shown),
                ))?;
            }
            ScanFormat::Jsonl if self.of_records => {
                let record = ScanRecord { start: *start, end: *end, ..ScanRecord::new(id, hit) };
                console.json_line(&record)?;
            }
            ScanFormat::Jsonl => console.json_line(&HitRow::of(found))?,
            ScanFormat::Json | ScanFormat::Sarif => self.kept.push(HitRow::of(found)),
        }
        Ok(())
    }

    /// What comes last; gives the number of hits.
    pub(super) fn finish(
        self,
        not_scanned: &[Skipped],
        totals: &Totals,
        console: &mut Console,
    ) -> Result<u64, Failure> {
        match self.format {
            ScanFormat::Text => {
                let Totals { texts, bytes: read, known, ignored, undecoded } = totals;
                let mut words = vec![format!(
                    "{} found in {} texts ({}).",
                    count(self.found),
                    count(*texts),
                    bytes(*read)
                )];
                if *known > 0 {
                    words.push(format!("{} more are in the baseline.", count(*known)));
                }
                if *ignored > 0 {
                    words.push(format!(
                        "{} were left out as the repository ignores them (`--no-ignore` scans them, too).",
                        count(*ignored)
                    ));
                }
                if *undecoded > 0 {
                    words.push(format!(
                        "{} of encoded text were not looked into.",
                        bytes(*undecoded)
                    ));
                }
                console.say(words.join(" "));
            }
            ScanFormat::Json => {
                let report = ScanReport { hits: self.kept, not_scanned, totals };
                console.document("scan", report)?;
            }
            ScanFormat::Sarif => console.json_line(&sarif::log(&self.kept, not_scanned))?,
            ScanFormat::Jsonl => {}
        }
        Ok(self.found)
    }
}

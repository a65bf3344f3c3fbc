//! `vigil usage`: tokens and cost by day, session, model or client. Input never includes cached
//! tokens; output includes reasoning.

use vigil_platform::paths::Paths;
use vigil_proto::report::{UsageBy, UsageFigures, UsageReport};

use super::Outcome;
use crate::{
    args,
    failure::Exit,
    store,
    terminal::{BOLD, Console, Table, cost, count, shorten},
};

pub(super) fn run(args: &args::Usage, paths: &Paths, console: &mut Console) -> Outcome {
    let by = UsageBy::from(args.by);
    let time_zone = console.clock.zone_name();
    let report = match store::open(paths)? {
        Some(reader) => reader.usage(by, &time_zone)?,
        None => UsageReport { by, time_zone, rows: Vec::new(), total: UsageFigures::default() },
    };
    if console.json {
        console.document("usage", report)?;
    } else if report.rows.is_empty() {
        console.say(format_args!("No model calls yet. {}", store::NOTHING_YET));
    } else {
        print(&report, console)?;
    }
    Ok(Exit::Ok)
}

fn print(report: &UsageReport, console: &mut Console) -> std::io::Result<()> {
    let first = match report.by {
        UsageBy::Session => "SESSION",
        UsageBy::Day => "DAY",
        UsageBy::Model => "MODEL",
        UsageBy::Client => "CLIENT",
    };
    let mut table = Table::new(&[
        first,
        ">CALLS",
        ">INPUT",
        ">CACHE READ",
        ">CACHE WRITE",
        ">OUTPUT",
        ">REASONING",
        ">COST",
    ]);
    for row in &report.rows {
        table.row(cells(shorten(row.key.as_str(), 48), &row.figures));
    }
    table.row(cells("total".to_owned(), &report.total));
    let text = table.to_string();
    let last = text.lines().count().saturating_sub(1);
    for (at, line) in text.lines().enumerate() {
        if at == 0 || at == last {
            console.line(format_args!("{BOLD}{line}{BOLD:#}"))?;
        } else {
            console.line(line)?;
        }
    }
    if matches!(report.by, UsageBy::Day) {
        console.say(format_args!("\nDays begin at midnight in {}.", report.time_zone));
    }
    Ok(())
}

fn cells(key: String, figures: &UsageFigures) -> [String; 8] {
    [
        key,
        count(figures.calls),
        count(figures.input),
        count(figures.cache_read),
        count(figures.cache_write),
        count(figures.output),
        count(figures.reasoning),
        cost(figures.cost_usd, figures.estimated),
    ]
}

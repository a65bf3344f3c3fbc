//! `vigil why ID`: the whole case of one finding.

use vigil_platform::paths::Paths;
use vigil_proto::report::{EventRow, Why};

use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    store,
    terminal::{BOLD, Console, DIM, plain, severity_style, shorten},
};

pub(super) fn run(args: &args::Why, paths: &Paths, console: &mut Console) -> Outcome {
    let why = match store::open(paths)? {
        Some(reader) => reader.why(&args.id)?,
        None => None,
    };
    let why = why.ok_or_else(|| {
        Failure::new(format!("there is no finding `{}`", args.id), "`vigil findings` lists them")
    })?;
    if console.json {
        console.document("why", why)?;
    } else {
        print(&why, console)?;
    }
    Ok(Exit::Ok)
}

fn print(why: &Why, console: &mut Console) -> std::io::Result<()> {
    let finding = &why.finding;
    let style = severity_style(finding.severity);
    console.line(format_args!(
        "{style}{}{style:#}  {BOLD}{}{BOLD:#}  (group {}, confidence {}, {})",
        finding.severity,
        plain(&finding.rule),
        plain(&finding.group),
        finding.confidence,
        finding.state,
    ))?;
    console.line(plain(finding.why.as_str()))?;
    console.line("")?;
    console.line(format_args!("finding   {}", finding.id))?;
    console.line(format_args!("evidence  {}", plain(finding.masked.as_str())))?;
    console.line(format_args!("first     {}", console.clock.both(finding.at)))?;
    if let Some(session) = &finding.session {
        let turn = finding.turn.map_or_else(String::new, |turn| format!(", turn {turn}"));
        console.line(format_args!("session   {}{turn}", plain(session.as_str())))?;
    }
    if let Some(span) = finding.span {
        console.line(format_args!(
            "place     bytes {}..{} of {} (masked) in event {}",
            span.start, span.end, span.field, finding.event,
        ))?;
    }
    let places = if finding.sightings == 1 { "place" } else { "places" };
    console.line(format_args!("\n{BOLD}Seen in {} {places}{BOLD:#}", finding.sightings))?;
    for row in &why.chain {
        console.line(step(row, console))?;
    }
    // `why.suppress` is not shown: the configuration does not know suppressions yet, and the agent
    // would refuse to start with one.
    Ok(())
}

fn step(row: &EventRow, console: &Console) -> String {
    let name = row.name.as_ref().map_or("", |name| name.as_str());
    let turn = row.turn.map_or_else(String::new, |turn| format!("turn {turn}  "));
    format!(
        "{DIM}{}{DIM:#}  {turn}{} {}  {DIM}{}  event {}{DIM:#}",
        console.clock.to_the_second(row.at),
        row.kind,
        shorten(name, 40),
        plain(&row.witnesses.join("+")),
        row.id,
    )
}

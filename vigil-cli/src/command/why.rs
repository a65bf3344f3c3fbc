//! `vigil why ID`: the whole case of one finding.

mod steps;

use serde::Serialize;
use vigil_detect::{Trace, trace};
use vigil_platform::paths::Paths;
use vigil_proto::{
    Triage,
    report::{EventRow, FindingRow, Why},
    view::{Destination, DestinationKind, EntryWay, Left, Lineage},
};

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
        console.document("why", Told { trace: of(&why.finding), why })?;
    } else {
        print(&why, console)?;
    }
    Ok(Exit::Ok)
}

/// `vigil.why/1`, with what only the detector knows.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    why: Why,
    /// How the engine came to it; none of what is no value, and of the user's own rules.
    trace: Option<Trace>,
}

fn of(finding: &FindingRow) -> Option<Trace> {
    trace(&finding.rule, finding.severity, finding.confidence)
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
    if let Some(fingerprint) = &finding.fingerprint {
        console.line(format_args!("value     fingerprint {fingerprint}"))?;
    }
    console.line(format_args!("first     {}", console.clock.both(finding.at)))?;
    if let Some(session) = &finding.session {
        let turn = finding.turn.map_or_else(String::new, |turn| format!(", turn {turn}"));
        console.line(format_args!("session   {}{turn}", plain(session.as_str())))?;
    }
    if let Some(trace) = of(finding) {
        if !trace.anchors.is_empty() {
            console.line(format_args!("anchor    {}", trace.anchors.join(", ")))?;
        }
        for check in &trace.checks {
            let held = if check.held { "holds" } else { "does not hold" };
            console.line(format_args!("checked   {}: {held}", check.what))?;
        }
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
    if let Some(lineage) = &why.lineage {
        way(lineage, console)?;
    }
    if let Some(revocation) = &why.revocation {
        let of = revocation.service.as_ref().map_or(String::new(), |name| format!("{name}: "));
        console.line(format_args!("\n{BOLD}To take it back{BOLD:#}"))?;
        console.line(format_args!("at        {of}{}", revocation.place))?;
        for (number, step) in (1..).zip(&revocation.steps) {
            console.line(format_args!("{number}.        {step}"))?;
        }
    }
    let steps = steps::of(&finding.rule, &finding.group);
    if !steps.is_empty() {
        console.line(format_args!("\n{BOLD}What to do{BOLD:#}"))?;
    }
    for (number, step) in (1..).zip(steps) {
        console.line(format_args!("{number}.        {step}"))?;
    }
    if finding.state != Triage::Suppressed {
        console.line(format_args!("\n{DIM}not to be told of it:{DIM:#} {}", why.suppress))?;
    }
    Ok(())
}

/// Where the value came in, what it went to, and whether it left the machine.
fn way(lineage: &Lineage, console: &mut Console) -> std::io::Result<()> {
    console.line(format_args!("\n{BOLD}Its way{BOLD:#}"))?;
    let entry = &lineage.entry;
    let name = entry.name.as_ref().map_or("", |name| name.as_str());
    let path = entry.path.as_ref().map_or("", |path| path.as_str());
    let came = match entry.way {
        EntryWay::Prompt => "in a prompt".to_owned(),
        EntryWay::File => format!("in {}, read by {}", shorten(path, 80), shorten(name, 40)),
        EntryWay::Command => format!("in what a command of {} printed", shorten(name, 40)),
        EntryWay::Web => format!("in a page that {} fetched", shorten(name, 40)),
        EntryWay::Mcp => format!("from the MCP server {}", shorten(name, 40)),
        EntryWay::Tool if name.is_empty() => "from a tool".to_owned(),
        EntryWay::Tool => format!("from the tool {}", shorten(name, 40)),
        EntryWay::Answer => "written by the model".to_owned(),
        EntryWay::Instructions => "in the client's instructions to the model".to_owned(),
        EntryWay::CommandLine => format!("on the command line of {}", shorten(name, 40)),
        EntryWay::Other => "in what the client notes".to_owned(),
    };
    console.line(format_args!("came in   {came}, {}", console.clock.both(entry.at)))?;
    for to in &lineage.destinations {
        console.line(destination(to, console))?;
    }
    let left = match lineage.left {
        Left::Yes => "yes, the proxy saw it pass",
        Left::Likely => "likely, by what the client notes; no independent witness saw it",
        Left::No => "nothing says so",
    };
    console.line(format_args!("left here {left}"))?;
    if lineage.more {
        console.line(format_args!("          (from its first {} events)", lineage.looked_at))?;
    }
    Ok(())
}

fn destination(to: &Destination, console: &Console) -> String {
    let name = shorten(to.name.as_str(), 60);
    let host =
        to.host.as_ref().map_or_else(String::new, |host| format!(" at {}", plain(host.as_str())));
    let what = match to.kind {
        DestinationKind::Provider if to.written => format!("{name}{host}, whose model wrote it"),
        DestinationKind::Provider => format!("{name}{host}"),
        DestinationKind::Host => format!("{name}, named beside it"),
        DestinationKind::McpServer => format!("the MCP server {name}"),
        DestinationKind::Tool => format!("the tool {name}"),
        DestinationKind::Program => format!("the program {name}"),
        DestinationKind::File => format!("the file {name}"),
    };
    let times = if to.times == 1 { String::new() } else { format!(", {} times", to.times) };
    let how = if to.seen { "seen" } else { "inferred" };
    format!("went to   {what}{times}  {DIM}{}  {how}{DIM:#}", console.clock.to_the_second(to.first))
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

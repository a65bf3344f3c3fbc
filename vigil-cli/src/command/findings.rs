//! `vigil findings`: what the detectors found, worst first.

use vigil_platform::paths::Paths;
use vigil_proto::{
    Triage,
    report::{FindingRow, Findings},
};

use super::{Outcome, asked_session};
use crate::{
    args,
    failure::Exit,
    store,
    terminal::{BOLD, Clock, Console, Table, count, severity_style, shorten},
};

pub(super) fn run(args: &args::Findings, paths: &Paths, console: &mut Console) -> Outcome {
    let reader = store::open(paths)?;
    let asked = asked_session(args.session.as_deref(), reader.as_ref())?;
    let (mut findings, mut of_session) = (Vec::new(), None);
    if let Some(reader) = &reader {
        of_session = asked.map(|asked| reader.ids_in(asked)).transpose()?;
        findings = reader.findings()?.findings;
    }
    let none_at_all = findings.is_empty();
    let mut suppressed = 0;
    findings.retain(|finding| {
        args.severity.is_none_or(|least| finding.severity >= least)
            && args.state.is_none_or(|state| finding.state == state)
            && of_session.as_ref().is_none_or(|ids| ids.contains(&finding.id))
    });
    if args.state.is_none() {
        let before = findings.len();
        findings.retain(|finding| finding.state != Triage::Suppressed);
        suppressed = (before - findings.len()) as u64;
    }
    let found = !findings.is_empty();

    if console.json {
        console.document("findings", Findings { findings, suppressed })?;
    } else if found {
        print(&findings, console)?;
    } else if none_at_all {
        console.say("No findings. `vigil status` says how much is seen.");
    } else {
        console.say("No finding matches. `vigil findings` lists them all.");
    }
    if suppressed > 0 && !console.json {
        let words = if suppressed == 1 { "finding is" } else { "findings are" };
        console.say(format_args!(
            "{} {words} suppressed; `vigil findings --state suppressed` lists them.",
            count(suppressed)
        ));
    }
    Ok(if found && args.exit_code { Exit::Failed } else { Exit::Ok })
}

fn print(findings: &[FindingRow], console: &mut Console) -> std::io::Result<()> {
    let table = table(findings, &console.clock);
    let mut lines = table.lines();
    if let Some(head) = lines.next() {
        console.line(format_args!("{BOLD}{head}{BOLD:#}"))?;
    }
    for (line, finding) in lines.zip(findings) {
        let word = finding.severity.as_str();
        let style = severity_style(finding.severity);
        let rest = line.strip_prefix(word).unwrap_or(line);
        console.line(format_args!("{style}{word}{style:#}{rest}"))?;
    }
    console.say("\n`vigil why ID` says more about one of them.");
    Ok(())
}

fn table(findings: &[FindingRow], clock: &Clock) -> String {
    let mut table = Table::new(&[
        "SEVERITY",
        "RULE",
        "FINDING",
        "FIRST SEEN",
        "",
        "SESSION",
        ">TURN",
        ">PLACES",
        "STATE",
        "EVIDENCE",
    ]);
    for finding in findings {
        table.row([
            finding.severity.to_string(),
            shorten(&finding.rule, 32),
            shorten_id(&finding.id.to_string()),
            clock.ago(finding.at),
            clock.exact(finding.at),
            finding.session.as_ref().map_or_else(String::new, |id| shorten(id.as_str(), 9)),
            finding.turn.map_or_else(String::new, count),
            count(finding.sightings),
            finding.state.to_string(),
            shorten(finding.masked.as_str(), 72),
        ]);
    }
    table.to_string()
}

/// Enough of an id to name the finding.
fn shorten_id(id: &str) -> String {
    id.chars().take(12).collect()
}

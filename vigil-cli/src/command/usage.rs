//! `vigil usage`: tokens and cost by day, week, month, session, model, client or project. Input
//! never includes cached tokens; output includes reasoning.

use vigil_platform::paths::Paths;
use vigil_proto::report::{UsageBy, UsageQuery, UsageReport};

use super::{Outcome, asked_client, asked_project, since, until};
use crate::{
    args,
    failure::{Exit, Failure},
    store,
    terminal::{Console, count},
};

mod table;

use self::table::Form;

pub(super) fn run(args: &args::Usage, paths: &Paths, console: &mut Console) -> Outcome {
    let reader = store::open(paths)?;
    let query = UsageQuery {
        by: UsageBy::from(args.by),
        from: since(args.since.as_deref(), console)?,
        to: until(args.until.as_deref(), console)?,
        client: asked_client(args.client.as_deref(), reader.as_ref())?,
        project: asked_project(args.project.as_deref()),
    };
    if query.from.zip(query.to).is_some_and(|(from, to)| from >= to) {
        return Err(Failure::Usage {
            message: "`--since` is not before `--until`".to_owned(),
            hint: "give the earlier one as `--since`".to_owned(),
        });
    }
    let report = match &reader {
        Some(reader) => reader.usage_of(&query, console.clock.zone())?,
        None => UsageReport {
            by: query.by,
            time_zone: console.clock.zone_name(),
            ..UsageReport::default()
        },
    };
    let is_narrowed = query != UsageQuery { by: query.by, ..UsageQuery::default() };
    if console.json {
        console.document("usage", report)?;
    } else if report.rows.is_empty() && is_narrowed && reader.is_some() {
        console.say("No model call matches. `vigil usage` counts them all.");
    } else if report.rows.is_empty() {
        console.say(format_args!("No model calls yet. {}", store::NOTHING_YET));
    } else {
        let (text, form) = table::fitting(&report, console.width);
        console.line(text)?;
        if let Some(notes) = notes(&report, form, console) {
            console.say(format_args!("\n{notes}"));
        }
    }
    Ok(Exit::Ok)
}

/// What the table alone does not say.
fn notes(report: &UsageReport, form: Form, console: &Console) -> Option<String> {
    let mut notes = Vec::new();
    let zone = &report.time_zone;
    match report.by {
        UsageBy::Day => notes.push(format!("Days begin at midnight in {zone}.")),
        UsageBy::Week => notes.push(format!("Weeks begin on Mondays, at midnight in {zone}.")),
        UsageBy::Month => notes.push(format!("Months begin at midnight in {zone}.")),
        _ => {}
    }
    let exact = |at| console.clock.exact(at);
    match (report.from, report.to) {
        (Some(from), Some(to)) => {
            notes.push(format!("From {} to {} in {zone}.", exact(from), exact(to)));
        }
        (Some(from), None) => notes.push(format!("Since {} in {zone}.", exact(from))),
        (None, Some(to)) => notes.push(format!("Until {} in {zone}.", exact(to))),
        (None, None) => {}
    }
    if form != Form::Full && report.total.estimated {
        notes.push("~ stands for an estimate from list prices.".to_owned());
    }
    if report.unpriced > 0 {
        let (of, all) = (count(report.unpriced), count(report.total.calls));
        let model = if report.by == UsageBy::Model { "" } else { " (`--by model` shows which)" };
        notes.push(format!("No price is known for {of} of {all} calls{model}."));
    }
    if let Some(open) = report.unexplained {
        let (open, than) = match open.cost_usd {
            open if open < 0.0 => (-open, "less"),
            open => (open, "more"),
        };
        notes.push(format!(
            "By Claude Code's own totals its sessions cost {open:.4} USD {than} than the calls on record: \
             it does not write down every call, such as those of a compaction."
        ));
    }
    (!notes.is_empty()).then(|| notes.join("\n"))
}

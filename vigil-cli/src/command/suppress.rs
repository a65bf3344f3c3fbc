//! `vigil suppress`: what is not to be told of. The list is read from the store; making one and
//! taking it back goes through the agent, which puts it on record.

use std::time::{Duration, SystemTime};

use vigil_platform::paths::Paths;
use vigil_proto::{
    Timestamp,
    view::{
        SuppressOrder, Suppressed, SuppressionRow, Suppressions, UnsuppressOrder, Unsuppressed,
    },
};

use super::{Outcome, asked_project};
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    store,
    terminal::{BOLD, Clock, Console, Table, count, shorten},
};

pub(super) fn run(args: &args::Suppress, paths: &Paths, console: &mut Console) -> Outcome {
    match args {
        args::Suppress::Add(new) => add(new, paths, console),
        args::Suppress::List => list(paths, console),
        args::Suppress::Remove { number } => remove(*number, paths, console),
    }
}

fn add(args: &args::SuppressAdd, paths: &Paths, console: &mut Console) -> Outcome {
    let finding = match &args.id {
        Some(id) => Some(named(id, paths)?),
        None => None,
    };
    let order = SuppressOrder {
        finding,
        rule: args.rule.clone(),
        path: args.path.clone(),
        project: asked_project(args.project.as_deref()),
        reason: args.reason.clone(),
        expires: args.expires.as_deref().map(|text| end(text, console)).transpose()?,
    };
    let done: Suppressed = Agent::require(paths)?.order_with("suppress", &order)?;
    let findings = done.findings;
    if console.json {
        console.document("suppress", done)?;
    } else {
        console.say(format_args!(
            "{} suppressed, and what it covers from now on. `vigil suppress remove {}` takes that back.",
            findings_word(findings),
            done.id
        ));
    }
    Ok(Exit::Ok)
}

fn remove(number: i64, paths: &Paths, console: &mut Console) -> Outcome {
    let order = UnsuppressOrder { id: number };
    let done: Unsuppressed = Agent::require(paths)?.order_with("unsuppress", &order)?;
    if console.json {
        console.document("unsuppress", done)?;
    } else {
        console.say(format_args!("{} open again.", findings_word(done.findings)));
    }
    Ok(Exit::Ok)
}

fn list(paths: &Paths, console: &mut Console) -> Outcome {
    let all = match store::open(paths)? {
        Some(reader) => reader.suppressions()?,
        None => Suppressions::default(),
    };
    if console.json {
        console.document("suppressions", all)?;
    } else if all.suppressions.is_empty() {
        console.say("Nothing is suppressed. `vigil why ID` says how a finding would be.");
    } else {
        let text = table(&all.suppressions, &console.clock);
        let mut lines = text.lines();
        if let Some(head) = lines.next() {
            console.line(format_args!("{BOLD}{head}{BOLD:#}"))?;
        }
        for line in lines {
            console.line(line)?;
        }
    }
    Ok(Exit::Ok)
}

fn table(rows: &[SuppressionRow], clock: &Clock) -> String {
    let mut table = Table::new(&[">NUMBER", "WHAT", ">FINDINGS", "SINCE", "UNTIL", "REASON"]);
    for row in rows {
        let rule = row.rule.as_deref().unwrap_or("anything");
        let what = match (&row.finding, &row.path, &row.project) {
            (Some(id), ..) => {
                format!("finding {}", id.to_string().chars().take(12).collect::<String>())
            }
            (None, Some(path), _) => format!("{rule} in files like {}", path.as_str()),
            (None, None, Some(project)) => format!("{rule} in {}", project.as_str()),
            (None, None, None) => rule.to_owned(),
        };
        table.row([
            row.id.to_string(),
            shorten(&what, 72),
            count(row.findings),
            clock.exact(row.made),
            row.expires.map_or_else(|| "it is taken back".to_owned(), |at| clock.exact(at)),
            shorten(row.reason.as_str(), 60),
        ]);
    }
    table.to_string()
}

/// The finding whose id begins so.
fn named(id: &str, paths: &Paths) -> Result<vigil_proto::FindingId, Failure> {
    let why = store::open(paths)?.map(|reader| reader.why(id)).transpose()?.flatten();
    let why = why.ok_or_else(|| {
        Failure::new(format!("there is no finding `{id}`"), "`vigil findings` lists them")
    })?;
    Ok(why.finding.id)
}

/// The end that `--expires` was given: `30d`, `2w` or `12h` from now, or a time.
fn end(text: &str, console: &Console) -> Result<Timestamp, Failure> {
    let now = SystemTime::now();
    let at = match lasting(text) {
        Some(lasting) => now.checked_add(lasting).map(Timestamp::from),
        None => console.clock.until(text),
    };
    at.filter(|at| *at > Timestamp::from(now)).ok_or_else(|| Failure::Usage {
        message: format!("`{text}` is not a time to come"),
        hint: "give how long, such as 30d or 2w, or a day such as 2027-01-31".to_owned(),
    })
}

fn lasting(text: &str) -> Option<Duration> {
    let hours = match text.as_bytes().last()? {
        b'h' => 1,
        b'd' => 24,
        b'w' => 7 * 24,
        _ => return None,
    };
    let number: u64 = text.get(..text.len() - 1)?.parse().ok()?;
    number.checked_mul(hours * 3600).map(Duration::from_secs)
}

fn findings_word(n: u64) -> String {
    let word = if n == 1 { "finding is" } else { "findings are" };
    format!("{} {word}", count(n))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::lasting;

    #[test]
    fn a_time_to_come_is_hours_days_or_weeks() {
        assert_eq!(lasting("2d"), Some(Duration::from_hours(48)));
        assert_eq!(lasting("1w"), Some(Duration::from_hours(168)));
        assert_eq!(lasting("5h"), Some(Duration::from_hours(5)));
        for wrong in
            ["", "d", "-1d", "2027-01-31", "99999999999999999999d", "18446744073709551615w"]
        {
            assert_eq!(lasting(wrong), None, "{wrong}");
        }
    }
}

//! `vigil installs`: which agent installed what, when, in which session and turn, and what is thought
//! of it.

use std::num::NonZeroU64;

use vigil_platform::paths::Paths;
use vigil_proto::{
    Severity,
    package::Reason,
    view::{InstallPage, InstallQuery, InstallRow, MAX_ROWS},
};
use vigil_store::Reader;

use super::{Outcome, asked_client, asked_ecosystem, asked_session, since, until};
use crate::{
    args,
    failure::{Exit, Failure},
    store,
    terminal::{BOLD, Clock, Console, Table, count, severity_style, shorten},
};

pub(super) fn run(args: &args::Installs, paths: &Paths, console: &mut Console) -> Outcome {
    let ecosystem = args.ecosystem.as_deref().map(asked_ecosystem).transpose()?;
    let reader = store::open(paths)?;
    let query = InstallQuery {
        from: since(args.since.as_deref(), console)?,
        to: until(args.until.as_deref(), console)?,
        client: asked_client(args.client.as_deref(), reader.as_ref())?,
        package: args.package.clone(),
        ecosystem: ecosystem.map(str::to_owned),
        session: asked_session(args.session.as_deref(), reader.as_ref())?,
        severity: args.min_severity.map(and_worse),
        ..InstallQuery::default()
    };
    let is_narrowed = query != InstallQuery::default();
    let most = args.limit.map_or(u64::MAX, NonZeroU64::get);
    if args.jsonl {
        return each_page(reader.as_ref(), &query, most, |page| {
            page.installs.iter().try_for_each(|row| console.json_line(row))
        });
    }
    let mut all = InstallPage::default();
    each_page(reader.as_ref(), &query, most, |page| {
        all.total = page.total;
        all.facets = page.facets;
        all.installs.extend(page.installs);
        Ok(())
    })?;
    if console.json {
        console.document("installs", all)?;
    } else if !all.installs.is_empty() {
        print(&all, console)?;
    } else if is_narrowed {
        console.say("No install matches. `vigil installs` lists them all.");
    } else {
        console.say("No installs. `vigil status` says how much is seen.");
    }
    Ok(Exit::Ok)
}

fn each_page(
    reader: Option<&Reader>,
    query: &InstallQuery,
    most: u64,
    mut each: impl FnMut(InstallPage) -> Result<(), Failure>,
) -> Outcome {
    let Some(reader) = reader else { return Ok(Exit::Ok) };
    let mut told = 0;
    while told < most {
        let query = InstallQuery {
            offset: Some(told),
            limit: Some(MAX_ROWS.min(most - told)),
            ..query.clone()
        };
        let page = reader.install_page(&query)?;
        let rows = page.installs.len() as u64;
        told += rows;
        let is_last = rows == 0 || told >= page.total;
        each(page)?;
        if is_last {
            break;
        }
    }
    Ok(Exit::Ok)
}

/// This severity and all worse ones, as a question has them.
fn and_worse(least: Severity) -> String {
    let words: Vec<&str> =
        Severity::ALL.iter().filter(|is| **is >= least).map(|is| is.as_str()).collect();
    words.join(",")
}

/// What nothing speaks against.
const FINE: &str = "-";

/// What is left out where a terminal is narrow, first what matters least.
const LEFT_OUT: &[usize] = &[5, 8, 7, 2, 6, 4];

fn print(page: &InstallPage, console: &mut Console) -> std::io::Result<()> {
    let mut table = table(&page.installs, &console.clock);
    table.fit(console.width, LEFT_OUT);
    let table = table.to_string();
    let mut lines = table.lines();
    if let Some(head) = lines.next() {
        console.line(format_args!("{BOLD}{head}{BOLD:#}"))?;
    }
    for (line, install) in lines.zip(&page.installs) {
        match install.severity {
            Some(severity) => {
                let (word, style) = (severity.as_str(), severity_style(severity));
                let rest = line.strip_prefix(word).unwrap_or(line);
                console.line(format_args!("{style}{word}{style:#}{rest}"))?;
            }
            None => console.line(line)?,
        }
    }
    let left = page.total.saturating_sub(page.installs.len() as u64);
    if left > 0 {
        console.say(format_args!("\n{} more; raise --limit.", count(left)));
    }
    if let Some(id) = page.installs.iter().find_map(|install| install.findings.first()) {
        let id: String = id.to_string().chars().take(12).collect();
        console
            .say(format_args!("\n`vigil why {id}` says more about the first that is a finding."));
    }
    Ok(())
}

fn table(installs: &[InstallRow], clock: &Clock) -> Table {
    let mut table = Table::new(&[
        "SEVERITY",
        "PACKAGE",
        "VERSION",
        "ECOSYSTEM",
        "WHEN",
        "",
        "CLIENT",
        "SESSION",
        ">TURN",
        "OUTCOME",
        "WHY",
    ]);
    for install in installs {
        let package = &install.package;
        let name = package.name.as_ref().or(package.url.as_ref());
        let reasons: Vec<String> = install.reasons.iter().map(Reason::words).collect();
        table.row([
            install.severity.map_or(FINE, Severity::as_str).to_owned(),
            shorten(name.map_or("?", |name| name.as_str()), 48),
            shorten(package.version.as_ref().map_or("", |version| version.as_str()), 20),
            shorten(&package.ecosystem, 16),
            clock.ago(install.at),
            clock.exact(install.at),
            install.client.as_deref().map_or_else(String::new, |client| shorten(client, 20)),
            install.session.as_ref().map_or_else(String::new, |id| shorten(id.as_str(), 9)),
            install.turn.map_or_else(String::new, count),
            install.outcome.map_or_else(|| install.way.to_string(), |is| is.to_string()),
            shorten(&reasons.join("; "), 80),
        ]);
    }
    table
}

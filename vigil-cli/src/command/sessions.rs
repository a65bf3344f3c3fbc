//! `vigil sessions`: the recorded sessions, newest first.

use std::num::NonZeroUsize;

use vigil_platform::paths::Paths;
use vigil_proto::report::{SessionRow, SessionWitnesses, Sessions, is_in_project};

use super::{Outcome, asked_client, asked_project, since};
use crate::{
    args,
    failure::Exit,
    store,
    terminal::{BOLD, Clock, Console, Table, cost, count, shorten},
};

pub(super) fn run(args: &args::Sessions, paths: &Paths, console: &mut Console) -> Outcome {
    let since = since(args.since.as_deref(), console)?;
    let reader = store::open(paths)?;
    let client = asked_client(args.client.as_deref(), reader.as_ref())?;
    let project = asked_project(args.project.as_deref());
    let mut sessions = match reader {
        Some(reader) => reader.sessions()?.sessions,
        None => Vec::new(),
    };
    let none_at_all = sessions.is_empty();
    sessions.retain(|session| {
        let cwd = session.cwd.as_ref().map_or("", |cwd| cwd.as_str());
        client.as_ref().is_none_or(|client| session.client == *client)
            && (!args.deleted || session.deleted.is_some())
            && project.as_ref().is_none_or(|project| is_in_project(cwd, project))
            && since.is_none_or(|since| session.last >= Some(since))
    });
    let matching = sessions.len();
    if args.deleted {
        // The one that vanished last is the one that somebody looks for.
        sessions.sort_by_key(|session| std::cmp::Reverse(session.deleted));
    }
    sessions.truncate(args.limit.map_or(usize::MAX, NonZeroUsize::get));

    if console.json {
        console.document("sessions", Sessions { sessions })?;
    } else if none_at_all {
        console.say(format_args!("No sessions yet. {}", store::NOTHING_YET));
    } else if sessions.is_empty() {
        console.say("No session matches. `vigil sessions` lists them all.");
    } else if args.deleted {
        console.line(table_of_deleted(&sessions, &console.clock))?;
        console.say(
            "\nhint: `vigil restore SESSION` writes one back, so that its client can resume it",
        );
    } else {
        console.line(table(&sessions, console))?;
        if sessions.len() < matching {
            console.say(format_args!("\n{} more; raise --limit.", matching - sessions.len()));
        }
    }
    Ok(Exit::Ok)
}

/// Characters of a title at most, and where it has to make room for more columns.
const TITLE: usize = 60;
const TITLE_LEAST: usize = 16;

/// What is left out where a terminal is narrow, first what matters least.
const LEFT_OUT: &[usize] = &[1, 11, 7, 6, 8, 5, 10, 4, 9, 3, 0];

/// As many columns as the terminal is wide for; all of them where the answer goes elsewhere.
fn table(sessions: &[SessionRow], console: &Console) -> String {
    let mut least = with_titles_of(TITLE_LEAST, sessions, &console.clock);
    least.fit(console.width, LEFT_OUT);
    let spare = console.width.map_or(TITLE, |width| width.saturating_sub(least.width()));
    let longest = TITLE.min(TITLE_LEAST.saturating_add(spare));
    let mut table = with_titles_of(longest, sessions, &console.clock);
    table.fit(console.width, LEFT_OUT);
    with_bold_head(&table)
}

fn with_titles_of(longest: usize, sessions: &[SessionRow], clock: &Clock) -> Table {
    let mut table = Table::new(&[
        "LAST",
        "",
        "SESSION",
        "CLIENT",
        ">TURNS",
        ">TOOLS",
        ">INPUT",
        ">CACHED",
        ">OUTPUT",
        ">COST",
        ">FINDINGS",
        "SEEN BY",
        "TITLE",
    ]);
    for session in sessions {
        let usage = &session.usage;
        table.row([
            session.last.map_or_else(String::new, |at| clock.ago(at)),
            session.last.map_or_else(String::new, |at| clock.exact(at)),
            shorten(session.id.as_str(), 36),
            shorten(&session.client, 16),
            count(session.turns),
            count(session.tool_calls),
            count(usage.input),
            count(usage.cache_read.saturating_add(usage.cache_write)),
            count(usage.output),
            cost(usage.cost_usd, usage.estimated),
            count(session.findings),
            seen_by(&session.witnesses),
            title(session, longest),
        ]);
    }
    table
}

/// Who told of its calls: both sides, and of how many only one, or which witness alone.
fn seen_by(witnesses: &SessionWitnesses) -> String {
    match (witnesses.is_by_both(), witnesses.apart()) {
        (true, 0) => "both".to_owned(),
        (true, apart) => format!("both but {}", count(apart)),
        (false, _) => {
            witnesses.by.iter().map(|witness| witness.as_str()).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Those whose files are gone, with when that was noticed.
fn table_of_deleted(sessions: &[SessionRow], clock: &Clock) -> String {
    let mut table =
        Table::new(&["DELETED", "", "LAST", "SESSION", "CLIENT", ">TURNS", ">TOOLS", "TITLE"]);
    for session in sessions {
        table.row([
            session.deleted.map_or_else(String::new, |at| clock.ago(at)),
            session.deleted.map_or_else(String::new, |at| clock.exact(at)),
            session.last.map_or_else(String::new, |at| clock.ago(at)),
            shorten(session.id.as_str(), 36),
            shorten(&session.client, 16),
            count(session.turns),
            count(session.tool_calls),
            title(session, TITLE),
        ]);
    }
    with_bold_head(&table)
}

fn with_bold_head(table: &Table) -> String {
    let table = table.to_string();
    match table.split_once('\n') {
        Some((head, rows)) => format!("{BOLD}{head}{BOLD:#}\n{rows}"),
        None => table,
    }
}

/// The title, else where it ran.
fn title(session: &SessionRow, longest: usize) -> String {
    let words = session.title.as_ref().or(session.cwd.as_ref());
    words.map_or_else(String::new, |words| shorten(words.as_str(), longest))
}

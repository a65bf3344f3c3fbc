//! `vigil forget`: sessions deleted from the record for good. What is left is that it was done.

use std::io::{self, BufRead as _, IsTerminal as _};

use vigil_platform::paths::Paths;
use vigil_proto::{
    SessionId,
    archive::{ForgetOrder, Forgotten},
    report::{SessionRow, is_in_project},
};
use vigil_store::Reader;

use super::{Outcome, asked_project};
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    store,
    terminal::{Console, count, plain},
};

/// So many sessions are shown before one is asked.
const SHOWN: usize = 20;

pub(super) fn run(args: &args::Forget, paths: &Paths, console: &mut Console) -> Outcome {
    let Some(reader) = store::open(paths)? else {
        return Err(Failure::new("nothing is recorded yet", store::NOTHING_YET));
    };
    let sessions = sessions(args, &reader)?;
    let all = reader.forgettable(&sessions)?;
    let forks = forks(&all, &reader)?;
    drop(reader);
    if args.dry_run {
        let told = told(&all, console)?;
        tell_of(forks, console);
        return Ok(told);
    }
    if !args.yes && (console.json || !io::stdin().is_terminal()) {
        return Err(Failure::new(
            "nobody is there to be asked, so nothing was forgotten",
            "`--dry-run` shows what would be, `--yes` does it",
        ));
    }
    let agent = Agent::require(paths)?;
    if !args.yes {
        show(&all, console);
        tell_of(forks, console);
        console.say(
            "This cannot be undone. The clients' own files stay as they are, and are not read again. \
             Forget this? [y/N]",
        );
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            console.say("Nothing was forgotten.");
            return Ok(Exit::Failed);
        }
    }
    let forgotten: Forgotten = agent.order_with("forget", &ForgetOrder { sessions })?;
    told(&forgotten, console)
}

fn sessions(args: &args::Forget, reader: &Reader) -> Result<Vec<SessionId>, Failure> {
    if let Some(project) = asked_project(args.project.as_deref()) {
        let sessions = if project.starts_with('/') {
            reader.sessions_of_project(&project)?
        } else {
            let ran_there = |row: &SessionRow| {
                row.cwd.as_ref().is_some_and(|cwd| is_in_project(cwd.as_str(), &project))
            };
            let rows = reader.sessions()?.sessions;
            rows.iter().filter(|row| ran_there(row)).map(|row| row.key).collect()
        };
        if sessions.is_empty() {
            return Err(Failure::new(
                format!("no session is recorded that ran in {project}"),
                "`vigil sessions --json` says where each of them ran",
            ));
        }
        return Ok(sessions);
    }
    let given = args.session.as_deref().unwrap_or_default();
    match reader.session_named(given)? {
        Some(session) => Ok(vec![session]),
        None => Err(Failure::new(
            format!("no session `{given}` is recorded"),
            "`vigil sessions` lists them all",
        )),
    }
}

/// How many sessions that stay go on from one of these.
fn forks(all: &Forgotten, reader: &Reader) -> Result<usize, Failure> {
    let is_one = |id: &str| all.sessions.iter().any(|session| session.id.as_str() == id);
    let goes_on = |row: &&SessionRow| {
        row.parent.as_ref().is_some_and(|parent| is_one(parent.as_str()))
            && !is_one(row.id.as_str())
    };
    Ok(reader.sessions()?.sessions.iter().filter(goes_on).count())
}

/// A call that two sessions tell of belongs to the one that told of it first.
fn tell_of(forks: usize, console: &mut Console) {
    if forks > 0 && !console.json {
        console.say(format_args!(
            "Sessions that stay and go on from these: {}. Calls from before that are counted here: \
             their tokens and cost go from the totals.",
            count(forks as u64)
        ));
    }
}

fn told(forgotten: &Forgotten, console: &mut Console) -> Outcome {
    if console.json {
        console.document("forget", forgotten)?;
    } else {
        show(forgotten, console);
        if !forgotten.dry_run {
            console.say(
                "Forgotten. That it was done is on record; what happens in these sessions from now on \
                 is recorded again.",
            );
            if forgotten.pending {
                console.say(
                    "Somebody is reading the store, so the words are still in its files. They go as \
                     soon as that ends; the agent sees to it, and again when it next starts.",
                );
            }
        }
    }
    Ok(Exit::Ok)
}

fn show(forgotten: &Forgotten, console: &mut Console) {
    for session in forgotten.sessions.iter().take(SHOWN) {
        let last = session.last.map_or_else(String::new, |at| console.clock.ago(at));
        let (client, id) =
            (plain(&session.client).into_owned(), plain(session.id.as_str()).into_owned());
        console.say(format_args!("  {client} {id} {last}"));
    }
    let more = forgotten.sessions.len().saturating_sub(SHOWN);
    if more > 0 {
        console.say(format_args!("  and {more} more"));
    }
    console.say(format_args!(
        "Sessions: {}, events: {}, findings: {}",
        count(forgotten.sessions.len() as u64),
        count(forgotten.events),
        count(forgotten.findings)
    ));
}

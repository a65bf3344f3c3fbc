//! How each client is guarded: by which file, how far, and whether that file still says so.

use serde::Serialize;
use vigil_platform::paths::Paths;
use vigil_proto::{
    guard::{CANNOT_ASK, Mode, can_ask},
    report::Status,
    surface::{Guarded as Seen, HookState},
};

use super::{super::Outcome, client, variable};
use crate::{
    agent::Agent,
    failure::Exit,
    guard::{
        clients::{CLIENTS, Client},
        journal::Guarded,
    },
    route::{edit, file::Snapshot, journal::Journal},
    terminal::{Console, Table, plain},
};

/// `vigil.guard/1`.
#[derive(Debug, Serialize)]
struct GuardReport {
    /// The agent runs, and answers what clients ask.
    running: bool,
    clients: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    client: &'static str,
    title: &'static str,
    installed: bool,
    file: String,
    /// Null when it is not guarded.
    mode: Option<Mode>,
    hook: Standing,
    /// Commands of the last hour that it ran without asking.
    silent: u64,
    note: Vec<String>,
    next: Vec<String>,
}

/// How a client's hook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    /// It is not guarded.
    Off,
    /// Its file has the hook.
    On,
    /// Its file had the hook and has it no more.
    Gone,
    /// Its file has the hook, and it ran commands without asking.
    Silent,
    /// Its file cannot be read.
    Unknown,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Gone => "gone",
            Self::Silent => "silent",
            Self::Unknown => "unknown",
        }
    }
}

pub(super) fn run(name: Option<&str>, paths: &Paths, console: &mut Console) -> Outcome {
    let clients: Vec<&'static Client> = match name {
        Some(name) => vec![client(name)?],
        None => CLIENTS.iter().collect(),
    };
    let journal = Journal::look(paths)?;
    let status: Option<Status> =
        Agent::find(paths).ok().flatten().and_then(|agent| agent.read("status").ok());
    let seen = |client: &Client| {
        let surfaces = &status.as_ref()?.surfaces;
        surfaces.iter().find(|surface| surface.client == client.word)?.guard.clone()
    };
    let rows = clients.into_iter().map(|client| row(client, &journal, seen(client), paths));
    let report = GuardReport { running: status.is_some(), clients: rows.collect() };
    if console.json {
        console.document("guard", report)?;
        return Ok(Exit::Ok);
    }
    print(&report, console)
}

fn row(
    client: &'static Client,
    journal: &Journal<Guarded>,
    seen: Option<Seen>,
    paths: &Paths,
) -> Row {
    let guarded = journal.of(client.word);
    let (path, _) = client.settings(paths.home(), &variable);
    let silent = seen.as_ref().map_or(0, |seen| seen.silent);
    let hook = match guarded {
        None => Standing::Off,
        Some(Guarded { written, .. }) => {
            let has = Snapshot::read(paths.home(), &written.path).ok().and_then(|file| {
                let has = |entry| edit::has(written.form, file.content(), entry);
                written.entries.iter().map(has).collect::<Result<Vec<_>, _>>().ok()
            });
            match has {
                None => Standing::Unknown,
                Some(has) if !has.iter().all(|has| *has) => Standing::Gone,
                Some(_) if seen.is_some_and(|seen| seen.hook == HookState::Silent) => {
                    Standing::Silent
                }
                Some(_) => Standing::On,
            }
        }
    };
    let mode = guarded.map(|guarded| guarded.mode);
    let mut note: Vec<String> =
        client.note.filter(|_| guarded.is_some()).map(str::to_owned).into_iter().collect();
    if mode == Some(Mode::Ask) && !can_ask(client.word) {
        note.push(CANNOT_ASK.to_owned());
    }
    let installed = client.is_installed(paths.home(), &variable);
    let next = match hook {
        Standing::Gone => vec![format!("vigil guard on {}", client.word)],
        Standing::Off if installed => vec![format!("vigil guard on {}", client.word)],
        _ => Vec::new(),
    };
    Row {
        client: client.word,
        title: client.title,
        installed,
        file: guarded.map_or(path, |guarded| guarded.written.path.clone()).display().to_string(),
        mode,
        hook,
        silent,
        note,
        next,
    }
}

fn print(report: &GuardReport, console: &mut Console) -> Outcome {
    let yes_or_no = |yes| if yes { "yes" } else { "no" }.to_owned();
    let mut table = Table::new(&["CLIENT", "INSTALLED", "HOOK", "MODE", "UNASKED", "NEXT"]);
    for row in &report.clients {
        table.row([
            row.client.to_owned(),
            yes_or_no(row.installed),
            row.hook.word().to_owned(),
            row.mode.map_or("-", Mode::as_str).to_owned(),
            row.silent.to_string(),
            row.next.join("; "),
        ]);
    }
    console.line(table)?;
    for row in &report.clients {
        for note in &row.note {
            console.say(format_args!("{}: {}", row.client, plain(note)));
        }
    }
    if !report.running {
        console.say(
            "\nThe agent does not run: hooks judge by themselves, and nothing of it is on record.",
        );
    }
    Ok(Exit::Ok)
}

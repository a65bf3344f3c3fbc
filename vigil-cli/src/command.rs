//! One module a command. Each gets the parsed arguments and the console, and gives an exit code.

use vigil_platform::paths::Paths;

use crate::{
    args::{Args, Command},
    failure::{Exit, Failure},
    terminal::Console,
};

mod ca;
mod completions;
mod config;
mod control;
mod events;
mod exec;
mod findings;
mod logs;
mod open;
mod route;
mod scan;
mod search;
mod sessions;
mod status;
mod usage;
mod verify;
mod why;

/// What a command gives.
type Outcome = Result<Exit, Failure>;

/// Runs the command that was asked for.
pub(crate) fn run(args: &Args, console: &mut Console) -> Outcome {
    // These need no place of Vigil's.
    match &args.command {
        Command::Completions(completions) => return completions::run(completions, console),
        Command::Scan(scan) => return scan::run(scan, console),
        _ => {}
    }
    let paths = Paths::locate()?;
    match &args.command {
        Command::Up(up) => exec::up(up, &args.global),
        Command::Ingest(_) => exec::ingest(&args.global),
        Command::Down(down) => control::down(down, &paths, console),
        Command::Open(open) => open::run(open, &paths, console),
        Command::Pause => control::pause(&paths, console),
        Command::Resume => control::resume(&paths, console),
        Command::Status => status::run(&paths, console),
        Command::Sessions(sessions) => sessions::run(sessions, &paths, console),
        Command::Usage(usage) => usage::run(usage, &paths, console),
        Command::Events(events) => events::run(events, &paths, console),
        Command::Findings(findings) => findings::run(findings, &paths, console),
        Command::Search(search) => search::run(search, &paths, console),
        Command::Why(why) => why::run(why, &paths, console),
        Command::Verify(verify) => verify::run(verify, &paths, console),
        Command::Logs(logs) => logs::run(logs, &paths, console),
        Command::Ca(ca) => ca::run(ca, &paths, console),
        Command::Route(route) => route::run(route, &paths, console),
        Command::Config(config) => config::run(config, &paths, console),
        Command::Completions(_) | Command::Scan(_) => Ok(Exit::Ok),
    }
}

/// Reads what `--since` was given.
fn since(text: Option<&str>, console: &Console) -> Result<Option<vigil_proto::Timestamp>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let at = console.clock.since(text).ok_or_else(|| Failure::Usage {
        message: format!("`{text}` is not a time"),
        hint: "give a time such as 2026-11-22T20:00:00Z, a day such as 2026-11-22, or a time ago such as 2h or 7d".to_owned(),
    })?;
    Ok(Some(at))
}

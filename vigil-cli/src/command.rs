//! One module a command. Each gets the parsed arguments and the console, and gives an exit code.

use std::env;

use vigil_platform::{paths::Paths, process};

use crate::{
    args::{Args, Command},
    failure::{Exit, Failure},
    terminal::Console,
};

mod asked;
mod ca;
mod canary;
mod check_install;
mod check_package;
mod completions;
mod config;
mod control;
mod doctor;
mod edited;
mod enroll;
mod events;
mod exec;
mod fed;
mod findings;
mod forget;
mod guard;
mod hook;
mod installs;
mod intel;
mod logs;
mod man;
mod open;
mod records;
mod rehearse;
mod restore;
mod route;
mod scan;
mod search;
mod service;
mod sessions;
mod setup;
mod status;
mod suppress;
mod uninstall;
mod usage;
mod vault;
mod verify;
mod why;

use self::asked::{
    client as asked_client, ecosystem as asked_ecosystem, project as asked_project,
    session as asked_session, since, until,
};

/// What a command gives.
type Outcome = Result<Exit, Failure>;

/// Runs the command that was asked for.
pub(crate) fn run(args: &Args, console: &mut Console) -> Outcome {
    // These need no place of Vigil's.
    match &args.command {
        Command::Completions(completions) => return completions::run(completions, console),
        Command::Scan(scan) => return scan::run(scan, console),
        Command::Hook(hook) => return hook::run(hook),
        Command::Man(man) => return man::run(man),
        Command::CheckInstall(check) => return check_install::run(check, console),
        Command::CheckPackage(check) => return check_package::run(check, console),
        _ => {}
    }
    if let Command::Enroll(enroll) = &args.command {
        return enroll::run(enroll, console);
    }
    let paths = Paths::locate()?;
    if let Some(word) = for_oneself(&args.command)
        && is_by_sudo()
    {
        return Err(Failure::new(
            "this would be done as root, and not as you",
            &format!("run `vigil {word}` without sudo; what needs root is done by the root daemon"),
        ));
    }
    match &args.command {
        Command::Setup(setup) => setup::run(setup, &paths, console),
        Command::Uninstall(uninstall) => uninstall::run(uninstall, &paths, console),
        Command::Service(service) => service::run(service, &paths, console),
        Command::Doctor(doctor) => doctor::run(doctor, &paths, console),
        Command::Up(up) => exec::up(up, &args.global),
        Command::Ingest(_) => exec::ingest(&args.global),
        Command::Down(down) => control::down(down, &paths, console),
        Command::Open(open) => open::run(open, &paths, console),
        Command::Pause => control::pause(&paths, console),
        Command::Resume => control::resume(&paths, console),
        Command::Status => status::run(&paths, console),
        Command::Sessions(sessions) => sessions::run(sessions, &paths, console),
        Command::Restore(restore) => restore::run(restore, &paths, console),
        Command::Forget(forget) => forget::run(forget, &paths, console),
        Command::Vault(args) => vault::run(args, &paths, console),
        Command::Reveal(args) => vault::reveal(args, &paths, console),
        Command::Purge(args) => vault::purge(args, &paths, console),
        Command::MaskAgain(args) => control::mask_again(args, &paths, console),
        Command::Usage(usage) => usage::run(usage, &paths, console),
        Command::Events(events) => events::run(events, &paths, console),
        Command::Findings(findings) => findings::run(findings, &paths, console),
        Command::Installs(installs) => installs::run(installs, &paths, console),
        Command::Intel(lists) => intel::run(lists, &args.global, &paths, console),
        Command::Search(search) => search::run(search, &paths, console),
        Command::Why(why) => why::run(why, &paths, console),
        Command::Canary(canary) => canary::run(canary, &paths, console),
        Command::Rehearse(rehearse) => rehearse::run(rehearse, &paths, console),
        Command::Suppress(suppress) => suppress::run(suppress, &paths, console),
        Command::Verify(verify) => verify::run(verify, &paths, console),
        Command::Logs(logs) => logs::run(logs, &paths, console),
        Command::Ca(ca) => ca::run(ca, &paths, console),
        Command::Route(route) => route::run(route, &paths, console),
        Command::Guard(guard) => guard::run(guard, &paths, console),
        Command::Config(config) => config::run(config, &paths, console),
        Command::CheckInstall(_)
        | Command::CheckPackage(_)
        | Command::Completions(_)
        | Command::Enroll(_)
        | Command::Hook(_)
        | Command::Man(_)
        | Command::Scan(_) => Ok(Exit::Ok),
    }
}

/// The commands that run what is named in a user's files, or change these: root must do neither for
/// another user. `setup` has words of its own for it.
const fn for_oneself(command: &Command) -> Option<&'static str> {
    match command {
        Command::Doctor(_) => Some("doctor"),
        Command::Guard(_) => Some("guard"),
        Command::Route(_) => Some("route"),
        Command::Uninstall(_) => Some("uninstall"),
        _ => None,
    }
}

/// True when somebody else became root for this.
fn is_by_sudo() -> bool {
    process::uid() == 0 && env::var_os("SUDO_UID").is_some_and(|uid| uid != "0")
}

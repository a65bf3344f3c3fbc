//! `vigil guard`: how each client is guarded, and having it ask before it runs a command. A client's
//! files are written only when they were shown.

use std::{env, ffi::OsString, fs, io, path::PathBuf};

use vigil_platform::paths::Paths;

use super::Outcome;
use crate::{
    args::{Guard, GuardAction},
    failure::Failure,
    guard::clients::{CLIENTS, Call, Client},
    terminal::Console,
};

mod change;
mod show;

pub(super) use self::change::take_all_back;

pub(super) fn run(args: &Guard, paths: &Paths, console: &mut Console) -> Outcome {
    match &args.action {
        None => show::run(None, paths, console),
        Some(GuardAction::Status { client }) => show::run(client.as_deref(), paths, console),
        Some(GuardAction::On { client, mode, dry_run, yes }) => {
            let consent = change::Consent { dry_run: *dry_run, yes: *yes };
            change::on(client, *mode, consent, paths, console)
        }
        Some(GuardAction::Off { client, dry_run, yes: _ }) => {
            change::off(client, *dry_run, paths, console)
        }
    }
}

/// What a variable of our own environment holds.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// The client of that name.
fn client(name: &str) -> Result<&'static Client, Failure> {
    Client::named(name).ok_or_else(|| {
        let known: Vec<&str> = CLIENTS.iter().map(|client| client.word).collect();
        Failure::Usage {
            message: format!("`{name}` is no client that Vigil knows hooks of"),
            hint: format!("give one of {}", known.join(", ")),
        }
    })
}

/// How clients are to call this very program: by the name that it is found by, which stays when
/// another version takes its place, else by its own.
pub(super) fn call() -> Result<Call, Failure> {
    let own = env::current_exe().map_err(|source| no_program(&source))?;
    let real = fs::canonicalize(&own).map_err(|source| no_program(&source))?;
    let path = variable("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("vigil"))
        .find(|program| fs::canonicalize(program).is_ok_and(|program| program == real));
    let vigil: PathBuf = found.unwrap_or(own);
    let home = env::var("VIGIL_HOME").ok().filter(|home| !home.is_empty());
    Ok(Call { vigil, home })
}

fn no_program(error: &io::Error) -> Failure {
    Failure::new(
        format!("it is not known where this program is: {error}"),
        "start it by its full path",
    )
}

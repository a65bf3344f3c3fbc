//! `vigil hook CLIENT`: what a client asks before it runs a command, answered in the client's own form.
//! It is begun anew for every command, so it does little: it asks the agent, and judges by itself when
//! that does not answer in time. It never consents, never fails, and is silent about errors: whatever
//! it says, the client reads.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use vigil_detect::{guard, package};
use vigil_platform::{guards, paths::Paths};
use vigil_proto::{
    config::guard::{Fail, Guard},
    guard::{HookAnswer, HookCall, Mode},
    report::Document,
};

use crate::{agent::Agent, intel, settings};

mod answer;
mod asked;
mod heard;
mod post;

use self::asked::Asked;

/// What a client may ask, in bytes. More than that is not judged.
const MOST: usize = 1024 * 1024;

/// How long the agent has. A client waits for this, and no longer.
const PATIENCE: Duration = Duration::from_millis(150);

/// The client that this process is begun for as a hook, by its arguments; none when it is not.
pub(crate) fn client(mut arguments: impl Iterator<Item = OsString>) -> Option<String> {
    arguments.next()?;
    if arguments.next()? != "hook" {
        return None;
    }
    let client = arguments.next()?.into_string().ok()?;
    let is_alone = arguments.next().is_none();
    // The rest is for whoever reads the help.
    (is_alone && vigil_proto::guard::client(&client).is_some()).then_some(client)
}

/// Answers.
pub(crate) fn run(client: &str) -> ExitCode {
    let answer = answered(client);
    // Nobody is there to be told that it could not be said.
    let _ = writeln!(io::stdout().lock(), "{}", answer::form(client, &answer));
    ExitCode::SUCCESS
}

fn answered(client: &str) -> HookAnswer {
    let heard = heard::hear(io::stdin().lock(), MOST);
    let asked = match asked::read(client, &heard) {
        Asked::Command(call) => Some(call),
        Asked::Other => return HookAnswer::default(),
        // It is told all the same: that it could not be read is on record then.
        Asked::Unreadable(call) => call,
    };
    let Ok(paths) = Paths::locate() else { return HookAnswer::default() };
    let by_agent = asked.as_ref().and_then(|call| ask(call, &paths));
    by_agent.unwrap_or_else(|| alone(client, asked.as_deref(), &paths))
}

/// The agent's answer, if there is one in time.
fn ask(call: &HookCall, paths: &Paths) -> Option<HookAnswer> {
    let agent = Agent::find(paths).ok()??;
    let (address, bearer) = agent.door()?;
    let body = serde_json::to_vec(call).ok()?;
    let answer = post::post(address, "/api/v1/hook", &bearer, &body, PATIENCE)?;
    let answer: Document<HookAnswer> = serde_json::from_slice(&answer).ok()?;
    Some(answer.body)
}

/// What is answered without the agent.
fn alone(client: &str, call: Option<&HookCall>, paths: &Paths) -> HookAnswer {
    let config = config(paths);
    let fail = config.as_ref().map_or(Fail::Closed, |config| config.fail);
    let mode = match guards::on(paths.state()) {
        Ok(on) => on.get(client).map(|guarded| guarded.mode).unwrap_or_default(),
        Err(_) => guard::unknown(fail),
    };
    if mode == Mode::Observe {
        // Whatever is thought of it, nothing comes of it.
        return HookAnswer::default();
    }
    let judged = call.filter(|call| !call.command.is_empty()).zip(config).map(|both| {
        let (call, config) = both;
        let intel = intel::load(paths).intel;
        let judged = package::judge(&call.command, package::Knowledge::embedded(), &intel);
        guard::answer(&call.command, &judged, mode, &config.refusals())
    });
    judged.unwrap_or_else(|| guard::unjudged(mode, fail))
}

/// `[guard]`, even where something else in the configuration is wrong; none where that cannot be read.
fn config(paths: &Paths) -> Option<Guard> {
    let file = paths.config_file();
    // A pipe is not waited for.
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        return None;
    }
    if let Ok(settings) = settings::read(paths) {
        return Some(settings.layered.config.guard);
    }
    match fs::read_to_string(file) {
        Ok(text) => Guard::alone(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Guard::default()),
        Err(_) => None,
    }
}

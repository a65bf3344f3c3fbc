//! `vigil hook CLIENT`: what a client asks before it runs a command, answered in the client's own form.
//! It is begun anew for every command, so it does little: it asks the agent, and judges by itself when
//! that does not answer in time. It never consents, never fails, and is silent about errors: whatever
//! it says, the client reads.

use std::{
    ffi::OsString,
    io::{self, Read as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use serde::Deserialize as _;
use serde_json::Value;
use vigil_detect::{guard, package};
use vigil_platform::{guards, paths::Paths};
use vigil_proto::{
    config::guard::Fail,
    guard::{HookAnswer, HookCall, Mode},
    report::Document,
};

use crate::{agent::Agent, intel, settings};

mod answer;
mod asked;
mod post;

use self::asked::Asked;

/// What a client may ask, in bytes. More than that is not judged.
const MOST: u64 = 1024 * 1024;

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
    let asked = match read(client) {
        Asked::Command(call) => Some(*call),
        Asked::Other => return HookAnswer::default(),
        Asked::Unreadable => None,
    };
    let Ok(paths) = Paths::locate() else { return HookAnswer::default() };
    let by_agent = asked.as_ref().and_then(|call| ask(call, &paths));
    by_agent.unwrap_or_else(|| alone(client, asked.as_ref(), &paths))
}

fn read(client: &str) -> Asked {
    // It may be said and the pipe left open: only what it says is waited for.
    let stdin = io::BufReader::new(io::stdin().lock().take(MOST));
    let mut reader = serde_json::Deserializer::from_reader(stdin);
    match Value::deserialize(&mut reader) {
        Ok(said) => asked::call(client, &said),
        Err(_) => Asked::Unreadable,
    }
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
    let mode = match guards::on(paths.state()) {
        Ok(on) => on.get(client).map(|guarded| guarded.mode).unwrap_or_default(),
        Err(_) => Mode::default(),
    };
    if mode == Mode::Observe {
        // Whatever is thought of it, nothing comes of it.
        return HookAnswer::default();
    }
    let settings = settings::read(paths).ok();
    let config = settings.map(|settings| settings.layered.config.guard).unwrap_or_default();
    let judged = call.and_then(|call| {
        let intel = intel::load(paths).ok()?;
        let judged = package::judge(&call.command, package::Knowledge::embedded(), &intel);
        Some(guard::answer(&call.command, &judged, mode, &config.refusals()))
    });
    judged.unwrap_or_else(|| match config.fail {
        Fail::Open => HookAnswer::default(),
        Fail::Closed => guard::unjudged(mode),
    })
}

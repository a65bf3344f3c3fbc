//! `vigil down`, `pause` and `resume`: what only the running agent can do, asked through its API.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;
use vigil_platform::paths::Paths;

use super::Outcome;
use crate::{
    agent::Agent,
    failure::{Exit, Failure},
    route::journal::Journal,
    terminal::Console,
};

/// How long an agent may take to write out what it holds.
const DRAIN: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(20);

/// `vigil.down/1`.
#[derive(Debug, Serialize)]
struct Down {
    pid: u32,
    ended: bool,
}

/// `vigil.pause/1`.
#[derive(Debug, Serialize)]
struct Pause {
    paused: bool,
}

pub(super) fn down(paths: &Paths, console: &mut Console) -> Outcome {
    let agent = Agent::require(paths)?;
    agent.ask("down")?;
    let asked = Instant::now();
    while agent.is_there() {
        if asked.elapsed() > DRAIN {
            return Err(Failure::Agent {
                pid: agent.pid(),
                what: format!("has not ended within {} s", DRAIN.as_secs()),
            });
        }
        thread::sleep(GLANCE);
    }
    if console.json {
        console.document("down", Down { pid: agent.pid(), ended: true })?;
    } else {
        console.say("Vigil has stopped. `vigil up` records again.");
        let routed = Journal::look(paths).map(|journal| journal.clients());
        if let Some(clients) = routed.ok().filter(|clients| !clients.is_empty()) {
            console.warn(format_args!(
                "led through its proxy, and failing until then: {}; `vigil route off all` ends that",
                clients.join(", ")
            ));
        }
    }
    Ok(Exit::Ok)
}

pub(super) fn pause(paths: &Paths, console: &mut Console) -> Outcome {
    Agent::require(paths)?.ask("pause")?;
    let words = "Recording is paused, and the pause is recorded. `vigil resume` ends it.";
    switched(true, words, console)
}

pub(super) fn resume(paths: &Paths, console: &mut Console) -> Outcome {
    Agent::require(paths)?.ask("resume")?;
    switched(false, "Recording again.", console)
}

fn switched(paused: bool, words: &str, console: &mut Console) -> Outcome {
    if console.json {
        console.document("pause", Pause { paused })?;
    } else {
        console.say(words);
    }
    Ok(Exit::Ok)
}

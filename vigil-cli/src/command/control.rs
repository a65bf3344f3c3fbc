//! `vigil down`, `pause` and `resume`: what only the running agent can do, asked through its API. Down
//! first leads clients past the proxy that ends.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use vigil_platform::{paths::Paths, paused, routes};
use vigil_proto::Timestamp;

use super::{Outcome, rehearse, route, service};
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    terminal::{Console, count, plain},
};

/// How long an agent may take to write out what it holds.
const DRAIN: Duration = Duration::from_secs(30);
/// What becomes of the service.
const HALTED: &str =
    "The service has stopped until the next log-in; `vigil service install` starts it before that.";
/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(20);

/// `vigil.down/1`.
#[derive(Debug, Serialize)]
struct Down {
    pid: u32,
    ended: bool,
    /// What became of the settings of the clients that were led to its proxy.
    routes: Vec<route::Change>,
    /// Those that are led there still.
    routed: Vec<String>,
}

/// `vigil.pause/1`.
#[derive(Debug, Serialize)]
struct Pause {
    paused: bool,
}

pub(super) fn down(args: &args::Down, paths: &Paths, console: &mut Console) -> Outcome {
    let Some(agent) = Agent::find(paths)? else {
        // The next connection would start it.
        let is_halted = service::halt(paths)?;
        warn_of(&routed(paths), console);
        if is_halted && !console.json {
            console.say(HALTED);
        }
        return Err(Failure::NotRunning);
    };
    // Before the proxy goes, so that nobody is led to where nothing is.
    let routes = if args.keep_routes { Vec::new() } else { give_back(paths, console) };
    let is_halted = service::halt(paths)?;
    match agent.ask("down") {
        // The service manager has ended it.
        Err(Failure::NotRunning) if is_halted => {}
        asked => asked?,
    }
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
    let routed = routed(paths);
    if console.json {
        console.document("down", Down { pid: agent.pid(), ended: true, routes, routed })?;
        return Ok(Exit::Ok);
    }
    console.say(match paused(paths) {
        Some(_) => {
            "Vigil has stopped. The pause lasts: `vigil up`, then `vigil resume` records again."
        }
        None => "Vigil has stopped. `vigil up` records again.",
    });
    if is_halted {
        console.say(HALTED);
    }
    let written: Vec<&str> = routes.iter().filter_map(route::Change::written).collect();
    if !written.is_empty() {
        console.say(format_args!(
            "No longer led to its proxy: {}. What runs of them needs a new start; after `vigil up`, \
             `vigil route on {}` leads there again.",
            written.join(", "),
            if let [one] = written.as_slice() { one } else { "CLIENT" },
        ));
    }
    for (client, why) in routes.iter().filter_map(route::Change::left) {
        console.warn(format_args!("{client}: {}", plain(why)));
    }
    warn_of(&routed, console);
    Ok(Exit::Ok)
}

/// What cannot be given back is told, and keeps nobody from ending the agent.
fn give_back(paths: &Paths, console: &mut Console) -> Vec<route::Change> {
    route::give_back(paths, console).unwrap_or_else(|failure| {
        console
            .warn(format_args!("clients are led to the proxy still: {}", plain(&failure.what())));
        Vec::new()
    })
}

/// When the pause began that lasts.
pub(super) fn paused(paths: &Paths) -> Option<Timestamp> {
    // A note that cannot be read keeps the agent from starting, which then says why.
    paused::read(paths.state()).ok().flatten()?.lasting()
}

fn routed(paths: &Paths) -> Vec<String> {
    let led = routes::led(paths.state()).unwrap_or_default();
    // Whose telemetry alone is led to Vigil does not fail without it.
    led.into_iter().filter(|(_, proxy)| !proxy.is_empty()).map(|(client, _)| client).collect()
}

fn warn_of(routed: &[String], console: &mut Console) {
    if !routed.is_empty() {
        console.warn(format_args!(
            "led to the proxy, and failing until `vigil up`: {}; `vigil route off all` ends that",
            plain(&routed.join(", "))
        ));
    }
}

pub(super) fn pause(paths: &Paths, console: &mut Console) -> Outcome {
    Agent::require(paths)?.ask("pause")?;
    let words = "Recording is paused until `vigil resume`, also when the agent starts again. The pause is recorded.";
    switched(true, words, console)
}

/// `vigil.mask_again/1`.
#[derive(Debug, Serialize)]
struct MaskAgain {
    asked: bool,
    /// Rules of the user's that wait for `--yes`, with how many places they would mask in texts of
    /// events.
    waits: BTreeMap<String, u64>,
}

/// What the agent answers.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    waits: Vec<String>,
}

/// The agent does it, and says how far it is in `vigil status`. By rules of the user's own that are new
/// only with `--yes`.
pub(super) fn mask_again(args: &args::MaskAgain, paths: &Paths, console: &mut Console) -> Outcome {
    let agent = Agent::require(paths)?;
    let verb = if args.yes { "mask-again?own=true" } else { "mask-again" };
    let Asked { waits } = agent.order(verb)?;
    let waits =
        if waits.is_empty() { BTreeMap::new() } else { rehearse::would_mask(&waits, paths)? };
    if console.json {
        console.document("mask_again", MaskAgain { asked: true, waits })?;
        return Ok(Exit::Ok);
    }
    console.say(
        "All that is stored is being masked again by the rules of now, while little else is to be \
         written. `vigil status` says how far it is.",
    );
    if !waits.is_empty() {
        let told: Vec<String> = waits
            .iter()
            .map(|(rule, n)| {
                format!(
                    "{} ({} {})",
                    plain(rule),
                    count(*n),
                    if *n == 1 { "place" } else { "places" }
                )
            })
            .collect();
        console.say(format_args!(
            "Not by these rules of yours, which are new: {}. What they mask cannot be had back; \
             `vigil mask-again --yes` masks it, and that is on record.",
            told.join(", ")
        ));
    }
    Ok(Exit::Ok)
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

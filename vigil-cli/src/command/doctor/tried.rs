//! What the running agent tries, and what is run for it as others would run it: `vigil hook`, and the
//! program that a browser starts.

use std::{env, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigil_platform::native_messaging::BROWSERS;
use vigil_proto::{
    browser::HOST,
    report::{ANEW, Check, CheckVerdict, Doctor},
};

use super::{PATIENCE, Round, TRIED, failed, off, problem, running};
use crate::{
    agent::Agent,
    command::{fed::Fed, route::NativeHost},
    failure::Failure,
};

/// How long a program may take that is run for it.
const PROGRAM_PATIENCE: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
struct Begun {
    run: String,
}

#[derive(Serialize)]
struct Order<'a> {
    run: &'a str,
    only: &'a [String],
    hook: bool,
    browser: bool,
}

pub(super) fn all(round: &Round<'_>) -> Vec<Check> {
    let asked: Vec<&str> = TRIED.iter().copied().filter(|name| round.is_asked(name)).collect();
    let Some((agent, _)) = &round.agent else {
        // What was seen of the others says enough.
        return asked
            .into_iter()
            .filter(|name| matches!(*name, "proxy" | "transcript" | "process"))
            .map(|name| off(name, "not tried: the agent does not run as it should", ""))
            .collect();
    };
    let mut checks = Vec::new();
    if let Err(failure) = with(round, agent, &mut checks) {
        // What it says itself is about what was to be tried; that it does not answer is about it.
        let name = match &failure {
            Failure::Other { .. } => asked.first().copied().unwrap_or("store"),
            _ => "agent",
        };
        checks.push(failed(name, &failure, "`vigil logs` says more"));
    }
    checks
}

/// Adds to `checks` what was found, as far as it came.
fn with(round: &Round<'_>, agent: &Agent, checks: &mut Vec<Check>) -> Result<(), Failure> {
    let Begun { run } = agent.order_within(PATIENCE, "doctor/begin", &json!({}))?;
    let mut hook = round.is_asked("hook");
    if hook && let Err(why) = ask_as_hook(&run) {
        hook = false;
        let mend = format!("{}; `vigil logs` says more", running::again(round));
        checks.push(problem("hook", why, &mend));
    }
    // What is wrong with it already is not tried once more.
    let is_broken =
        |check: &Check| check.name == "browser" && check.verdict == CheckVerdict::Problem;
    let mut browser = round.is_asked("browser") && !round.found.iter().any(is_broken);
    if browser {
        match tell_as_browser(round, &run) {
            Some(Ok(())) => {}
            Some(Err((word, why))) => {
                browser = false;
                checks.push(problem("browser", why, &format!("vigil route on {word}")));
            }
            None => browser = false,
        }
    }
    let order = Order { run: &run, only: round.only, hook, browser };
    let told: Doctor = agent.order_within(PATIENCE, "doctor", &order)?;
    checks.extend(told.checks.into_iter().map(|check| {
        let remedy = check.remedy.map(|remedy| here(round, &remedy));
        Check { remedy, ..check }
    }));
    Ok(())
}

/// A remedy of the agent's, which knows nothing of a service, nor whether another check has one that is
/// nearer.
fn here(round: &Round<'_>, remedy: &str) -> String {
    match running::unreadable(round.paths) {
        Some((_, mend)) if remedy == "vigil doctor ca" => mend,
        _ => remedy.replace(ANEW, running::again(round)),
    }
}

/// Has `vigil hook` ask about a harmless command in the trial's name.
fn ask_as_hook(run: &str) -> Result<(), String> {
    let program =
        env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
    let told = json!({
        "session_id": run, "cwd": "/vigil-doctor", "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": { "command": "true" },
    });
    let told = told.to_string();
    let code = Fed::start(&program, ["hook", "claude-code"], told.as_bytes(), PROGRAM_PATIENCE)
        .and_then(|mut hook| hook.code())
        .map_err(|error| format!("`vigil hook` cannot be run: {error}"))?;
    if code == Some(0) { Ok(()) } else { Err("`vigil hook` refused a harmless command".to_owned()) }
}

/// Starts what a browser would start and tells it a turn in the trial's name; none when no browser may.
fn tell_as_browser(round: &Round<'_>, run: &str) -> Option<Result<(), (&'static str, String)>> {
    let home = round.paths.home();
    let told = BROWSERS.iter().find_map(|browser| {
        let manifest = browser.manifest(home, HOST).filter(|path| path.exists())?;
        Some((browser, NativeHost::named(browser, &manifest)))
    });
    let (browser, host) = told?;
    // What is wrong with it was told already.
    let host = host.ok()?;
    Some(turn(&host, run).map_err(|why| (browser.word, format!("{}: {why}", browser.title))))
}

fn turn(host: &NativeHost, run: &str) -> Result<(), String> {
    let at = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
    let frames = [
        json!({ "kind": "hello", "version": "0" }),
        json!({
            "kind": "turn", "n": 1, "site": "claude.ai", "profile": run, "by": "network", "at": at,
            "turn": {
                "conversation": run, "id": format!("{run}-1"), "role": "user", "text": "Is anybody there?",
            },
        }),
    ];
    let program = host.program();
    let answers = host
        .ask(&frames, PROGRAM_PATIENCE)
        .map_err(|error| format!("{} cannot be run: {error}", program.display()))?;
    let is_kept =
        answers.iter().any(|answer| answer.get("kind").and_then(Value::as_str) == Some("taken"));
    match (answers.is_empty(), is_kept) {
        (_, true) => Ok(()),
        (true, false) => Err(format!("{} did not answer", program.display())),
        (false, false) => Err(format!("{} answered, and kept nothing", program.display())),
    }
}

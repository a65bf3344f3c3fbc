//! What the running agent tries, and what is run for it as others would run it: `vigil hook`, and the
//! program that a browser starts.

use std::{
    env,
    ffi::OsStr,
    io::{self, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigil_platform::native_messaging::BROWSERS;
use vigil_proto::{
    browser::{EXTENSIONS, HOST},
    report::{Check, CheckVerdict, Doctor},
};

use super::{PATIENCE, Round, TRIED, failed, led, off, problem};
use crate::agent::Agent;

/// How long a program may take that is run for it.
const PROGRAM_PATIENCE: Duration = Duration::from_secs(15);
/// So much of its answer is read, in bytes.
const MOST: u64 = 64 * 1024;

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
    match with(round, agent) {
        Ok(checks) => checks,
        Err(failure) => {
            let first = asked.first().copied().unwrap_or("store");
            vec![failed(first, &failure, "`vigil logs` says more")]
        }
    }
}

fn with(round: &Round<'_>, agent: &Agent) -> Result<Vec<Check>, crate::failure::Failure> {
    let Begun { run } = agent.order_within(PATIENCE, "doctor/begin", &json!({}))?;
    let mut checks = Vec::new();
    let mut hook = round.is_asked("hook");
    if hook && let Err(why) = ask_as_hook(&run) {
        hook = false;
        checks.push(problem("hook", why, "`vigil down`, then `vigil up`; `vigil logs` says more"));
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
    checks.extend(told.checks);
    Ok(checks)
}

/// Has `vigil hook` ask about a harmless command in the trial's name.
fn ask_as_hook(run: &str) -> Result<(), String> {
    let program =
        env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
    let told = json!({
        "session_id": run, "cwd": "/vigil-doctor", "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": { "command": "true" },
    });
    let (code, _) = feed(&program, ["hook", "claude-code"], told.to_string().as_bytes())
        .map_err(|error| format!("`vigil hook` cannot be run: {error}"))?;
    if code == Some(0) { Ok(()) } else { Err("`vigil hook` refused a harmless command".to_owned()) }
}

/// Starts what a browser would start and tells it a turn in the trial's name; none when no browser may.
fn tell_as_browser(round: &Round<'_>, run: &str) -> Option<Result<(), (&'static str, String)>> {
    let home = round.paths.home();
    let told = BROWSERS.iter().find_map(|browser| {
        let manifest = browser.manifest(home, HOST).filter(|path| path.exists())?;
        let program = led::program(&manifest);
        Some((browser, manifest, program))
    });
    let (browser, manifest, program) = told?;
    // What is wrong with it was told already.
    let program = program.ok()?;
    let extension = EXTENSIONS.iter().find(|id| id.contains('@') == browser.is_firefox)?;
    let arguments = if browser.is_firefox {
        [manifest.display().to_string(), (*extension).to_owned()]
    } else {
        [format!("chrome-extension://{extension}/"), String::new()]
    };
    Some(
        turn(&program, &arguments, run)
            .map_err(|why| (browser.word, format!("{}: {why}", browser.title))),
    )
}

fn turn(program: &Path, arguments: &[String], run: &str) -> Result<(), String> {
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
    let framed: Vec<u8> = frames.iter().flat_map(frame).collect();
    let arguments = arguments.iter().filter(|argument| !argument.is_empty());
    let (_, answer) = feed(program, arguments, &framed)
        .map_err(|error| format!("{} cannot be run: {error}", program.display()))?;
    let answers = unframed(&answer);
    let is_kept =
        answers.iter().any(|answer| answer.get("kind").and_then(Value::as_str) == Some("taken"));
    match (answers.is_empty(), is_kept) {
        (_, true) => Ok(()),
        (true, false) => Err(format!("{} did not answer", program.display())),
        (false, false) => Err(format!("{} answered, and kept nothing", program.display())),
    }
}

/// A frame of native messaging: its length in the machine's own order, and JSON.
fn frame(said: &Value) -> Vec<u8> {
    let text = said.to_string().into_bytes();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    [length.to_ne_bytes().to_vec(), text].concat()
}

fn unframed(mut bytes: &[u8]) -> Vec<Value> {
    let mut answers = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_ne_bytes(*length) as usize;
        let Some((text, after)) = rest.split_at_checked(length) else { break };
        answers.extend(serde_json::from_slice::<Value>(text));
        bytes = after;
    }
    answers
}

/// Runs a program with `input`; its exit code and what it said. It is ended when it takes too long.
fn feed(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    input: &[u8],
) -> io::Result<(Option<i32>, Vec<u8>)> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut child = Ending(child);
    let (mut to, from) = (child.0.stdin.take(), child.0.stdout.take());
    if let Some(to) = to.as_mut() {
        // Whoever does not read is not told; what it answers says so.
        let _ = to.write_all(input);
    }
    drop(to);
    let (done, answer) = mpsc::sync_channel(1);
    thread::Builder::new().name("answer".to_owned()).spawn(move || {
        let mut said = Vec::new();
        let read = from.map_or(Ok(0), |from| from.take(MOST).read_to_end(&mut said));
        let _ = done.send(read.map(|_| said));
    })?;
    let said = answer.recv_timeout(PROGRAM_PATIENCE).map_err(|_| io::ErrorKind::TimedOut)??;
    Ok((child.0.wait()?.code(), said))
}

struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{frame, unframed};

    #[test]
    fn frames_are_read_as_they_are_written() {
        let said = [json!({ "kind": "hello" }), json!({ "kind": "taken", "n": 1 })];
        let mut bytes: Vec<u8> = said.iter().flat_map(frame).collect();
        assert_eq!(unframed(&bytes), said);
        bytes.pop();
        assert_eq!(unframed(&bytes), said[..1]);
    }
}

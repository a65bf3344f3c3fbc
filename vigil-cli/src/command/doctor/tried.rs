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
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigil_platform::native_messaging::BROWSERS;
use vigil_proto::{
    browser::{EXTENSIONS, HOST},
    report::{ANEW, Check, CheckVerdict, Doctor},
};

use super::{PATIENCE, Round, TRIED, failed, led, off, problem, running};
use crate::{agent::Agent, failure::Failure};

/// How long a program may take that is run for it.
const PROGRAM_PATIENCE: Duration = Duration::from_secs(15);
/// So much of its answer is read, in bytes.
const MOST: u64 = 64 * 1024;
/// How often it is looked whether it has ended.
const GLANCE: Duration = Duration::from_millis(10);

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
    let code = Fed::start(&program, ["hook", "claude-code"], told.to_string().as_bytes())
        .and_then(Fed::code)
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
    let fed = Fed::start(program, arguments, &framed)
        .map_err(|error| format!("{} cannot be run: {error}", program.display()))?;
    // Whatever it does afterwards, it has answered.
    let answers = unframed(&fed.says(|said| unframed(said).len() == frames.len()));
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

/// A program that was given its input. It is ended with this, whatever it is at.
struct Fed {
    child: Ending,
    /// What it says, in parts.
    from: mpsc::Receiver<Vec<u8>>,
    until: Instant,
}

impl Fed {
    fn start(
        program: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &[u8],
    ) -> io::Result<Self> {
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut child = Ending(child);
        let until = Instant::now() + PROGRAM_PATIENCE;
        if let Some(mut to) = child.0.stdin.take() {
            // Whoever does not read is not told; what it answers says so.
            let _ = to.write_all(input);
        }
        let (told, from) = mpsc::channel();
        if let Some(out) = child.0.stdout.take() {
            let mut out = out.take(MOST);
            thread::Builder::new().name("answer".to_owned()).spawn(move || {
                let mut part = [0; 4096];
                // It ends with the last who has this pipe open, or when nobody hears it any more.
                while let Ok(n) = out.read(&mut part) {
                    let said = part.get(..n).unwrap_or_default();
                    if said.is_empty() || told.send(said.to_vec()).is_err() {
                        break;
                    }
                }
            })?;
        }
        Ok(Self { child, from, until })
    }

    /// What it said once that is whole, or once it says no more.
    fn says(self, is_whole: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut said = Vec::new();
        while !is_whole(&said) {
            let left = self.until.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(left) {
                Ok(part) => said.extend(part),
                Err(_) => break,
            }
        }
        said
    }

    /// How it ended.
    fn code(mut self) -> io::Result<Option<i32>> {
        loop {
            if let Some(status) = self.child.0.try_wait()? {
                return Ok(status.code());
            }
            if Instant::now() >= self.until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(GLANCE);
        }
    }
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
    use std::path::Path;

    use serde_json::json;

    use super::{Fed, frame, unframed};

    fn shell(script: &str) -> Fed {
        Fed::start(Path::new("/bin/sh"), ["-c", script], b"").unwrap()
    }

    /// Each lasts for longer than what it says.
    #[test]
    fn who_has_answered_is_not_waited_for() {
        let closes = shell("printf whole; exec >&-; exec sleep 60");
        assert_eq!(closes.says(|said| said == b"whole"), b"whole");
        let leaves = shell("sleep 20 & printf whole");
        assert_eq!(leaves.says(|said| said == b"whole"), b"whole");
        assert_eq!(shell("exec >&-; exit 3").code().unwrap(), Some(3));
    }

    #[test]
    fn frames_are_read_as_they_are_written() {
        let said = [json!({ "kind": "hello" }), json!({ "kind": "taken", "n": 1 })];
        let mut bytes: Vec<u8> = said.iter().flat_map(frame).collect();
        assert_eq!(unframed(&bytes), said);
        bytes.pop();
        assert_eq!(unframed(&bytes), said[..1]);
    }
}

//! Whether what happens now is seen: a child of this process, and what a hook and a browser told.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

use vigil_proto::{KindName, report::Check};

use super::{
    Office,
    bench::{Bench, GLANCE, PATIENCE},
    off, problem, works,
};

/// A child that lasts for somewhat longer than anybody waits for it: an agent that is killed meanwhile
/// leaves it behind for so long.
const PROGRAM: (&str, &str) = ("sleep", "20");

/// What is said of what is not recorded now.
const PAUSED: &str = "nothing is recorded: recording is paused";

/// Begins a process and waits until whoever watches processes has seen it.
pub(super) fn process(office: &Office) -> Check {
    const NAME: &str = "process";
    office.awaited.begin();
    let child = Command::new(PROGRAM.0)
        .arg(PROGRAM.1)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let check = match child {
        Ok(child) => {
            let child = Ending(child);
            match seen(office, child.0.id()) {
                Some("table") => works(
                    NAME,
                    "a process was seen in the system's table; what lasts for less than a second is \
                     not, without the root daemon",
                ),
                Some(from) => works(NAME, format!("a process was seen, as the {from} told of it")),
                None => problem(
                    NAME,
                    "a process was begun, and not seen",
                    "`vigil down`, then `vigil up`; `vigil logs` says why",
                ),
            }
        }
        Err(error) => problem(
            NAME,
            format!("no process can be begun: {error}"),
            "end what you do not need: a limit of this user or of the system is reached",
        ),
    };
    office.awaited.end();
    check
}

fn seen(office: &Office, pid: u32) -> Option<&'static str> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(from) = office.awaited.saw(pid) {
            return Some(from);
        }
        if Instant::now() >= until {
            return None;
        }
        thread::sleep(GLANCE);
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

/// Whether what `vigil hook` was told has come through; it was run before this.
pub(super) fn hook(office: &Office, bench: &Bench) -> Check {
    const NAME: &str = "hook";
    if office.shared.is_paused() {
        return off(NAME, PAUSED, "vigil resume");
    }
    let is_it = |event: &vigil_proto::report::EventRow| {
        event.kind == KindName::ToolCall && event.witnesses.iter().any(|witness| witness == "hook")
    };
    match bench.comes_out(is_it) {
        Ok(true) => works(NAME, "a made-up command was asked about, answered and recorded"),
        Ok(false) => problem(
            NAME,
            "a made-up command was asked about, and nothing of it was recorded",
            "`vigil down`, then `vigil up`; `vigil logs` says why",
        ),
        Err(error) => problem(NAME, error.to_string(), "vigil doctor store"),
    }
}

/// Whether the turn that was told in a browser's name has come through; it was told before this.
pub(super) fn browser(office: &Office, bench: &Bench) -> Check {
    const NAME: &str = "browser";
    if office.shared.is_paused() {
        return off(NAME, PAUSED, "vigil resume");
    }
    let is_it = |event: &vigil_proto::report::EventRow| {
        event.witnesses.iter().any(|witness| witness == "browser")
    };
    match bench.comes_out(is_it) {
        Ok(true) => works(NAME, "a made-up turn was told, answered and recorded"),
        Ok(false) => problem(
            NAME,
            "a made-up turn was told, and nothing of it was recorded",
            "`vigil down`, then `vigil up`; `vigil logs` says why",
        ),
        Err(error) => problem(NAME, error.to_string(), "vigil doctor store"),
    }
}

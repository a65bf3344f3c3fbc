//! An agent of Vigil's that looks at processes, and made-up agents for it to look at.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use vigil_platform::watch::{Options, Watch};
use vigil_tests::vigil::{Home, Running, eventually};

use crate::support::{Daemon, Place};

/// True where the kernel tells of processes; else says why not.
pub(crate) fn is_told() -> bool {
    match Watch::start(Options::default()) {
        Ok(_) => true,
        Err(error) => {
            eprintln!("SKIPPED: {error}");
            false
        }
    }
}

/// A home, and the place of a daemon that may run beside it.
pub(crate) struct Rig {
    pub(crate) home: Home,
    pub(crate) place: Place,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self { home: Home::default(), place: Place::new() }
    }

    /// `vigil up`, which finds the daemon as soon as one runs.
    pub(crate) fn up(&self, arguments: &[&str]) -> Running {
        let socket = self.place.socket();
        let mut all = vec!["--test-daemon", socket.to_str().unwrap()];
        all.extend_from_slice(arguments);
        Running::start(&self.home, &all)
    }

    /// Both, once the daemon tells of processes.
    pub(crate) fn up_with_daemon(&self, arguments: &[&str]) -> (Daemon, Running) {
        let daemon = self.place.start();
        let vigil = self.up(arguments);
        self.follows("daemon");
        (daemon, vigil)
    }

    /// Waits until processes are followed by means of `feed`.
    pub(crate) fn follows(&self, feed: &str) {
        eventually(&format!("processes are followed by the {feed}"), || {
            (self.feed()? == feed).then_some(())
        });
    }

    /// By what processes are followed now: the log's last word on it.
    pub(crate) fn feed(&self) -> Option<String> {
        let log = fs::read_to_string(self.home.vigil().join("state/vigil-agent.log")).ok()?;
        let (_, last) = log.rsplit_once("following processes from=\"")?;
        Some(last.split_once('"')?.0.to_owned())
    }

    /// The working directory of agents.
    pub(crate) fn work(&self) -> PathBuf {
        let work = self.home.root().join("work");
        fs::create_dir_all(&work).unwrap();
        fs::canonicalize(work).unwrap()
    }

    /// A made-up agent that runs `script`: a shell that is called like a client, in a file that is.
    pub(crate) fn agent(&self, script: &str) -> Command {
        let program = self.home.root().join("claude");
        if !program.exists() {
            fs::copy("/bin/bash", &program).unwrap();
        }
        let mut agent = self.home.clean(program, &["-c", script]);
        agent.current_dir(self.work());
        agent
    }

    /// Every process on record that works in this test's folder.
    pub(crate) fn processes(&self) -> Vec<Value> {
        let work = self.work();
        let mut all = self.home.jsonl(&["events", "--jsonl", "--text", "--kind", "process"]);
        all.retain(|process| {
            let cwd = process["detail"]["cwd"].as_str();
            cwd.is_none_or(|cwd| Path::new(cwd).starts_with(&work))
        });
        all
    }

    /// Those whose command line has `words`.
    pub(crate) fn with(&self, words: &str) -> Vec<Value> {
        let mut all = self.processes();
        all.retain(|process| process["text"].as_str().is_some_and(|text| text.contains(words)));
        all
    }

    /// The one with this command line, once it has ended.
    pub(crate) fn ended(&self, line: &str) -> Value {
        self.over(line, |process| process["text"] == line)
    }

    /// The agent whose script has `words`, once it has ended.
    pub(crate) fn agent_ended(&self, words: &str) -> Value {
        self.over(words, |process| {
            let has = process["text"].as_str().is_some_and(|text| text.contains(words));
            has && process["process"] == process["detail"]["root"]
        })
    }

    fn over(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("`{what}` has ended"), || {
            let ended = |process: &Value| process["detail"]["ended"].is_string();
            self.processes().into_iter().find(|process| is_it(process) && ended(process))
        })
    }
}

/// The number of a process on record, or of one that it names.
pub(crate) fn pid(process: &Value) -> u64 {
    process["pid"].as_u64().unwrap_or_else(|| panic!("no process: {process:#}"))
}

/// The command lines from `process` up to its agent.
pub(crate) fn chain(all: &[Value], process: &Value) -> Vec<String> {
    let mut chain = vec![process["text"].as_str().unwrap_or_default().to_owned()];
    let mut parent = process["detail"]["parent"].clone();
    while let Some(above) = all.iter().find(|other| other["process"] == parent) {
        chain.push(above["text"].as_str().unwrap_or_default().to_owned());
        parent = above["detail"]["parent"].clone();
    }
    chain
}

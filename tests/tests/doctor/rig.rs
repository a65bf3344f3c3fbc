//! An installation to be examined, and what its doctor says.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;
use vigil_tests::vigil::{Home, Running, binary};

/// Starts an agent on free ports; which process's children it takes for agents is to follow.
pub(crate) const UP: [&str; 8] =
    ["up", "--port", "0", "--proxy-port", "0", "--telemetry-port", "0", "--test-agents-of"];

/// What one examination said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) checks: Vec<Value>,
    all: String,
}

/// A fault and its remedy.
pub(crate) struct Fault {
    pub(crate) words: String,
    pub(crate) remedy: String,
}

/// Examines it.
pub(crate) fn doctor(home: &Home, only: &[&str]) -> Said {
    said(&home.run(&[&["doctor", "--json"], only].concat()))
}

pub(crate) fn said(output: &Output) -> Said {
    let all = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{all}"));
    assert_eq!(document["schema"], "vigil.doctor/1");
    let checks = document["checks"].as_array().unwrap().clone();
    let problems = checks.iter().filter(|check| check["verdict"] == "problem").count();
    assert_eq!(document["problems"], problems, "{all}");
    Said { code: output.status.code(), checks, all }
}

impl Said {
    pub(crate) fn verdict(&self, name: &str) -> &str {
        self.check(name)["verdict"].as_str().unwrap()
    }

    pub(crate) fn check(&self, name: &str) -> &Value {
        let found = self.checks.iter().find(|check| check["name"] == name);
        found.unwrap_or_else(|| panic!("nothing of {name}: {}", self.all))
    }

    /// Fails unless something is wrong with `name`.
    pub(crate) fn fault(&self, name: &str) -> Fault {
        assert_eq!(self.code, Some(1), "{}", self.all);
        let check = self.check(name);
        assert_eq!(check["verdict"], "problem", "{}", self.all);
        let text = |field: &str| check[field].as_str().unwrap().to_owned();
        Fault { words: text("words"), remedy: text("remedy") }
    }

    /// Fails when something is wrong.
    pub(crate) fn is_well(&self) {
        assert_eq!(self.code, Some(0), "{}", self.all);
        assert!(self.checks.iter().all(|check| check["verdict"] != "problem"), "{}", self.all);
    }
}

impl Fault {
    /// Fails unless its words hold all of these.
    pub(crate) fn tells(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.words.contains(word), "no `{word}` in: {}", self.words);
        }
        self
    }

    /// Follows the remedy, which is one command, as a person would who agrees to what it shows.
    pub(crate) fn follow(&self, home: &Home) {
        let mut command = self.remedy.clone();
        if command.starts_with("vigil route on") || command.starts_with("vigil guard on") {
            command.push_str(" --yes");
        }
        run(home, &command);
    }
}

/// Runs a command line as a person's shell would, with this workspace's `vigil` on its path.
pub(crate) fn run(home: &Home, line: &str) {
    let vigil = binary("vigil");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = home.clean("sh".into(), &["-c", line]);
    shell.env("PATH", format!("{}:{path}", vigil.parent().unwrap().display()));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Ends an agent as `vigil down` does, and waits for it.
pub(crate) fn down(agent: Running) {
    assert!(agent.end().success());
}

/// `vigil down`, then `vigil up`.
pub(crate) fn again(home: &Home, agent: Running) -> Running {
    down(agent);
    Running::start(home, &[])
}

/// A command under which root is held to the modes of files, as everybody else is.
pub(crate) fn held_to_modes(home: &Home, arguments: &[&str]) -> Option<Command> {
    if crate::support::own_uid() != 0 {
        return Some(home.command(arguments));
    }
    let vigil = binary("vigil");
    let lost = "-dac_override,-dac_read_search";
    let mut command = home.clean(
        PathBuf::from("setpriv"),
        &["--bounding-set", lost, "--inh-caps", lost, vigil.to_str().unwrap()],
    );
    command.args(arguments);
    let is_there = Command::new("setpriv").arg("--version").output().is_ok();
    if !is_there {
        eprintln!("SKIPPED: root reads everything, and there is no setpriv to be held to modes");
    }
    is_there.then_some(command)
}

//! Another scanner: how it is started, and the CPU time that it takes. It has no network, and looks
//! for no secret's validity.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    str::FromStr,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use vigil_platform::process;

/// How each is asked to search a file on one core.
const KNOWN: [Known; 3] = [
    Known {
        name: "kingfisher",
        figures: ("kingfisher", "over_kingfisher"),
        arguments: &["scan", "--no-validate", "--no-update-check", "--jobs", "1"],
        // The second says that something was found.
        ends: &[0, 200],
    },
    Known {
        name: "gitleaks",
        figures: ("gitleaks", "over_gitleaks"),
        arguments: &["dir", "--no-banner", "--exit-code=0"],
        ends: &[0],
    },
    Known {
        name: "betterleaks",
        figures: ("betterleaks", "over_betterleaks"),
        arguments: &["auto", "--no-banner", "--jsonl", "--jobs=1", "--exit-code=0"],
        ends: &[0],
    },
];

#[derive(Debug)]
struct Known {
    name: &'static str,
    /// For machines: its speed, and Vigil's as a multiple of it.
    figures: (&'static str, &'static str),
    arguments: &'static [&'static str],
    /// The codes with which a search ends that was done.
    ends: &'static [i32],
}

/// A scanner that is installed.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    known: &'static Known,
    program: PathBuf,
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || KNOWN.each_ref().map(|known| known.name).join(", ");
        let (name, program) = text.split_once('=').ok_or("it is written NAME=FILE")?;
        let known = KNOWN.iter().find(|known| known.name == name);
        let known =
            known.ok_or_else(|| format!("`{name}` is not known; there are: {}", names()))?;
        Ok(Self { known, program: program.into() })
    }
}

impl Peer {
    pub(crate) const fn name(&self) -> &'static str {
        self.known.name
    }

    pub(crate) const fn figures(&self) -> (&'static str, &'static str) {
        self.known.figures
    }

    /// CPU time of its search of `file`.
    pub(crate) fn search(&self, file: &Path) -> Result<Duration> {
        let name = self.known.name;
        let mut child = Command::new("unshare")
            .args(["--net", "--map-root-user", "--"])
            .arg(&self.program)
            .args(self.known.arguments)
            .arg(file)
            // Written in Go, some of them: one thread for their own code.
            .env("GOMAXPROCS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let mut said = Vec::new();
        if let Some(out) = &mut child.stdout {
            out.read_to_end(&mut said).with_context(|| format!("{name} cannot be read"))?;
        }
        // It has ended, or is about to; what it used is known until it is waited for.
        let mut used = process::cost(child.id()).map(|cost| cost.cpu);
        for _ in 0..500 {
            std::thread::sleep(Duration::from_millis(20));
            let now = process::cost(child.id()).map(|cost| cost.cpu);
            if now == used {
                break;
            }
            used = now;
        }
        let status = child.wait().with_context(|| format!("cannot wait for {name}"))?;
        // One that takes its arguments otherwise ends soon, and would seem quick.
        let is_done = status.code().is_some_and(|code| self.known.ends.contains(&code));
        ensure!(is_done, "{name} did not search: {status}");
        match used {
            Some(used) if used > Duration::from_millis(50) => Ok(used),
            _ => bail!("{name} searched nothing: {status}"),
        }
    }
}

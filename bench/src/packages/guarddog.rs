//! guarddog's check of names, in the python that has it; it asks one name after the other.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result};

use super::labelled::Checker;

/// It takes a fraction of a second for each name.
pub(super) const SAMPLE: usize = 60;

/// Reads lines `ECOSYSTEM NAME`, prints `1 SECONDS` for one that is like others, else `0 SECONDS`.
const DRIVER: &str = "\
import sys, time
from guarddog.analyzer.metadata.npm.typosquatting import NPMTyposquatDetector
from guarddog.analyzer.metadata.pypi.typosquatting import PypiTyposquatDetector
detectors = {'npm': NPMTyposquatDetector(), 'pypi': PypiTyposquatDetector()}
for line in sys.stdin:
    ecosystem, name = line.split()
    start = time.process_time()
    like = detectors[ecosystem].get_typosquatted_package(name)
    took = time.process_time() - start
    listed = name in detectors[ecosystem].popular_packages
    print(int(bool(like) and not listed), took, flush=True)
";

pub(super) struct Guarddog {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    asked: f64,
    seconds: f64,
}

impl Guarddog {
    pub(super) fn start(python: &Path) -> Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", DRIVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let ask = child.stdin.take().context("no way to ask")?;
        let answers = BufReader::new(child.stdout.take().context("no answers")?);
        Ok(Self { child, ask, answers, asked: 0.0, seconds: 0.0 })
    }

    /// Microseconds of CPU time for one name.
    pub(super) fn micros(&self) -> f64 {
        self.seconds * 1e6 / self.asked
    }
}

impl Checker for Guarddog {
    fn flags(&mut self, ecosystem: &'static str, name: &str) -> Result<bool> {
        writeln!(self.ask, "{ecosystem} {name}").context("guarddog has ended")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let (flag, took) = answer.trim().split_once(' ').context("guarddog has ended")?;
        self.asked += 1.0;
        self.seconds += took.parse::<f64>().context("guarddog's time")?;
        Ok(flag == "1")
    }
}

impl Drop for Guarddog {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

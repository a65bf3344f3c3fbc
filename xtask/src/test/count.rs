//! How many tests passed and failed, read from what the test runners print.

use std::{
    fmt, io,
    ops::AddAssign,
    process::{Command, Stdio},
    sync::Mutex,
};

use anyhow::{Context, Result};

use super::Outcome;
use crate::words::{self, Words};

/// Tests run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// Tests ran and some failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) count: Count,
    /// What the runner said of them.
    pub(crate) words: Words,
}

impl Count {
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// From one line of output: cargo's `test result: ok. 3 passed; 0 failed; ...`, nextest's
    /// `Summary [ 1.2s] 3 tests run: 3 passed, 0 skipped`, or one of Node's totals, each of which
    /// stands on a line of its own.
    fn in_line(line: &str) -> Option<Self> {
        if let Some(count) = Self::in_line_of_node(line) {
            return Some(count);
        }
        // Indented totals are what nextest repeats of a failed test's own output.
        let totals = match line.strip_prefix("test result: ") {
            Some(cargo) => cargo.split_once(". ")?.1,
            None => line.trim_start().strip_prefix("Summary [")?.split_once(" run: ")?.1,
        };
        let mut count = Self::default();
        for part in totals.split([',', ';']) {
            let mut words = part.split_whitespace();
            match (words.next().and_then(|number| number.parse().ok()), words.next()) {
                (Some(number), Some("passed")) => count.passed = number,
                (Some(number), Some("failed" | "timed")) => count.failed += number,
                _ => {}
            }
        }
        Some(count)
    }

    /// `\u{2139} pass 3` for people, `# pass 3` for programs. A test that was cancelled did not pass.
    fn in_line_of_node(line: &str) -> Option<Self> {
        let total = line.strip_prefix("\u{2139} ").or_else(|| line.strip_prefix("# "))?;
        let (what, number) = total.split_once(' ')?;
        let number = number.parse().ok()?;
        match what {
            "pass" => Some(Self { passed: number, failed: 0 }),
            "fail" | "cancelled" => Some(Self { passed: 0, failed: number }),
            _ => None,
        }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.count.fmt(f)
    }
}

impl std::error::Error for Failed {}

/// Runs a test runner, passes on what it prints (to stderr) and counts.
pub(crate) fn run(mut command: Command) -> Result<Outcome> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let count = Mutex::new(Count::default());
    let words = words::listen(&mut child, io::stderr(), |line| {
        if let Ok(mut count) = count.lock() {
            *count += Count::in_line(&String::from_utf8_lossy(line)).unwrap_or_default();
        }
    });
    let count = count.into_inner().unwrap_or_default();
    let status = child.wait().with_context(|| format!("cannot wait for {command:?}"))?;
    match (status.success(), count.failed) {
        (true, 0) => Ok(Outcome::Passed(count)),
        (_, failed) => {
            let count = Count { failed: failed.max(1), ..count };
            Err(Failed { count, words }.into())
        }
    }
}

#[cfg(test)]
mod tests;

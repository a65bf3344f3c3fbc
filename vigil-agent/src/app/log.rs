//! The agent's own log: `state/vigil-agent.log`, words about Vigil, never about content. Bounded,
//! however long the agent runs and whatever others make it say.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

/// A log longer than this is begun anew.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// How many old ones are kept, the latest as `.log.1`.
const KEPT: u32 = 3;

/// Sends `tracing` to the log file; `VIGIL_LOG` filters it (default `info`).
pub(super) fn start(state: &Path) -> anyhow::Result<()> {
    let path = state.join("vigil-agent.log");
    let log = Log::open(path.clone(), MAX_BYTES)
        .with_context(|| format!("cannot open the log {}", path.display()))?;
    let filter = EnvFilter::try_from_env("VIGIL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_writer(Mutex::new(log))
        .with_ansi(false)
        // A full disk must not turn every log line into one on the user's terminal.
        .log_internal_errors(false)
        .with_env_filter(filter)
        .try_init()
        .map_err(|error| io::Error::other(error.to_string()))
        .context("cannot start the log")
}

/// The file, and how long it may become.
struct Log {
    path: PathBuf,
    file: File,
    written: u64,
    max: u64,
}

impl Log {
    fn open(path: PathBuf, max: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        let written = file.metadata()?.len();
        Ok(Self { path, file, written, max })
    }

    /// Moves the file aside, and those before it, and begins a new one.
    fn begin_anew(&mut self) -> io::Result<()> {
        let old = |number: u32| self.path.with_extension(format!("log.{number}"));
        for number in (1..KEPT).rev() {
            match fs::rename(old(number), old(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, old(1))?;
        *self = Self::open(self.path.clone(), self.max)?;
        Ok(())
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.written > 0 && self.written + line.len() as u64 > self.max {
            self.begin_anew()?;
        }
        let len = self.file.write(line)?;
        self.written += len as u64;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_stays_bounded_and_keeps_the_last_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vigil-agent.log");
        let mut log = Log::open(path.clone(), 100).unwrap();

        for number in 0..50 {
            // Whole, as lines come here.
            log.write_all(format!("line {number:02} of the log\n").as_bytes()).unwrap();
        }

        let kept: Vec<String> = ["log.4", "log.3", "log.2", "log.1", "log"]
            .iter()
            .filter_map(|end| fs::read_to_string(path.with_extension(end)).ok())
            .collect();
        assert_eq!(kept.len(), 1 + KEPT as usize, "and no more than these");
        assert!(kept.iter().all(|log| log.len() <= 100));
        let lines: Vec<&str> = kept.iter().flat_map(|log| log.lines()).collect();
        let last: Vec<String> =
            (50 - lines.len()..50).map(|n| format!("line {n:02} of the log")).collect();
        assert_eq!(lines, last, "in their order, without a gap");
    }
}

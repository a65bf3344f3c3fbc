//! The agent's own log: `state/vigil-agent.log`, words about Vigil, never about content.

use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt as _, path::Path, sync::Mutex};

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

/// A log longer than this is begun anew at the next start; the old one is kept once.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Sends `tracing` to the log file; `VIGIL_LOG` filters it (default `info`).
pub(super) fn start(state: &Path) -> anyhow::Result<()> {
    let path = state.join("vigil-agent.log");
    if path.metadata().is_ok_and(|meta| meta.len() > MAX_BYTES) {
        let old = state.join("vigil-agent.log.1");
        std::fs::rename(&path, &old)
            .with_context(|| format!("cannot move the log to {}", old.display()))?;
    }
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open the log {}", path.display()))?;
    let filter = EnvFilter::try_from_env("VIGIL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        // A full disk must not turn every log line into one on the user's terminal.
        .log_internal_errors(false)
        .with_env_filter(filter)
        .try_init()
        .map_err(|error| io::Error::other(error.to_string()))
        .context("cannot start the log")
}

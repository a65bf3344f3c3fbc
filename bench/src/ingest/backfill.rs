//! `vigil ingest --once` on a home, into a new store.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use vigil_platform::process::{self, Cost};

use crate::subject::{Process, Setup};

/// The phases that the report names.
pub(crate) const PHASES: [(&str, &str); 7] = [
    ("parse", "finding, reading and parsing"),
    ("detect", "secrets and what is of note"),
    ("store", "the store"),
    ("texts", "  of it: packing texts"),
    ("index", "  of it: the search index"),
    ("chain", "  of it: the audit chain"),
    ("commit", "  of it: ending transactions"),
];

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What one reading gave.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) wall: f64,
    pub(crate) cpu: Option<f64>,
    /// Megabytes at most.
    pub(crate) memory: Option<f64>,
    /// CPU of reading it once more, when nothing is new.
    pub(crate) again_cpu: Option<f64>,
    stored: u64,
    report: Value,
}

impl Reading {
    fn number(&self, name: &str) -> f64 {
        self.report.get(name).and_then(Value::as_f64).unwrap_or_default()
    }

    /// Megabytes read.
    pub(crate) fn mb(&self) -> f64 {
        self.number("bytes") / 1e6
    }

    pub(crate) fn events_per_second(&self) -> f64 {
        self.number("events") / self.wall
    }

    /// The store, in a hundred of what was read.
    #[expect(clippy::cast_precision_loss, reason = "to three digits")]
    pub(crate) fn share(&self) -> f64 {
        100.0 * self.stored as f64 / self.number("bytes")
    }

    /// Seconds.
    pub(crate) fn phase(&self, name: &str) -> Option<f64> {
        self.report.pointer(&format!("/phases/{name}"))?.as_f64()
    }
}

pub(crate) async fn read(setup: &Setup, home: &Path) -> Result<Reading> {
    let scratch = setup.home()?;
    let (wall, cost, report) = once(setup, home, scratch.path()).await?;
    ensure!(report.get("events").and_then(Value::as_u64) > Some(0), "nothing was read");
    let stored = size(&scratch.path().join("vigil/data"))?;
    let (_, again, _) = once(setup, home, scratch.path()).await?;
    #[expect(clippy::cast_precision_loss, reason = "to three digits")]
    let memory = cost.map(|cost| cost.peak_memory as f64 / 1e6);
    let seconds = |cost: Cost| cost.cpu.as_secs_f64();
    Ok(Reading {
        wall: wall.as_secs_f64(),
        cpu: cost.map(seconds),
        memory,
        again_cpu: again.map(seconds),
        stored,
        report,
    })
}

async fn once(
    setup: &Setup,
    home: &Path,
    scratch: &Path,
) -> Result<(Duration, Option<Cost>, Value)> {
    let mut command = Setup::clean(&setup.vigil, scratch)?;
    command
        .env("HOME", home)
        .env("VIGIL_HOME", scratch.join("vigil"))
        .args(["ingest", "--once", "--json"])
        .stdout(Stdio::piped());
    let began = Instant::now();
    let mut process = Process::spawn(command)?;
    let pid = process.child.id();
    let mut cost: Option<Cost> = None;
    while process::is_running(pid) {
        // Memory is only known while it runs, CPU time is complete only afterwards.
        cost = process::cost(pid).map(|now| now.max(cost)).or(cost);
        tokio::time::sleep(LOOK).await;
    }
    let wall = began.elapsed();
    cost = process::cost(pid).map(|now| now.max(cost)).or(cost);
    let report = process.first_line().await.context("vigil ingest says nothing")?;
    let status = process.child.wait().context("cannot wait for vigil")?;
    ensure!(status.success(), "vigil ingest ended with {status}");
    Ok((wall, cost, serde_json::from_str(&report).context("the report is no JSON")?))
}

fn size(path: &Path) -> Result<u64> {
    let metadata = fs::symlink_metadata(path).with_context(|| format!("no {}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    fs::read_dir(path)?.try_fold(0, |sum, entry| Ok(sum + size(&entry?.path())?))
}

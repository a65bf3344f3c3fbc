//! Reading old transcripts: CPU, wall time, peak memory and size of the store, for everything
//! stored, indexed and scanned.
//!
//! `VIGIL_BENCH_CORPUS` names a folder that holds `projects/` as Claude Code lays it out; without
//! it a corpus is made.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use vigil_platform::process::{self, Cost};

use super::corpus;
use crate::cargo;

const MIB: f64 = 1024.0 * 1024.0;

pub(crate) fn run() -> Result<()> {
    let bin = cargo::build_release()?.join("vigil");
    let scratch = tempfile::tempdir().context("make a scratch folder")?;
    let corpus = if let Some(folder) = env::var_os("VIGIL_BENCH_CORPUS") {
        PathBuf::from(folder)
    } else {
        eprintln!("making a corpus of about 50 MiB ...");
        let folder = scratch.path().join("corpus");
        corpus::make(&folder, 100, 50 << 20)?;
        folder
    };
    let read = size_of(&corpus.join("projects"))?;
    let home = scratch.path().join("home");
    fs::create_dir(&home).context("make a home")?;

    let first = measure(&bin, &home, &corpus)?;
    let stored = size_of(&home.join("vigil/data"))?;
    let second = measure(&bin, &home, &corpus)?;

    let mut out = io::stdout().lock();
    writeln!(out, "transcripts      {:>10.1} MiB", mib(read))?;
    print(&mut out, "first reading", &first)?;
    writeln!(
        out,
        "store            {:>10.1} MiB, {:.1} % of the transcripts",
        mib(stored),
        100.0 * mib(stored) / mib(read)
    )?;
    print(&mut out, "second reading", &second)?;
    Ok(())
}

struct Measured {
    wall: Duration,
    cost: Option<Cost>,
    report: Value,
}

fn measure(bin: &Path, home: &Path, corpus: &Path) -> Result<Measured> {
    let start = Instant::now();
    let mut child = Command::new(bin)
        .args(["ingest", "--once", "--json"])
        .env_clear()
        .env("HOME", home)
        .env("VIGIL_HOME", home.join("vigil"))
        .env("CLAUDE_CONFIG_DIR", corpus)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", bin.display()))?;
    let mut cost: Option<Cost> = None;
    while process::is_running(child.id()) {
        // Memory is only known while it runs, CPU time is complete only afterwards.
        cost = process::cost(child.id()).map(|now| now.max(cost)).or(cost);
        thread::sleep(Duration::from_millis(10));
    }
    let wall = start.elapsed();
    cost = process::cost(child.id()).map(|now| now.max(cost)).or(cost);
    let status = child.wait().context("wait for vigil")?;
    if !status.success() {
        bail!("vigil ingest ended with {status}");
    }
    let report = child.stdout.take().context("vigil has no output")?;
    Ok(Measured { wall, cost, report: serde_json::from_reader(report).context("read the report")? })
}

fn print(out: &mut impl Write, name: &str, measured: &Measured) -> Result<()> {
    let Measured { wall, cost, report } = measured;
    write!(out, "{name:<16} {:>10.2} s wall", wall.as_secs_f64())?;
    if let Some(cost) = cost {
        write!(out, ", {:.2} s CPU", cost.cpu.as_secs_f64())?;
        write!(out, ", {:.1} MiB peak memory", mib(cost.peak_memory))?;
    }
    let count = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or_default();
    writeln!(out, ", {} lines, {} new events", count("lines"), count("events"))?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB
}

fn size_of(path: &Path) -> Result<u64> {
    let metadata = fs::symlink_metadata(path).with_context(|| format!("no {}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    fs::read_dir(path)?.try_fold(0, |sum, entry| Ok(sum + size_of(&entry?.path())?))
}

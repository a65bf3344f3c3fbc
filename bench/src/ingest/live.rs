//! Lines that are written while `vigil up` runs, and when its API tells of them.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::timeout;
use vigil_platform::process;
use vigil_tests::corpus::{self, Words};

use super::stream::Stream;
use crate::{
    meter::Meter,
    subject::{Process, Setup},
};

/// Files that grow, lines a second into all of them, and for how long.
const FILES: u32 = 50;
const PER_SECOND: u32 = 2000;
const SECONDS: u32 = 20;

/// Lines that are written one by one.
const CALM: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(170);

/// Longer than this nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
const LARGE_PATIENCE: Duration = Duration::from_mins(5);

/// What was measured. Times are in milliseconds.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) calm: Vec<f64>,
    pub(crate) busy: Vec<f64>,
    pub(crate) lines: u64,
    /// Events that the lines tell of and that are not on record.
    pub(crate) lost: u64,
    /// Lines that the stream never told of.
    pub(crate) unseen: u64,
    /// In a hundred of one CPU.
    pub(crate) cpu: Option<f64>,
    pub(crate) memory: Option<f64>,
}

/// The value that this part of all does not exceed.
pub(crate) fn percentile(values: &[f64], part: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "an index within a few ten thousand"
    )]
    sorted.get((last as f64 * part).ceil() as usize).copied()
}

/// A running Vigil.
#[derive(Debug)]
struct Up {
    _process: Process,
    pid: u32,
    scratch: TempDir,
}

impl Up {
    async fn start(setup: &Setup, home: Option<&Path>) -> Result<Self> {
        let scratch = setup.home()?;
        // A machine on which the client was used before.
        fs::create_dir_all(scratch.path().join(".claude/projects"))?;
        let mut command = Setup::clean(&setup.vigil, scratch.path())?;
        if let Some(home) = home {
            command.env("HOME", home);
        }
        command
            .env("VIGIL_HOME", scratch.path().join("vigil"))
            .args([
                "up",
                "--port",
                "0",
                "--no-proxy",
                "--telemetry-port",
                "0",
                "--ready-json",
                "--test-daemon",
            ])
            .arg(scratch.path().join("no-daemon"))
            .arg("--test-agents-of")
            .arg(std::process::id().to_string())
            .stdout(Stdio::piped());
        let mut process = Process::spawn(command)?;
        process.first_line().await.context("vigil up is not ready")?;
        Ok(Self { pid: process.child.id(), _process: process, scratch })
    }

    /// Events on record.
    fn events(&self, setup: &Setup) -> Result<u64> {
        let mut command = Setup::clean(&setup.vigil, self.scratch.path())?;
        command.env("VIGIL_HOME", self.scratch.path().join("vigil")).args(["status", "--json"]);
        let output = command.stdout(Stdio::piped()).output().context("cannot ask vigil")?;
        let status: Value = serde_json::from_slice(&output.stdout).context("no status")?;
        status.pointer("/store/events").and_then(Value::as_u64).context("no events in the status")
    }
}

/// Memory of `vigil up` on a large home, in megabytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rest {
    pub(crate) peak: Option<f64>,
    /// Once everything is read and nothing more happens.
    pub(crate) rest: Option<f64>,
}

pub(crate) async fn rest_after(setup: &Setup, home: &Path) -> Result<Rest> {
    eprintln!("reading it with `vigil up`");
    let up = Up::start(setup, Some(home)).await?;
    let began = Instant::now();
    let (mut before, mut same) = (0, 0);
    while same < 3 {
        ensure!(began.elapsed() < LARGE_PATIENCE, "vigil up does not come to an end with reading");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let events = up.events(setup)?;
        same = if events == before && events > 0 { same + 1 } else { 0 };
        before = events;
    }
    Meter::new(up.pid).rests().await;
    #[expect(clippy::cast_precision_loss, reason = "to three digits")]
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let cost = process::cost(up.pid);
    Ok(Rest { peak: cost.map(|cost| mb(cost.peak_memory)), rest: cost.map(|cost| mb(cost.memory)) })
}

/// The lines to write, in their order, and who they are.
#[derive(Debug, Default)]
struct Lines {
    /// File and text.
    all: Vec<(usize, String)>,
    /// Session and second to the line's number.
    numbers: HashMap<(String, String), usize>,
    files: Vec<File>,
}

/// The second of a time as it is written.
const SECOND: usize = "2026-01-01T00:00:00".len();

impl Lines {
    /// `count` lines, in turn into `files` new files, the first of which is number `from`.
    fn new(home: &Path, from: u32, files: u32, count: u32) -> Result<Self> {
        let client = corpus::client("claude-code");
        let mut lines = Self::default();
        let mut each = Vec::new();
        for number in from..from + files {
            let mut session = client.session(number);
            let path = client.path(home, &session);
            fs::create_dir_all(path.parent().unwrap_or(home))?;
            lines.files.push(OpenOptions::new().create(true).append(true).open(path)?);
            let mut words = Words::new(u64::from(number));
            let mut texts: Vec<String> = Vec::new();
            while texts.len() < (count / files) as usize {
                let turn = client.turn(&mut session, &words.turn());
                texts.extend(turn.split_inclusive('\n').map(str::to_owned));
            }
            each.push((session.id(), texts));
        }
        for index in 0..(count / files) as usize {
            for (file, (session, texts)) in each.iter_mut().enumerate() {
                let Some(text) = texts.get_mut(index) else { continue };
                let record: Value = serde_json::from_str(text)?;
                let at = record.get("timestamp").and_then(Value::as_str).unwrap_or_default();
                let second = at.get(..SECOND).context("a line without a time")?.to_owned();
                lines.numbers.insert((session.clone(), second), lines.all.len());
                lines.all.push((file, std::mem::take(text)));
            }
        }
        Ok(lines)
    }

    /// The line that an event's row comes from.
    fn of(&self, row: &Value) -> Option<usize> {
        let field = |name: &str| row.get(name).and_then(Value::as_str);
        let key = (field("session")?.to_owned(), field("at")?.get(..SECOND)?.to_owned());
        self.numbers.get(&key).copied()
    }
}

/// Writes all lines from a thread of its own, one every `pause`, and listens. Gives each line's
/// way in milliseconds, and how many lines the stream did not tell of.
async fn write(stream: &mut Stream, lines: Lines, pause: Duration) -> Result<(Vec<f64>, u64)> {
    let lines = Arc::new(lines);
    let base = Instant::now();
    // Nanoseconds after `base`; 0 before a line is written.
    let written: Arc<Vec<AtomicU64>> =
        Arc::new((0..lines.all.len()).map(|_| AtomicU64::new(0)).collect());
    let nanos = move || u64::try_from(base.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let (of_thread, times) = (Arc::clone(&lines), Arc::clone(&written));
    let writer = thread::spawn(move || -> Result<()> {
        let mut due = Instant::now();
        for ((file, text), time) in of_thread.all.iter().zip(times.iter()) {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            due += pause;
            let mut file = of_thread.files.get(*file).context("no such file")?;
            time.store(nanos(), Ordering::Release);
            file.write_all(text.as_bytes())?;
        }
        Ok(())
    });
    let (mut ways, mut told) = (Vec::new(), HashSet::new());
    while told.len() < lines.all.len() {
        // What the stream passed over is missing after a while of silence.
        let Ok(rows) = timeout(PATIENCE, stream.next()).await else { break };
        let now = nanos();
        for line in rows?.iter().filter_map(|row| lines.of(row)) {
            let time = written.get(line).map_or(0, |time| time.load(Ordering::Acquire));
            if told.insert(line) {
                #[expect(clippy::cast_precision_loss, reason = "to three digits")]
                ways.push(now.saturating_sub(time) as f64 / 1e6);
            }
        }
    }
    writer.join().map_err(|_| anyhow!("the writer panicked"))??;
    Ok((ways, (lines.all.len() - told.len()) as u64))
}

pub(crate) async fn follow(setup: &Setup) -> Result<Followed> {
    let up = Up::start(setup, None).await?;
    let home = up.scratch.path();
    let mut stream = Stream::open(&home.join("vigil")).await?;
    let meter = Meter::new(up.pid);

    let lines = Lines::new(home, 1000, 1, CALM)?;
    let (calm, unseen_calm) = write(&mut stream, lines, BETWEEN).await?;

    let lines = Lines::new(home, 0, FILES, PER_SECOND * SECONDS)?;
    let count = lines.all.len() as u64;
    let (before, began) = (meter.cpu(), Instant::now());
    let (busy, unseen) = write(&mut stream, lines, Duration::from_secs(1) / PER_SECOND).await?;
    let took = began.elapsed();
    let spent = meter.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));

    // A turn is four lines and five events.
    let due = (count + u64::from(CALM)) / 4 * 5;
    let mut events = up.events(setup)?;
    let until = Instant::now() + PATIENCE;
    while events < due && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(200)).await;
        events = up.events(setup)?;
    }
    Ok(Followed {
        calm,
        busy,
        lines: count,
        lost: due.saturating_sub(events),
        unseen: unseen + unseen_calm,
        cpu: spent.map(|spent| 100.0 * spent.as_secs_f64() / took.as_secs_f64()),
        memory: meter.memory(),
    })
}

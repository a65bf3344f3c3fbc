//! What reading transcripts costs: all that is there, and what is being written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use vigil_tests::corpus::{self, Turn};

use crate::{figures::Target, meter, subject::Setup};

mod backfill;
mod live;
mod stream;
mod table;

pub(crate) use self::table::Table;

use self::backfill::Reading;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How often the smaller home is read
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Read this home in place of one that is made; nothing is written into it
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Leave out the large home and the many files
    #[arg(long)]
    quick: bool,
    /// Write lines alone, and read nothing
    #[arg(long)]
    live: bool,
    /// Print one JSON document in place of the table
    #[arg(long)]
    json: bool,
    /// The `vigil` to measure, with its `vigil-agent` beside it
    #[arg(long, value_name = "FILE", hide = true)]
    vigil: PathBuf,
}

/// A home that is made: its sessions, and its bytes.
const SMALL: (u32, u64) = (200, 100_000_000);
const LARGE: (u32, u64) = (2000, 1_000_000_000);

/// Files of one turn each.
const TINY: u32 = 100_000;

pub(crate) async fn run(options: &Options) -> Result<()> {
    let setup = Setup::new(&options.vigil, false)?;
    let mut table = Table::new("vigil.bench.ingest/1", meter::load_average());
    if !options.live {
        homes(&mut table, &setup, options).await?;
    }
    eprintln!("writing lines while `vigil up` runs");
    alive(&mut table, &live::follow(&setup).await?);
    table.print(options.json)
}

async fn homes(table: &mut Table, setup: &Setup, options: &Options) -> Result<()> {
    let scratch = setup.home()?;
    let home = match &options.home {
        Some(home) => home.clone(),
        None => made(&scratch.path().join("small"), SMALL)?,
    };
    let mut readings = Vec::new();
    for round in 1..=options.rounds {
        eprintln!("reading {}, {round} of {}", home.display(), options.rounds);
        readings.push(backfill::read(setup, &home).await?);
    }
    small(table, &readings);
    if options.home.is_some() || options.quick {
        return Ok(());
    }
    remove(&home)?;
    let home = made(&scratch.path().join("large"), LARGE)?;
    eprintln!("reading it");
    let large = backfill::read(setup, &home).await?;
    let up = live::rest_after(setup, &home).await?;
    larger(table, &readings, &large, up);
    remove(&home)?;
    eprintln!("making {TINY} files of one turn each, and reading them");
    let home = scratch.path().join("tiny");
    tiny(&home)?;
    many(table, &backfill::read(setup, &home).await?);
    remove(&home)
}

fn made(home: &Path, (sessions, bytes): (u32, u64)) -> Result<PathBuf> {
    eprintln!("making a home of {} MB in {sessions} sessions", bytes / 1_000_000);
    corpus::write_home(home, sessions, bytes).context("cannot make a home")?;
    Ok(home.to_owned())
}

fn tiny(home: &Path) -> Result<()> {
    for number in 0..TINY {
        let client = corpus::CLIENTS.get(number as usize % corpus::CLIENTS.len());
        let client = client.context("there is no client")?;
        let mut session = client.session(number);
        let path = client.path(home, &session);
        fs::create_dir_all(path.parent().unwrap_or(home)).context("cannot make a home")?;
        let turn = Turn {
            prompt: format!("do step {number}"),
            answer: "I will.".to_owned(),
            command: format!("echo {number}"),
            output: number.to_string(),
        };
        let text = client.start(&mut session) + &client.turn(&mut session, &turn);
        fs::write(path, text).context("cannot make a home")?;
    }
    Ok(())
}

fn remove(home: &Path) -> Result<()> {
    fs::remove_dir_all(home).with_context(|| format!("cannot remove {}", home.display()))
}

/// The smaller home.
fn small(table: &mut Table, readings: &[Reading]) {
    table.heading("reading everything");
    let mut each = |name, words, unit, of: &dyn Fn(&Reading) -> Option<f64>, target| {
        table.row(name, words, unit, readings.iter().filter_map(of).collect(), target);
    };
    let none = Target::None;
    each("read", "what there is", "MB", &|reading| Some(reading.mb()), none);
    each("cpu", "CPU", "s", &|reading| reading.cpu, Target::AtMost(3.0));
    each("wall", "from start to end", "s", &|reading| Some(reading.wall), none);
    each("memory", "memory at most", "MB", &|reading| reading.memory, Target::Below(80.0));
    let share = |reading: &Reading| Some(reading.share());
    each("store", "store, of what was read", "%", &share, Target::AtMost(45.0));
    each("events", "events", "/s", &|reading| Some(reading.events_per_second()), none);
    each("again", "the same again, CPU", "s", &|reading| reading.again_cpu, none);
    table.heading("where the CPU time goes");
    for (name, words) in backfill::PHASES {
        let values = readings.iter().filter_map(|reading| reading.phase(name)).collect();
        table.row(name, words, "s", values, Target::None);
    }
}

/// The larger one: the same for each byte.
fn larger(table: &mut Table, small: &[Reading], large: &Reading, up: live::Rest) {
    table.heading("ten times as much");
    let per_mb = |reading: &Reading| reading.cpu.map(|cpu| cpu / reading.mb());
    let least = small.iter().filter_map(per_mb).min_by(f64::total_cmp);
    let ratio = per_mb(large).zip(least).map(|(large, small)| large / small);
    let mut one = |name, words, unit, value: Option<f64>, target| {
        table.row(name, words, unit, value.into_iter().collect(), target);
    };
    one("large_cpu", "CPU", "s", large.cpu, Target::None);
    one("large_ratio", "CPU of a byte, times the above", "x", ratio, Target::AtMost(1.2));
    one("large_wall", "from start to end", "s", Some(large.wall), Target::None);
    one("large_memory", "memory at most", "MB", large.memory, Target::Below(80.0));
    one("large_store", "store, of what was read", "%", Some(large.share()), Target::AtMost(45.0));
    one("up_peak", "memory of `vigil up` at most", "MB", up.peak, Target::None);
    one("up_rest", "the same, at rest afterwards", "MB", up.rest, Target::Below(80.0));
}

fn many(table: &mut Table, reading: &Reading) {
    table.heading("100,000 files of one turn each");
    let mut one = |name, words, unit, value: Option<f64>, target| {
        table.row(name, words, unit, value.into_iter().collect(), target);
    };
    one("tiny_cpu", "CPU", "s", reading.cpu, Target::None);
    one("tiny_memory", "memory at most", "MB", reading.memory, Target::None);
    one("tiny_again", "the same again, CPU", "s", reading.again_cpu, Target::None);
}

fn alive(table: &mut Table, live: &live::Followed) {
    table.heading("lines being written, until the API's stream has told of them");
    let mut one = |name, words, unit, value: Option<f64>, target| {
        table.row(name, words, unit, value.into_iter().collect(), target);
    };
    let calm = |part: f64| live::percentile(&live.calm, part);
    let busy = |part: f64| live::percentile(&live.busy, part);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let count = |n: u64| Some(n as f64);
    one("calm_p50", "one line now and then, p50", "ms", calm(0.5), Target::None);
    one("calm_p99", "the same, p99", "ms", calm(0.99), Target::AtMost(50.0));
    one("busy_p50", "2,000 lines/s into 50 files, p50", "ms", busy(0.5), Target::None);
    one("busy_p99", "the same, p99", "ms", busy(0.99), Target::Below(100.0));
    one("busy_max", "the same, the latest", "ms", busy(1.0), Target::None);
    one("busy_lines", "lines written", "", count(live.lines), Target::None);
    one("lost", "events not on record", "", count(live.lost), Target::AtMost(0.0));
    one("unseen", "lines that the stream passed over", "", count(live.unseen), Target::AtMost(0.0));
    one("busy_cpu", "CPU meanwhile", "% of one", live.cpu, Target::None);
    one("busy_memory", "memory at the end", "MB", live.memory, Target::None);
}

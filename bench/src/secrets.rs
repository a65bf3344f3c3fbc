//! What looking for secrets costs: transcripts as one text and line by line, on one core, and other
//! scanners on the same file. What a labelled file says of its quality.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;
use vigil_detect::{Engine, FingerprintKey};
use vigil_platform::process;
use vigil_tests::corpus;

use crate::{figures::Target, ingest::Table, meter};

mod labelled;
mod peer;

use self::peer::Peer;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Millions of bytes of transcripts that are made
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=2000))]
    mb: u64,
    /// Search the transcripts (.jsonl) below this folder in place of made ones
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Another scanner, measured once on the same file: kingfisher, gitleaks or betterleaks
    #[arg(long, value_name = "NAME=FILE")]
    peer: Vec<Peer>,
    /// Lines of `{"id","text","secrets":[{"start","end"}]}`, places in bytes: how much is found
    #[arg(long, value_name = "FILE")]
    labelled: Option<PathBuf>,
    /// Print one JSON document in place of the table
    #[arg(long)]
    json: bool,
    /// Of no use here; every benchmark is told where Vigil is
    #[arg(long, value_name = "FILE", hide = true)]
    vigil: PathBuf,
}

/// One round's speeds, in millions of bytes a second of CPU time.
struct Speeds {
    whole: f64,
    lines: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut table = Table::new("vigil.bench.secrets/1", meter::load_average());
    let scratch = tempfile::tempdir().context("cannot make a folder")?;
    let text = match &options.home {
        Some(home) => transcripts(home)?,
        None => made(scratch.path(), options.mb)?,
    };
    let engine = Engine::new(FingerprintKey::from_bytes([0; 32]));
    let mut speeds = Vec::new();
    for round in 1..=options.rounds {
        eprintln!("searching {} MB, {round} of {}", text.len() / 1_000_000, options.rounds);
        speeds.push(search(&engine, &text)?);
    }
    table.heading("speed, one core, of CPU time");
    let each = |of: fn(&Speeds) -> f64| speeds.iter().map(of).collect::<Vec<_>>();
    let (whole, lines) = (each(|speeds| speeds.whole), each(|speeds| speeds.lines));
    let best = lines.iter().copied().fold(0.0, f64::max);
    table.row("whole", "all of it as one text", "MB/s", whole, Target::AtLeast(400.0));
    table.row("lines", "each line, with decoding", "MB/s", lines, Target::AtLeast(250.0));
    peers(&mut table, options, &scratch.path().join("transcripts.txt"), (&text, best))?;
    if let Some(file) = &options.labelled {
        let score = labelled::score(&engine, file)?;
        table.heading("quality, on the labelled file");
        table.row("recall", "recall", "", vec![score.recall()], Target::AtLeast(0.99));
        table.row("precision", "precision", "", vec![score.precision()], Target::AtLeast(0.99));
        table.row("texts", "texts", "", vec![score.texts], Target::None);
    }
    table.print(options.json)
}

fn peers(
    table: &mut Table,
    options: &Options,
    file: &Path,
    (text, best): (&str, f64),
) -> Result<()> {
    if options.peer.is_empty() {
        return Ok(());
    }
    fs::write(file, text).context("cannot write the transcripts into a file")?;
    table.heading("others, on the same text in a file, without a network");
    for peer in &options.peer {
        eprintln!("having {} search it", peer.name());
        let speed = megabytes(text) / peer.search(file)?.as_secs_f64();
        let (own, times) = peer.figures();
        table.row(own, peer.name(), "MB/s", vec![speed], Target::None);
        table.row(times, "Vigil line by line, times that", "x", vec![best / speed], Target::None);
    }
    Ok(())
}

fn search(engine: &Engine, text: &str) -> Result<Speeds> {
    let speed = |hits: &mut usize, search: &dyn Fn() -> usize| -> Result<f64> {
        let start = cpu();
        *hits = search();
        let took = cpu().saturating_sub(start);
        anyhow::ensure!(!took.is_zero(), "the clock of this process stands still");
        Ok(megabytes(text) / took.as_secs_f64())
    };
    let (mut whole_hits, mut line_hits) = (0, 0);
    let whole = speed(&mut whole_hits, &|| engine.scan(text).len())?;
    let lines = speed(&mut line_hits, &|| text.lines().map(|line| engine.scan(line).len()).sum())?;
    eprintln!("{whole_hits} found in the whole, {line_hits} in its lines");
    Ok(Speeds { whole, lines })
}

/// CPU time of this process, or where the system does not tell it, time.
fn cpu() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    process::cost(std::process::id()).map_or_else(|| START.elapsed(), |cost| cost.cpu)
}

#[expect(clippy::cast_precision_loss, reason = "to three digits")]
fn megabytes(text: &str) -> f64 {
    text.len() as f64 / 1e6
}

fn made(scratch: &Path, mb: u64) -> Result<String> {
    eprintln!("making {mb} MB of transcripts");
    let home = scratch.join("home");
    let sessions = u32::try_from(2 * mb).unwrap_or(u32::MAX);
    corpus::write_home(&home, sessions, mb * 1_000_000).context("cannot make transcripts")?;
    let text = transcripts(&home)?;
    fs::remove_dir_all(&home).context("cannot remove what was made")?;
    Ok(text)
}

/// Every transcript below `folder`, one after the other.
fn transcripts(folder: &Path) -> Result<String> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder);
        for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "jsonl") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let mut text = String::new();
    for path in paths {
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        text.push_str(&String::from_utf8_lossy(&bytes));
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    anyhow::ensure!(!text.is_empty(), "there are no transcripts below {}", folder.display());
    Ok(text)
}

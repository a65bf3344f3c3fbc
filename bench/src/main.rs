//! The load behind `cargo xtask bench`. For the proxy: an upstream, clients that hold every answer
//! against what it must be, and what they measure; for transcripts: homes to read, and files that
//! grow. Figures go to stdout, words to stderr. It measures and judges nothing: what is slow is a
//! figure, what is wrong is an error.

#![forbid(unsafe_code)]
#![expect(clippy::print_stderr, reason = "progress words are what a benchmark prints")]

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

mod answers;
mod client;
mod figures;
mod ingest;
mod meter;
mod packages;
mod pattern;
mod report;
mod rounds;
mod secrets;
mod stats;
mod steps;
mod subject;
mod upstream;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", version, about)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure the proxy against going directly (and against mitmdump, if it is on PATH)
    Proxy(Options),
    /// Measure reading what clients wrote, and what they write
    Ingest(ingest::Options),
    /// Measure looking for secrets
    Secrets(secrets::Options),
    /// Measure judging packages
    Packages(packages::Options),
    /// Write a home of so many sessions and bytes into FOLDER
    #[command(hide = true)]
    Home { folder: PathBuf, sessions: u32, bytes: u64 },
    /// Be the upstream: write the root certificate into FOLDER, serve until the input ends
    #[command(hide = true)]
    Upstream { folder: PathBuf },
}

#[derive(Args, Debug)]
struct Options {
    /// How often everything is measured
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// Print one JSON document in place of the table
    #[arg(long)]
    json: bool,
    /// Leave mitmdump out even if it is there
    #[arg(long)]
    no_mitmproxy: bool,
    /// The `vigil` to measure, with its `vigil-agent` beside it
    #[arg(long, value_name = "FILE", hide = true)]
    vigil: PathBuf,
}

fn main() -> ExitCode {
    let done = match Cli::parse().what {
        What::Proxy(options) => proxy(&options),
        What::Ingest(options) => runtime().and_then(|on| on.block_on(ingest::run(&options))),
        What::Packages(options) => packages::run(&options),
        What::Secrets(options) => secrets::run(&options),
        What::Home { folder, sessions, bytes } => write_home(&folder, sessions, bytes),
        What::Upstream { folder } => runtime().and_then(|on| on.block_on(upstream::serve(&folder))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn proxy(options: &Options) -> anyhow::Result<()> {
    vigil_platform::process::raise_open_files();
    let setup = subject::Setup::new(&options.vigil, !options.no_mitmproxy)?;
    let load = meter::load_average();
    let measured = runtime()?.block_on(rounds::run(&setup, options.rounds))?;
    let machine = report::Machine { load, rounds: options.rounds };
    report::print(&measured, &machine, options.json)
}

fn write_home(folder: &Path, sessions: u32, bytes: u64) -> anyhow::Result<()> {
    let written = vigil_tests::corpus::write_home(folder, sessions, bytes)?;
    eprintln!("{} bytes, {} turns", written.bytes, written.turns);
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

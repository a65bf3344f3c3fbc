//! The agent's binary. `vigil up` and `vigil ingest` become it by exec, so its command line is
//! theirs.

#![forbid(unsafe_code)]

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use vigil_agent::app::{self, BadConfig, Setup, UpOptions};
use vigil_proto::{
    config::layers::Flag,
    report::{Document, IngestReport},
};

/// Bad configuration, as `sysexits.h` has it for usage.
const BAD_CONFIG: u8 = 64;

#[derive(Debug, Parser)]
#[command(
    name = "vigil-agent",
    version,
    about = "The per-user agent of Vigil; start it with `vigil up`"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Record, in the foreground.
    Up {
        /// Port of the dashboard and local API (0 picks a free one).
        #[arg(long)]
        port: Option<u16>,
        /// Port of the proxy (0 picks a free one).
        #[arg(long)]
        proxy_port: Option<u16>,
        /// Run without the proxy.
        #[arg(long)]
        no_proxy: bool,
        /// Print one line of JSON once everything listens.
        #[arg(long)]
        ready_json: bool,
        /// Point hosts at test servers on loopback, for this run only.
        #[arg(long, value_name = "FILE")]
        test_upstreams: Option<PathBuf>,
    },
    /// Read every transcript to its end, commit, and exit.
    Ingest {
        /// Required: reading once is the only way there is.
        #[arg(long, required = true)]
        once: bool,
        /// Print the result as a JSON document.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Up { port, proxy_port, no_proxy, ready_json, test_upstreams } => {
            let flags: Vec<Flag> =
                [("dashboard.port", "--port", port), ("proxy.port", "--proxy-port", proxy_port)]
                    .into_iter()
                    .filter_map(|(key, flag, value)| {
                        Some(Flag { key, flag, value: value?.to_string() })
                    })
                    .collect();
            let options = UpOptions { no_proxy, ready_json, test_upstreams };
            app::up(&Setup::load(&flags)?, &options)
        }
        Command::Ingest { json, .. } => print(&app::ingest(&Setup::load(&[])?)?, json),
    }
}

#[expect(clippy::print_stdout, reason = "the result is data")]
fn print(document: &Document<IngestReport>, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(document)?);
    } else {
        let report = &document.body;
        println!(
            "{} files, {} lines, {} new events, {} bytes in {:.1} s",
            report.files, report.lines, report.events, report.bytes, report.seconds
        );
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "words for the person who started it")]
fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    match error.downcast_ref::<BadConfig>() {
        Some(bad) => {
            if let Some(hint) = bad.hint() {
                eprintln!("\nhint: {hint}");
            }
            ExitCode::from(BAD_CONFIG)
        }
        None => ExitCode::FAILURE,
    }
}

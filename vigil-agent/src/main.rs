//! The agent's binary. `vigil up` and `vigil ingest` become it by exec, so its command line is
//! theirs.

#![forbid(unsafe_code)]

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use vigil_agent::{
    app::{self, BadConfig, IntelCommand, Setup, UpOptions},
    intel::import::Source,
};
use vigil_platform::{memory, paths::PathError};
use vigil_proto::{
    causes::Causes,
    config::layers::Flag,
    report::{Document, IngestReport},
};

#[global_allocator]
static ALLOCATOR: memory::Allocator = memory::ALLOCATOR;

// Exit codes; those of the command line, which becomes this program.
const FAILED: u8 = 1;
const NOT_PERMITTED: u8 = 4;
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
        /// Port for the clients' own telemetry (0 picks a free one).
        #[arg(long)]
        telemetry_port: Option<u16>,
        /// Run without the proxy.
        #[arg(long)]
        no_proxy: bool,
        /// Print one line of JSON once everything listens.
        #[arg(long)]
        ready_json: bool,
        /// Point hosts at test servers on loopback, for this run only.
        #[arg(long, value_name = "FILE")]
        test_upstreams: Option<PathBuf>,
        /// Use a daemon for tests, which runs as this user, for this run only.
        #[arg(long, value_name = "SOCKET", hide = true)]
        test_daemon: Option<PathBuf>,
        /// Take for agents only what this process has begun, for this run only.
        #[arg(long, value_name = "PID", hide = true)]
        test_agents_of: Option<u32>,
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
    /// The lists of what is malicious.
    Intel {
        #[command(subcommand)]
        action: Intel,
        /// Print how it stands then as a JSON document.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Make the certificate authority where there is none; `vigil setup` starts it.
    #[command(hide = true)]
    Ca,
    /// Be the guard of the system's proxy settings; the agent starts it.
    #[command(hide = true)]
    Guard,
}

#[derive(Debug, Subcommand)]
enum Intel {
    /// Take in files: all of them, or nothing.
    Import {
        /// Archives, folders or files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The list's name; one file only.
        #[arg(long)]
        name: Option<String>,
        /// Whose packages a list of bare names has.
        #[arg(long)]
        ecosystem: Option<String>,
    },
    /// Fetch the lists of the configuration.
    Update {
        /// Point hosts at test servers on loopback, for this run only.
        #[arg(long, value_name = "FILE")]
        test_upstreams: Option<PathBuf>,
    },
    /// Take a list out.
    Remove {
        /// Its name.
        name: String,
    },
}

impl Intel {
    fn command(self) -> anyhow::Result<IntelCommand> {
        Ok(match self {
            Self::Import { files, name, ecosystem } => {
                anyhow::ensure!(
                    name.is_none() || files.len() == 1,
                    "a name is for one file; import the others by themselves"
                );
                let source = |path| Source {
                    path,
                    name: name.clone(),
                    ecosystem: ecosystem.clone(),
                    ..Source::default()
                };
                IntelCommand::Import(files.into_iter().map(source).collect())
            }
            Self::Update { test_upstreams } => IntelCommand::Update { test_upstreams },
            Self::Remove { name } => IntelCommand::Remove(name),
        })
    }
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(code) => code,
        Err(error) => report(&error),
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up {
            port,
            proxy_port,
            telemetry_port,
            no_proxy,
            ready_json,
            test_upstreams,
            test_daemon,
            test_agents_of,
        } => {
            let flags: Vec<Flag> = [
                ("dashboard.port", "--port", port),
                ("proxy.port", "--proxy-port", proxy_port),
                ("telemetry.port", "--telemetry-port", telemetry_port),
            ]
            .into_iter()
            .filter_map(|(key, flag, value)| Some(Flag { key, flag, value: value?.to_string() }))
            .collect();
            let options =
                UpOptions { no_proxy, ready_json, test_upstreams, test_daemon, test_agents_of };
            app::up(&Setup::load(&flags)?, &options)?;
        }
        Command::Guard => app::guard()?,
        Command::Ca => app::authority(&Setup::load(&[])?)?,
        Command::Intel { action, json } => {
            let is_done = app::intel(&Setup::load(&[])?, action.command()?, json)?;
            return Ok(if is_done { ExitCode::SUCCESS } else { FAILED.into() });
        }
        Command::Ingest { json, .. } => print(&app::ingest(&Setup::load(&[])?)?, json)?,
    }
    Ok(ExitCode::SUCCESS)
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
    let (what, hint) = match error.downcast_ref::<BadConfig>() {
        Some(bad) => (bad.to_string(), bad.hint().map(str::to_owned)),
        None => Causes(error.as_ref()).told(),
    };
    eprintln!("error: {what}");
    if let Some(hint) = hint {
        eprintln!("\nhint: {hint}");
    }
    exit_code(error).into()
}

fn exit_code(error: &anyhow::Error) -> u8 {
    let is_denied = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::PermissionDenied)
            || matches!(cause.downcast_ref(), Some(PathError::OtherOwner { .. }))
    };
    if error.is::<BadConfig>() {
        BAD_CONFIG
    } else if error.chain().any(is_denied) {
        NOT_PERMITTED
    } else {
        FAILED
    }
}

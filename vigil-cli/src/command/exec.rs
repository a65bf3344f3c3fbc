//! `vigil up`, `vigil ingest` and what changes lists: this process becomes the `vigil-agent` beside it,
//! so that the pid that was started is the pid that works.

use std::{os::unix::process::CommandExt, path::PathBuf, process::Command};

use vigil_platform::paths::Paths;

use super::{Outcome, service};
use crate::{
    args::{ColorWhen, Global, IntelAction, Up},
    failure::Failure,
};

const AGENT: &str = "vigil-agent";

pub(super) fn up(args: &Up, global: &Global) -> Outcome {
    if args.port.is_none() && args.proxy_port.is_none() && !args.no_proxy {
        service::is_in_the_way(&Paths::locate()?)?;
    }
    let mut agent = agent("up", global)?;
    if let Some(port) = args.port {
        agent.arg("--port").arg(port.to_string());
    }
    if let Some(port) = args.proxy_port {
        agent.arg("--proxy-port").arg(port.to_string());
    }
    if let Some(port) = args.telemetry_port {
        agent.arg("--telemetry-port").arg(port.to_string());
    }
    if args.no_proxy {
        agent.arg("--no-proxy");
    }
    if args.ready_json || global.json {
        agent.arg("--ready-json");
    }
    if let Some(file) = &args.test_upstreams {
        agent.arg("--test-upstreams").arg(file);
    }
    if let Some(socket) = &args.test_daemon {
        agent.arg("--test-daemon").arg(socket);
    }
    if let Some(pid) = args.test_agents_of {
        agent.arg("--test-agents-of").arg(pid.to_string());
    }
    become_it(agent)
}

pub(super) fn ingest(global: &Global) -> Outcome {
    let mut agent = agent("ingest", global)?;
    agent.arg("--once");
    if global.json {
        agent.arg("--json");
    }
    become_it(agent)
}

/// `vigil intel import`, `update` and `remove`; how it stands is told here.
pub(super) fn intel(action: &IntelAction, global: &Global) -> Outcome {
    let mut agent = agent("intel", global)?;
    if global.json {
        agent.arg("--json");
    }
    match action {
        IntelAction::Status => {}
        IntelAction::Import { files, name, ecosystem } => {
            agent.arg("import");
            for (flag, value) in [("--name", name), ("--ecosystem", ecosystem)] {
                if let Some(value) = value {
                    agent.arg(format!("{flag}={value}"));
                }
            }
            agent.arg("--").args(files);
        }
        IntelAction::Update { test_upstreams } => {
            agent.arg("update");
            if let Some(file) = test_upstreams {
                agent.arg("--test-upstreams").arg(file);
            }
        }
        IntelAction::Remove { name } => {
            agent.arg("remove").arg("--").arg(name);
        }
    }
    become_it(agent)
}

/// The agent's command line, up to and with its own subcommand.
fn agent(subcommand: &str, global: &Global) -> Result<Command, Failure> {
    let path = sibling().ok_or_else(missing)?;
    let mut command = Command::new(path);
    command.arg(subcommand);
    match global.color {
        ColorWhen::Auto => {}
        ColorWhen::Always => {
            command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
        }
        ColorWhen::Never => {
            command.env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
        }
    }
    Ok(command)
}

/// The agent's program: beside this one, or where packages put it, in `../libexec/vigil`.
pub(super) fn sibling() -> Option<PathBuf> {
    // On macOS the name that it was started by, which may be a link.
    let own = std::env::current_exe().ok()?.canonicalize().ok()?;
    let folder = own.parent()?;
    let packaged = folder.parent().map(|prefix| prefix.join("libexec/vigil").join(AGENT));
    std::iter::once(folder.join(AGENT)).chain(packaged).find(|path| path.is_file())
}

pub(super) fn missing() -> Failure {
    Failure::new(
        format!("there is no {AGENT} beside this vigil, nor in ../libexec/vigil"),
        "the two are installed together; install Vigil again, or build it whole with `cargo build`",
    )
}

/// Comes back only with a failure.
fn become_it(mut agent: Command) -> Outcome {
    let source = agent.exec();
    Err(Failure::File { operation: "start", path: agent.get_program().into(), source })
}

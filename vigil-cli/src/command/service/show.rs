//! What `vigil service` says: what it would do, the question, how the service stands, its log.

use std::{
    io::{self, IsTerminal as _},
    num::NonZeroUsize,
};

use serde::Serialize;
use vigil_platform::{
    paths::Paths,
    service::{self as manager, ServiceError, Status},
};
use vigil_proto::{Timestamp, causes::Causes, report};

use super::{
    super::{Outcome, logs as own_log},
    Done, Ensured, Look, Options, belongs, ensure, look, ours, refused, service, variable,
};
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    terminal::{Console, DIM, GREEN, RED, YELLOW, plain},
};

/// How many lines are shown when nobody says.
const LINES: usize = 100;

/// `vigil.service_install/1`.
#[derive(Debug, Serialize)]
struct InstallReport {
    /// What was to be written and run, a line each.
    plan: Vec<String>,
    #[serde(flatten)]
    ensured: Ensured,
}

/// `vigil.service_uninstall/1`.
#[derive(Debug, Serialize)]
struct UninstallReport {
    state: &'static str,
    /// The files and folders.
    paths: Vec<String>,
}

/// `vigil.service/1`.
#[derive(Debug, Default, Serialize)]
struct ServiceReport {
    /// `absent`, `stopped`, `failed`, `waiting`, `running` or `no-manager`.
    state: &'static str,
    folder: String,
    files: Vec<String>,
    proxy: Option<u16>,
    dashboard: Option<u16>,
    pid: Option<u32>,
    since: Option<Timestamp>,
    restarts: Option<u32>,
    /// The service manager holds the ports.
    holds: bool,
    at_login: bool,
    result: Option<String>,
    /// The `VIGIL_HOME` that it is for, where that is another one than ours.
    elsewhere: Option<String>,
    notes: Vec<String>,
}

pub(super) fn install(
    args: &args::ServiceInstall,
    paths: &Paths,
    console: &mut Console,
) -> Outcome {
    let options = Options { port: args.port, proxy_port: args.proxy_port, no_wait: false };
    let plan = match look(paths, &options)? {
        Look::Ready => Vec::new(),
        Look::ToDo(lines) => lines,
        Look::NoManager(why) => return Err(Failure::new(why, "start Vigil with `vigil up`")),
    };
    if !console.json {
        for line in &plan {
            let style = if line.starts_with("  +") { GREEN } else { DIM };
            console.line(format_args!("{style}{}{style:#}", plain(line)))?;
        }
    }
    let agreed = plan.is_empty() || (!args.dry_run && (args.yes || agreed(console)?));
    let ensured = if agreed && !args.dry_run {
        ensure(paths, &options, console)?
    } else {
        let state = if plan.is_empty() { Done::Unchanged } else { Done::Shown };
        Ensured { state, proxy: None, dashboard: None, agent: None, notes: Vec::new() }
    };
    // Written, and the agent does not run: that is no success.
    let is_done = matches!(ensured.state, Done::Shown) || ensured.agent.is_some() || args.dry_run;
    if console.json {
        console.document("service_install", InstallReport { plan, ensured })?;
    } else {
        say(&ensured, console);
    }
    Ok(if is_done { Exit::Ok } else { Exit::Failed })
}

fn say(ensured: &Ensured, console: &mut Console) {
    for note in &ensured.notes {
        console.warn(plain(note));
    }
    let pid = ensured.agent.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
    let ports = match (ensured.proxy, ensured.dashboard) {
        (Some(proxy), Some(dashboard)) => {
            format!("; proxy on port {proxy}, dashboard on {dashboard}")
        }
        _ => String::new(),
    };
    match ensured.state {
        Done::Installed => console.say(format_args!(
            "Vigil is a service now{pid}: started at every log-in{ports}. `vigil service uninstall` \
             undoes this."
        )),
        Done::Unchanged => {
            console.say(format_args!("Vigil is a service already{pid}{ports}; nothing to do."));
        }
        Done::Shown => console.say("Nothing was written."),
        Done::NoManager => {}
    }
}

pub(super) fn uninstall(dry_run: bool, paths: &Paths, console: &mut Console) -> Outcome {
    let (state, lines) = match ours(paths)? {
        None => ("unchanged", Vec::new()),
        Some(_) if dry_run => ("shown", super::would_remove(paths)?),
        Some(_) => ("removed", super::remove(paths, console)?),
    };
    if console.json {
        console.document("service_uninstall", UninstallReport { state, paths: lines })?;
        return Ok(Exit::Ok);
    }
    for line in &lines {
        console.line(plain(line))?;
    }
    console.say(match state {
        "unchanged" => "Vigil is no service here; nothing to do.",
        "shown" => "Nothing was deleted.",
        _ => "Vigil is no service any more, and does not run. `vigil up` starts it by hand.",
    });
    Ok(Exit::Ok)
}

fn agreed(console: &mut Console) -> Result<bool, Failure> {
    if console.json || !io::stdin().is_terminal() {
        return Err(Failure::new(
            "nobody is there to be asked, so nothing was written",
            "`--dry-run` shows what would be written, `--yes` writes it",
        ));
    }
    super::super::edited::agreed(console)
}

pub(super) fn status(paths: &Paths, console: &mut Console) -> Outcome {
    let report = standing(paths)?;
    let exit = match report.state {
        "running" | "waiting" => Exit::Ok,
        _ => Exit::NotRunning,
    };
    if console.json {
        console.document("service", report)?;
        return Ok(exit);
    }
    let style = match report.state {
        "running" => GREEN,
        "waiting" | "absent" | "stopped" => YELLOW,
        _ => RED,
    };
    let words = match report.state {
        "running" => "runs",
        "waiting" => "does not run now; the next connection starts it",
        "stopped" => "is installed and does not run; `vigil service install` starts it",
        "failed" => {
            "failed and is given up; `vigil service logs` says why, `vigil service install` starts it again"
        }
        "no-manager" => "has no service manager here; `vigil up` starts Vigil",
        _ => "is not installed; `vigil service install` does that",
    };
    console.line(format_args!("{style}service{style:#}    {words}"))?;
    if let Some(pid) = report.pid {
        let since = report.since.map(|at| format!(", begun {}", console.clock.ago(at)));
        console.line(format_args!("process    {pid}{}", since.unwrap_or_default()))?;
    }
    if let Some(number) = report.restarts.filter(|number| *number > 0) {
        console.line(format_args!("restarts   {number} by itself"))?;
    }
    if let (Some(proxy), Some(dashboard)) = (report.proxy, report.dashboard) {
        let held = if report.holds { "held by the service manager" } else { "not held" };
        console.line(format_args!("ports      proxy {proxy}, dashboard {dashboard}; {held}"))?;
    }
    if let Some(result) = &report.result {
        console.line(format_args!("last end   {}", plain(result)))?;
    }
    if !report.files.is_empty() {
        console.line(format_args!("files      {}", plain(&report.folder)))?;
    }
    for note in &report.notes {
        console.warn(plain(note));
    }
    Ok(exit)
}

fn standing(paths: &Paths) -> Result<ServiceReport, Failure> {
    let service = service(paths);
    let mut run = manager::runner(&variable);
    let installed = service.installed().map_err(|error| refused(&error))?;
    let mut report = ServiceReport {
        state: "absent",
        folder: service.folder().display().to_string(),
        ..ServiceReport::default()
    };
    if let Some(installed) = &installed {
        report.files = installed.files.iter().map(|path| path.display().to_string()).collect();
        report.proxy = installed.proxy.map(vigil_proto::rpc::Port::raw);
        report.dashboard = installed.dashboard.map(vigil_proto::rpc::Port::raw);
        if !belongs(installed, paths) {
            let home = installed.vigil_home.as_ref().map(|home| home.display().to_string());
            let home = home.unwrap_or_else(|| "its usual places".to_owned());
            report.notes.push(format!("the service keeps its files elsewhere: {home}"));
            report.elsewhere = Some(home);
        }
    }
    match service.find_manager(paths.home(), &mut run) {
        Ok(()) => {}
        Err(error @ ServiceError::NoManager { .. }) => {
            report.state = "no-manager";
            report.notes.push(Causes(&error).told().0);
            return Ok(report);
        }
        Err(error) => return Err(refused(&error)),
    }
    let standing = service.standing(&mut run).map_err(|error| refused(&error))?;
    report.state = match standing.status {
        Status::Absent => "absent",
        Status::Stopped => "stopped",
        Status::Failed => "failed",
        Status::Waiting => "waiting",
        Status::Running => "running",
    };
    report.pid = standing.pid;
    report.restarts = standing.restarts;
    report.holds = standing.holds();
    report.at_login = standing.at_login;
    report.result = standing.result;
    if installed.is_some() && !standing.at_login {
        report.notes.push("it is not started at log-in; `vigil service install` mends that".into());
    }
    match Agent::find(paths)? {
        Some(agent) if report.elsewhere.is_none() => {
            if Some(agent.pid()) == standing.pid {
                let status = agent.read::<report::Status>("status");
                report.since = status.ok().and_then(|status| status.agent.started);
            } else {
                let pid = agent.pid();
                report.notes.push(format!("an agent runs that is not the service's (pid {pid})"));
            }
        }
        _ => {}
    }
    Ok(report)
}

/// `vigil.service_logs/1`.
#[derive(Debug, Serialize)]
struct LogReport {
    lines: Vec<String>,
}

/// What the service manager has heard from it; else what it has written itself.
pub(super) fn logs(args: &args::ServiceLogs, paths: &Paths, console: &mut Console) -> Outcome {
    let lines = args.lines.map_or(LINES, NonZeroUsize::get);
    let heard = manager::log(lines, &variable).ok().flatten().unwrap_or_default();
    let heard: Vec<String> = heard.lines().map(str::to_owned).collect();
    if heard.is_empty() {
        if !console.json {
            console.say("The service manager has nothing of it; this is the agent's own log.");
        }
        return own_log::run(&args::Logs { lines, follow: false }, paths, console);
    }
    if console.json {
        console.document("service_logs", LogReport { lines: heard })?;
        return Ok(Exit::Ok);
    }
    for line in &heard {
        console.line(plain(line))?;
    }
    console.say("`vigil logs` has what the agent says about its work.");
    Ok(Exit::Ok)
}

//! `vigil status`: the honest capture matrix, live from the agent or else from the store alone.
//! Asks nobody but the agent on loopback and, in its absence, the root daemon by its socket.

use std::{collections::BTreeMap, env, time::SystemTime};

use vigil_platform::{
    call::{Call, CallError},
    native_messaging,
    paths::Paths,
    places, process, routes,
    service::Service,
    unread,
};
use vigil_proto::{
    Surface, Timestamp,
    config::detect,
    report::{
        self, AgentStatus, DaemonState, DaemonStatus, Gaps, Next, ProxyStatus, StartedBy, Status,
        StoreStatus,
    },
    rpc::{Request, Response},
    surface::{self, Route},
};
use vigil_store::Reader;

use super::{Outcome, control};
use crate::{
    agent::Agent,
    failure::{Exit, Failure},
    settings, store,
    terminal::Console,
};

mod cleanup;
mod show;

pub(super) use self::cleanup::warning as about_to_go;

pub(super) fn run(paths: &Paths, console: &mut Console) -> Outcome {
    let mut status = read(paths)?;
    // A store that cannot be read has its own warning.
    let reader = store::open(paths).ok().flatten();
    let warning = cleanup::warning(paths, reader.as_ref(), &status);
    status.warnings.extend(warning);
    if status.agent.running && status.version != VERSION {
        of_another_version(&mut status);
    }
    if console.json {
        console.document("status", status)?;
    } else {
        let of_row = |client: &String| status.surfaces.iter().any(|row| row.client == *client);
        let unseen: Vec<String> = led(paths).into_iter().filter(|it| !of_row(it)).collect();
        show::show(&status, &unseen, console)?;
    }
    Ok(Exit::Ok)
}

/// This command's.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// After an upgrade the old agent runs on until it is started anew.
fn of_another_version(status: &mut Status) {
    let command = match status.agent.started_by {
        StartedBy::Service => "vigil service install",
        _ => "vigil down && vigil up",
    };
    let words = format!("the agent that runs is of version {}", status.version);
    status.warnings.push(format!(
        "{words}, and this command is of version {VERSION}; `{command}` has the new one run"
    ));
    status.next.insert(0, Next::run(command, format!("{words}; this has the new one run")));
}

fn read(paths: &Paths) -> Result<Status, Failure> {
    let Some(agent) = Agent::find(paths)? else {
        return from_store(paths, None);
    };
    match agent.read::<Status>("status") {
        Ok(mut status) => {
            if status.next.is_empty() {
                // One of an earlier version makes no list.
                status.next = report::next(&status, SystemTime::now().into());
            }
            Ok(status)
        }
        Err(Failure::NotRunning) => from_store(paths, None),
        Err(failure @ Failure::Agent { .. }) => {
            let mut status = from_store(paths, Some(agent.pid()))?;
            status.warnings.insert(0, format!("{failure}; `vigil logs` shows what it says"));
            Ok(status)
        }
        Err(failure) => Err(failure),
    }
}

/// What the disk alone says. `pid`: a process that should be the agent and did not answer.
fn from_store(paths: &Paths, pid: Option<u32>) -> Result<Status, Failure> {
    let mut warnings = Vec::new();
    let reader = store::open(paths).unwrap_or_else(|failure| {
        warnings.push(match failure.hint() {
            Some(hint) => format!("{}; {hint}", failure.what()),
            None => failure.what(),
        });
        None
    });
    let hosts = match settings::read(paths) {
        Ok(settings) => {
            warnings.extend(detect::over(settings.custom.expired()));
            settings.layered.config.proxy.hosts
        }
        Err(failure @ Failure::Config { .. }) => {
            warnings.push(format!("the configuration is wrong: {failure}"));
            Vec::new()
        }
        Err(failure) => return Err(failure),
    };
    let stored = reader.as_ref().map(Reader::status).transpose()?;
    let now = Timestamp::from(SystemTime::now());
    let (mut clients, mut drops, mut gaps) = (Vec::new(), BTreeMap::new(), Gaps::default());
    let mut store =
        StoreStatus { path: paths.data().display().to_string(), ..StoreStatus::default() };
    if let Some(stored) = stored {
        (clients, drops, store) = (stored.clients, stored.drops, stored.status);
        gaps = stored.gaps;
    }
    let lookup = |name: &str| env::var_os(name);
    let service = Service::new(paths.home(), &lookup, process::uid()).state(&lookup);
    let start = report::start(service);
    warnings.extend(led_nowhere(paths, start));
    let paused_since = control::paused(paths);
    if let Some(since) = paused_since {
        warnings.push(format!(
            "recording is paused since {:.0}, also when the agent starts again; after `{start}`, \
             `vigil resume` ends that",
            since.to_jiff()
        ));
    }
    // Whatever is missing, nothing is seen any more until the agent runs.
    let next = || vec![start.to_owned()];
    let surfaces = surface::matrix(clients, now, |_| Route::None)
        .into_iter()
        .map(|surface| Surface { next: next(), ..surface })
        .collect();
    let ca = paths.ca().join("ca.pem");
    let mut status = Status {
        version: VERSION.to_owned(),
        agent: AgentStatus {
            running: false,
            pid,
            paused_since,
            kept: report::kept(service, None),
            ..AgentStatus::default()
        },
        proxy: ProxyStatus {
            ca: ca.is_file().then(|| ca.display().to_string()),
            hosts,
            ..ProxyStatus::default()
        },
        daemon: daemon(),
        surfaces,
        unread: unread::look(paths.home()),
        browsers: native_messaging::there(paths.home()),
        drops,
        gaps,
        store,
        intel: vigil_store::intel::report(paths.data(), "").short(),
        service,
        warnings,
        ..Status::default()
    };
    status.next = report::next(&status, now);
    Ok(status)
}

/// The clients whose settings lead to the proxy, as Vigil wrote them.
fn led(paths: &Paths) -> Vec<String> {
    let led = routes::led(paths.state()).unwrap_or_default();
    // Whose telemetry alone is led to Vigil, that one goes on without it.
    led.into_iter().filter(|(_, proxy)| !proxy.is_empty()).map(|(client, _)| client).collect()
}

/// What is said of clients whose settings lead to the proxy while it does not run.
fn led_nowhere(paths: &Paths, start: &str) -> Option<String> {
    let clients = led(paths);
    (!clients.is_empty()).then(|| {
        format!(
            "the proxy does not run, and the settings of these lead there: {}. Their calls fail until \
             `{start}`, or `vigil route off all`",
            clients.join(", ")
        )
    })
}

/// How the root daemon stands, by its own word.
pub(super) fn daemon() -> DaemonStatus {
    match Call::to(places::socket(), 0).and_then(|mut call| call.ask(&Request::Status)) {
        Ok(Response::Status(status)) => DaemonStatus::of(&status),
        Ok(_) => DaemonStatus::without(DaemonState::Unreadable, None),
        Err(error) => {
            let state = match &error {
                CallError::Absent(_) => DaemonState::Absent,
                CallError::NotRoot { .. } => DaemonState::NotRoot,
                CallError::Refused(_) => DaemonState::Refused,
                CallError::Version(_) => DaemonState::OtherVersion,
                CallError::Malformed(_) | CallError::Unexpected => DaemonState::Unreadable,
                CallError::Silent => DaemonState::Silent,
                CallError::Peer(_) | CallError::Io { .. } => DaemonState::Unreachable,
            };
            DaemonStatus::without(state, Some(error.to_string()))
        }
    }
}

//! `vigil service`: the agent as a service of the user's own service manager, which starts it at every
//! log-in and holds its ports. Shown before it is done; a second time it changes nothing.

use std::{
    env,
    ffi::OsString,
    io,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use serde::{Serialize, de::IgnoredAny};
use vigil_platform::{
    made::{self, Whose},
    paths::{self, Paths},
    process,
    service::{self as manager, Installed, Service, ServiceError, Spec, Status},
};
use vigil_proto::{causes::Causes, report, rpc::Port};

use super::{Outcome, exec};
use crate::{agent::Agent, args, failure::Failure, terminal::Console};

mod ports;
mod show;

/// How long an agent may take to begin, or to write out what it holds.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(100);

/// What is wanted of the service.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// The dashboard's port; else as it was, as configured, or a free one.
    pub(super) port: Option<u16>,
    /// The proxy's port, likewise.
    pub(super) proxy_port: Option<u16>,
    /// Do not wait until the agent answers.
    pub(super) no_wait: bool,
}

/// How far the service is from what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Its files are as they would be written, and it runs.
    Ready,
    /// What would be written and run, a line each.
    ToDo(Vec<String>),
    /// There is no service manager of this user, and why.
    NoManager(String),
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Done {
    Installed,
    /// It was so already.
    Unchanged,
    /// Shown only.
    Shown,
    /// There is no service manager, and nothing was written.
    NoManager,
}

/// The service as it is now.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Ensured {
    pub(super) state: Done,
    /// The proxy's port.
    pub(super) proxy: Option<u16>,
    /// The dashboard's.
    pub(super) dashboard: Option<u16>,
    /// The agent's process, once it answers.
    pub(super) agent: Option<u32>,
    /// What a person has to know.
    pub(super) notes: Vec<String>,
}

pub(super) fn run(args: &args::Service, paths: &Paths, console: &mut Console) -> Outcome {
    match &args.action {
        None | Some(args::ServiceAction::Status) => show::status(paths, console),
        Some(args::ServiceAction::Install(wish)) => show::install(wish, paths, console),
        Some(args::ServiceAction::Uninstall { dry_run, yes: _ }) => {
            show::uninstall(*dry_run, paths, console)
        }
        Some(args::ServiceAction::Logs(wish)) => show::logs(wish, paths, console),
    }
}

/// What is wanted, beside how it is.
struct Considered {
    service: Service,
    spec: Spec,
    installed: Option<Installed>,
    /// Nothing is to be done.
    is_ready: bool,
    /// An agent that the service manager has not started: it holds the ports until it ends.
    other: Option<Agent>,
    notes: Vec<String>,
}

/// The user's service, whether it is there or not.
fn service(paths: &Paths) -> Service {
    Service::new(paths.home(), &variable, process::uid())
}

/// What a variable of our own environment holds.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// Looks at all that matters; the inner error says why there is no service manager.
fn consider(paths: &Paths, options: &Options) -> Result<Result<Considered, String>, Failure> {
    let service = service(paths);
    let mut run = manager::runner(&variable);
    match service.find_manager(paths.home(), &mut run) {
        Ok(()) => {}
        Err(error @ ServiceError::NoManager { .. }) => return Ok(Err(Causes(&error).told().0)),
        Err(error) => return Err(refused(&error)),
    }
    let program = exec::sibling().ok_or_else(exec::missing)?;
    let installed = service.installed().map_err(|error| refused(&error))?;
    let standing = service.standing(&mut run).map_err(|error| refused(&error))?;
    let agent = Agent::find(paths)?;
    let (other, own) = match agent {
        Some(agent) if standing.pid == Some(agent.pid()) => (None, Some(agent)),
        other => (other, None),
    };
    let mut notes = Vec::new();
    let is_old = own.as_ref().is_some_and(is_of_before);
    if is_old {
        notes.push("the agent that ran was of another version".to_owned());
    }
    let environment = environment(paths)?;
    let is_ours = installed.as_ref().is_none_or(|installed| belongs(installed, paths));
    if !is_ours {
        notes.push("the service was one for another VIGIL_HOME, which then has none".to_owned());
    }
    let before = installed.as_ref().filter(|_| is_ours);
    let chosen = ports::choose(options, before, standing.held, other.as_ref(), paths)?;
    notes.extend(chosen.notes);
    let ports::Chosen { proxy, dashboard, taken, .. } = chosen;
    let spec = Spec { program, proxy, dashboard, taken, environment };
    let is_ready = standing.is_whole()
        && other.is_none()
        && !is_old
        && service.is_as(&spec).map_err(|error| refused(&error))?;
    Ok(Ok(Considered { service, spec, installed, is_ready, other, notes }))
}

/// Whether an agent is one of before an update. One that does not say so is left as it is.
fn is_of_before(agent: &Agent) -> bool {
    let status = agent.read::<report::Status>("status");
    status.is_ok_and(|status| status.version != env!("CARGO_PKG_VERSION"))
}

/// Whether what is installed keeps its files where we do.
fn belongs(installed: &Installed, paths: &Paths) -> bool {
    let theirs = installed.vigil_home.as_ref().map(|root| Paths::below(root, paths.home().into()));
    match theirs {
        Some(theirs) => theirs == *paths,
        None => !paths::are_moved(),
    }
}

/// The variables that say where our files are.
fn environment(paths: &Paths) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let mut found = Vec::new();
    for name in manager::PLACES {
        let Some(value) = variable(name).filter(|value| !value.is_empty()) else { continue };
        // As `Paths` takes them: the XDG rules ignore a relative path.
        let path = PathBuf::from(value);
        let path = match (name, path.is_absolute()) {
            (_, true) => path,
            ("VIGIL_HOME", false) => std::path::absolute(&path).map_err(|source| {
                Failure::File { operation: "resolve", path: paths.home().into(), source }
            })?,
            _ => continue,
        };
        found.push((name, path));
    }
    Ok(found)
}

/// How far it is from what is wanted. Changes nothing.
pub(super) fn look(paths: &Paths, options: &Options) -> Result<Look, Failure> {
    let considered = match consider(paths, options)? {
        Ok(considered) => considered,
        Err(why) => return Ok(Look::NoManager(why)),
    };
    if considered.is_ready { Ok(Look::Ready) } else { Ok(Look::ToDo(considered.lines()?)) }
}

/// Has the service be there and run. Asks nothing, and changes nothing where it is so already.
pub(super) fn ensure(
    paths: &Paths,
    options: &Options,
    console: &mut Console,
) -> Result<Ensured, Failure> {
    let mut considered = match consider(paths, options)? {
        Ok(considered) => considered,
        Err(why) => {
            let notes = vec![format!("{why}; start Vigil with `vigil up`")];
            let state = Done::NoManager;
            return Ok(Ensured { state, proxy: None, dashboard: None, agent: None, notes });
        }
    };
    let state = if considered.is_ready {
        Done::Unchanged
    } else {
        considered.install(paths, console)?;
        Done::Installed
    };
    let Considered { service, spec, mut notes, .. } = considered;
    let agent = if options.no_wait { None } else { begun(&service, paths, &mut notes)? };
    let (proxy, dashboard) = (Some(spec.proxy.raw()), Some(spec.dashboard.raw()));
    Ok(Ensured { state, proxy, dashboard, agent, notes })
}

/// Takes the service away; what was deleted, a line each. Nothing to do is as well.
pub(super) fn remove(paths: &Paths, _console: &mut Console) -> Result<Vec<String>, Failure> {
    let Some((service, installed)) = ours(paths)? else { return Ok(Vec::new()) };
    let made = made::read(paths.data(), Whose::Service)?;
    let mut run = manager::runner(&variable);
    service.uninstall(&made, &mut run).map_err(|error| refused(&error))?;
    made::forget(paths.data(), Whose::Service)?;
    let deleted = installed.files.iter().chain(made.iter().rev().filter(|folder| !folder.exists()));
    Ok(deleted.map(|path| format!("deleted {}", path.display())).collect())
}

/// What [`remove`] would do, a line each.
pub(super) fn would_remove(paths: &Paths) -> Result<Vec<String>, Failure> {
    let Some((service, installed)) = ours(paths)? else { return Ok(Vec::new()) };
    let calls = service.ending().into_iter().map(|call| format!("run {call}"));
    let files = installed.files.iter().map(|path| format!("delete {}", path.display()));
    Ok(calls.chain(files).collect())
}

/// Ends it until the next log-in; false where there is none that runs, or would with the next
/// connection.
pub(super) fn halt(paths: &Paths) -> Result<bool, Failure> {
    let Some((service, _)) = ours(paths)? else { return Ok(false) };
    let mut run = manager::runner(&variable);
    if service.find_manager(paths.home(), &mut run).is_err() {
        return Ok(false);
    }
    let standing = service.standing(&mut run).map_err(|error| refused(&error))?;
    let is_up =
        standing.held != [false; 2] || matches!(standing.status, Status::Running | Status::Waiting);
    if is_up {
        service.halt(&mut run).map_err(|error| refused(&error))?;
    }
    Ok(is_up)
}

/// The proxy's port of the service of these places, if there is one.
pub(super) fn proxy_port(paths: &Paths) -> Option<u16> {
    let (_, installed) = ours(paths).ok()??;
    installed.proxy.map(Port::raw)
}

/// Fails where the service manager holds the ports already.
pub(super) fn is_in_the_way(paths: &Paths) -> Result<(), Failure> {
    let Some((service, _)) = ours(paths)? else { return Ok(()) };
    match service.standing(&mut manager::runner(&variable)) {
        Ok(standing) if standing.held != [false; 2] => Err(Failure::new(
            "Vigil is a service here, which holds its ports",
            "`vigil service status` says how it stands; `vigil down` ends it until the next log-in",
        )),
        _ => Ok(()),
    }
}

/// The service of these places, where there is one.
fn ours(paths: &Paths) -> Result<Option<(Service, Installed)>, Failure> {
    let service = service(paths);
    let installed = service.installed().map_err(|error| refused(&error))?;
    let ours = installed.filter(|installed| belongs(installed, paths));
    Ok(ours.map(|installed| (service, installed)))
}

impl Considered {
    /// What would be written and run.
    fn lines(&self) -> Result<Vec<String>, Failure> {
        let files = Service::files(&self.spec).map_err(|error| refused(&error))?;
        let mut lines = Vec::new();
        for file in files {
            lines.push(format!("write {}", self.service.folder().join(file.name).display()));
            lines.extend(file.text.lines().map(|line| format!("  + {line}")));
        }
        if let Some(agent) = &self.other {
            lines.push(format!("end the agent that runs (pid {})", agent.pid()));
        }
        let ends = self.installed.iter().flat_map(|_| self.service.ending());
        lines.extend(ends.chain(self.service.beginning()).map(|call| format!("run {call}")));
        Ok(lines)
    }

    fn install(&mut self, paths: &Paths, console: &mut Console) -> Result<(), Failure> {
        if let Some(agent) = self.other.take() {
            if !console.json {
                console.say(format_args!("Ending the agent that runs (pid {}).", agent.pid()));
            }
            end(&agent)?;
        }
        paths.ensure()?;
        made::note(paths.data(), Whose::Service, &self.service.missing_folders())?;
        let mut run = manager::runner(&variable);
        let had_one = self.installed.is_some();
        self.service.install(&self.spec, &mut run).map_err(|error| {
            let failure = refused(&error);
            let standing = self.service.standing(&mut run);
            if had_one && !standing.is_ok_and(|standing| standing.holds()) {
                let hint = "the service before could not be begun again: `vigil setup --undo route` \
                            leads clients past the proxy until it can";
                return Failure::new(failure.what(), hint);
            }
            failure
        })
    }
}

/// Asks an agent to end, and waits until it has.
pub(super) fn end(agent: &Agent) -> Result<(), Failure> {
    match agent.ask("down") {
        Ok(()) | Err(Failure::NotRunning) => {}
        Err(failure) => return Err(failure),
    }
    let asked = Instant::now();
    while agent.is_there() {
        if asked.elapsed() > PATIENCE {
            let what = format!("has not ended within {} s", PATIENCE.as_secs());
            return Err(Failure::Agent { pid: agent.pid(), what });
        }
        thread::sleep(GLANCE);
    }
    Ok(())
}

/// Waits until the agent answers; none where it does not, and the notes say why.
fn begun(
    service: &Service,
    paths: &Paths,
    notes: &mut Vec<String>,
) -> Result<Option<u32>, Failure> {
    let mut run = manager::runner(&variable);
    let asked = Instant::now();
    loop {
        if let Some(agent) = Agent::find(paths)?
            && agent.read::<IgnoredAny>("status").is_ok()
        {
            return Ok(Some(agent.pid()));
        }
        let standing = service.standing(&mut run).map_err(|error| refused(&error))?;
        if matches!(standing.status, Status::Failed | Status::Stopped | Status::Absent) {
            let result = standing.result.map(|result| format!(" ({result})")).unwrap_or_default();
            notes.push(format!("the agent did not begin{result}; `vigil service logs` says why"));
            return Ok(None);
        }
        if asked.elapsed() > PATIENCE {
            notes.push("the agent does not answer yet; `vigil service logs` says more".to_owned());
            return Ok(None);
        }
        thread::sleep(GLANCE);
    }
}

/// What the service manager or a file says against it, in words.
fn refused(error: &ServiceError) -> Failure {
    if let ServiceError::Io { path, source, action } = error
        && source.kind() == io::ErrorKind::PermissionDenied
    {
        let source = io::Error::from(source.kind());
        return Failure::File { operation: action, path: path.clone(), source };
    }
    let (what, hint) = Causes(error).told();
    Failure::Other { message: what, hint }
}

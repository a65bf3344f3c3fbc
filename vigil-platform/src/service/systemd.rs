//! systemd's instance for the user: a unit for the agent, and one for each port that it holds (all
//! descriptors of one socket unit have the same name).

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use vigil_proto::rpc::Port;

use super::{
    Answer, Call, Installed, Lookup, MARK, ServiceError, Spec, Standing, Status, UnitFile,
    note_of_taken, plain, taken,
};
use crate::process;

const PROXY: &str = "vigil-agent-proxy.socket";
const DASHBOARD: &str = "vigil-agent-dashboard.socket";
const AGENT: &str = "vigil-agent.service";

/// What stands before the port in a socket's unit.
const LISTEN: &str = "ListenStream=127.0.0.1:";
/// What stands before a variable.
const ENVIRONMENT: &str = "Environment=\"";

/// The names of the files, whether they are there or not.
pub const NAMES: &[&str] = &[PROXY, DASHBOARD, AGENT];

/// The links by which they are started at log-in, which `systemctl enable` makes.
pub const LINKS: &[&str] = &[
    "sockets.target.wants/vigil-agent-proxy.socket",
    "sockets.target.wants/vigil-agent-dashboard.socket",
    "default.target.wants/vigil-agent.service",
];

/// The service manager's folder for what this user wants.
pub fn folder(home: &Path, env: &Lookup<'_>) -> PathBuf {
    let config = env("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    config.unwrap_or_else(|| home.join(".config")).join("systemd/user")
}

/// The units.
///
/// # Errors
/// A path that cannot be written in them.
pub fn files(spec: &Spec) -> Result<Vec<UnitFile>, ServiceError> {
    let program = escaped(plain(&spec.program)?);
    let variable = |(name, path): &(&str, PathBuf)| {
        Ok(format!("{ENVIRONMENT}{name}={}\"\n", escaped(plain(path)?)))
    };
    let environment: String =
        spec.environment.iter().map(variable).collect::<Result<_, ServiceError>>()?;
    let agent = format!(
        "# {MARK}; `vigil uninstall` takes it away.\n\
         [Unit]\n\
         Description=Vigil's agent\n\
         Requires={PROXY} {DASHBOARD}\n\
         After={PROXY} {DASHBOARD}\n\
         # One that cannot begin is given up in the end, and its ports with it: clients are then\n\
         # refused at once instead of waiting for nobody.\n\
         StartLimitIntervalSec=1h\n\
         StartLimitBurst=60\n\
         \n\
         [Service]\n\
         ExecStart=\"{program}\" up\n\
         {environment}\
         Restart=on-failure\n\
         # A configuration that cannot be used is not better for being read again.\n\
         RestartPreventExitStatus=4 64\n\
         # From two seconds to a minute; systemd before 254 stays at the first.\n\
         RestartSec=2s\n\
         RestartSteps=6\n\
         RestartMaxDelaySec=60s\n\
         # Everything is told to stop, the guard too, which puts the system's proxy back.\n\
         KillMode=control-group\n\
         TimeoutStopSec=60s\n\
         UMask=0077\n\
         LimitCORE=0\n\
         NoNewPrivileges=yes\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    );
    let socket = |what: &str, port: Port, instead_of: Option<Port>| {
        let note = note_of_taken(instead_of).map_or_else(String::new, |note| format!("# {note}\n"));
        format!(
            "# {MARK}; `vigil uninstall` takes it away.\n\
             {note}\
             [Unit]\n\
             Description=Port of Vigil's {what}\n\
             \n\
             [Socket]\n\
             {LISTEN}{}\n\
             FileDescriptorName={what}\n\
             Service={AGENT}\n\
             \n\
             [Install]\n\
             WantedBy=sockets.target\n",
            port.raw()
        )
    };
    let [instead_of_proxy, instead_of_dashboard] = spec.taken;
    Ok(vec![
        UnitFile { name: PROXY, text: socket("proxy", spec.proxy, instead_of_proxy) },
        UnitFile {
            name: DASHBOARD,
            text: socket("dashboard", spec.dashboard, instead_of_dashboard),
        },
        UnitFile { name: AGENT, text: agent },
    ])
}

/// Takes from a file's text what it says.
pub fn read(text: &str, installed: &mut Installed) {
    for line in text.lines() {
        if let Some(port) = line.strip_prefix(LISTEN) {
            let port = port.parse().ok().and_then(|port| Port::new(port).ok());
            let [of_proxy, of_dashboard] = &mut installed.taken;
            if text.contains("\nFileDescriptorName=proxy\n") {
                (installed.proxy, *of_proxy) = (port, taken(text));
            } else {
                (installed.dashboard, *of_dashboard) = (port, taken(text));
            }
        }
        let home = line.strip_prefix(ENVIRONMENT).and_then(|rest| rest.strip_prefix("VIGIL_HOME="));
        if let Some(home) = home.and_then(|home| home.strip_suffix('"')) {
            installed.vigil_home = Some(home.replace("%%", "%").into());
        }
    }
}

/// Whether the user's manager listens; nobody is asked.
pub fn is_there(env: &Lookup<'_>, uid: u32) -> bool {
    let run = env("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    let run = run.map_or_else(|| Path::new("/run/user").join(uid.to_string()), PathBuf::from);
    run.join("systemd/private").exists()
}

/// The question whether there is a service manager.
pub fn presence(_uid: u32) -> Call {
    user(&["show-environment"])
}

/// The home that it has, by what it answered to [`presence`]; nothing where it does not say so plainly.
pub fn home(answer: &str) -> Option<&str> {
    let home = answer.lines().find_map(|line| line.strip_prefix("HOME="))?;
    home.starts_with('/').then_some(home)
}

/// The commands that start what was written.
pub fn begin(_folder: &Path, _uid: u32) -> Vec<Call> {
    vec![
        user(&["daemon-reload"]),
        // The ports first: the agent finds them held.
        user(&["enable", "--now", PROXY, DASHBOARD]),
        user(&["enable", "--now", AGENT]),
    ]
}

/// The commands that end it, before its files are deleted or replaced. What was given up may be
/// started again.
pub fn end(_uid: u32) -> Vec<Call> {
    vec![
        user(&["disable", "--now", PROXY, DASHBOARD, AGENT]),
        user(&["reset-failed", PROXY, DASHBOARD, AGENT]),
    ]
}

/// The commands that end it and keep it for the next log-in.
pub fn halt(_uid: u32) -> Vec<Call> {
    vec![user(&["stop", PROXY, DASHBOARD, AGENT])]
}

/// The commands for when the files are deleted.
pub fn after() -> Vec<Call> {
    vec![user(&["daemon-reload"])]
}

/// The question how it stands.
pub fn ask(_uid: u32) -> Call {
    user(&[
        "show",
        "--property=Id,ActiveState,UnitFileState,MainPID,NRestarts,Result",
        PROXY,
        DASHBOARD,
        AGENT,
    ])
}

/// What the answer to [`ask`] says: a paragraph for each unit.
pub fn standing(answer: &Answer) -> Standing {
    let of = |unit: &str, property: &str| {
        let id = format!("Id={unit}");
        let mut units = answer.text.split("\n\n");
        let told = units.find(|told| told.lines().any(|line| line == id))?;
        let found = told.lines().find_map(|line| line.strip_prefix(property)?.strip_prefix('='));
        found.filter(|value| !value.is_empty())
    };
    let state = |unit| of(unit, "ActiveState").unwrap_or_default();
    let held = [PROXY, DASHBOARD].map(|unit| state(unit) == "active");
    let pid = of(AGENT, "MainPID").and_then(|pid| pid.parse().ok()).filter(|pid| *pid != 0);
    let status = match state(AGENT) {
        "active" | "reloading" => Status::Running,
        "activating" => Status::Waiting,
        "failed" => Status::Failed,
        _ if held == [true; 2] => Status::Waiting,
        _ => Status::Stopped,
    };
    let result = of(AGENT, "Result").filter(|result| *result != "success").map(str::to_owned);
    Standing {
        status,
        pid,
        restarts: of(AGENT, "NRestarts").and_then(|number| number.parse().ok()),
        held,
        at_login: [PROXY, DASHBOARD, AGENT]
            .iter()
            .all(|unit| of(unit, "UnitFileState") == Some("enabled")),
        result,
    }
}

/// What the journal has of it.
pub fn log(lines: usize) -> Option<Call> {
    let lines = format!("--lines={lines}");
    let unit = format!("--unit={AGENT}");
    Some(Call::new(
        "journalctl",
        &["--user", &unit, &lines, "--no-pager", "--quiet", "--output=short-iso"],
    ))
}

/// What a log-in would have set: without it the service manager is not found.
pub fn stand_in(name: &str) -> Option<OsString> {
    if name != "XDG_RUNTIME_DIR" {
        return None;
    }
    let uid = process::uid();
    let folder = PathBuf::from(format!("/run/user/{uid}"));
    let is_ours = fs::symlink_metadata(&folder).is_ok_and(|at| at.is_dir() && at.uid() == uid);
    is_ours.then(|| folder.into())
}

fn user(arguments: &[&str]) -> Call {
    let mut call = Call::new("systemctl", &["--user", "--no-ask-password"]);
    call.arguments.extend(arguments.iter().map(|&one| one.to_owned()));
    call
}

/// What stands between double quotes in a unit (`systemd.syntax(7)`): `%` begins a specifier.
fn escaped(path: &str) -> String {
    path.replace('%', "%%")
}

#[cfg(test)]
mod tests;

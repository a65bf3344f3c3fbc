//! systemd's instance for the user: a unit for the agent, and one for each port that it holds (all
//! descriptors of one socket unit have the same name).

use std::path::{Path, PathBuf};

use super::{Call, Lookup, MARK, ServiceError, Spec, UnitFile, plain};

const PROXY: &str = "vigil-agent-proxy.socket";
const DASHBOARD: &str = "vigil-agent-dashboard.socket";
const AGENT: &str = "vigil-agent.service";

/// The names of the files, whether they are there or not.
pub const NAMES: &[&str] = &[PROXY, DASHBOARD, AGENT];

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
    let environment = match &spec.vigil_home {
        Some(home) => format!("Environment=\"VIGIL_HOME={}\"\n", escaped(plain(home)?)),
        None => String::new(),
    };
    let agent = format!(
        "# {MARK}; `vigil uninstall` takes it away.\n\
         [Unit]\n\
         Description=Vigil's agent\n\
         Requires={PROXY} {DASHBOARD}\n\
         After={PROXY} {DASHBOARD}\n\
         # It is never given up: clients wait at its ports.\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         ExecStart=\"{program}\" up\n\
         {environment}\
         Restart=on-failure\n\
         # A configuration that cannot be used is not better for being read again.\n\
         RestartPreventExitStatus=4 64\n\
         # From one second to a minute; systemd before 254 stays at the first.\n\
         RestartSec=1s\n\
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
    let socket = |what: &str, port: vigil_proto::rpc::Port| {
        format!(
            "# {MARK}; `vigil uninstall` takes it away.\n\
             [Unit]\n\
             Description=Port of Vigil's {what}\n\
             \n\
             [Socket]\n\
             ListenStream=127.0.0.1:{}\n\
             FileDescriptorName={what}\n\
             Service={AGENT}\n\
             \n\
             [Install]\n\
             WantedBy=sockets.target\n",
            port.raw()
        )
    };
    Ok(vec![
        UnitFile { name: PROXY, text: socket("proxy", spec.proxy) },
        UnitFile { name: DASHBOARD, text: socket("dashboard", spec.dashboard) },
        UnitFile { name: AGENT, text: agent },
    ])
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

/// The commands that end it, before its files are deleted.
pub fn end(_uid: u32) -> Vec<Call> {
    vec![user(&["disable", "--now", PROXY, DASHBOARD, AGENT])]
}

/// The commands for when they are deleted.
pub fn after() -> Vec<Call> {
    vec![user(&["daemon-reload"])]
}

/// The question how it stands.
pub fn ask(_uid: u32) -> Call {
    user(&["show", "--property=ActiveState", AGENT])
}

/// Whether what it answered to [`ask`] says that the agent runs.
pub fn is_running(answer: &str) -> bool {
    matches!(answer.trim(), "ActiveState=active" | "ActiveState=reloading")
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

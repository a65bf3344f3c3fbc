//! What runs: the agent, its ports, its service, its certificate authority, and the root daemon.

use std::{
    env,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
};

use vigil_platform::{paths::Paths, places, process, service::Service, socket};
use vigil_proto::report::{self, Check, DaemonState, DaemonStatus, ServiceState, Status};
use vigil_store::Reader;

use super::{Round, failed, off, problem, quoted, warning, works};
use crate::{agent::Agent, command::status, failure::Failure};

/// How the agent is started anew here.
pub(super) fn again(round: &Round<'_>) -> &'static str {
    report::anew(manager(round))
}

/// The command that starts an agent which does not run.
pub(super) fn start(round: &Round<'_>) -> &'static str {
    if is_new(round) { "vigil setup" } else { report::start(manager(round)) }
}

/// Nothing was set up here, and nothing ever recorded.
fn is_new(round: &Round<'_>) -> bool {
    let is_missing =
        || matches!(Reader::open(round.paths.data()), Err(vigil_store::Error::Missing { .. }));
    manager(round) != ServiceState::Installed
        && !round.paths.ca().join("ca.pem").exists()
        && is_missing()
}

/// What leads clients to the proxy: all of set-up as long as nobody starts the agent but a person.
pub(super) fn lead(round: &Round<'_>) -> &'static str {
    match manager(round) {
        ServiceState::Absent => "vigil setup",
        _ => "vigil route on all",
    }
}

/// The agent, if it answers as it should.
pub(super) fn agent(round: &Round<'_>) -> (Option<(Agent, Status)>, Check) {
    const NAME: &str = "agent";
    let agent = match Agent::find(round.paths) {
        Ok(Some(agent)) => agent,
        Ok(None) => return (None, not_running(round)),
        Err(failure) => return (None, failed(NAME, &failure, again(round))),
    };
    let pid = agent.pid();
    match agent.read::<Status>("status") {
        Ok(status) if status.version != env!("CARGO_PKG_VERSION") => {
            let words = format!(
                "the agent (pid {pid}) is of version {}, and this command of version {}",
                status.version,
                env!("CARGO_PKG_VERSION")
            );
            let remedy = match manager(round) {
                // It has what is of another version begin anew.
                ServiceState::Installed => "vigil service install",
                _ => report::ANEW,
            };
            (None, problem(NAME, words, remedy))
        }
        Ok(status) => {
            let check = works(NAME, format!("it runs (pid {pid}) and answers"));
            (Some((agent, status)), check)
        }
        Err(Failure::NotRunning) => (None, not_running(round)),
        Err(failure) => {
            let again = again(round);
            let remedy =
                format!("{again}; where it does not end: `kill -9 {pid}`. `vigil logs` says more");
            (None, problem(NAME, failure.what(), &remedy))
        }
    }
}

fn not_running(round: &Round<'_>) -> Check {
    let remedy = match manager(round) {
        ServiceState::Installed => {
            "`vigil service status` says why; `vigil service install` starts it"
        }
        _ => start(round),
    };
    problem("agent", "it does not run: nothing is recorded", remedy)
}

pub(super) fn manager(round: &Round<'_>) -> ServiceState {
    let env = |name: &str| env::var_os(name);
    Service::new(round.paths.home(), &env, process::uid()).state(&env)
}

/// Who listens where the agent does, or would.
pub(super) fn ports(round: &Round<'_>) -> Check {
    const NAME: &str = "ports";
    if let Some((_, status)) = &round.agent {
        let dashboard = status.agent.dashboard.as_deref().unwrap_or("nowhere");
        let proxy = status.proxy.url.as_deref();
        return works(
            NAME,
            match proxy {
                Some(proxy) => format!("the dashboard is at {dashboard}, the proxy at {proxy}"),
                None => format!("the dashboard is at {dashboard}"),
            },
        );
    }
    if manager(round) == ServiceState::Installed {
        return off(NAME, "the service manager holds them for the agent", "");
    }
    let config = &round.config;
    let wanted = [
        (true, "dashboard", config.dashboard.port),
        (config.proxy.enabled, "proxy", config.proxy.port),
        (config.telemetry.enabled, "telemetry", config.telemetry.port),
    ];
    for (is_wanted, what, port) in wanted {
        let is_held = || socket::listeners(port).is_ok_and(|listeners| !listeners.is_empty());
        if is_wanted && port != 0 && is_held() {
            let holder = socket::listener_holder(port)
                .map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
            return problem(
                NAME,
                format!("port {port}, which is to be the {what}'s, is held by {holder}"),
                &format!(
                    "end that process, or give another port: `{what}.port` in {}",
                    round.paths.config_file().display()
                ),
            );
        }
    }
    works(NAME, "those of the agent are free")
}

/// Whether somebody starts the agent without being asked.
pub(super) fn service(round: &Round<'_>) -> Check {
    const NAME: &str = "service";
    match manager(round) {
        ServiceState::Installed if round.agent.is_some() => {
            works(NAME, "the service is installed, and the agent runs")
        }
        ServiceState::Installed => problem(
            NAME,
            "the service is installed, and the agent does not run as it should",
            "`vigil service status` says why; `vigil service install` starts it",
        ),
        ServiceState::Absent => {
            off(NAME, "nobody starts the agent but you", "vigil service install")
        }
        ServiceState::NoManager => {
            off(NAME, "this user has no service manager: nobody starts the agent but you", "")
        }
        ServiceState::Unknown => off(NAME, "it is not known whether somebody starts the agent", ""),
    }
}

/// Whether listed hosts can be answered for.
pub(super) fn ca(round: &Round<'_>) -> Check {
    const NAME: &str = "ca";
    let folder = round.paths.ca();
    let key = folder.join("ca.key");
    if let Ok(metadata) = fs::metadata(&key)
        && metadata.mode() & 0o077 != 0
    {
        let at = key.display();
        return problem(
            NAME,
            format!("the key {at} was open to other users (mode {:o})", metadata.mode() & 0o777),
            &format!(
                "`chmod 600 {}`, then {}; where others may have read it, \
                 `vigil ca rotate` makes another",
                quoted(&key),
                again(round)
            ),
        );
    }
    let file = folder.join("ca.pem");
    if let Some((words, mend)) = unreadable(round.paths) {
        return problem(NAME, words, &mend);
    }
    let Some((_, status)) = &round.agent else {
        let words = if file.is_file() {
            "there is one; without the agent nobody signs with it"
        } else {
            "there is none yet: the agent makes it"
        };
        return off(NAME, words, "");
    };
    let Some(authority) = &status.proxy.authority else {
        return off(NAME, "the agent runs without its proxy", "");
    };
    if !file.is_file() {
        let words =
            format!("{} is gone: clients that are led here find nothing to trust", file.display());
        return problem(NAME, words, again(round));
    }
    if !authority.signs {
        let why = authority.why.as_deref().unwrap_or("it is not known why");
        let words = format!("it signs nothing, so nothing is decrypted: {why}");
        return problem(NAME, words, authority.command.as_deref().unwrap_or("vigil ca rotate"));
    }
    match authority.ends {
        Some(ends) => works(
            NAME,
            format!("it signs for {} hosts until {:.0}", authority.hosts.len(), ends.to_jiff()),
        ),
        None => works(NAME, "it signs"),
    }
}

/// What of the authority is there and cannot be read, and what mends that.
pub(super) fn unreadable(paths: &Paths) -> Option<(String, String)> {
    ["ca.pem", "ca.key"].into_iter().find_map(|name| {
        let file = paths.ca().join(name);
        let error = File::open(&file).err()?;
        let at = file.display();
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => return None,
            io::ErrorKind::PermissionDenied => format!("chmod 600 {}", quoted(&file)),
            _ => format!("see what is wrong with {at}"),
        };
        Some((format!("{at} cannot be read: {error}"), remedy))
    })
}

/// The root daemon, as the agent has it, else by its own word.
pub(super) fn daemon(round: &Round<'_>) -> Check {
    const NAME: &str = "daemon";
    let own;
    let status: &DaemonStatus = match &round.agent {
        Some((_, status)) if status.daemon.state != DaemonState::Unknown => &status.daemon,
        _ => {
            own = status::daemon();
            &own
        }
    };
    let why = status.why.as_deref().unwrap_or("it does not say why");
    match status.state {
        DaemonState::Running => works(NAME, "it runs, and this user is enrolled"),
        // It is root's to decide, and Vigil records without it.
        DaemonState::NotEnrolled => warning(
            NAME,
            "it runs, and this user is not enrolled: it notes and changes nothing for you, and Vigil \
             records without it",
            "sudo vigil enroll \"$USER\"",
        ),
        DaemonState::Absent if places::socket().exists() => problem(
            NAME,
            format!("{} is there, and nobody listens", places::socket().display()),
            "sudo systemctl restart vigild",
        ),
        DaemonState::Absent => off(
            NAME,
            "there is none: what is seen of processes is less, and nobody else vouches for the record",
            "install the package; docs/INSTALL.md says how",
        ),
        DaemonState::NotRoot => problem(
            NAME,
            format!("{why}: somebody who is not root listens in its place"),
            "find out who that is, and end it; then `sudo systemctl restart vigild`",
        ),
        DaemonState::OtherVersion => problem(
            NAME,
            why,
            "install the daemon and the agent from one package, then restart both",
        ),
        _ => problem(NAME, why, "sudo systemctl restart vigild"),
    }
}

//! `vigil route`: how each client is led through the proxy, and leading it there. A client's files
//! are written only when they were shown, and only once the proxy was found to be trusted.

use std::{env, path::Path};

use vigil_platform::{paths::Paths, roots};
use vigil_proto::report::Status;

use super::Outcome;
use crate::{
    agent::Agent,
    args,
    failure::Failure,
    route::{
        clients::{CLIENTS, Client, Way},
        trust,
    },
    settings,
    terminal::Console,
};

mod change;
mod noted;
mod table;
mod variables;

pub(super) use self::change::{Change, give_back};

pub(super) fn run(args: &args::Route, paths: &Paths, console: &mut Console) -> Outcome {
    match &args.action {
        None => table::show(paths, console),
        Some(args::RouteAction::On { client, dry_run, yes, without_check }) => {
            let consent = change::Consent { dry_run: *dry_run, yes: *yes };
            change::on(client, consent, *without_check, paths, console)
        }
        Some(args::RouteAction::Off { client, dry_run }) => {
            change::off(client, *dry_run, paths, console)
        }
        Some(args::RouteAction::Env { client, without_check }) => {
            variables::print(client.as_deref(), *without_check, paths, console)
        }
        Some(args::RouteAction::Exec { command, without_check }) => {
            variables::exec(command, *without_check, paths, console)
        }
    }
}

/// The way through the proxy, and whether it is open.
struct Proxy {
    way: Way,
    /// It runs.
    is_open: bool,
    /// The hosts that it decrypts.
    hosts: Vec<String>,
}

impl Proxy {
    /// As the running agent has it, else as the next one would by the configuration.
    fn find(paths: &Paths) -> Result<Self, Failure> {
        if let Some(agent) = Agent::find(paths)? {
            match agent.read::<Status>("status") {
                Ok(Status { proxy, .. }) => {
                    if let Some((url, ca)) = proxy.url.zip(proxy.ca) {
                        let way = way(url, Path::new(&ca));
                        return Ok(Self { way, is_open: true, hosts: proxy.hosts });
                    }
                }
                Err(Failure::NotRunning) => {}
                Err(failure) => return Err(failure),
            }
        }
        let config = settings::read(paths)?.layered.config.proxy;
        let way = way(format!("http://127.0.0.1:{}", config.port), &paths.ca().join("ca.pem"));
        Ok(Self { way, is_open: false, hosts: config.hosts })
    }

    /// Brings the list of certificates up to date, once there is a certificate of ours.
    fn prepare(&self) -> Result<(), Failure> {
        if self.way.ca.is_file() {
            roots::bundle(&self.way.ca).map_err(|error| {
                let what = format!("cannot make {}: {error}", self.way.bundle.display());
                Failure::new(what, "it is the system's list of certificates with Vigil's")
            })?;
        }
        Ok(())
    }

    /// Fails unless the proxy runs and each client of `clients` would trust it.
    fn require(&self, clients: &[&Client], paths: &Paths) -> Result<(), Failure> {
        if !self.is_open {
            Agent::require(paths)?;
            return Err(Failure::new(
                "the agent runs without its proxy",
                "start it with the proxy: `vigil up` without --no-proxy, `proxy.enabled = true`",
            ));
        }
        clients.iter().try_for_each(|client| {
            self.check(client).map_err(|distrust| {
                Failure::new(
                    format!(
                        "{} would not trust the proxy, so it is not led there: {distrust}",
                        client.title
                    ),
                    "`vigil status` and `vigil logs` say how the proxy stands",
                )
            })
        })
    }

    /// Shakes hands as `client` would, to the host of its model where that is decrypted.
    fn check(&self, client: &Client) -> Result<(), trust::Distrust> {
        let own = client.host.filter(|host| self.decrypts(host));
        let Some(host) = own.or_else(|| self.hosts.first().map(String::as_str)) else {
            return Ok(());
        };
        client
            .lists(&self.way)
            .into_iter()
            .try_for_each(|list| trust::check(&self.way.proxy, host, list))
    }

    fn decrypts(&self, host: &str) -> bool {
        self.hosts.iter().any(|listed| listed == host)
    }
}

fn way(proxy: String, ca: &Path) -> Way {
    Way { proxy, ca: ca.to_owned(), bundle: ca.with_file_name(roots::BUNDLE) }
}

/// What a variable of our own environment holds.
fn variable(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name)
}

/// The client of that name.
fn client(name: &str) -> Result<&'static Client, Failure> {
    Client::named(name).ok_or_else(|| {
        let known: Vec<&str> = CLIENTS.iter().map(|client| client.word).collect();
        Failure::Usage {
            message: format!("`{name}` is no client that Vigil knows"),
            hint: format!("give one of {}", known.join(", ")),
        }
    })
}

/// How a client without a settings file is started through the proxy.
fn started_by(client: &Client) -> String {
    format!("vigil route exec -- {}", client.program)
}

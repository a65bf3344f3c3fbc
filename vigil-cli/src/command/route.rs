//! `vigil route`: how each client is led through the proxy, and leading it there. A client's files
//! are written only when they were shown, and only once the proxy was found to be trusted.

use std::{
    env,
    path::{Path, PathBuf},
};

use vigil_platform::{
    native_messaging::{BROWSERS, Browser},
    paths::Paths,
    roots,
};
use vigil_proto::report::Status;

use super::{Outcome, service};
use crate::{
    agent::Agent,
    args,
    failure::Failure,
    route::{
        clients::{CLIENTS, Client, Way},
        telemetry::Receiver,
        trust,
    },
    settings,
    terminal::Console,
};

mod browser;
mod change;
mod host;
pub(super) mod noted;
mod paired;
mod standing;
mod table;
mod variables;

pub(super) use self::{
    browser::{lead as lead_browser, take_back as take_back_browser},
    change::{Change, give_back, lead_all, take_all_back},
    host::NativeHost,
    paired::titles as paired,
    standing::{Standing, Stands, standings},
};

pub(super) fn run(args: &args::Route, paths: &Paths, console: &mut Console) -> Outcome {
    match &args.action {
        None => table::show(paths, console),
        Some(args::RouteAction::On { client, telemetry, paired, dry_run, yes, without_check }) => {
            let consent = change::Consent { dry_run: *dry_run, yes: *yes };
            if *paired {
                let browser = Browser::of(client).ok_or_else(|| no_browser(client))?;
                return paired::code(browser, paths, console);
            }
            if let Some(browser) = Browser::of(client) {
                return browser::on(browser, consent, paths, console);
            }
            let wish = Wish { telemetry: *telemetry, without_check: *without_check };
            change::on(client, consent, wish, paths, console)
        }
        Some(args::RouteAction::Off { client, dry_run, yes }) => {
            let consent = change::Consent { dry_run: *dry_run, yes: *yes };
            if let Some(browser) = Browser::of(client) {
                return browser::off(browser, consent.dry_run, paths, console);
            }
            change::off(client, consent, paths, console)
        }
        Some(args::RouteAction::Env { client, telemetry, without_check }) => {
            let wish = Wish { telemetry: *telemetry, without_check: *without_check };
            variables::print(client.as_deref(), wish, paths, console)
        }
        Some(args::RouteAction::Exec { command, telemetry, without_check }) => {
            let wish = Wish { telemetry: *telemetry, without_check: *without_check };
            variables::exec(command, wish, paths, console)
        }
    }
}

/// What the user wants beside the way through the proxy.
#[derive(Clone, Copy, Debug)]
struct Wish {
    /// The client's telemetry, too.
    telemetry: bool,
    /// Nothing is found out first.
    without_check: bool,
}

/// The way through the proxy, and whether it is open.
struct Proxy {
    way: Way,
    /// It runs.
    is_open: bool,
    /// The hosts that it decrypts.
    hosts: Vec<String>,
    /// Where telemetry would go.
    receiver: String,
    /// The agent takes telemetry.
    hears: bool,
}

impl Proxy {
    /// As the running agent has it, else as the next one would by the configuration.
    fn find(paths: &Paths) -> Result<Self, Failure> {
        let (mut receiver, mut hears) = (None, false);
        if let Some(agent) = Agent::find(paths)? {
            match agent.read::<Status>("status") {
                Ok(Status { proxy, agent, .. }) => {
                    (receiver, hears) = (agent.telemetry.clone(), agent.telemetry.is_some());
                    if let Some((url, ca)) = proxy.url.zip(proxy.ca) {
                        let way = way(url, Path::new(&ca));
                        let receiver = receiver.map_or_else(|| heard_at(paths), Ok)?;
                        return Ok(Self {
                            way,
                            is_open: true,
                            hosts: proxy.hosts,
                            receiver,
                            hears,
                        });
                    }
                }
                Err(Failure::NotRunning) => {}
                Err(failure) => return Err(failure),
            }
        }
        let config = settings::read(paths)?.layered.config;
        // A service has its own, where another one had that of the configuration.
        let port = service::proxy_port(paths).unwrap_or(config.proxy.port);
        let url = format!("http://127.0.0.1:{port}");
        let way = way(url, &paths.ca().join("ca.pem"));
        let receiver = receiver.map_or_else(|| heard_at(paths), Ok)?;
        Ok(Self { way, is_open: false, hosts: config.proxy.hosts, receiver, hears })
    }

    /// Leads telemetry to the receiver, too. Where the agent runs without its proxy, nothing else is
    /// led.
    fn with_telemetry(&mut self, without_check: bool, paths: &Paths) -> Result<(), Failure> {
        if !self.hears && !without_check {
            Agent::require(paths)?;
            return Err(Failure::new(
                "the agent takes no telemetry",
                "start it with its receiver: `telemetry.enabled = true`",
            ));
        }
        self.way.telemetry = Some(Receiver::at(self.receiver.clone(), paths)?);
        self.way.leads = self.is_open || !self.hears;
        Ok(())
    }

    /// The way with telemetry where that was led before.
    fn way_as_before(&self, paths: &Paths) -> Way {
        let telemetry = self.way.telemetry.clone();
        let known = || Receiver::known(self.receiver.clone(), paths);
        Way { telemetry: telemetry.or_else(known), ..self.way.clone() }
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
        if !self.way.leads {
            return Ok(());
        }
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
        let Some(host) = self.host_for(client) else { return Ok(()) };
        client
            .lists(&self.way)
            .into_iter()
            .try_for_each(|list| trust::check(&self.way.proxy, host, list))
    }

    fn host_for(&self, client: &Client) -> Option<&str> {
        let own = client.host.filter(|host| self.decrypts(host));
        own.or_else(|| self.hosts.first().map(String::as_str))
    }

    fn decrypts(&self, host: &str) -> bool {
        self.hosts.iter().any(|listed| listed == host)
    }
}

/// A handshake with the running proxy that went well.
#[derive(Debug)]
pub(super) struct Handshake {
    /// The name that was asked for.
    pub(super) host: String,
    /// The list that trusts the proxy.
    pub(super) list: PathBuf,
    /// The clients that are given that list and go there.
    pub(super) clients: Vec<&'static str>,
}

/// Shakes hands with the running proxy for every client, whether it is installed or not. The inner error
/// is why one would not trust it, in words.
pub(super) fn shake_hands(paths: &Paths) -> Result<Result<Vec<Handshake>, String>, Failure> {
    let proxy = Proxy::find(paths)?;
    if !proxy.is_open {
        return Ok(Err("the agent runs without its proxy".to_owned()));
    }
    proxy.prepare()?;
    let mut done: Vec<Handshake> = Vec::new();
    for client in CLIENTS {
        let Some(host) = proxy.host_for(client) else { continue };
        for list in client.lists(&proxy.way) {
            let known = done.iter_mut().find(|it| it.host == host && it.list == list);
            if let Some(known) = known {
                known.clients.push(client.word);
                continue;
            }
            if let Err(distrust) = trust::check(&proxy.way.proxy, host, list) {
                return Ok(Err(format!("{} would not trust it: {distrust}", client.title)));
            }
            let (host, list) = (host.to_owned(), list.to_owned());
            done.push(Handshake { host, list, clients: vec![client.word] });
        }
    }
    Ok(Ok(done))
}

/// Where the next agent would take telemetry, by the configuration.
fn heard_at(paths: &Paths) -> Result<String, Failure> {
    let port = settings::read(paths)?.layered.config.telemetry.port;
    Ok(format!("http://127.0.0.1:{port}"))
}

fn way(proxy: String, ca: &Path) -> Way {
    let bundle = ca.with_file_name(roots::BUNDLE);
    Way { leads: true, telemetry: None, proxy, ca: ca.to_owned(), bundle }
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

/// What is asked is for browsers.
fn no_browser(name: &str) -> Failure {
    let known: Vec<&str> = BROWSERS.iter().map(|browser| browser.word).collect();
    Failure::Usage {
        message: format!("`{name}` is no browser that Vigil knows"),
        hint: format!("give one of {}", known.join(", ")),
    }
}

/// Its telemetry is asked for, and not understood.
fn tells_nothing(client: &Client) -> Failure {
    Failure::new(
        format!("{} tells no telemetry that Vigil understands", client.title),
        "Claude Code and Codex do; leave out --telemetry",
    )
}

/// How a client without a settings file is started through the proxy.
fn started_by(client: &Client) -> String {
    format!("vigil route exec -- {}", client.program)
}

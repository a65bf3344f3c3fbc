//! The live half of `vigil status`: what the running agent knows beyond the store.

use std::{
    collections::BTreeMap,
    mem,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
    time::SystemTime,
};

use vigil_platform::{native_messaging, routes, unread};
use vigil_proto::{
    Timestamp, Witness,
    browser::SiteHealth,
    report::{
        self, AgentStatus, AuthorityStatus, BrowserRow, Document, ProxyStatus, StartedBy, Status,
    },
    surface::{self, Guarded, HookState, Route, Surface},
};
use vigil_store::{Health, Reader, Stored, Writer};

use self::rules::RulesSource;
use super::{
    Setup,
    anchors::Told,
    browsers,
    capture::{self, Standing},
    hooks,
    masking::Waits,
    ready::Ready,
    renewal::Renewal,
};
use crate::{
    api,
    daemon::Daemon,
    guard,
    pairing::Pairings,
    pipeline::Shared,
    source::{family::Families, proxy::Counters},
};

mod daemon;
mod rules;
mod running;

pub(super) use self::running::started_by;

/// Computes the status when asked.
#[derive(Debug)]
pub(super) struct StatusSource {
    /// Clients that are not read.
    unread: unread::Clients,
    home: PathBuf,
    data: PathBuf,
    state: PathBuf,
    started: Timestamp,
    started_by: StartedBy,
    ready: Ready,
    proxy: ProxySource,
    hosts: Vec<String>,
    rules: RulesSource,
    shared: Arc<Shared>,
    guarded: hooks::Standing,
    sites: browsers::Sites,
    pairings: Arc<Pairings>,
    writer: Writer,
    /// The user's rules by which what was stored before is not masked yet.
    mask_waits: Waits,
    daemon: DaemonSource,
}

/// What is known of the proxy and of what leads to it.
#[derive(Debug)]
pub(super) struct ProxySource {
    /// None without a proxy.
    pub(super) counters: Option<Counters>,
    /// Its upstreams are for tests.
    pub(super) test_upstreams: bool,
    /// Whether the root daemon leads connections there.
    pub(super) redirected: capture::Told,
    /// Whether the system's proxy settings do.
    pub(super) settings: guard::Told,
    /// The certificate authority.
    pub(super) renewal: Option<Renewal>,
    /// `host:port` of the proxy that connections go through from there.
    pub(super) upstream: Option<String>,
    /// The agents that run.
    pub(super) families: Families,
}

/// What is known of the root daemon.
#[derive(Debug)]
pub(super) struct DaemonSource {
    pub(super) daemon: Daemon,
    pub(super) anchor: Told,
    /// It was started for tests.
    pub(super) is_test: bool,
}

impl StatusSource {
    pub(super) fn new(
        (setup, started_by): (&Setup, StartedBy),
        ready: Ready,
        proxy: ProxySource,
        shared: Arc<Shared>,
        (guarded, sites, pairings): (hooks::Standing, browsers::Sites, Arc<Pairings>),
        (writer, mask_waits): (Writer, Waits),
        daemon: DaemonSource,
    ) -> Self {
        Self {
            unread: unread::Clients::of(setup.paths.home()),
            home: setup.paths.home().to_path_buf(),
            data: setup.paths.data().to_path_buf(),
            state: setup.paths.state().to_path_buf(),
            started: Timestamp::from(SystemTime::now()),
            started_by,
            ready,
            proxy,
            hosts: setup.config.proxy.hosts.clone(),
            rules: RulesSource {
                file: setup.paths.config_file().to_path_buf(),
                at_start: setup.config.detect.clone(),
                over: setup.custom.expired().to_vec(),
            },
            shared,
            guarded,
            sites,
            pairings,
            writer,
            mask_waits,
            daemon,
        }
    }

    /// Which of the user's rules wait for a word.
    fn mask_waits(&self) -> Option<String> {
        let waits = self.mask_waits.lock().unwrap_or_else(PoisonError::into_inner).join(", ");
        (!waits.is_empty()).then(|| {
            format!(
                "what was recorded before these rules of yours is not masked by them: {waits}. \
                 `vigil mask-again` shows how much that is, and with --yes masks it for good"
            )
        })
    }

    /// The browsers that are there. One that is paired reaches Vigil without a native host.
    fn browsers(&self) -> Vec<BrowserRow> {
        let paired = self.pairings.all();
        let is_paired = |browser: &str| paired.iter().any(|one| one.browser == browser);
        let mut there = native_messaging::there(&self.home);
        for row in &mut there {
            row.routed |= is_paired(&row.browser);
        }
        there
    }

    /// The matrix: what was seen, what leads where, what runs, what stands before commands.
    fn surfaces(&self, summary: &mut Stored, now: Timestamp) -> Vec<Surface> {
        let led = routes::led_since(&self.state).unwrap_or_else(|error| {
            tracing::debug!(%error, "which clients are routed is not known");
            BTreeMap::new()
        });
        let here = self.ready.proxy.as_deref();
        let is_led = |client: &str| led.get(client).is_some_and(|led| Some(&*led.proxy) == here);
        let mut surfaces = surface::matrix(mem::take(&mut summary.clients), now, |client| {
            if is_led(client) {
                return Route::Led;
            }
            surface::route_command(client)
                .filter(|_| here.is_some())
                .map_or(Route::None, Route::Command)
        });
        let agents = running::agents(&self.proxy.families);
        // Connections that the kernel leads go through the proxy whenever their program was begun.
        let mut late = match (self.proxy.redirected.standing(), here) {
            (Some(Standing::On(_)), _) | (_, None) => BTreeMap::new(),
            (_, Some(here)) => running::before_route(&agents, &led, here, &summary.through),
        };
        let guarded = self.guarded.all();
        for surface in &mut surfaces {
            let running = agents.get(surface.client.as_str());
            surface.pid = running.and_then(|all| all.last()).map(|process| process.pid);
            surface.restart = late.remove(&surface.client).unwrap_or_default();
            let Some(guarded) = guarded.get(&surface.client) else { continue };
            let last = surface.witnesses.get(Witness::Hook.as_str()).and_then(|hook| hook.last);
            surface.guard = Some(Guarded { last, ..guarded.clone() });
            match guarded.hook {
                HookState::There => {}
                HookState::Gone => surface.next.push(format!("vigil guard on {}", surface.client)),
                HookState::Silent => surface.next.push("vigil guard status".to_owned()),
            }
        }
        surfaces
    }

    /// What is said of clients that their settings lead to where this proxy is not.
    fn astray(&self) -> Vec<String> {
        astray(&self.state, self.ready.proxy.as_deref())
    }

    fn proxy_status(&self) -> ProxyStatus {
        let Some(counters) = &self.proxy.counters else { return ProxyStatus::default() };
        ProxyStatus {
            running: true,
            url: self.ready.proxy.clone(),
            ca: self.ready.ca.as_ref().map(|ca| ca.display().to_string()),
            test_upstreams: self.proxy.test_upstreams,
            open: counters.open(),
            hosts: self.hosts.clone(),
            redirect: self.proxy.redirected.standing().map(|standing| standing.words()),
            system: self.proxy.settings.standing().words(),
            authority: self.proxy.renewal.as_ref().map(Renewal::status),
            upstream: self.proxy.upstream.clone(),
        }
    }
}

/// That recording is paused, and what ends that.
pub(super) fn paused(since: Timestamp, is_unnoted: bool) -> String {
    let lasts = if is_unnoted {
        "it could not be noted, so that it ends with the agent too"
    } else {
        "it lasts until then, also when the agent starts again"
    };
    format!("recording is paused since {:.0}; `vigil resume` ends it: {lasts}", since.to_jiff())
}

/// One warning for each client that Vigil led to an address where its proxy is not (any more).
pub(super) fn astray(state: &Path, proxy: Option<&str>) -> Vec<String> {
    let led = routes::led(state).unwrap_or_default();
    let elsewhere = |to: &str| !to.is_empty() && Some(to) != proxy;
    led.iter()
        .filter(|(_, to)| elsewhere(to))
        .map(|(client, to)| match proxy {
            Some(proxy) => format!(
                "the settings of {client} lead to {to}, and the proxy is at {proxy}: its calls fail \
                 or go past Vigil until `vigil route on {client}`"
            ),
            None => format!(
                "the settings of {client} lead to {to}, and the proxy does not run: its calls fail \
                 until `vigil up` runs with the proxy, or `vigil route off {client}`"
            ),
        })
        .collect()
}

/// That a client runs commands without asking, though it was told to.
fn unasked(client: &str, guarded: &Guarded) -> Option<String> {
    match guarded.hook {
        HookState::There => None,
        HookState::Gone => Some(format!(
            "Vigil's hook was taken out of the settings of {client}: what it runs is not asked \
             about until `vigil guard on {client}`"
        )),
        HookState::Silent => {
            let why = match client {
                "codex" => "in Codex, `/hooks` shows the hook and has it trusted",
                _ => "hooks may be switched off in its settings",
            };
            let n = guarded.silent;
            Some(format!("{client} did not ask its hook about {n} commands that it ran: {why}"))
        }
    }
}

/// That a site's pages are not what they were when the extension was written.
fn changed(site: &SiteHealth) -> Option<String> {
    let SiteHealth { site, health, .. } = site;
    match (health.state.as_str(), health.drift.as_str()) {
        ("stale", _) => Some(format!(
            "{site} has changed: what is said there is not recorded until the browser extension is \
             renewed"
        )),
        ("drift", "network") => Some(format!(
            "{site} speaks otherwise than it did: what is said there is read from its pages alone"
        )),
        ("drift", _) => Some(format!(
            "the pages of {site} look otherwise than they did: what is said there is read from the \
             network alone"
        )),
        _ => None,
    }
}

impl api::StatusReport for StatusSource {
    fn status(&self) -> Result<Document<Status>, vigil_store::Error> {
        let now = Timestamp::from(SystemTime::now());
        let mut summary = Reader::open(&self.data)?.status()?;
        let proxy = self.proxy_status();
        let DaemonSource { daemon, anchor, is_test } = &self.daemon;
        let daemon = daemon::status(&daemon.state(), anchor.status(), *is_test);
        let mut warnings = Vec::new();
        if self.proxy.test_upstreams {
            warnings.push("test upstreams are on: what the proxy records is not real".to_owned());
        }
        warnings.extend(proxy.authority.iter().flat_map(AuthorityStatus::warnings));
        warnings.extend(daemon::warnings(&daemon));
        if let Some(Standing::Off(why)) = self.proxy.redirected.standing() {
            warnings.push(format!(
                "connections are not redirected, though capture.redirect asks for it: {why}. \
                 Programs that know no proxy are not recorded"
            ));
        }
        warnings.extend(self.proxy.settings.standing().warning());
        match self.writer.health() {
            Health::Good => {}
            Health::Waiting(why) => warnings.push(why),
            Health::Renewed(damage) => warnings.push(format!(
                "the store was damaged ({}); it is kept at {} and a new one was begun",
                damage.reason,
                damage.kept_at.display()
            )),
        }
        let paused_since = self.shared.pause.since();
        if let Some(since) = paused_since {
            warnings.push(paused(since, self.shared.pause.is_unnoted()));
        }
        warnings.extend(self.astray());
        warnings.extend(self.rules.warnings());
        warnings.extend(self.mask_waits());
        let guarded = self.guarded.all();
        warnings.extend(guarded.iter().filter_map(|(client, guarded)| unasked(client, guarded)));
        let told = self.sites.all();
        warnings.extend(told.values().filter_map(changed));
        let surfaces = self.surfaces(&mut summary, now);
        let is_left_out = |client: &str| self.shared.exclusions.client(client);
        let service = running::service(&self.home);
        let mut status = Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            agent: AgentStatus {
                running: true,
                pid: Some(std::process::id()),
                started: Some(self.started),
                dashboard: Some(self.ready.dashboard.clone()),
                telemetry: self.ready.telemetry.clone(),
                paused_since,
                started_by: self.started_by,
                kept: report::kept(service, Some(self.started_by)),
            },
            proxy,
            daemon,
            sites: report::sites(&told, &surfaces, is_left_out),
            surfaces,
            unread: self.unread.there(),
            browser: told.into_values().collect(),
            browsers: self.browsers(),
            drops: summary.drops.into_iter().chain(self.pairings.refused()).collect(),
            gaps: summary.gaps,
            store: summary.status,
            intel: vigil_store::intel::report(&self.data, "").short(),
            service,
            warnings,
            next: Vec::new(),
        };
        status.next = report::next(&status, now);
        Ok(Document::v1("status", status))
    }
}

#[cfg(test)]
mod tests;

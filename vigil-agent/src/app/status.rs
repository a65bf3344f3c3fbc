//! The live half of `vigil status`: what the running agent knows beyond the store.

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use vigil_proto::{
    Timestamp,
    report::{AgentStatus, Document, ProxyStatus, Status},
    surface,
};
use vigil_store::{Health, Reader, Writer};

use super::{
    Setup,
    anchors::Told,
    capture::{self, Standing},
    ready::Ready,
};
use crate::{api, daemon::Daemon, pipeline::Shared, source::proxy::Counters};

mod daemon;

/// Computes the status when asked.
#[derive(Debug)]
pub(super) struct StatusSource {
    data: PathBuf,
    started: Timestamp,
    ready: Ready,
    proxy: Option<Counters>,
    hosts: Vec<String>,
    test_upstreams: bool,
    shared: Arc<Shared>,
    writer: Writer,
    daemon: DaemonSource,
}

/// What is known of the root daemon.
#[derive(Debug)]
pub(super) struct DaemonSource {
    pub(super) daemon: Daemon,
    pub(super) anchor: Told,
    /// It was started for tests.
    pub(super) is_test: bool,
    /// Whether it leads connections to the proxy.
    pub(super) redirected: capture::Told,
}

impl StatusSource {
    pub(super) fn new(
        setup: &Setup,
        ready: Ready,
        proxy: Option<Counters>,
        test_upstreams: bool,
        shared: Arc<Shared>,
        writer: Writer,
        daemon: DaemonSource,
    ) -> Self {
        Self {
            data: setup.paths.data().to_path_buf(),
            started: Timestamp::from(SystemTime::now()),
            ready,
            proxy,
            hosts: setup.config.proxy.hosts.clone(),
            test_upstreams,
            shared,
            writer,
            daemon,
        }
    }

    fn proxy_status(&self) -> ProxyStatus {
        let Some(counters) = &self.proxy else { return ProxyStatus::default() };
        ProxyStatus {
            running: true,
            url: self.ready.proxy.clone(),
            ca: self.ready.ca.as_ref().map(|ca| ca.display().to_string()),
            test_upstreams: self.test_upstreams,
            open: counters.open(),
            hosts: self.hosts.clone(),
            redirect: self.daemon.redirected.standing().map(|standing| standing.words()),
        }
    }
}

impl api::StatusReport for StatusSource {
    fn status(&self) -> Result<Document<Status>, vigil_store::Error> {
        let now = Timestamp::from(SystemTime::now());
        let summary = Reader::open(&self.data)?.status()?;
        let proxy = self.proxy_status();
        let DaemonSource { daemon, anchor, is_test, redirected } = &self.daemon;
        let daemon = daemon::status(&daemon.state(), anchor.status(), *is_test);
        let leads_somewhere = self.ready.proxy.is_some();
        let mut warnings = Vec::new();
        if self.test_upstreams {
            warnings.push("test upstreams are on: what the proxy records is not real".to_owned());
        }
        warnings.extend(daemon::warnings(&daemon));
        if let Some(Standing::Off(why)) = redirected.standing() {
            warnings.push(format!(
                "connections are not redirected, though capture.redirect asks for it: {why}. \
                 Programs that know no proxy are not recorded"
            ));
        }
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
        if paused_since.is_some() {
            warnings.push("recording is paused; `vigil resume` goes on".to_owned());
        }
        Ok(Document::v1(
            "status",
            Status {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                agent: AgentStatus {
                    running: true,
                    pid: Some(std::process::id()),
                    started: Some(self.started),
                    dashboard: Some(self.ready.dashboard.clone()),
                    paused_since,
                },
                proxy,
                daemon,
                surfaces: surface::matrix(summary.clients, now, |client| {
                    surface::route_command(client).filter(|_| leads_somewhere)
                }),
                drops: summary.drops,
                store: summary.status,
                warnings,
            },
        ))
    }
}

//! `vigil up`: agent, proxy, dashboard, in the foreground, until SIGTERM, Ctrl-C or `vigil down`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::Context as _;
use tokio::sync::watch;
use vigil_detect::Engine;
use vigil_platform::{paths, places, private, process, roots};
use vigil_proto::report::RunFile;
use vigil_store::{Head, Reader, Store, Writer};

use super::{
    Setup,
    anchors::{self, Anchors},
    behind, browsers,
    capture::{self, Capture},
    console::Console,
    doctor,
    endings::Endings,
    engine,
    held::Held,
    history, holders, hooks,
    housekeeping::{self, Household},
    intel,
    keys::Keys,
    log, masking,
    notify::{self, Bell},
    open_store, pauses,
    ready::Ready,
    renewal::Renewal,
    restoring::Restoring,
    status::{DaemonSource, ProxySource, StatusSource, started_by},
    system_proxy, telemetry, test_upstreams,
};
use crate::{
    api, changes,
    daemon::Daemon,
    guard, installs,
    intel::Current,
    pairing::Pairings,
    pipeline::{self, Inlet, Shared},
    shutdown::Shutdown,
    source::{
        family::{Families, Scope},
        network, process as processes, proxy, transcript,
    },
    vault::Vault,
};

/// The command line of `vigil up`.
#[derive(Clone, Debug, Default)]
pub struct UpOptions {
    /// Run without the proxy.
    pub no_proxy: bool,
    /// Print one line of JSON once everything listens.
    pub ready_json: bool,
    /// File with upstreams for tests.
    pub test_upstreams: Option<PathBuf>,
    /// Socket of a daemon for tests, which runs as this user.
    pub test_daemon: Option<PathBuf>,
    /// The process that begins all agents which a test means; nothing in earnest.
    pub test_agents_of: Option<u32>,
}

/// Runs until it is asked to end; everything seen until then is committed.
pub fn up(setup: &Setup, options: &UpOptions) -> anyhow::Result<()> {
    log::start(setup.paths.state())?;
    let held = Held::take()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("agent")
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    // Before anything is opened: from here on a signal is an orderly end, however early.
    let endings = runtime.block_on(async { Endings::listen() })?;
    let files = process::raise_open_files();
    if let Err(error) = process::disable_core_dumps() {
        tracing::warn!(%error, "memory dumps of this process could not be switched off");
    }
    let upstreams = match &options.test_upstreams {
        Some(path) => test_upstreams::load(path)?,
        None => proxy::TestUpstreams::default(),
    };
    let keys = Keys::load(&setup.paths)?;
    let commits = watch::Sender::new(0_i64);
    let committed = commits.subscribe();
    let changed = watch::Sender::new(0_u64);
    let heads = watch::Sender::new(Head::default());
    let (newest, newest_head, changes) = (commits.clone(), heads.clone(), changed.clone());
    let (bell, heard) = Bell::new();
    let (store, _) = open_store(
        setup,
        Some(step_aside),
        Box::new(move |commit| {
            newest.send_replace(commit.last_seq);
            newest_head.send_replace(commit.head);
            bell.ring(&commit.findings);
            if commit.findings_changed {
                changes.send_modify(|n| *n += 1);
            }
        }),
    )?;
    // What an earlier run committed is nothing new to whoever listens from now on.
    let reader = Reader::open(setup.paths.data())?;
    let (before, head) = (reader.last_seq()?, reader.head()?);
    drop(reader);
    commits.send_if_modified(|last| std::mem::replace(last, before.max(*last)) < before);
    heads.send_if_modified(|last| {
        let is_later = last.number < head.number;
        if is_later {
            *last = head;
        }
        is_later
    });
    if setup.config.notify.desktop
        && let Some(show) = notify::on_desktop()
    {
        notify::spawn(heard, setup.paths.data().to_path_buf(), show)?;
    }
    let shared = setup.shared(&keys)?;
    let vault = Arc::new(Vault::open(setup.paths.state()));
    let anchors = Anchors::new();
    let current = Current::default();
    intel::take(setup.paths.data(), &current);
    let agent = Agent {
        setup,
        options,
        upstreams,
        shared,
        committed,
        changed,
        files,
        daemon: daemon(options),
        anchors: &anchors,
        vault: Arc::clone(&vault),
        intel: current.clone(),
        head: heads.subscribe(),
        rooms: proxy::Rooms {
            families: families(options),
            suspects: intel::suspects(current.clone()),
            ..proxy::Rooms::default()
        },
    };
    let result = runtime.block_on(agent.run(
        &store,
        Arc::new(engine(setup, &keys, vault, &current)),
        endings,
        held,
    ));
    runtime.shutdown_timeout(Duration::from_secs(2));
    let closed = store.close();
    // Only now is the chain's last head known.
    anchors.end();
    tracing::info!("ended");
    // What ended the run comes before what went wrong while closing.
    result.and(closed.map_err(Into::into))
}

struct Agent<'a> {
    setup: &'a Setup,
    options: &'a UpOptions,
    upstreams: proxy::TestUpstreams,
    shared: Arc<Shared>,
    committed: watch::Receiver<i64>,
    /// Counts up whenever findings changed.
    changed: watch::Sender<u64>,
    /// How many files this process may have open.
    files: u64,
    /// The root daemon, for sources too.
    daemon: Daemon,
    anchors: &'a Anchors,
    vault: Arc<Vault>,
    /// What others have found to be malicious.
    intel: Current,
    /// Where the audit chain stands.
    head: watch::Receiver<Head>,
    /// What the sources of processes, connections and the proxy know alike.
    rooms: proxy::Rooms,
}

impl Agent<'_> {
    async fn run(
        self,
        store: &Store,
        engine: Arc<Engine>,
        endings: Endings,
        held: Held,
    ) -> anyhow::Result<()> {
        let shutdown = Shutdown::default();
        let config = &self.setup.config;
        let started_by = started_by(&held);
        // All ports are bound before anything is recorded, so that a busy one costs nothing.
        let dashboard =
            api::bind(config.dashboard.port, held.dashboard).await.map_err(dashboard_busy)?;
        let proxy_config = self.proxy_config()?;
        if proxy_config.is_none() && held.proxy.is_some() {
            tracing::warn!(
                "the service manager holds a port for the proxy, which is switched off: whoever \
                 connects there waits for nothing"
            );
        }
        let upstream = proxy_config.as_ref().and_then(|it| Some(it.chain.as_ref()?.place()));
        let proxy = match proxy_config {
            Some(config) => Some(proxy::bind(config, held.proxy).await.map_err(proxy_busy)?),
            None => None,
        };
        let telemetry = telemetry::bind(self.setup).await?;
        if let Some(Err(error)) = proxy.as_ref().map(|proxy| roots::bundle(proxy.ca_path())) {
            // Needed by clients that take a list in place of the system's, and by no other.
            tracing::warn!(error = &error as &dyn std::error::Error, "no list of certificates");
        }

        let (inlet, messages) = Inlet::new(Arc::clone(&self.shared));
        let writer = store.writer();
        let judging = (Arc::clone(&engine), self.intel.clone());
        let pipeline = spawn_pipeline(messages, judging, writer.clone(), &shutdown)?;
        let household = Household {
            state: self.setup.paths.state().to_path_buf(),
            writer: writer.clone(),
            inlet: inlet.clone(),
            retention: config.retention.clone(),
            vault: Arc::clone(&self.vault),
            vault_days: config.vault.days,
            committed: self.committed.clone(),
        };
        pauses::complete(self.setup, &inlet);
        let housekeeping = housekeeping::spawn(household, shutdown.clone())?;
        let trial = doctor::Trial::default();
        let office = hooks::Office {
            state: self.setup.paths.state().to_path_buf(),
            data: self.setup.paths.data().to_path_buf(),
            refusals: config.guard.refusals(),
            fail: config.guard.fail,
            intel: self.intel.clone(),
            inlet: inlet.clone(),
            trial: trial.clone(),
        };
        let standing = hooks::Standing::default();
        let (hooks, recording) = hooks::start(office, standing.clone(), shutdown.clone())?;
        let sites = browsers::Sites::default();
        let pairings = Arc::new(Pairings::open(self.setup.paths.state()));
        let browsers = browsers::Browsers {
            engine: Arc::clone(&engine),
            inlet: inlet.clone(),
            sites: sites.clone(),
            dashboard: format!("http://localhost:{}/", dashboard.port()),
            trial: trial.clone(),
        };
        let masking = Arc::clone(&engine);
        let installs = installs::Follow {
            data: self.setup.paths.data().to_path_buf(),
            writer: writer.clone(),
            mask: Arc::new(move |text| masking.mask(text.into()).0),
            intel: self.intel.clone(),
            committed: self.committed.clone(),
        };
        let installs =
            installs.spawn(shutdown.clone()).context("cannot start looking at installs")?;
        let lists =
            intel::Follow::new(self.setup, &self.upstreams, self.intel.clone(), writer.clone())?;
        let lists = lists.spawn(shutdown.clone())?;

        let (ask, asked) = std::sync::mpsc::channel();
        let waits = masking::Waits::default();
        let job = masking::Job {
            office: masking::Office {
                data: self.setup.paths.data().to_path_buf(),
                engine: Arc::clone(&engine),
                detect: config.detect.clone(),
                waits: Arc::clone(&waits),
            },
            writer: writer.clone(),
            inlet: inlet.clone(),
            committed: self.committed.clone(),
            asked,
        };
        let masking = masking::Masking::spawn(job, shutdown.clone())?;

        let redirected = capture::Told::default();
        let settings = guard::Told::default();
        let renewal = proxy.as_ref().map(|proxy| {
            let (families, daemon) = (self.rooms.families.clone(), self.daemon.clone());
            Renewal::new(proxy.authorities(), families, daemon, inlet.clone())
        });
        let access = api::Access::generate()?;
        let ready = Ready::new(&dashboard, &access, proxy.as_ref(), telemetry.as_ref());
        let sources = ProxySource {
            counters: proxy.as_ref().map(proxy::Bound::counters),
            test_upstreams: !self.upstreams.pins.is_empty() || !self.upstreams.roots.is_empty(),
            redirected: redirected.clone(),
            settings: settings.clone(),
            renewal: renewal.clone(),
            upstream,
            families: self.rooms.families.clone(),
        };
        let status = StatusSource::new(
            (self.setup, started_by),
            ready.clone(),
            sources,
            Arc::clone(&self.shared),
            (standing, sites, Arc::clone(&pairings)),
            (writer.clone(), Arc::clone(&waits)),
            DaemonSource {
                daemon: self.daemon.clone(),
                anchor: self.anchors.told(),
                is_test: self.options.test_daemon.is_some(),
            },
        );
        let awaited = processes::Awaited::default();
        let doctor = doctor::Doctor::new(doctor::Office {
            state: self.setup.paths.state().to_path_buf(),
            transcripts: self.setup.transcripts(),
            shared: Arc::clone(&self.shared),
            engine: Arc::clone(&engine),
            intel: self.intel.clone(),
            writer: writer.clone(),
            proxy: proxy.as_ref().map(proxy::Bound::trials),
            awaited: awaited.clone(),
            trial,
            runtime: tokio::runtime::Handle::current(),
            shutdown: shutdown.clone(),
        });
        let api_task = tokio::spawn(dashboard.run(api::Parts {
            data: self.setup.paths.data().to_path_buf(),
            state_dir: self.setup.paths.state().to_path_buf(),
            writer,
            mask: Arc::new(move |text| engine.mask(text).0),
            status: Arc::new(status),
            renew: renewal.clone().map(|renewal| Arc::new(renewal) as Arc<dyn api::Renew>),
            hooks,
            doctor: Arc::new(doctor),
            browsers: Arc::new(browsers),
            pairings,
            restore: Arc::new(Restoring {
                data: self.setup.paths.data().to_path_buf(),
                options: transcript::Options::from_env(self.setup.paths.home()),
                inlet: inlet.clone(),
            }),
            inlet: inlet.clone(),
            shared: Arc::clone(&self.shared),
            committed: self.committed.clone(),
            changed: self.changed.clone(),
            vault: Arc::clone(&self.vault),
            vault_days: config.vault.days,
            intel_schedule: config.intel.update.word(),
            user_rules: config.detect.rules.keys().map(|name| format!("user_{name}")).collect(),
            mask_again: api::MaskAgain { ask, waits },
            access: access.clone(),
            shutdown: shutdown.clone(),
        }));
        let guard = system_proxy::start(self.setup, proxy.as_ref(), settings)?;
        let redirect_port = proxy.as_ref().and_then(proxy::Bound::redirect_port);
        let proxy_task =
            proxy.map(|bound| tokio::spawn(bound.run(inlet.clone(), shutdown.clone())));
        let telemetry_task =
            telemetry.map(|bound| tokio::spawn(bound.run(inlet.clone(), shutdown.clone())));
        // Only now does somebody take what is led here.
        let state = self.setup.paths.state();
        let capture = Capture::start(redirect_port, self.daemon.clone(), redirected, state)?;
        let renewing = renewal.as_ref().map(Renewal::start).transpose()?;
        drop(renewal);
        self.write_runtime_file(&ready, &access)?;
        self.anchors.start(self.anchored())?;

        let console = Console::new(self.options.ready_json);
        console.ready(&ready, self.setup, self.shared.pause.since());
        let tailing = transcript::follow(
            transcript::Options { known: self.setup.known_files(), ..self.setup.transcripts() },
            inlet.clone(),
            shutdown.clone(),
            console.progress(),
        )
        .context("cannot start reading transcripts")?;
        // Sources that ask the root daemon take `self.daemon.clone()` and start here.
        let (families, daemon) = (self.rooms.families.clone(), self.daemon.clone());
        let processes =
            processes::follow(inlet.clone(), families, daemon, awaited, shutdown.clone())
                .context("cannot start looking at processes")?;
        let network = network::watch(self.network(), inlet.clone(), shutdown.clone())
            .context("cannot start looking at connections")?;
        let histories = history::start(self.setup, &inlet, &shutdown)?;
        let live = console.follow(self.setup.paths.data(), self.committed.clone(), &shutdown);

        endings.wait(&shutdown).await;
        // Before the proxy goes, so that nobody is led to where nothing is.
        let state = state.to_path_buf();
        let _ = tokio::task::spawn_blocking(move || {
            guard.end();
            capture.end();
            if let Some(renewing) = renewing {
                renewing.end();
            }
            // What both have changed by that.
            changes::try_take_in(&state, &inlet);
        })
        .await;
        shutdown.request();
        tracing::info!("ending: draining");
        // Sources end first, then the pipeline empties what they sent.
        if let Some(task) = proxy_task {
            let _ = task.await;
        }
        if let Some(task) = telemetry_task {
            let _ = task.await;
        }
        let _ = api_task.await;
        live.await;
        let piped = tokio::task::spawn_blocking(move || {
            join(tailing);
            join(processes);
            join(network);
            histories.into_iter().for_each(join);
            join(housekeeping);
            join(recording);
            ended(&masking.join());
            join(installs);
            join(lists);
            pipeline.join()
        })
        .await
        .context("waiting for the pipeline")?;
        let _ = std::fs::remove_file(self.setup.paths.run().join(RunFile::NAME));
        match piped {
            Ok(result) => result.context("the store stopped taking events"),
            Err(_) => Err(anyhow::anyhow!("the pipeline panicked; see the log")),
        }
    }

    fn proxy_config(&self) -> anyhow::Result<Option<proxy::Config>> {
        let config = &self.setup.config.proxy;
        if self.options.no_proxy || !config.enabled {
            return Ok(None);
        }
        Ok(Some(proxy::Config {
            listen: loopback(config.port),
            hosts: config.hosts.clone(),
            ca_dir: self.setup.paths.ca().to_path_buf(),
            upstreams: self.upstreams.clone(),
            redirected: self.setup.config.capture.redirect,
            chain: behind::proxy(config, self.setup.paths.home())?,
            clients_max: clients_max(self.files),
            owner: Some(proxy::OwnerCheck {
                uid: process::uid(),
                lookup: Arc::new(vigil_platform::socket::owner),
            }),
            rooms: self.rooms.clone(),
        }))
    }

    fn network(&self) -> network::Options {
        let proxy::Rooms { callers, families, addresses, .. } = self.rooms.clone();
        let holders = holders::by(self.daemon.clone());
        network::Options { families, addresses, callers, holders }
    }

    /// What is anchored. The daemon keeps one chain a user: the one of the user's own store.
    fn anchored(&self) -> anchors::Source {
        anchors::Source {
            daemon: self.daemon.clone(),
            head: self.head.clone(),
            data: self.setup.paths.data().to_path_buf(),
            is_own: self.options.test_daemon.is_some() || !paths::are_moved(),
        }
    }

    /// `run/agent.json`: how the command line finds the agent. Only the user can read it.
    fn write_runtime_file(&self, ready: &Ready, access: &api::Access) -> anyhow::Result<()> {
        let file = RunFile {
            pid: std::process::id(),
            api: ready.api.clone(),
            token: access.bearer().to_owned(),
        };
        private::write(&self.setup.paths.run().join(RunFile::NAME), &serde_json::to_vec(&file)?)
            .context("cannot write run/agent.json")
    }
}

/// Whoever is an agent; for tests only what the test began.
fn families(options: &UpOptions) -> Families {
    match options.test_agents_of {
        Some(above) => Families::within(Scope { above, descends: process::descends_from }),
        None => Families::default(),
    }
}

/// The daemon of this machine, which is root; one for tests is this user.
fn daemon(options: &UpOptions) -> Daemon {
    match &options.test_daemon {
        Some(socket) => Daemon::new(socket.clone(), process::uid()),
        None => Daemon::new(places::socket().to_owned(), 0),
    }
}

pub(super) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn dashboard_busy(error: api::ApiError) -> anyhow::Error {
    match error {
        api::ApiError::Bind { addr, source } if source.kind() == std::io::ErrorKind::AddrInUse => {
            busy("dashboard", addr.port(), "`--port PORT` (0 picks a free one)")
        }
        other => other.into(),
    }
}

fn proxy_busy(error: proxy::Error) -> anyhow::Error {
    match error {
        proxy::Error::Busy { port } => busy(
            "proxy",
            port,
            "`--proxy-port PORT` (0 picks a free one), or run without it: `--no-proxy`",
        ),
        other => other.into(),
    }
}

/// A port that is taken, with its holder where the system tells.
pub(super) fn busy(what: &str, port: u16, remedy: &str) -> anyhow::Error {
    let holder = vigil_platform::socket::listener_holder(port)
        .map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
    anyhow::anyhow!(
        "the {what}'s port {port} is held by {holder}; end that process, or choose another port with {remedy}"
    )
}

fn spawn_pipeline(
    messages: std::sync::mpsc::Receiver<pipeline::Message>,
    (engine, intel): (Arc<Engine>, Current),
    writer: Writer,
    shutdown: &Shutdown,
) -> anyhow::Result<JoinHandle<Result<(), vigil_store::Error>>> {
    let shutdown = shutdown.clone();
    thread::Builder::new()
        .name("pipeline".to_owned())
        .spawn(move || {
            step_aside();
            let result =
                pipeline::run(&messages, &engine, &intel, &writer, &|| shutdown.is_requested());
            if let Err(error) = &result {
                // Without a store there is nothing to run for: end loudly rather than pretend.
                tracing::error!(%error, "the pipeline ends");
                shutdown.request();
            }
            result
        })
        .context("cannot start the pipeline")
}

/// Traffic comes first: what puts it on record takes what is left when processors are short.
fn step_aside() {
    if let Err(error) = process::step_aside() {
        tracing::debug!(%error, "a thread does not step aside");
    }
}

/// How many clients the proxy may serve with `files` open files: two for each, and enough left
/// for the store, the transcripts and the API.
fn clients_max(files: u64) -> usize {
    const KEPT: u64 = 128;
    usize::try_from(files.saturating_sub(KEPT) / 2).unwrap_or(usize::MAX).clamp(16, 2048)
}

fn join(thread: JoinHandle<()>) {
    ended(&thread.join());
}

fn ended(thread: &std::thread::Result<()>) {
    if thread.is_err() {
        tracing::error!("a thread panicked while ending");
    }
}

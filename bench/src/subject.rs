//! Who is measured: going directly, Vigil, mitmproxy. The proxies run as processes of their own in
//! scratch folders, begun anew for each round and ended with it.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    client::{Client, Ports},
    meter::Meter,
    upstream,
};

mod mitmproxy;
mod vigil;

/// How long a program may take to be ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a program's words are kept, in its home.
const WORDS: &str = "words.txt";

/// What all rounds share.
#[derive(Debug)]
pub(crate) struct Setup {
    folder: TempDir,
    pub(crate) vigil: PathBuf,
    mitmdump: Option<PathBuf>,
}

impl Setup {
    /// `vigil` is copied, so that a build in the meantime changes nothing.
    pub(crate) fn new(vigil: &Path, with_mitmproxy: bool) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a scratch folder")?;
        let copy = folder.path().join("vigil");
        for name in ["vigil", "vigil-agent"] {
            let (from, to) = (vigil.with_file_name(name), folder.path().join(name));
            fs::copy(&from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        let mitmdump = with_mitmproxy.then(|| on_path("mitmdump"));
        if mitmdump == Some(None) {
            eprintln!("mitmproxy is not installed (no mitmdump on PATH): it is not measured");
        }
        Ok(Self { folder, vigil: copy, mitmdump: mitmdump.flatten() })
    }

    /// The upstream's root certificate.
    fn root(&self) -> PathBuf {
        self.folder.path().join(upstream::ROOT)
    }

    /// Begins the upstream, which runs until it is dropped.
    pub(crate) async fn upstream(&self) -> Result<Upstream> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("upstream").arg(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::spawn(command)?;
        let line = process.first_line().await.context("the upstream is not ready")?;
        let ports = line.trim().split_once(' ').context("the upstream does not say where")?;
        let ports = Ports { tls: ports.0.parse()?, raw: ports.1.parse()? };
        Ok(Upstream { ports, _input: process.child.stdin.take(), _process: process })
    }

    /// Begins everyone who is measured, going directly first.
    pub(crate) async fn subjects(&self, ports: Ports) -> Result<Vec<Subject>> {
        let direct = Client::new(None, ports, &self.root(), &self.root())?;
        let mut all = vec![Subject { name: DIRECT, client: direct, meter: None, proxy: None }];
        let home = self.home()?;
        let started = vigil::start(self, home.path(), ports).await;
        all.push(self.proxy(vigil::NAME, ports, started, home)?);
        if let Some(mitmdump) = &self.mitmdump {
            let home = self.home()?;
            let started = mitmproxy::start(self, mitmdump, home.path(), ports).await;
            all.push(self.proxy(mitmproxy::NAME, ports, started, home)?);
        }
        Ok(all)
    }

    /// A new, empty folder for a proxy.
    pub(crate) fn home(&self) -> Result<TempDir> {
        tempfile::tempdir_in(self.folder.path()).context("cannot make a scratch folder")
    }

    fn proxy(
        &self,
        name: &'static str,
        ports: Ports,
        started: Result<Started>,
        home: TempDir,
    ) -> Result<Subject> {
        let started = started.with_context(|| {
            let words = fs::read_to_string(home.path().join(WORDS)).unwrap_or_default();
            format!("{name} does not start; it said: {}", words.trim())
        })?;
        let client = Client::new(Some(started.addr), ports, &started.root, &self.root())?;
        let meter = Some(Meter::new(started.process.child.id()));
        Ok(Subject { name, client, meter, proxy: Some((started.process, home)) })
    }

    /// Programs see nothing of the user's but `PATH`. What they say is kept in their home.
    pub(crate) fn clean(program: &Path, home: &Path) -> Result<Command> {
        let words = fs::File::create(home.join(WORDS)).context("cannot keep a program's words")?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", home)
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(words.try_clone()?)
            .stderr(words);
        Ok(command)
    }
}

/// A proxy that is ready.
#[derive(Debug)]
struct Started {
    process: Process,
    addr: SocketAddr,
    /// What it signs with.
    root: PathBuf,
}

/// The subject that all others are held against.
pub(crate) const DIRECT: &str = "direct";

/// One way to the upstream, and the process in between.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) client: Client,
    pub(crate) meter: Option<Meter>,
    proxy: Option<(Process, TempDir)>,
}

impl Subject {
    /// How many of the model's answers it has on record, in a hundred. None for who keeps none.
    pub(crate) fn recorded(&self, setup: &Setup) -> Result<Option<f64>> {
        match &self.proxy {
            Some((_, home)) if self.name == vigil::NAME => {
                vigil::recorded(setup, home.path(), self.client.answered()).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The upstream's process.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) ports: Ports,
    /// It ends with its input, also when we are killed.
    _input: Option<ChildStdin>,
    _process: Process,
}

/// A child that ends with this.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
}

impl Process {
    pub(crate) fn spawn(mut command: Command) -> Result<Self> {
        let program = command.get_program().to_owned();
        let child = command.spawn();
        Ok(Self { child: child.with_context(|| format!("cannot start {}", program.display()))? })
    }

    /// What it says first, when it is ready.
    pub(crate) async fn first_line(&mut self) -> Result<String> {
        let output = self.child.stdout.take().context("it has no output")?;
        let reading = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        let line = tokio::time::timeout(PATIENCE, reading).await;
        let line = line.context("it does not get ready")???;
        ensure!(!line.is_empty(), "it ended");
        Ok(line)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

//! The guard of the system's proxy settings: a small process of its own that leads them to the proxy
//! and puts them back when the agent dies, however it dies. It hears of that by the end of a pipe.
//! Should the guard be the one that is killed, the agent puts them back and starts another; should
//! both be, the next start does.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use vigil_platform::sysproxy::{Keeper, Lookup, Restored, SysProxyError};
use vigil_proto::config::{Config, SystemProxy};

mod process;
mod served;

pub use self::process::run;

/// How long whoever is at the settings already is waited for. It may be a guard that puts them back.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the agent's end waits for the settings to be put back; the guard goes on without it.
const END_PATIENCE: Duration = Duration::from_secs(15);

/// A guard that lived for so long was not one of a row that die.
const CALM: Duration = Duration::from_mins(1);

/// So many in a row are enough.
const DEATHS_MAX: u32 = 5;

/// The longest line between the two, in bytes.
const LINE_MAX: u64 = 256 * 1024;

/// What the agent tells the guard, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// How the settings lead to the proxy.
    mode: Mode,
    /// The proxy's port on loopback.
    proxy: u16,
    /// The hosts that go through it, for a script.
    hosts: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Pac,
    Manual,
}

/// What the guard tells the agent, a line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "lowercase")]
enum Said {
    /// The settings lead to the proxy.
    On,
    /// They do not, and asking again changes nothing.
    Refused { why: String },
    /// They were put back; `words` say how.
    Restored { words: String },
    /// They could not be put back: the backup is still there.
    Failed { why: String },
}

impl Order {
    /// What the configuration asks for, with the proxy at this port; nothing unless it asks.
    pub fn from_config(config: &Config, proxy: u16) -> Option<Self> {
        let mode = match config.proxy.system {
            SystemProxy::Off => return None,
            SystemProxy::Pac => Mode::Pac,
            SystemProxy::Manual => Mode::Manual,
        };
        let is_left_out = |host: &&String| config.exclude.hosts.contains(host);
        let hosts = config.proxy.hosts.iter().filter(|host| !is_left_out(host)).cloned().collect();
        Some(Self { mode, proxy, hosts })
    }
}

/// What the guard's program is, and where things lie.
#[derive(Clone, Debug)]
pub struct Places {
    /// This program: it is its own guard.
    pub program: PathBuf,
    /// The folder for Vigil's state.
    pub state: PathBuf,
    /// The user's home.
    pub home: PathBuf,
}

impl Places {
    fn keeper(&self) -> Result<Keeper<'_>, SysProxyError> {
        let own: &Lookup<'_> = &|name| std::env::var_os(name);
        Keeper::open(&self.state, &self.home, own, PATIENCE)
    }

    /// Puts back what a guard that is no more has left.
    fn put_back(&self) {
        match self.keeper().and_then(|keeper| keeper.restore()) {
            Ok(None) => {}
            Ok(Some(restored)) => told(&restored),
            Err(error) => warn("the system's proxy settings were not put back", &error),
        }
    }
}

/// The agent's end of it: a thread that starts guards and hears how they end.
#[derive(Debug)]
pub struct Guard {
    shared: Arc<Shared>,
    ended: Receiver<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// As long as this is open, the guard knows that the agent lives.
    pipe: Option<ChildStdin>,
    is_ending: bool,
}

impl Guard {
    /// Puts back what an earlier run may have left, and starts a guard if there is an order for one.
    /// Waits for neither.
    ///
    /// # Errors
    /// There can be no thread.
    pub fn start(places: Places, order: Option<Order>) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sender, ended) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("guard".to_owned()).spawn(move || {
            // Dropped with the thread's end, which is what is waited for.
            let _sender: mpsc::Sender<()> = sender;
            places.put_back();
            if let Some(order) = order {
                keep(&places, &order, &theirs);
            }
        })?;
        Ok(Self { shared, ended })
    }

    /// Has the settings put back and waits for it.
    pub fn end(self) {
        let mut state = self.shared.lock();
        state.is_ending = true;
        state.pipe = None;
        drop(state);
        self.shared.changed.notify_all();
        if self.ended.recv_timeout(END_PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("the guard of the system's proxy settings is still at work");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps, unless the agent ends; then this is true.
    fn is_ending_after(&self, pause: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), pause, |state| !state.is_ending);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_ending
    }
}

/// One guard after the other, until the agent ends, one refuses, or too many die.
fn keep(places: &Places, order: &Order, shared: &Shared) {
    let mut deaths = 0;
    loop {
        let began = Instant::now();
        match guard(places, order, shared) {
            Ok(true) => return,
            Ok(false) => tracing::warn!("the guard of the system's proxy settings was ended"),
            Err(error) => warn("the guard of the system's proxy settings cannot be had", &error),
        }
        places.put_back();
        deaths = if began.elapsed() < CALM { deaths + 1 } else { 1 };
        if deaths == DEATHS_MAX {
            tracing::error!("too many guards have died: the system's settings are left alone now");
            return;
        }
        if shared.is_ending_after(Duration::from_secs(1 << deaths)) {
            return;
        }
    }
}

/// One guard from its start to its end. True when there is to be no other.
fn guard(places: &Places, order: &Order, shared: &Shared) -> io::Result<bool> {
    let mut state = shared.lock();
    if state.is_ending {
        return Ok(true);
    }
    let mut child = Command::new(&places.program)
        .arg("guard")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // What ends the agent at a terminal is not sent to the guard: it learns of it by the pipe.
        .process_group(0)
        .spawn()?;
    let pipe = child.stdin.take().map(|mut pipe| {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        // A guard that is gone already ends below.
        let _ = pipe.write_all(&line);
        Ok::<_, io::Error>(pipe)
    });
    state.pipe = pipe.transpose()?;
    drop(state);
    let refused = listen(&mut child);
    // Whatever ended its words, it is to end now; nobody waits for one that only closed them.
    shared.lock().pipe = None;
    child.wait()?;
    Ok(refused || shared.lock().is_ending)
}

/// Hears what the guard says until it says no more. True when it refused.
fn listen(child: &mut Child) -> bool {
    let Some(words) = child.stdout.take() else {
        return false;
    };
    let mut refused = false;
    for line in BufReader::new(words.take(LINE_MAX)).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Said::On) => tracing::info!("the system's proxy settings lead to the proxy"),
            Ok(Said::Refused { why }) => {
                refused = true;
                tracing::warn!(%why, "the system's proxy settings are left alone");
            }
            Ok(Said::Restored { words }) => {
                tracing::info!(%words, "the system's proxy settings were put back");
            }
            Ok(Said::Failed { why }) => {
                tracing::error!(%why, "the system's proxy settings were not put back");
            }
            Err(_) => tracing::warn!("the guard said something that is not understood"),
        }
    }
    refused
}

fn told(restored: &Restored) {
    tracing::info!(%restored, "the system's proxy settings were put back");
}

fn warn(what: &str, error: &dyn std::error::Error) {
    tracing::warn!(why = %why(error), "{what}");
}

/// An error with its causes.
fn why(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests;

//! The guard of the system's proxy settings: a small process of its own that leads them to the proxy
//! and puts them back when the agent dies, however it dies. It hears of that by the end of a pipe.
//! Should the guard be the one that is killed, the agent puts them back and starts another; should
//! both be, the next start does.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use vigil_platform::{
    changes::Changes,
    paths::PathError,
    sysproxy::{Keeper, Lookup, Restored, SysProxyError},
};
use vigil_proto::{
    causes::Causes,
    change::Changed,
    config::{Config, SystemProxy},
};

mod process;
mod served;
mod told;

pub use self::{
    process::run,
    told::{Standing, Told},
};

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

impl Order {
    /// What its following is, in the record.
    fn words(&self) -> String {
        let Self { mode, proxy, hosts } = self;
        match mode {
            Mode::Pac => format!(
                "a script leads the desktop's programs to 127.0.0.1:{proxy} for {} hosts",
                hosts.len()
            ),
            Mode::Manual => format!("the desktop's programs are led to 127.0.0.1:{proxy}"),
        }
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

    /// Puts back what a guard that is no more has left; says why when that cannot be done.
    fn put_back(&self) -> Result<(), String> {
        match self.keeper().and_then(|keeper| keeper.restore()) {
            Ok(None) => Ok(()),
            Ok(Some(restored)) => {
                put_back(&self.state, &restored);
                Ok(())
            }
            Err(error) => {
                warn("the system's proxy settings were not put back", &error);
                Err(why(&error))
            }
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
    /// Waits for neither; how it stands is `told`.
    ///
    /// # Errors
    /// There can be no thread.
    pub fn start(places: Places, order: Option<Order>, told: Told) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sender, ended) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("guard".to_owned()).spawn(move || {
            // Dropped with the thread's end, which is what is waited for.
            let _sender: mpsc::Sender<()> = sender;
            if let Err(why) = places.put_back() {
                told.tell(Standing::Left(why));
            }
            if let Some(order) = order {
                keep(&places, &order, &theirs, &told);
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
fn keep(places: &Places, order: &Order, shared: &Shared, told: &Told) {
    let mut deaths = 0;
    loop {
        let began = Instant::now();
        told.tell(Standing::Beginning);
        match guard(places, order, shared, told) {
            Ok(true) => return,
            Ok(false) => {
                tracing::warn!("the guard of the system's proxy settings was ended");
                told.tell(Standing::Off("their guard was ended".to_owned()));
            }
            Err(error) => {
                warn("the guard of the system's proxy settings cannot be had", &error);
                told.tell(Standing::Off(format!("their guard cannot be had: {}", why(&error))));
            }
        }
        if let Err(why) = places.put_back() {
            told.tell(Standing::Left(why));
        }
        deaths = if began.elapsed() < CALM { deaths + 1 } else { 1 };
        if deaths == DEATHS_MAX {
            tracing::error!("too many guards have died: the system's settings are left alone now");
            if !matches!(told.standing(), Standing::Left(_)) {
                told.tell(Standing::Off("too many of their guards were ended".to_owned()));
            }
            return;
        }
        if shared.is_ending_after(Duration::from_secs(1 << deaths)) {
            return;
        }
    }
}

/// One guard from its start to its end. True when there is to be no other.
fn guard(places: &Places, order: &Order, shared: &Shared, told: &Told) -> io::Result<bool> {
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
    let refused = listen(&mut child, told);
    // Whatever ended its words, it is to end now; nobody waits for one that only closed them.
    shared.lock().pipe = None;
    child.wait()?;
    Ok(refused || shared.lock().is_ending)
}

/// Hears what the guard says until it says no more. True when it refused.
fn listen(child: &mut Child, told: &Told) -> bool {
    let Some(words) = child.stdout.take() else {
        return false;
    };
    let mut refused = false;
    for line in BufReader::new(words.take(LINE_MAX)).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Said::On) => {
                tracing::info!("the system's proxy settings lead to the proxy");
                told.tell(Standing::On);
            }
            Ok(Said::Refused { why }) => {
                refused = true;
                tracing::warn!(%why, "the system's proxy settings are left alone");
                told.tell(Standing::Off(why));
            }
            Ok(Said::Restored { words }) => {
                tracing::info!(%words, "the system's proxy settings were put back");
            }
            Ok(Said::Failed { why }) => {
                tracing::error!(%why, "the system's proxy settings were not put back");
                told.tell(Standing::Left(why));
            }
            Err(_) => tracing::warn!("the guard said something that is not understood"),
        }
    }
    refused
}

/// Says that the settings were put back, and notes it.
fn put_back(state: &Path, restored: &Restored) {
    tracing::info!(%restored, "the system's proxy settings were put back");
    let words = format!("the system's proxy settings were put back: {restored}");
    if let Err(error) = note(state, Changed::SystemProxyOff, &words) {
        warn("that the system's proxy settings were put back could not be noted", &error);
    }
}

/// Notes a change, which the agent has on record from then on or from its next start on.
fn note(state: &Path, what: Changed, words: &str) -> Result<(), PathError> {
    Changes::hold(state)?.note(what, words)
}

fn warn(what: &str, error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(why = %why(error), "{what}");
}

/// An error with its causes.
fn why(error: &(dyn std::error::Error + 'static)) -> String {
    Causes(error).to_string()
}

#[cfg(test)]
mod tests;

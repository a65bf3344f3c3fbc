//! Watching connections: one watch of the kernel's, begun with the first of them and ended with the
//! last, told to each as far as it may know. A connection that is slow loses events, and is told how
//! many; it holds nobody up.

mod queue;

use std::{
    io::{ErrorKind, Read},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use vigil_platform::watch::{self, Options, Watch, WatchError};
use vigil_proto::rpc::{
    BoundedVec, Change, Engine, ExitStatus, Micros, Name, Pid, Refusal, Response, Scope, Uid,
    Unsupported, WatchEvent, WatchEvents,
};

use self::queue::Queue;
use super::{stream::Stream, tables};
use crate::{authorise::Caller, limits::Limits, log};

/// How long to wait before looking whether anybody is still there.
const TURN: Duration = Duration::from_secs(1);
/// Events that come together travel together.
const TOGETHER: Duration = Duration::from_millis(20);

/// The one watch and who is told.
#[derive(Debug)]
pub(super) struct Watching {
    engine: Engine,
    watchers: Mutex<Watchers>,
}

#[derive(Debug, Default)]
struct Watchers {
    all: Vec<Arc<Watcher>>,
    is_running: bool,
}

/// One watching connection.
#[derive(Debug)]
struct Watcher {
    caller: Caller,
    scope: Scope,
    queue: Queue,
}

/// Leaves when it is dropped.
pub(super) struct Joined {
    from: Arc<Watching>,
    watcher: Arc<Watcher>,
}

impl Watching {
    /// Tries once what this machine can do.
    pub(super) fn probe() -> Self {
        let engine = match Watch::start(Options::default()) {
            Ok(_) => Engine::Connector,
            Err(WatchError::NotBuilt) => Engine::Off(Unsupported::NotBuilt),
            Err(error) => {
                log::say(format_args!("reader: no watching: {error}"));
                Engine::Off(Unsupported::ThisMachine)
            }
        };
        Self { engine, watchers: Mutex::default() }
    }

    pub(super) const fn engine(&self) -> Engine {
        self.engine
    }

    /// One more connection that is told; each uid has one.
    pub(super) fn join(self: &Arc<Self>, caller: Caller, scope: Scope) -> Result<Joined, Refusal> {
        if let Engine::Off(why) = self.engine {
            return Err(Refusal::Unsupported(why));
        }
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if watchers.all.iter().any(|other| other.caller.uid == caller.uid) {
            return Err(Refusal::TooMany);
        }
        if !watchers.is_running {
            let watch = Watch::start(Options::default()).map_err(|error| {
                log::say(format_args!("reader: cannot watch: {error}"));
                Refusal::Internal
            })?;
            let hub = Arc::clone(self);
            let thread = thread::Builder::new().name("watch".to_owned());
            thread.spawn(move || hub.tell(&watch)).map_err(|_| Refusal::Internal)?;
            watchers.is_running = true;
        }
        let watcher = Arc::new(Watcher { caller, scope, queue: Queue::default() });
        watchers.all.push(Arc::clone(&watcher));
        Ok(Joined { from: Arc::clone(self), watcher })
    }

    /// Until nobody is left.
    fn tell(&self, watch: &Watch) {
        loop {
            let event = watch.next(TURN);
            let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
            if watchers.all.is_empty() {
                watchers.is_running = false;
                return;
            }
            match event {
                Ok(None) => {}
                Ok(Some(event)) => {
                    for watcher in &watchers.all {
                        watcher.tell(&event);
                    }
                }
                Err(error) => {
                    log::say(format_args!("reader: watching has ended: {error}"));
                    for watcher in watchers.all.drain(..) {
                        watcher.queue.close();
                    }
                    watchers.is_running = false;
                    return;
                }
            }
        }
    }
}

impl Watcher {
    fn tell(&self, event: &watch::Event) {
        match event {
            watch::Event::Lost(lost) => self.queue.lose(lost.kernel.saturating_add(lost.queue)),
            watch::Event::Change(change) => match Uid::new(change.uid.unwrap_or(u32::MAX)) {
                Ok(uid) => {
                    if let Some(event) = self.shown(change, uid) {
                        self.queue.push(event);
                    }
                }
                // It may be one of the caller's.
                Err(_) => self.queue.lose(1),
            },
        }
    }

    /// The event as the caller may see it within its scope.
    fn shown(&self, change: &watch::Change, uid: Uid) -> Option<WatchEvent> {
        let is_own = uid == self.caller.uid;
        if self.scope == Scope::Own && !is_own {
            return None;
        }
        // A program that acts as somebody else has that user's secrets, whoever started it.
        let is_anothers = change.acts_as.is_some_and(|acts_as| acts_as != uid.raw());
        let is_in_full = is_own && !is_anothers || self.scope == Scope::EveryoneInFull;
        let details = change.details.as_ref().filter(|_| is_in_full);
        let event = WatchEvent {
            change: match change.what {
                watch::What::Fork => Change::Fork,
                watch::What::Exec => Change::Exec,
                watch::What::Exit(exit) => Change::Exit {
                    status: Some(match exit {
                        watch::Exit::Code(code) => ExitStatus::Code(code),
                        watch::Exit::Signal(signal) => ExitStatus::Signal(signal),
                    }),
                },
            },
            at: Micros(change.at),
            pid: Pid::new(change.pid).ok()?,
            ppid: change.ppid.and_then(|ppid| Pid::new(ppid).ok()),
            uid,
            started: change.started.map(Micros),
            name: Name::cut(change.name.as_bytes()),
            details: details.cloned().map(tables::details),
        };
        Some(if is_in_full { event } else { event.without_details() })
    }
}

impl Joined {
    /// Sends what happens until the caller is gone. The first frame comes at once, and is empty.
    pub(super) fn serve(&self, stream: &mut Stream, id: u32, limits: &Limits) {
        let mut batch = WatchEvents { lost: 0, events: BoundedVec::default() };
        loop {
            if stream.answer(id, &Response::Watch(batch), limits).is_err() {
                return;
            }
            let silent_until = Instant::now() + limits.silence;
            loop {
                let wait = silent_until.saturating_duration_since(Instant::now());
                if self.watcher.queue.wait(wait.min(TURN)) || wait.is_zero() {
                    break;
                }
                if !is_there(stream) {
                    return;
                }
            }
            if !is_there(stream) {
                return;
            }
            thread::sleep(TOGETHER);
            match self.watcher.queue.take() {
                Some(events) => batch = events,
                None => return,
            }
        }
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let mut watchers = self.from.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.all.retain(|other| !Arc::ptr_eq(other, &self.watcher));
    }
}

/// Whether the caller is still there and, as it should, says nothing.
fn is_there(stream: &Stream) -> bool {
    let mut socket = stream.socket();
    if socket.set_nonblocking(true).is_err() {
        return false;
    }
    let read = socket.read(&mut [0]);
    socket.set_nonblocking(false).is_ok()
        && read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

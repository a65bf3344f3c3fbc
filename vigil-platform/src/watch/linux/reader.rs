//! The reading thread: takes what the kernel has to tell, asks /proc what it does not tell, and puts
//! both into the queue.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};

use rustix::time::ClockId;

use super::{
    super::{Change, Event, Exit, Lost, Options, What, queue::Queue},
    connector::{Connector, Received, wait},
    event::{Heard, Message},
    known::{Known, Process},
};
use crate::process::{
    Details, State,
    imp::{
        details,
        folder::Folder,
        stat::{self, Stat},
    },
};

/// Messages that are taken from the kernel before their turn, at the most.
const WAITING: usize = 64;
/// Messages that are dealt with before the thread looks whether it shall end.
const TURN: usize = 256;
/// Processes whose first thread has ended before the others, at the most.
const HALF_ENDED: usize = 4096;
/// How soon the queue is tried again when somebody was taking from it.
const PUSH_AGAIN: Duration = Duration::from_millis(1);
/// How often it is looked whether those have ended: the kernel does not say.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub(super) struct Reader<'a> {
    queue: &'a Queue,
    options: Options,
    known: Known,
    waiting: VecDeque<(Message, Option<Look>)>,
    /// Not in the queue yet.
    told: Vec<Event>,
    half_ended: BTreeMap<u32, Exit>,
    /// The kernel drops messages, or has just done so.
    is_overrun: bool,
    /// The kernel's count of dropped messages that was told already.
    dropped: Option<u32>,
}

/// What /proc says of a process right after it became a program.
#[derive(Default)]
struct Look {
    details: Details,
    stat: Option<Stat>,
    /// Its real user, and whom it acts as.
    users: Option<(u32, u32)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(queue: &'a Queue, options: Options) -> Self {
        // Without their ends, numbers would be remembered that are another's by now.
        let known = if options.exits { Known::all() } else { Known::default() };
        Self {
            queue,
            options,
            known,
            waiting: VecDeque::with_capacity(WAITING),
            told: Vec::with_capacity(TURN),
            half_ended: BTreeMap::new(),
            is_overrun: false,
            dropped: Some(0),
        }
    }

    /// Reads until `end` is readable, or receiving fails.
    pub(super) fn run(&mut self, connector: &Connector, end: &OwnedFd) {
        // Something may have been dropped since the socket was opened.
        self.is_overrun = connector.dropped().is_some_and(|dropped| dropped > 0);
        loop {
            let again = if !self.waiting.is_empty() {
                Some(Duration::ZERO)
            } else if !self.told.is_empty() {
                Some(PUSH_AGAIN)
            } else {
                (!self.half_ended.is_empty()).then_some(LOOK_AGAIN)
            };
            match wait(&[connector.as_fd(), end.as_fd()], again) {
                Ok([_, true]) | Err(_) => return,
                Ok(_) => {}
            }
            if self.take_in(connector).is_err() {
                return;
            }
            let times = Times::now();
            // Not for ever: somebody may start processes without end, and `end` is to be seen.
            for _ in 0..TURN {
                let Some((message, look)) = self.waiting.pop_front() else {
                    break;
                };
                self.handle(message, look, times);
                if self.take_in(connector).is_err() {
                    return;
                }
            }
            self.look_again();
            self.push();
        }
    }

    /// Puts into the queue what was told. Only when it is much is whoever takes it waited for.
    fn push(&mut self) {
        if !self.told.is_empty() && !self.queue.try_push(&mut self.told) && self.told.len() >= TURN
        {
            self.queue.push(&mut self.told);
        }
    }

    /// Takes what the kernel has for us, and asks about each program at once: this runs between any
    /// two slower steps.
    fn take_in(&mut self, connector: &Connector) -> io::Result<()> {
        while self.waiting.len() < WAITING {
            match connector.receive()? {
                Received::Message(message) => {
                    let look = match message.heard {
                        Heard::Exec { pid } => Some(look_at(pid)),
                        _ => None,
                    };
                    self.waiting.push_back((message, look));
                }
                Received::Overrun => {
                    self.is_overrun = true;
                    self.count_dropped(connector);
                }
                Received::Empty => {
                    // Only now does the kernel cease to drop.
                    if std::mem::take(&mut self.is_overrun) {
                        self.count_dropped(connector);
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Tells how many messages the kernel has dropped since this was last told.
    fn count_dropped(&mut self, connector: &Connector) {
        let now = connector.dropped();
        let more = match (now, self.dropped) {
            (Some(now), Some(before)) => now.wrapping_sub(before),
            // It does not count; one was dropped for sure.
            _ => u32::from(self.is_overrun),
        };
        self.dropped = now;
        if more > 0 {
            self.known.forget();
            self.told.push(Event::Lost(Lost { kernel: more.into(), queue: 0 }));
        }
    }

    fn handle(&mut self, message: Message, look: Option<Look>, times: Times) {
        let at = times.at(message.time);
        match message.heard {
            Heard::Fork { pid, parent } => self.fork(at, pid, parent),
            Heard::Exec { pid } => self.exec(at, pid, look.unwrap_or_default()),
            Heard::User { pid, uid } => self.known.set_user(pid, uid),
            Heard::Exit { pid, how } => self.exit(at, pid, how),
            Heard::Answer { .. } | Heard::Nothing => {}
        }
    }

    fn fork(&mut self, at: i64, pid: u32, parent: u32) {
        if !self.options.forks {
            return;
        }
        let parents = self.known.of(parent);
        let folder = Folder::open(pid).ok();
        let stat = folder.as_ref().and_then(|folder| folder.stat().ok());
        let uid = parents.and_then(|parent| parent.uid);
        let process = Process {
            ppid: Some(parent),
            uid: uid.or_else(|| folder.and_then(|folder| Some(folder.users().ok()?.0))),
            started: stat.and_then(started),
            name: stat
                .map(|stat| stat.name)
                .or(parents.map(|parent| parent.name))
                .unwrap_or_default(),
        };
        self.remember(pid, process);
        self.tell(What::Fork, at, pid, process, None);
    }

    fn exec(&mut self, at: i64, pid: u32, look: Look) {
        self.half_ended.remove(&pid);
        let known = self.known.of(pid).unwrap_or_default();
        let process = Process {
            ppid: known.ppid.or_else(|| look.stat.and_then(parent)),
            uid: look.users.map(|(real, _)| real).or(known.uid),
            started: look.stat.and_then(started).or(known.started),
            name: look.stat.map(|stat| stat.name).unwrap_or_default(),
        };
        self.remember(pid, process);
        let acts_as = look.users.map(|(_, effective)| effective);
        self.tell(What::Exec, at, pid, process, Some((look.details, acts_as)));
    }

    /// The first thread has ended. With it the process, unless others of its threads go on, or one
    /// of them became another program in its place.
    fn exit(&mut self, at: i64, pid: u32, how: Exit) {
        if !self.options.exits {
            return;
        }
        match stat_of(pid) {
            Some(stat) if !self.is_another(pid, stat) => {
                if stat.state != State::Ended {
                    return;
                }
                if stat.threads > 1 && self.half_ended.len() < HALF_ENDED {
                    self.half_ended.insert(pid, how);
                    return;
                }
                self.ended(at, pid, how, Some(stat));
            }
            _ => self.ended(at, pid, how, None),
        }
    }

    fn look_again(&mut self) {
        if self.half_ended.is_empty() {
            return;
        }
        let now = Times::now().since_1970 / 1000;
        let waiting = std::mem::take(&mut self.half_ended);
        for (pid, how) in waiting {
            match stat_of(pid) {
                Some(stat) if !self.is_another(pid, stat) => {
                    if stat.state != State::Ended {
                        continue;
                    }
                    if stat.threads > 1 {
                        self.half_ended.insert(pid, how);
                        continue;
                    }
                    self.ended(now, pid, how, Some(stat));
                }
                _ => self.ended(now, pid, how, None),
            }
        }
    }

    fn ended(&mut self, at: i64, pid: u32, how: Exit, stat: Option<Stat>) {
        let known = self.known.of(pid);
        let process = known.unwrap_or_else(|| Process {
            ppid: stat.and_then(parent),
            uid: stat.and_then(|_| Some(Folder::open(pid).ok()?.users().ok()?.0)),
            started: stat.and_then(started),
            name: stat.map(|stat| stat.name).unwrap_or_default(),
        });
        self.known.remove(pid);
        self.tell(What::Exit(how), at, pid, process, None);
    }

    /// Whether the number is another process's than the one that is remembered.
    fn is_another(&self, pid: u32, stat: Stat) -> bool {
        let known = self.known.of(pid).and_then(|process| process.started);
        known.is_some_and(|known| started(stat) != Some(known))
    }

    fn remember(&mut self, pid: u32, process: Process) {
        if self.options.exits {
            self.known.put(pid, process);
        }
    }

    /// `program` is what it is about, and whom it acts as.
    fn tell(
        &mut self,
        what: What,
        at: i64,
        pid: u32,
        process: Process,
        program: Option<(Details, Option<u32>)>,
    ) {
        let Process { ppid, uid, started, name } = process;
        let (details, acts_as) = program.map_or((None, None), |(details, by)| (Some(details), by));
        let change = Change { what, at, pid, ppid, uid, acts_as, started, name, details };
        self.told.push(Event::Change(change));
    }
}

/// The details first: they are gone when the process ends, the rest when it was waited for. The
/// folder is opened once, so that all is of one process. The user is asked anew each time: what is
/// remembered may be older than events that still wait.
fn look_at(pid: u32) -> Look {
    let Ok(folder) = Folder::open(pid) else {
        return Look::default();
    };
    Look { details: details::read(&folder), stat: folder.stat().ok(), users: folder.users().ok() }
}

fn stat_of(pid: u32) -> Option<Stat> {
    Folder::open(pid).ok()?.stat().ok()
}

fn started(stat: Stat) -> Option<i64> {
    stat::started(stat.start_ticks).ok()
}

fn parent(stat: Stat) -> Option<u32> {
    (stat.ppid != 0).then_some(stat.ppid)
}

/// The two clocks, read together: the kernel tells times since the boot.
#[derive(Clone, Copy)]
struct Times {
    since_boot: i64,
    since_1970: i64,
}

impl Times {
    fn now() -> Self {
        let nanos = |clock| {
            let now = rustix::time::clock_gettime(clock);
            now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec)
        };
        Self { since_boot: nanos(ClockId::Monotonic), since_1970: nanos(ClockId::Realtime) }
    }

    /// Microseconds since 1970 of nanoseconds since the boot.
    fn at(self, since_boot: u64) -> i64 {
        let since_boot = i64::try_from(since_boot).unwrap_or(i64::MAX);
        let ago = self.since_boot.saturating_sub(since_boot);
        self.since_1970.saturating_sub(ago) / 1000
    }
}

#[cfg(test)]
#[path = "reader/tests.rs"]
mod tests;

//! Starts processes that live for about a millisecond, each with arguments of its own, and prints
//! how many of them were caught in full (arguments, folder, file, parent and user) by each engine,
//! and what that cost.
//!
//! `cargo run --release -p vigil-platform --example burst -- [PROCESSES] [AT ONCE]`
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    ops::ControlFlow,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use vigil_platform::{
    process::{self, Details},
    watch::{Counters, Event, Options, Priority, Watch, What},
};

/// A program that ends at once.
const PROGRAM: &str = "/bin/true";
/// What the engine that reads the table again and again waits in between.
const PERIOD: Duration = Duration::from_millis(20);

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<usize>());
    let processes = numbers.next().transpose()?.unwrap_or(1000);
    let at_once = numbers.next().transpose()?.unwrap_or(1).max(1);
    println!("{processes} processes, {at_once} at once, as uid {}", process::uid());
    let burst = Burst::new(processes, at_once)?;
    for wanted in [Priority::Realtime, Priority::Nice, Priority::Normal] {
        for (events, forks_and_exits) in [("all", true), ("exec", false)] {
            burst.watched(wanted, events, forks_and_exits)?;
        }
    }
    burst.polled()
}

struct Burst {
    processes: usize,
    at_once: usize,
    folder: PathBuf,
    file: PathBuf,
}

/// What was seen of one process.
struct Seen {
    details: Details,
    ppid: Option<u32>,
    uid: Option<u32>,
}

impl Burst {
    fn new(processes: usize, at_once: usize) -> Result<Self, Failure> {
        let folder = fs::canonicalize(std::env::temp_dir())?;
        Ok(Self { processes, at_once, folder, file: fs::canonicalize(PROGRAM)? })
    }

    fn watched(&self, priority: Priority, events: &str, both: bool) -> Result<(), Failure> {
        let options = Options { priority, forks: both, exits: both, ..Options::default() };
        let watch = Watch::start(options)?;
        if watch.priority() != priority {
            println!("proc connector, {priority}: not permitted here");
            return Ok(());
        }
        let is_over = AtomicBool::new(false);
        let (took, seen) = thread::scope(|scope| {
            let taker = scope.spawn(|| take(&watch, &is_over));
            let took = self.start_all();
            // What is still on its way.
            thread::sleep(Duration::from_millis(300));
            is_over.store(true, Ordering::Relaxed);
            (took, taker.join())
        });
        let seen = seen.map_err(|_| "the taking thread panicked")??;
        let cpu = cpu_of("vigil-watch")?;
        let Counters { execs, lost, .. } = watch.counters();
        self.report(
            &format!("proc connector ({events}), {priority}"),
            &seen,
            took?,
            cpu,
            &format!("; {execs} exec events of the whole machine, lost {lost:?}"),
        );
        Ok(())
    }

    fn polled(&self) -> Result<(), Failure> {
        let is_over = AtomicBool::new(false);
        let (took, seen, cpu) = thread::scope(|scope| -> Result<_, Failure> {
            let reader = thread::Builder::new().name("poll".to_owned());
            let reader = reader.spawn_scoped(scope, || -> Result<_, Failure> {
                Ok((poll(&is_over)?, cpu_of("poll")?))
            })?;
            let took = self.start_all();
            is_over.store(true, Ordering::Relaxed);
            let (seen, cpu) = reader.join().map_err(|_| "the polling thread panicked")??;
            Ok((took?, seen, cpu))
        })?;
        self.report(&format!("table every {PERIOD:?}"), &seen, took, cpu, "");
        Ok(())
    }

    /// Starts them all, and gives the time that one took.
    fn start_all(&self) -> Result<Duration, Failure> {
        let begin = Instant::now();
        thread::scope(|scope| {
            let starters: Vec<_> =
                (0..self.at_once).map(|first| scope.spawn(move || self.start(first))).collect();
            for starter in starters {
                starter.join().map_err(|_| "a starting thread panicked")??;
            }
            Ok(begin.elapsed() / u32::try_from(self.processes)?)
        })
    }

    fn start(&self, first: usize) -> Result<(), Failure> {
        for number in (first..self.processes).step_by(self.at_once) {
            let mut child = Command::new(PROGRAM);
            child.args(words(number)).current_dir(&self.folder).env_clear();
            child.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        }
        Ok(())
    }

    fn report(
        &self,
        engine: &str,
        seen: &BTreeMap<Vec<u8>, Seen>,
        took: Duration,
        cpu: Duration,
        more: &str,
    ) {
        let (us, uid) = (std::process::id(), process::uid());
        let is = |part: &Option<Vec<u8>>, path: &Path| {
            part.as_deref() == Some(path.as_os_str().as_bytes())
        };
        let argvs: BTreeSet<Vec<u8>> = (0..self.processes).map(argv).collect();
        let full = seen.iter().filter(|(argv, seen)| {
            argvs.contains(*argv)
                && is(&seen.details.exe, &self.file)
                && is(&seen.details.cwd, &self.folder)
                && seen.ppid == Some(us)
                && seen.uid == Some(uid)
        });
        let (full, all) = (full.count(), self.processes);
        println!("{engine}: {full} of {all} in full, {took:.2?} each, reader {cpu:.2?} CPU{more}");
    }
}

fn words(number: usize) -> [String; 2] {
    [format!("number {number}"), "--with=a b".to_owned()]
}

fn argv(number: usize) -> Vec<u8> {
    let [first, second] = words(number);
    format!("{PROGRAM}\0{first}\0{second}\0").into_bytes()
}

/// What is told until `is_over`, by arguments.
fn take(watch: &Watch, is_over: &AtomicBool) -> Result<BTreeMap<Vec<u8>, Seen>, Failure> {
    let mut seen = BTreeMap::new();
    while !is_over.load(Ordering::Relaxed) {
        let Some(Event::Change(change)) = watch.next(Duration::from_millis(50))? else {
            continue;
        };
        if change.what == What::Exec
            && let Some(details) = change.details
            && let Some(argv) = details.argv.clone()
        {
            seen.insert(argv, Seen { details, ppid: change.ppid, uid: change.uid });
        }
    }
    Ok(seen)
}

fn poll(is_over: &AtomicBool) -> Result<BTreeMap<Vec<u8>, Seen>, Failure> {
    let mut seen = BTreeMap::new();
    while !is_over.load(Ordering::Relaxed) {
        process::table(0, |row| {
            if let Ok(details) = process::details(row.pid, row.started)
                && let Some(argv) = details.argv.clone()
            {
                seen.insert(argv, Seen { details, ppid: row.ppid, uid: Some(row.uid) });
            }
            ControlFlow::Continue(())
        })?;
        thread::sleep(PERIOD);
    }
    Ok(seen)
}

/// What our thread of this name has used so far.
fn cpu_of(name: &str) -> Result<Duration, Failure> {
    for thread in fs::read_dir("/proc/self/task")? {
        let thread = thread?.path();
        if fs::read_to_string(thread.join("comm"))?.trim_end() == name {
            let times = fs::read_to_string(thread.join("schedstat"))?;
            let ran = times.split_whitespace().next().ok_or("no time in schedstat")?;
            return Ok(Duration::from_nanos(ran.parse()?));
        }
    }
    Err(format!("no thread named {name}").into())
}

//! Real processes that these tests start themselves. Where the kernel sends no events (another
//! network namespace, a container) they say so.

use std::{
    fs,
    io::Write,
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use super::*;

/// A watch, unless there can be none here.
fn watch(options: Options) -> Option<Watch> {
    match Watch::start(options) {
        Ok(watch) => Some(watch),
        Err(error) => {
            let is_expected = matches!(
                error,
                WatchError::OtherNetwork
                    | WatchError::Unanswered
                    | WatchError::NotAllowed(_)
                    | WatchError::NotBuilt
            );
            assert!(is_expected, "{error:?}");
            println!("skipped: {error}");
            None
        }
    }
}

/// How long anything is waited for; it bounds hanging and measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everything that is told of `pid` until it ends.
fn life_of(watch: &Watch, pid: u32) -> Vec<Change> {
    life_until(watch, pid, |what| matches!(what, What::Exit(_)))
}

/// Everything that is told of `pid` until something `is_last`.
fn life_until(watch: &Watch, pid: u32, is_last: impl Fn(What) -> bool) -> Vec<Change> {
    let until = Instant::now() + PATIENCE;
    let mut life = Vec::new();
    while Instant::now() < until {
        match watch.next(Duration::from_secs(1)).unwrap() {
            Some(Event::Change(change)) if change.pid == pid => {
                let is_last = is_last(change.what);
                life.push(change);
                if is_last {
                    return life;
                }
            }
            Some(Event::Lost(lost)) => panic!("{lost:?} after {life:?}"),
            Some(Event::Change(_)) | None => {}
        }
    }
    panic!("not all of {pid}: {life:?}");
}

fn what(life: &[Change]) -> Vec<What> {
    life.iter().map(|change| change.what).collect()
}

/// A shell that waits for a line and then does `script`.
fn shell(script: &str, folder: &Path) -> Child {
    Command::new("/bin/sh")
        .args(["-c", &format!("read x; {script}"), "a b", "", "\u{e9}"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

fn go_on(child: &mut Child) {
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
}

#[test]
fn a_child_is_told_from_its_beginning_to_its_end() {
    let Some(watch) = watch(Options::default()) else { return };
    let folder = tempfile::tempdir().unwrap();

    let mut child = shell("exit 7", folder.path());
    let pid = child.id();
    let row = crate::process::row(pid).unwrap();
    // The shell lives until it was read, so that all of it must be known.
    let mut life = life_until(&watch, pid, |what| what == What::Exec);
    go_on(&mut child);
    child.wait().unwrap();
    life.extend(life_of(&watch, pid));

    assert_eq!(what(&life), [What::Fork, What::Exec, What::Exit(Exit::Code(7))]);
    for change in &life {
        assert_eq!(change.ppid, Some(std::process::id()), "{change:?}");
        assert_eq!(change.uid, Some(crate::process::uid()), "{change:?}");
    }
    let [_, exec, end] = &life[..] else { unreachable!() };
    assert!(exec.is_complete(), "{exec:?}");
    assert_eq!((exec.started, end.started), (Some(row.started), Some(row.started)));
    assert_eq!(exec.name.as_bytes(), b"sh");
    let details = exec.details.as_ref().unwrap();
    let argv = "/bin/sh\0-c\0read x; exit 7\0a b\0\0\u{e9}\0";
    assert_eq!(details.argv.as_deref(), Some(argv.as_bytes()));
    let path = |path: &Path| Some(fs::canonicalize(path).unwrap().as_os_str().as_bytes().to_vec());
    assert_eq!(details.exe, path(Path::new("/bin/sh")));
    assert_eq!(details.cwd, path(folder.path()));
    assert!(life.is_sorted_by_key(|change| change.at));
    assert!((end.at - row.started).abs() < 3_600_000_000, "{end:?}");
}

#[test]
fn an_end_by_a_signal_is_told() {
    let Some(watch) = watch(Options::default()) else { return };
    let mut child = shell("exit 7", Path::new("/"));

    child.kill().unwrap();
    child.wait().unwrap();

    let life = life_of(&watch, child.id());
    assert_eq!(life.last().map(|change| change.what), Some(What::Exit(Exit::Signal(9))));
}

#[test]
fn only_programs_are_told_when_nothing_else_is_wanted() {
    let Some(watch) = watch(Options { forks: false, exits: false, ..Options::default() }) else {
        return;
    };
    let children: Vec<u32> = (0..3)
        .map(|_| {
            let mut child = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
            child.wait().unwrap();
            child.id()
        })
        .collect();

    let mut told = Vec::new();
    while told.len() < children.len() {
        let event = watch.next(Duration::from_secs(30)).unwrap().unwrap();
        let Event::Change(change) = event else { panic!("{event:?}") };
        assert_eq!(change.what, What::Exec);
        if children.contains(&change.pid) {
            told.push(change.pid);
        }
    }

    assert_eq!(told, children);
}

/// What the process below is to do; in an ordinary run it has nothing to do.
const ROLE: &str = "VIGIL_TEST_WATCH_ROLE";

fn ourselves_as(role: &str) -> Command {
    let mut us = Command::new(std::env::current_exe().unwrap());
    us.args(["--exact", "watch::tests::part_in_a_process_of_its_own", "--nocapture"]);
    us.env(ROLE, role).stdin(Stdio::null());
    us
}

/// Not a test by itself: what others need a process of its own for.
#[test]
fn part_in_a_process_of_its_own() {
    match std::env::var(ROLE).as_deref() {
        // Not by the first thread, whose place this one then takes.
        Ok("exec") => {
            let thread = std::thread::spawn(|| {
                let error = Command::new("/bin/sh").args(["-c", "exit 3"]).exec();
                panic!("{error}");
            });
            thread.join().unwrap();
        }
        Ok("threads") => {
            for _ in 0..50 {
                std::thread::spawn(|| {}).join().unwrap();
            }
        }
        Ok("start") => match Watch::start(Options::default()) {
            Ok(watch) => println!("\nstarted with {}", watch.priority()),
            Err(error) => println!("\nrefused: {error:?}"),
        },
        _ => {}
    }
}

#[test]
fn a_thread_that_becomes_a_program_does_not_end_its_process() {
    let Some(watch) = watch(Options::default()) else { return };
    let mut child = ourselves_as("exec").stdout(Stdio::null()).spawn().unwrap();

    child.wait().unwrap();

    let life = life_of(&watch, child.id());
    let expected = [What::Fork, What::Exec, What::Exec, What::Exit(Exit::Code(3))];
    assert_eq!(what(&life), expected);
}

#[test]
fn threads_are_no_processes() {
    let Some(watch) = watch(Options::default()) else { return };
    let mut child = ourselves_as("threads").stdout(Stdio::null()).spawn().unwrap();

    child.wait().unwrap();

    let life = life_of(&watch, child.id());
    assert_eq!(what(&life), [What::Fork, What::Exec, What::Exit(Exit::Code(0))]);
}

#[test]
fn another_network_namespace_is_refused_by_its_name() {
    if watch(Options::default()).is_none() {
        return;
    }
    if crate::process::uid() != 0 {
        return println!("skipped: another network namespace takes root");
    }
    let us = ourselves_as("start");
    let output = Command::new("unshare")
        .arg("-n")
        .arg(us.get_program())
        .args(us.get_args())
        .env(ROLE, "start")
        .output();
    let Ok(output) = output else { return println!("skipped: no program unshare") };

    let words = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return println!("skipped: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(words.contains("refused: OtherNetwork"), "{words}");
}

#[test]
fn a_slow_taker_is_told_what_it_missed() {
    let Some(watch) = watch(Options { queue_events: 4, ..Options::default() }) else { return };
    for _ in 0..10 {
        Command::new("true").stdin(Stdio::null()).status().unwrap();
    }
    // Three events for each, of which four were kept.
    let until = Instant::now() + PATIENCE;
    while watch.counters().lost.queue < 26 {
        assert!(Instant::now() < until, "{:?}", watch.counters());
        std::thread::sleep(Duration::from_millis(20));
    }

    // Other programs of this machine may be missed at any time, so that only the least is known.
    let missed = watch.counters().lost.queue;
    let mut told = 0;
    while told < missed {
        assert!(Instant::now() < until, "{told} of {missed}");
        if let Some(Event::Lost(lost)) = watch.next(Duration::from_millis(100)).unwrap() {
            told += lost.queue;
        }
    }
    assert!(told <= watch.counters().lost.queue, "{told}, {:?}", watch.counters());
}

#[test]
fn a_watch_that_is_let_go_ends_at_once() {
    for _ in 0..3 {
        // The one before has gone by now, or its thread would be waited for without an end.
        let Some(watch) = watch(Options::default()) else { return };
        assert!(watch.receive_buffer() > 0);
    }
}

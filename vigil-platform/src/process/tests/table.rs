//! The table, looked at through processes that these tests start themselves.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    os::unix::ffi::OsStrExt,
    process::{Child, ChildStdin, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use super::super::*;

/// Runs until it is told something, then ends.
struct Waiting {
    child: Child,
    tell: ChildStdin,
}

impl Waiting {
    fn new(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a child");
        let tell = child.stdin.take().expect("its input");
        Self { child, tell }
    }

    /// A shell with these arguments, once it has become one.
    fn shell(script: &str, arguments: &[&OsStr]) -> Self {
        let mut command = Command::new("/bin/sh");
        Self::new(command.args(["-c", script]).args(arguments))
    }

    fn details_once(&self, is_it: impl Fn(&Details) -> bool) -> Details {
        let row = row(self.child.id()).unwrap();
        loop {
            if let Ok(details) = details(row.pid, row.started)
                && is_it(&details)
            {
                return details;
            }
            std::thread::yield_now();
        }
    }

    fn end(mut self) {
        drop(self.tell);
        self.child.wait().unwrap();
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_micros().try_into().unwrap()
}

/// Every row, or nothing where this platform has none yet.
fn all(after: u32) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    let walked = table(after, |row| {
        rows.push(*row);
        ControlFlow::Continue(())
    });
    match walked {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            println!("skipped: {error}");
            None
        }
        walked => {
            walked.unwrap();
            Some(rows)
        }
    }
}

#[test]
fn we_are_in_the_table_as_we_are() {
    let Some(rows) = all(0) else { return };

    let ours = rows.iter().find(|row| row.pid == std::process::id()).unwrap();

    assert_eq!(ours.ppid, Some(std::os::unix::process::parent_id()));
    assert_eq!(ours.uid, uid());
    assert_eq!(ours.effective_uid, rustix::process::geteuid().as_raw());
    assert!(ours.rss > 64 * 1024 && ours.rss < 1 << 40, "{ours:?}");
    // The boot's time has whole seconds.
    assert!(ours.started <= now() && ours.started > now() - 3_600_000_000, "{ours:?}");
    assert_eq!(row(ours.pid).unwrap().started, ours.started);
}

#[test]
fn rows_come_in_rising_order_from_where_one_wants() {
    let Some(rows) = all(0) else { return };
    assert!(rows.is_sorted_by(|a, b| a.pid < b.pid));

    let (after, mut seen) = (std::process::id() - 1, Vec::new());
    table(after, |row| {
        seen.push(row.pid);
        ControlFlow::Break(())
    })
    .unwrap();

    assert_eq!(seen, [std::process::id()]);
    assert!(all(u32::MAX).unwrap().is_empty());
}

#[test]
fn a_hostile_name_hides_nothing() {
    if all(0).is_none() {
        return;
    }
    let script = "printf 'a) R (b\\n' > /proc/$$/comm; read x";
    let shell = Waiting::shell(script, &[]);
    let pid = shell.child.id();

    while row(pid).unwrap().name.as_bytes() != b"a) R (b\n" {
        std::thread::yield_now();
    }

    let found = row(pid).unwrap();
    assert_eq!((found.ppid, found.uid), (Some(std::process::id()), uid()));
    assert_ne!(found.state, State::Other);
    assert_eq!(format!("{:?}", found.name), r#""a) R (b\n""#);
    shell.end();
}

#[test]
fn one_that_has_ended_is_there_without_details_until_it_is_waited_for() {
    if all(0).is_none() {
        return;
    }
    let mut child = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
    let found = loop {
        let found = row(child.id()).unwrap();
        if found.state == State::Ended {
            break found;
        }
        std::thread::yield_now();
    };

    let nothing = details(found.pid, found.started).unwrap();

    assert_eq!((nothing.argv, nothing.exe, nothing.cwd), (None, None, None));
    child.wait().unwrap();
    assert!(matches!(row(found.pid), Err(ProcessError::Gone)));
    assert!(matches!(details(found.pid, found.started), Err(ProcessError::Gone)));
    assert!(matches!(row(0), Err(ProcessError::Gone)));
}

#[test]
fn arguments_are_told_byte_for_byte() {
    if all(0).is_none() {
        return;
    }
    let odd = [&b"a  b"[..], b"", b"\xff\xfe", b"line\nline", b"--x=\x1b[2J", b""];
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "read x"]).args(odd.map(OsStr::from_bytes)).current_dir(&folder);
    let shell = Waiting::new(&mut command);

    let details = shell.details_once(|details| {
        details.argv.as_ref().is_some_and(|argv| argv.starts_with(b"/bin/sh\0"))
    });

    let mut expected = b"/bin/sh\0-c\0read x\0".to_vec();
    expected.extend(odd.iter().flat_map(|word| word.iter().chain(b"\0")));
    assert_eq!(details.argv, Some(expected));
    assert!(!details.argv_cut && details.is_complete());
    let path = |path: &std::path::Path| {
        Some(fs::canonicalize(path).unwrap().as_os_str().as_bytes().to_vec())
    };
    assert_eq!(details.cwd, path(folder.path()));
    assert_eq!(details.exe, path("/bin/sh".as_ref()));
    assert!(!format!("{details:?}").contains("read"), "arguments are not for logs");
    shell.end();
}

#[test]
fn a_huge_argument_is_cut_and_says_so() {
    if all(0).is_none() {
        return;
    }
    let huge = "x".repeat(100_000);
    let mut shell = Waiting::shell("read x", &[OsStr::new(&huge)]);

    let details = shell.details_once(|details| details.argv_cut);

    assert_eq!(details.argv.unwrap().len(), ARGV_BYTES);
    shell.tell.write_all(b"\n").unwrap();
    shell.end();
}

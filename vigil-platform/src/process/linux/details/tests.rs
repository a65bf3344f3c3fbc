use std::{
    io::Write,
    process::{Child, Command, Stdio},
};

use super::*;

/// A shell that reads a line and then becomes what `script` says.
fn shell(script: &str) -> Child {
    Command::new("/bin/sh")
        .args(["-c", script, "a"])
        .env("AGAIN", script)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

fn started(child: &Child) -> i64 {
    super::super::row(child.id()).unwrap().started
}

/// Lets the shell become another program, and waits until it has.
fn go_on(child: &mut Child) {
    let folder = Folder::open(child.id()).unwrap();
    let before = folder.stat().unwrap().image;
    child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    while folder.stat().unwrap().image == before {
        std::thread::yield_now();
    }
}

/// Until the shell is itself: before, it is still a copy of this test.
fn wait_for(child: &Child, argv: &[u8]) {
    let folder = Folder::open(child.id()).unwrap();
    while !read(&folder).argv.is_some_and(|found| found.starts_with(argv)) {
        std::thread::yield_now();
    }
}

#[test]
fn a_program_that_changes_meanwhile_is_read_again() {
    let mut child = shell("read x; exec sleep 600");
    wait_for(&child, b"/bin/sh\0");
    let (pid, started) = (child.id(), started(&child));
    let mut times = 0;

    let details = details_with(pid, started, || {
        times += 1;
        if times == 1 {
            go_on(&mut child);
        }
    })
    .unwrap();

    // The kernel sets a new program up in steps; one that is in the middle of it is read once more.
    assert!(times >= 2, "{times}");
    assert_eq!(details.argv.as_deref(), Some(&b"sleep\x00600\0"[..]));
    assert_ne!(details.exe, read(&Folder::open(std::process::id()).unwrap()).exe);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_program_that_never_stays_the_same_has_no_details() {
    // Each one has a longer name than the one before, so its arguments are elsewhere.
    let mut child = shell("read x; exec /bin/sh -c \"$AGAIN\" \"a$0\"");
    wait_for(&child, b"/bin/sh\0");
    let (pid, started) = (child.id(), started(&child));

    let details = details_with(pid, started, || go_on(&mut child));

    assert!(matches!(details, Err(ProcessError::Changing)), "{details:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_process_that_ends_meanwhile_has_no_details() {
    let mut child = shell("read x");
    wait_for(&child, b"/bin/sh\0");
    let (pid, started) = (child.id(), started(&child));

    let details = details_with(pid, started, || {
        child.kill().unwrap();
        child.wait().unwrap();
    });

    assert!(matches!(details, Err(ProcessError::Gone)), "{details:?}");
}

#[test]
fn another_process_of_the_same_number_is_not_the_one_asked_for() {
    let mut child = shell("read x");
    let started = started(&child);

    let details = details(child.id(), started - 10_000);

    assert!(matches!(details, Err(ProcessError::Gone)), "{details:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn arguments_have_their_ends_and_their_limit() {
    assert_eq!(whole(Vec::new()), (None, false));
    assert_eq!(whole(b"a\0".to_vec()), (Some(b"a\0".to_vec()), false));
    assert_eq!(whole(b"a title".to_vec()), (Some(b"a title\0".to_vec()), false));
    assert_eq!(whole(vec![b'x'; ARGV_BYTES]), (Some(vec![b'x'; ARGV_BYTES]), false));
    assert_eq!(whole(vec![b'x'; ARGV_BYTES + 1]), (Some(vec![b'x'; ARGV_BYTES]), true));
}

//! Waiting for the first of several things, none of which is read; or for a program's end.

use std::{
    io,
    os::fd::BorrowedFd,
    process::{Child, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
    process::{Pid, Signal, kill_process_group},
};

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub enum For<'a> {
    /// There is something to read, or never will be again.
    Bytes(BorrowedFd<'a>),
    /// The other side of a connection has closed it, or its half of it.
    Close(BorrowedFd<'a>),
}

/// A side that only stops talking is told apart by Linux alone; elsewhere the whole must be closed.
#[cfg(target_os = "linux")]
const CLOSE: PollFlags = PollFlags::RDHUP;
#[cfg(not(target_os = "linux"))]
const CLOSE: PollFlags = PollFlags::empty();

impl<'a> For<'a> {
    fn asked(self) -> PollFd<'a> {
        match self {
            Self::Bytes(fd) => PollFd::from_borrowed_fd(fd, PollFlags::IN),
            Self::Close(fd) => PollFd::from_borrowed_fd(fd, CLOSE),
        }
    }
}

/// Which of these have come to pass, once one has or it is `by`.
///
/// # Errors
/// The operating system refused.
pub fn first(of: &[For<'_>], by: Option<Instant>) -> io::Result<Vec<bool>> {
    let mut asked: Vec<_> = of.iter().map(|what| what.asked()).collect();
    loop {
        let left = by.map(|by| left(by.saturating_duration_since(Instant::now())));
        match rustix::event::poll(&mut asked, left.as_ref()) {
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(asked.iter().map(|asked| !asked.revents().is_empty()).collect())
}

/// How often it is looked at whether a program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How `child` ended; nothing when it runs still and it is `by`.
pub(crate) fn end_of(child: &mut Child, by: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= by {
            return Ok(status);
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Ends `child`, which leads a group of its own, with all that it has started and that did not leave
/// the group. Nobody has waited for it yet, so its number is its own.
pub(crate) fn end_group(child: &mut Child) -> io::Result<()> {
    kill_process_group(Pid::from_child(child), Signal::KILL)?;
    child.wait()?;
    Ok(())
}

fn left(left: Duration) -> Timespec {
    Timespec {
        tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::fd::AsFd, os::unix::net::UnixStream};

    use super::*;

    #[test]
    fn bytes_are_waited_for_and_left_there() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let (still, _open) = UnixStream::pair().unwrap();
        far.write_all(b"x").unwrap();

        for _ in 0..2 {
            let ready = first(&[For::Bytes(still.as_fd()), For::Bytes(near.as_fd())], None);
            assert_eq!(ready.unwrap(), [false, true]);
        }
    }

    #[test]
    fn what_is_said_is_no_end() {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(b"x").unwrap();

        let ready = first(&[For::Close(near.as_fd())], Some(Instant::now()));
        assert_eq!(ready.unwrap(), [false]);

        drop(far);
        assert_eq!(first(&[For::Close(near.as_fd())], None).unwrap(), [true]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_says_nothing_more_has_closed() {
        let (near, far) = UnixStream::pair().unwrap();
        far.shutdown(std::net::Shutdown::Write).unwrap();

        assert_eq!(first(&[For::Close(near.as_fd())], None).unwrap(), [true]);
    }
}

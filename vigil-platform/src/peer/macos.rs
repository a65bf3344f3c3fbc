//! macOS: `LOCAL_PEERCRED` for the user, `LOCAL_PEERTOKEN` for the process, and a kqueue that waits
//! for its end. Layouts from `sys/ucred.h` and `mach/message.h`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::kqueue::{Event, EventFilter, EventFlags, ProcessEvents, kevent, kqueue};
use rustix::process::Pid;

use super::{Peer, PeerError, ask};
use crate::socket::option;

/// `sys/un.h`.
const SOL_LOCAL: i32 = 0;
/// `sys/ucred.h`.
const XUCRED_VERSION: u32 = 0;

// `struct xucred` is read as words: version, uid, a count in half a word, then the groups.
const XUCRED_WORDS: usize = 19;
const _: () = assert!(size_of::<libc::xucred>() == XUCRED_WORDS * 4);
const _: () = assert!(std::mem::offset_of!(libc::xucred, cr_uid) == 4);
const _: () = assert!(std::mem::offset_of!(libc::xucred, cr_groups) == 12);

pub(super) fn of(socket: BorrowedFd<'_>) -> Result<Peer, PeerError> {
    let credentials: [u32; XUCRED_WORDS] =
        option::words(socket, SOL_LOCAL, libc::LOCAL_PEERCRED).map_err(ask("LOCAL_PEERCRED"))?;
    let [version, uid, _count, gid, ..] = credentials;
    if version != XUCRED_VERSION || uid == u32::MAX {
        return Err(PeerError::Missing);
    }
    // `audit_token_t`: audit user, user, group, real user, real group, process, session, version of
    // the process's number.
    let [_, now_uid, _, _, _, pid, _, _] =
        option::words(socket, SOL_LOCAL, libc::LOCAL_PEERTOKEN).map_err(ask("LOCAL_PEERTOKEN"))?;
    if now_uid != uid {
        return Err(PeerError::Ambiguous);
    }
    if pid == 0 {
        return Err(PeerError::Missing);
    }
    Ok(Peer { uid, gid, pid, end: end_of(pid)? })
}

/// A kqueue that becomes readable when `pid` ends; one that is readable at once when it has.
#[expect(unsafe_code, reason = "kevent takes descriptors by number")]
fn end_of(pid: u32) -> Result<Option<OwnedFd>, PeerError> {
    let Some(number) = pid.try_into().ok().and_then(Pid::from_raw) else {
        return Err(PeerError::Missing);
    };
    let queue = kqueue().map_err(|errno| ask("kqueue")(errno.into()))?;
    let filter = EventFilter::Proc { pid: number, flags: ProcessEvents::EXIT };
    let event = Event::new(filter, EventFlags::ADD, std::ptr::null_mut());
    let mut none: [Event; 0] = [];
    // SAFETY: the change names a process and no descriptor, so none can be closed under it.
    let added = unsafe { kevent(queue.as_fd(), &[event], &mut none[..], None) };
    match added {
        Ok(_) => Ok(Some(queue)),
        // It has ended already: whoever connected is gone, and nobody is served.
        Err(rustix::io::Errno::SRCH) => Err(PeerError::Missing),
        Err(errno) => Err(ask("EVFILT_PROC")(errno.into())),
    }
}

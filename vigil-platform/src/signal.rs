//! Waiting for signals as for anything else, without a handler that runs in the middle of things.

use std::{io, mem::MaybeUninit, ptr};

/// What a process of the daemon waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A child has ended.
    Child,
    /// The service manager (or a person at a terminal) wants it to stop.
    Stop,
}

/// The signals that are held back from now on, in every thread that begins later, and waited for
/// instead. Children that the standard library starts are not affected.
#[derive(Debug)]
pub struct Signals(());

const HELD: [libc::c_int; 4] = [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP];

impl Signals {
    /// Begins. Before there is a second thread.
    ///
    /// # Errors
    /// The operating system refused.
    pub fn hold() -> io::Result<Self> {
        let set = set();
        // SAFETY: `set` is a signal set, and no old one is asked for.
        #[expect(unsafe_code, reason = "a C function that no safe crate offers")]
        let failed =
            unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) };
        if failed == 0 { Ok(Self(())) } else { Err(io::Error::from_raw_os_error(failed)) }
    }

    /// The next one.
    pub fn wait(&self) -> Signal {
        let set = set();
        loop {
            let mut signal = 0;
            // SAFETY: `set` is a signal set, and `signal` lives until the call is over.
            #[expect(unsafe_code, reason = "a C function that no safe crate offers")]
            let failed = unsafe { libc::sigwait(&raw const set, &raw mut signal) };
            match (failed, signal) {
                (0, libc::SIGCHLD) => return Signal::Child,
                (0, _) => return Signal::Stop,
                // Interrupted.
                _ => {}
            }
        }
    }
}

fn set() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: the function fills the set, and cannot fail.
    #[expect(unsafe_code, reason = "a C function that no safe crate offers")]
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
    }
    // SAFETY: it was filled just now.
    #[expect(unsafe_code, reason = "a C function that no safe crate offers")]
    let mut set = unsafe { set.assume_init() };
    for signal in HELD {
        // SAFETY: a signal set and a signal's number, which is valid.
        #[expect(unsafe_code, reason = "a C function that no safe crate offers")]
        unsafe {
            libc::sigaddset(&raw mut set, signal);
        }
    }
    set
}

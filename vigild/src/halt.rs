//! Places where a test stops this process to kill it: exactly there, and nowhere near. In a release
//! build no place is ever named (see `flags`).

use std::thread;

use crate::log;

/// The one place to stop at, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Halt(Option<String>);

impl Halt {
    pub(crate) const fn new(at: Option<String>) -> Self {
        Self(at)
    }

    /// Stops here for good when this is the place, and says so.
    pub(crate) fn here(&self, place: &str) {
        if self.0.as_deref() == Some(place) {
            log::say(format_args!("halted at {place} in process {}", std::process::id()));
            loop {
                thread::park();
            }
        }
    }
}

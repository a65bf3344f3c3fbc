//! Places where a test stops this process to kill it: exactly there, and nowhere near. In a release
//! build no place is ever named (see `flags`).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use crate::log;

/// The one place to stop at, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Halt(Option<Arc<Place>>);

#[derive(Debug)]
struct Place {
    name: String,
    /// How often it is still to be passed.
    left: AtomicU32,
}

impl Halt {
    /// At the place of this name; `name:2` is the second time that it is come to.
    pub(crate) fn new(at: Option<String>) -> Self {
        Self(at.map(|at| {
            let (name, time) = at.split_once(':').unwrap_or((&at, "1"));
            let left = time.parse().unwrap_or(1_u32).saturating_sub(1);
            Arc::new(Place { name: name.to_owned(), left: left.into() })
        }))
    }

    /// Stops here for good when this is the place, and says so.
    pub(crate) fn here(&self, name: &str) {
        let Some(place) = self.0.as_deref().filter(|place| place.name == name) else { return };
        let less = |left: u32| left.checked_sub(1);
        if place.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err() {
            log::say(format_args!("halted at {name} in process {}", std::process::id()));
            loop {
                thread::park();
            }
        }
    }
}

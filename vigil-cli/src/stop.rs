//! Ends this process at a named place as a power cut would, for the tests of what the next run makes of
//! that. Only in builds for tests, and only where the place was named.

use std::sync::OnceLock;

static AT: OnceLock<String> = OnceLock::new();

/// Names the place.
pub(crate) fn set(place: &str) {
    // Whoever comes second changes nothing.
    let _ = AT.set(place.to_owned());
}

/// The place `place`: nothing happens, but where it is the one that was named.
pub(crate) fn at(place: &str) {
    if cfg!(debug_assertions) && AT.get().is_some_and(|at| at == place) {
        // Whatever the system keeps of crashes, this is none.
        let _ = vigil_platform::process::disable_core_dumps();
        std::process::abort();
    }
}

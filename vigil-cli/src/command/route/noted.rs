//! What `vigil route` and `vigil guard` change, on record: noted before it is done, so that it cannot be done in silence,
//! and taken in by the agent at once where it runs, else at its next start.

use vigil_platform::{changes::Changes, paths::Paths};
use vigil_proto::change::Changed;

use crate::{agent::Agent, failure::Failure, terminal::Console};

/// Notes that `what` is about to be done, does it, and notes if it came to nothing.
pub(in crate::command) fn done<E: From<Failure>>(
    what: Changed,
    words: &str,
    paths: &Paths,
    work: impl FnOnce() -> Result<(), E>,
) -> Result<(), E> {
    let note = |what, words: &str| Changes::hold(paths.state())?.note(what, words);
    note(what, words).map_err(|error| E::from(Failure::from(error)))?;
    work().inspect_err(|_| {
        // Why it failed matters more.
        let _ = note(failed(what), &format!("nothing was changed after all: {words}"));
    })
}

/// That it came to nothing.
const fn failed(what: Changed) -> Changed {
    match what {
        Changed::GuardOn | Changed::GuardOff => Changed::GuardFailed,
        _ => Changed::RouteFailed,
    }
}

/// Has a running agent take in what was noted.
pub(in crate::command) fn tell(paths: &Paths, console: &mut Console) {
    let told = Agent::find(paths).and_then(|agent| agent.map_or(Ok(()), |a| a.ask("changes")));
    match told {
        // Without an agent, or with one that ends, the notes wait for the next.
        Ok(()) | Err(Failure::NotRunning) => {}
        Err(failure) => console.warn(format_args!(
            "this is noted, and not on record before the agent's next start: {}",
            failure.what()
        )),
    }
}

//! What the running agent does for itself now and then: deleting what is past its days, and giving
//! memory back once a burst of work is over.

use std::{
    io,
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use tokio::sync::watch;
use vigil_proto::{Timestamp, config::Retention};
use vigil_store::Writer;

use crate::shutdown::Shutdown;

/// How often it looks; also how long nothing may be committed before memory is given back.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// The first pruning waits until the start's catching up is over.
const FIRST_PRUNE: Duration = Duration::from_mins(10);

/// How often rows past their days are looked for.
const PRUNE_EVERY: Duration = Duration::from_hours(6);

/// Runs in a thread of its own until `shutdown`. `committed` is the number of the last event.
pub(super) fn spawn(
    writer: Writer,
    retention: Retention,
    committed: watch::Receiver<i64>,
    shutdown: Shutdown,
) -> anyhow::Result<JoinHandle<()>> {
    let run = move || run(&writer, &retention, &committed, &shutdown);
    let spawned: io::Result<_> = thread::Builder::new().name("housekeeping".to_owned()).spawn(run);
    spawned.context("cannot start the housekeeping thread")
}

fn run(
    writer: &Writer,
    retention: &Retention,
    committed: &watch::Receiver<i64>,
    shutdown: &Shutdown,
) {
    let mut last = *committed.borrow();
    let mut is_tidy = false;
    let mut until_prune = FIRST_PRUNE;
    while !shutdown.sleep(LOOK_EVERY) {
        let newest = *committed.borrow();
        if newest != last {
            last = newest;
            is_tidy = false;
        } else if !is_tidy {
            writer.shrink();
            vigil_platform::memory::give_back();
            is_tidy = true;
        }
        until_prune = until_prune.saturating_sub(LOOK_EVERY);
        if until_prune.is_zero() {
            match writer.prune(retention, Timestamp::from(SystemTime::now())) {
                Ok(pruned) => tracing::info!(?pruned, "retention"),
                Err(error) => tracing::warn!(%error, "retention failed; it is tried again"),
            }
            until_prune = PRUNE_EVERY;
        }
    }
}

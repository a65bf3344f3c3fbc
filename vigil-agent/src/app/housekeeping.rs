//! What the running agent does for itself now and then: noting that it runs, taking in what was changed
//! on this machine, deleting what is past its days, and giving memory back once a burst of work is over.

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use tokio::sync::watch;
use vigil_proto::{Timestamp, config::Retention};
use vigil_store::{Writer, vault::Purge};

use super::absence;
use crate::{
    changes,
    pipeline::Inlet,
    shutdown::Shutdown,
    vault::{self, Vault},
};

/// How often it notes that it runs.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How long nothing may be committed before memory is given back.
const CALM: Duration = Duration::from_secs(3);

/// The first pruning waits until the start's catching up is over.
const FIRST_PRUNE: Duration = Duration::from_mins(10);

/// How often rows past their days are looked for.
const PRUNE_EVERY: Duration = Duration::from_hours(6);

/// What it works with.
pub(super) struct Household {
    pub(super) state: PathBuf,
    pub(super) writer: Writer,
    pub(super) inlet: Inlet,
    pub(super) retention: Retention,
    pub(super) vault: Arc<Vault>,
    pub(super) vault_days: u32,
    /// The number of the last event.
    pub(super) committed: watch::Receiver<i64>,
}

/// Runs in a thread of its own until `shutdown`.
pub(super) fn spawn(household: Household, shutdown: Shutdown) -> anyhow::Result<JoinHandle<()>> {
    let run = move || run(&household, &shutdown);
    let spawned: io::Result<_> = thread::Builder::new().name("housekeeping".to_owned()).spawn(run);
    spawned.context("cannot start the housekeeping thread")
}

fn run(household: &Household, shutdown: &Shutdown) {
    let Household { state, writer, inlet, retention, committed, .. } = household;
    if let Some(gap) = absence::since_last_run(state, SystemTime::now()) {
        // An inlet that is closed already belongs to an agent that is ending.
        let _ = inlet.send(gap);
    }
    absence::touch(state, SystemTime::now());
    changes::try_take_in(state, inlet);
    let mut last = *committed.borrow();
    let mut is_tidy = false;
    let mut vaults_day = None;
    empty_vault(household, &mut vaults_day);
    let mut until_prune = FIRST_PRUNE;
    let mut since_look = Duration::ZERO;
    while !shutdown.sleep(CALM) {
        let newest = *committed.borrow();
        if newest != last {
            last = newest;
            is_tidy = false;
        } else if !is_tidy {
            writer.shrink();
            vigil_platform::memory::give_back();
            is_tidy = true;
        }
        since_look += CALM;
        if since_look < LOOK_EVERY {
            continue;
        }
        since_look = Duration::ZERO;
        absence::touch(state, SystemTime::now());
        changes::try_take_in(state, inlet);
        if let Err(error) = writer.end_suppressions(Timestamp::from(SystemTime::now())) {
            tracing::warn!(%error, "suppressions that are over stay for now");
        }
        empty_vault(household, &mut vaults_day);
        until_prune = until_prune.saturating_sub(LOOK_EVERY);
        if until_prune.is_zero() {
            match writer.prune(retention, Timestamp::from(SystemTime::now())) {
                Ok(pruned) => tracing::info!(?pruned, "retention"),
                Err(error) => tracing::warn!(%error, "retention failed; it is tried again"),
            }
            until_prune = PRUNE_EVERY;
        }
    }
    absence::touch(state, SystemTime::now());
}

/// Once a day: the keys of days that are over are destroyed, and what was sealed to them deleted.
fn empty_vault(household: &Household, done_on: &mut Option<u32>) {
    let Household { writer, vault, vault_days, .. } = household;
    let today = vault::today();
    if *done_on == Some(today) {
        return;
    }
    let first = today.saturating_sub(*vault_days);
    let emptied = vault.destroy_before(first).map_err(anyhow::Error::from).and_then(|keys| {
        let values = writer.purge(Purge::Before(first))?;
        Ok((keys, values))
    });
    match emptied {
        Ok((keys, values)) => {
            if keys + values > 0 {
                tracing::info!(keys, values, "the vault lost what is past its days");
            }
            *done_on = Some(today);
        }
        Err(error) => tracing::warn!(%error, "the vault keeps what is past its days; tried again"),
    }
}

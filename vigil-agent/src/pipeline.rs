//! The way of the data: attribute -> mask and detect -> (store: merge and commit) -> broadcast.
//! Bounded before the commit, so a slow disk slows the readers and loses nothing.

mod attribute;
mod exclude;
mod inlet;
mod memory;
mod own;
mod pause;
mod price;

use std::{iter, sync::mpsc::Receiver};

use vigil_detect::{Engine, installs::Judge};
use vigil_proto::{Batch, Kind, Sensitive};
use vigil_store::Writer;

use self::attribute::Attribution;
use crate::intel::Current;

pub use self::{
    exclude::Exclusions,
    inlet::{Closed, Inlet, Message, Shared},
    own::{own_change, own_event},
    pause::Pause,
};

/// Runs until every inlet is gone: takes batches, attributes, masks and inspects them, judges what
/// they install by the `intel` in force, and gives them to the store's writer.
///
/// # Errors
/// What the store cannot recover from by waiting. A full disk and another's lock are waited out,
/// until `is_ending`.
pub fn run(
    messages: &Receiver<Message>,
    engine: &Engine,
    intel: &Current,
    writer: &Writer,
    is_ending: &dyn Fn() -> bool,
) -> Result<(), vigil_store::Error> {
    let mut attribution = Attribution::default();
    while let Ok(message) = messages.recv() {
        match message {
            Message::Batch(mut batch) => {
                let again = attribution.attribute(&mut batch);
                for mut batch in iter::once(*batch).chain(again) {
                    estimate(&mut batch);
                    if let Some(checkpoint) = &mut batch.checkpoint {
                        memory::mask(engine, &mut checkpoint.state);
                    }
                    let (mut batch, mut findings) = engine.inspect(batch);
                    let mask = |text: String| engine.mask(text.into()).0;
                    Judge::new(intel.get()).batch(&mut batch, &mut findings, &mask);
                    writer.submit(batch, findings)?;
                }
            }
            Message::Flush(done) => {
                flush(&|| writer.flush(), is_ending)?;
                // The asker may have stopped waiting; that is its own affair.
                let _ = done.send(());
            }
        }
    }
    writer.flush()
}

/// Waits until everything is committed, however long the disk is full or the database locked.
fn flush(
    flush: &dyn Fn() -> Result<(), vigil_store::Error>,
    is_ending: &dyn Fn() -> bool,
) -> Result<(), vigil_store::Error> {
    loop {
        match flush() {
            // The writer tells at each of its attempts, which come after pauses.
            Err(error) if error.may_pass() && !is_ending() => {
                tracing::debug!(%error, "waiting for the store");
            }
            flushed => return flushed,
        }
    }
}

/// Adds what a source cannot know: the estimated cost of a call.
fn estimate(batch: &mut Batch<Sensitive>) {
    for event in &mut batch.events {
        if let Kind::ModelCall(call) = &mut event.kind
            && call.cost.is_none()
        {
            call.cost = price::estimate(call.provider, call.model.expose(), &call.usage);
        }
    }
}

#[cfg(test)]
mod tests;

//! `vigil ingest --once`: every transcript to its end, committed, done.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::Context as _;
use vigil_proto::report::{Document, IngestReport};

use super::{Setup, engine, keys::Keys, open_store, progress::Bar};
use crate::{
    changes,
    pipeline::{self, Inlet},
    source::transcript,
};

/// Reads every transcript to its end and returns what that gave.
pub fn ingest(setup: &Setup) -> anyhow::Result<Document<IngestReport>> {
    let started = Instant::now();
    let keys = Keys::load(&setup.paths)?;
    let new_events = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&new_events);
    let (store, _) = open_store(
        setup,
        None,
        Box::new(move |committed| {
            counter.fetch_add(committed.new_events, Ordering::Relaxed);
        }),
    )?;
    let (inlet, messages) = Inlet::new(setup.shared(&keys));
    let engine = engine(&keys);
    let writer = store.writer();
    let pipeline = thread::Builder::new()
        .name("pipeline".to_owned())
        .spawn(move || pipeline::run(&messages, &engine, &writer))
        .context("cannot start the pipeline")?;

    changes::try_take_in(setup.paths.state(), &inlet);
    let options = transcript::Options::from_env(setup.paths.home());
    let bar = Bar::new();
    let read = transcript::ingest_once(&options, &inlet, &bar);
    drop(inlet);
    let piped = pipeline.join().map_err(|_| anyhow::anyhow!("the pipeline panicked"))?;
    piped?;
    store.close()?;
    bar.finish();
    let read = read?;
    Ok(Document::v1(
        "ingest",
        IngestReport {
            files: read.files,
            lines: read.lines,
            events: new_events.load(Ordering::Relaxed),
            bytes: read.bytes,
            seconds: started.elapsed().as_secs_f64(),
        },
    ))
}

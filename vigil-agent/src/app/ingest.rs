//! `vigil ingest --once`: every transcript to its end, committed, done.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use vigil_platform::{private, process::thread_cpu};
use vigil_proto::report::{Document, IngestPhases, IngestReport, RunFile};
use vigil_store::Spent;

use super::{Setup, engine, intel, keys::Keys, open_store, progress::Bar, say};
use crate::{
    changes,
    intel::Current,
    pipeline::{self, Inlet},
    source::transcript,
    vault::Vault,
};

/// What the store's writer did.
#[derive(Clone, Copy, Debug, Default)]
struct Stored {
    new_events: u64,
    spent: Spent,
    /// CPU time of its thread.
    cpu: Duration,
}

/// Reads every transcript to its end and returns what that gave.
pub fn ingest(setup: &Setup) -> anyhow::Result<Document<IngestReport>> {
    let started = Instant::now();
    let keys = Keys::load(&setup.paths)?;
    let stored = Arc::new(Mutex::new(Stored::default()));
    let sum = Arc::clone(&stored);
    let opened = open_store(
        setup,
        None,
        Box::new(move |committed| {
            let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            sum.new_events += committed.new_events;
            sum.spent += committed.spent;
            // Whoever commits calls this.
            sum.cpu = thread_cpu();
        }),
    );
    let (store, _) = opened.map_err(|error| held(setup, error))?;
    let shared = setup.shared(&keys)?;
    if let Some(since) = shared.pause.since() {
        say(&format!(
            "warning: recording is paused since {:.0}: no transcript is read; start the agent with \
             `vigil up`, then `vigil resume` ends the pause",
            since.to_jiff()
        ));
    }
    let (inlet, messages) = Inlet::new(shared);
    let vault = Arc::new(Vault::open(setup.paths.state()));
    let current = Current::default();
    intel::take(setup.paths.data(), &current);
    let engine = engine(setup, &keys, vault, &current);
    let writer = store.writer();
    let pipeline = thread::Builder::new()
        .name("pipeline".to_owned())
        .spawn(move || {
            pipeline::run(&messages, &engine, &current, &writer, &|| true).map(|()| thread_cpu())
        })
        .context("cannot start the pipeline")?;

    changes::try_take_in(setup.paths.state(), &inlet);
    let options = transcript::Options {
        known: setup.known_files(),
        projects: setup.projects(),
        ..transcript::Options::from_env(setup.paths.home())
    };
    let bar = Bar::new();
    let before = thread_cpu();
    let read = transcript::ingest_once(&options, &inlet, &bar);
    let parse = thread_cpu().saturating_sub(before);
    drop(inlet);
    let piped = pipeline.join().map_err(|_| anyhow::anyhow!("the pipeline panicked"))?;
    let detect = piped?;
    store.close()?;
    bar.finish();
    let read = read?;
    let stored = *stored.lock().unwrap_or_else(PoisonError::into_inner);
    let Spent { texts, index, chain, commit } = stored.spent;
    Ok(Document::v1(
        "ingest",
        IngestReport {
            files: read.files,
            lines: read.lines,
            events: stored.new_events,
            bytes: read.bytes,
            seconds: started.elapsed().as_secs_f64(),
            phases: IngestPhases {
                parse: parse.as_secs_f64(),
                detect: detect.as_secs_f64(),
                store: stored.cpu.as_secs_f64(),
                texts: texts.as_secs_f64(),
                index: index.as_secs_f64(),
                chain: chain.as_secs_f64(),
                commit: commit.as_secs_f64(),
            },
        },
    ))
}

/// Where the agent itself holds the store, there is nothing to stop: it reads all of it already.
fn held(setup: &Setup, error: vigil_store::Error) -> anyhow::Error {
    let vigil_store::Error::InUse { pid: Some(pid), .. } = &error else { return error.into() };
    let run = private::read(&setup.paths.run().join(RunFile::NAME)).ok().flatten();
    let agent = run.and_then(|bytes| serde_json::from_slice::<RunFile>(&bytes).ok());
    match agent {
        Some(agent) if agent.pid == *pid => anyhow::anyhow!(
            "the agent (pid {pid}) runs and reads transcripts already; `vigil status` says what it has seen"
        ),
        _ => error.into(),
    }
}

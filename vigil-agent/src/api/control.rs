//! What changes something: pause, resume, end, and what a person says of findings. Each change
//! is on record as an event of Vigil's own, and so is what was changed elsewhere and noted.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, SystemTime},
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;
use vigil_proto::{
    Sensitive, Timestamp, Triage,
    report::Document,
    view::{TriageDone, TriageOrder},
};

use super::{
    State,
    answer::{Asked, Problem, aside, document},
};
use crate::{
    changes,
    pipeline::{Closed, own_change},
};

/// An order is some hundred ids and a note.
const ORDER_BYTES: usize = 64 * 1024;
/// How long its body may take to come.
const ORDER_PATIENCE: Duration = Duration::from_secs(5);
/// Findings of one order at most.
const MOST_FINDINGS: usize = 500;
/// Characters of a note at most.
const LONGEST_NOTE: usize = 2_000;

type Answer = Result<Response, Problem>;

pub(super) async fn pause(Extract(state): Extract<State>) -> Answer {
    switch(state, true).await
}

pub(super) async fn resume(Extract(state): Extract<State>) -> Answer {
    switch(state, false).await
}

/// Pauses or resumes, and records that it was done: a pause is never silent. It begins before it is on
/// record, and ends after; what an agent that was killed in between owes is recorded at the next start.
async fn switch(state: State, paused: bool) -> Answer {
    let (shared, inlet) = (state.shared.clone(), state.inlet.clone());
    let switching = tokio::task::spawn_blocking(move || {
        let now = Timestamp::from(SystemTime::now());
        if shared.pause.is_on() == paused || (paused && !shared.pause.set(true, now)) {
            return Ok(false);
        }
        let what = if paused { "pause" } else { "resume" };
        inlet.send(own_change(what, "asked for by the user".to_owned(), now))?;
        if !paused {
            inlet.flush()?;
            shared.pause.set(false, now);
        }
        Ok::<_, Closed>(true)
    });
    let Ok(Ok(is_news)) = switching.await else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the agent is ending"));
    };
    if is_news {
        state.changed.send_modify(|n| *n += 1);
    }
    Ok(document(json!({ "schema": "vigil.pause/1", "paused": paused })))
}

/// `POST /api/v1/changes`: what was noted of changes of this machine is to be on record now.
pub(super) async fn changes(Extract(state): Extract<State>) -> Answer {
    let (folder, inlet) = (state.state_dir.clone(), state.inlet.clone());
    let taking = tokio::task::spawn_blocking(move || changes::take_in(&folder, &inlet)).await;
    match taking {
        Ok(Ok(taken)) => Ok(document(json!({ "schema": "vigil.changes/1", "taken": taken }))),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "noted changes wait");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the notes cannot be taken in now"))
        }
        Err(_) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the agent is ending")),
    }
}

pub(super) async fn down(Extract(state): Extract<State>) -> Answer {
    state.shutdown.request();
    Ok(document(json!({ "schema": "vigil.down/1", "ending": true })))
}

/// The way to whoever masks again what is stored.
#[derive(Clone, Debug)]
pub struct MaskAgain {
    /// Told since when it is asked for, and whether by the user's own rules that are new, too.
    pub ask: mpsc::Sender<(Timestamp, bool)>,
    /// The names of the user's own rules that wait for that word.
    pub waits: Arc<Mutex<Vec<String>>>,
}

/// What is asked of it.
#[derive(Debug, Deserialize)]
pub(super) struct MaskOrder {
    #[serde(default)]
    own: bool,
}

/// `POST /api/v1/mask-again`. What is masked by rules of the user's own is on record with their names
/// before it begins: what was stored cannot be had back.
pub(super) async fn mask_again(
    Extract(state): Extract<State>,
    Asked(MaskOrder { own }): Asked<MaskOrder>,
) -> Answer {
    let now = Timestamp::from(SystemTime::now());
    let mut waits = state.mask_again.waits.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if own && !waits.is_empty() {
        let names = std::mem::take(&mut waits).join(", ");
        let words = format!("what was recorded before is masked by these rules too: {names}");
        record(&state, "mask-by-new-rules", words).await?;
    }
    state
        .mask_again
        .ask
        .send((now, own))
        .map_err(|_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the agent is ending"))?;
    Ok(document(json!({ "schema": "vigil.mask_again/1", "since": now, "waits": waits })))
}

/// `POST /api/v1/findings/triage`.
pub(super) async fn triage(Extract(state): Extract<State>, request: Request) -> Answer {
    let order = order(request.into_body()).await?;
    let TriageOrder { ids, state: to, note } = order;
    let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    let note = note.map(|note| (state.mask)(Sensitive::new(note)));
    let writer = state.writer.clone();
    let now = Timestamp::from(SystemTime::now());
    let changed = aside(&state, move || Ok(writer.triage(ids, to, note, now)?)).await?;
    if changed > 0 {
        let findings = if changed == 1 { "finding" } else { "findings" };
        record(&state, "triage", format!("{changed} {findings} set to {to}")).await?;
    }
    Ok(document(Document::v1("triage", TriageDone { changed })))
}

async fn order(body: Body) -> Result<TriageOrder, Problem> {
    let wrong = |words: String| Problem::new(StatusCode::BAD_REQUEST, words);
    let bytes = timeout(ORDER_PATIENCE, to_bytes(body, ORDER_BYTES))
        .await
        .map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the order did not come"))?
        .map_err(|_| wrong(format!("an order has at most {} KiB", ORDER_BYTES / 1024)))?;
    let order: TriageOrder =
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if order.state == Triage::Suppressed {
        return Err(wrong("a suppression has a reason and its own address".to_owned())
            .with_hint("POST /api/v1/suppress"));
    }
    if order.ids.is_empty() || order.ids.len() > MOST_FINDINGS {
        return Err(wrong(format!("an order names 1 to {MOST_FINDINGS} findings")));
    }
    if order.note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(wrong(format!("a note has at most {LONGEST_NOTE} characters")));
    }
    Ok(order)
}

/// Puts a change of Vigil's own on record.
pub(super) async fn record(
    state: &State,
    what: &'static str,
    detail: String,
) -> Result<(), Problem> {
    let inlet = state.inlet.clone();
    let batch = own_change(what, detail, Timestamp::from(SystemTime::now()));
    let sent = tokio::task::spawn_blocking(move || inlet.send(batch)).await;
    if matches!(sent, Ok(Ok(()))) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the agent is ending"))
}

//! The certificate authority: having another one follow it, the machine's trust in it, and taking it
//! away. For programs alone.

use std::sync::Arc;

use axum::{extract::State as Extract, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use vigil_proto::report::Document;

use super::{
    Renew, RotateOrder, State,
    answer::{Asked, Problem, aside, document},
};

type Answer = Result<Response, Problem>;

/// What is wanted of the machine's trust.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrustOrder {
    on: bool,
}

/// `POST /api/v1/ca/rotate`.
pub(super) async fn rotate(
    Extract(state): Extract<State>,
    Asked(order): Asked<RotateOrder>,
) -> Answer {
    answer(&state, "ca_rotate", move |renew| renew.rotate(order).map_err(broken)).await
}

/// `GET /api/v1/ca/trust`.
pub(super) async fn machine(Extract(state): Extract<State>) -> Answer {
    answer(&state, "ca_trust", |renew| Ok(renew.machine())).await
}

/// `POST /api/v1/ca/trust`.
pub(super) async fn trust(
    Extract(state): Extract<State>,
    Asked(TrustOrder { on }): Asked<TrustOrder>,
) -> Answer {
    answer(&state, "ca_trust", move |renew| renew.trust(on).map_err(refused)).await
}

/// `POST /api/v1/ca/remove`.
pub(super) async fn remove(Extract(state): Extract<State>) -> Answer {
    answer(&state, "ca_remove", |renew| renew.remove().map_err(refused)).await
}

async fn answer<T: Serialize + Send + 'static>(
    state: &State,
    name: &'static str,
    work: impl FnOnce(&dyn Renew) -> Result<T, Problem> + Send + 'static,
) -> Answer {
    let Some(renew): Option<Arc<dyn Renew>> = state.renew.clone() else {
        return Err(Problem::new(StatusCode::CONFLICT, "the agent runs without its proxy")
            .with_hint("start it with the proxy: `vigil up` without --no-proxy"));
    };
    let done = aside(state, move || work(&*renew)).await?;
    Ok(document(Document::v1(name, done)))
}

fn broken(why: String) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, why)
}

/// What the machine refuses, in its words.
fn refused(why: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, why)
}

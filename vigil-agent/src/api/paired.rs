//! Browsers that are paired: the code that a program asks for, what the extension gets for it, and who may
//! tell by HTTP what others tell by way of `vigil native-host`.

use std::time::{Instant, SystemTime};

use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State as Extract},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;
use vigil_platform::native_messaging::Browser;
use vigil_proto::{
    Timestamp,
    browser::paired::{Asked, Code, Ended, List, Listed, Pairing, Which},
    report::Document,
};

use super::{
    State,
    answer::{Problem, aside, document},
    control, origin,
};
use crate::pairing::{CODE_LIFE, Made, PairingError, Refused};

/// What is asked before there is a token has some hundred bytes.
const ASKED_BYTES: usize = 4 * 1024;

type Answer = Result<Response, Problem>;

/// `POST /api/v1/browser/code`: a new code, for the command line alone.
pub(super) async fn code(Extract(state): Extract<State>, Json(which): Json<Which>) -> Answer {
    let browser = known(&which)?;
    let code = state.pairings.offer(browser.word, Instant::now()).map_err(trouble)?;
    let (one, rest) = code.split_at_checked(4).unwrap_or((&code, ""));
    let (two, three) = rest.split_at_checked(4).unwrap_or((rest, ""));
    let code = format!("{}-{one}-{two}-{three}", state.port);
    Ok(document(Document::v1("pairing_code", Code { code, seconds: CODE_LIFE.as_secs() })))
}

/// `GET /api/v1/browser/paired`.
pub(super) async fn list(Extract(state): Extract<State>) -> Answer {
    let pairings = state.pairings.all().into_iter().map(Listed::from).collect();
    Ok(document(Document::v1("pairings", List { pairings })))
}

/// `POST /api/v1/browser/unpair`: all of one browser.
pub(super) async fn unpair(Extract(state): Extract<State>, Json(which): Json<Which>) -> Answer {
    let browser = known(&which)?;
    let pairings = std::sync::Arc::clone(&state.pairings);
    let ended = aside(&state, move || pairings.end(browser.word).map_err(trouble)).await?;
    if ended > 0 {
        let words = format!("{} may no longer tell Vigil anything by its pairing", browser.title);
        control::record(&state, "browser unpaired", words).await?;
    }
    Ok(document(Document::v1("unpaired", Ended { ended })))
}

/// `POST /api/v1/browser/pair`, for the extension alone: what it asks before it shows a token.
pub(super) async fn ask(Extract(state): Extract<State>, request: Request) -> Answer {
    let Some(origin) = origin::extension(request.headers()).map(str::to_owned) else {
        state.pairings.refuse(Refused::Origin);
        return Err(Problem::new(StatusCode::FORBIDDEN, "this is for Vigil's extension alone"));
    };
    let bytes = to_bytes(request.into_body(), ASKED_BYTES).await;
    let asked = bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(asked) = asked else {
        state.pairings.refuse(Refused::Words);
        return Err(Problem::new(StatusCode::BAD_REQUEST, "nothing that is understood"));
    };
    match asked {
        Asked::Greet { id } => {
            let word = state.pairings.word(&id, &origin).map_err(trouble)?;
            let dashboard = format!("http://localhost:{}/", state.port);
            Ok(document(
                json!({ "schema": "vigil.greeting/1", "word": word, "dashboard": dashboard }),
            ))
        }
        Asked::Pair { code, profile } => {
            let pairings = std::sync::Arc::clone(&state.pairings);
            let now = (Instant::now(), Timestamp::from(SystemTime::now()));
            // What follows the port.
            let code = code.split_once('-').map(|(_, code)| code.to_owned()).unwrap_or_default();
            let pairing = move || pairings.pair(&code, &profile, &origin, now).map_err(trouble);
            let made = aside(&state, pairing).await?;
            if let Err(problem) = record(&state, &made).await {
                // Nobody has its token.
                let pairings = std::sync::Arc::clone(&state.pairings);
                aside(&state, move || pairings.undo(made).map_err(trouble)).await?;
                return Err(problem);
            }
            Ok(document(Document::v1("pairing", made.given)))
        }
    }
}

/// Before `POST /api/v1/browser`: a program with the bearer token, or the extension of a paired browser.
pub(super) async fn require_told(
    Extract(state): Extract<State>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if headers.get(header::ORIGIN).is_none() {
        return super::routes::require_bearer(Extract(state), request, next).await;
    }
    let admitted = origin::extension(headers).ok_or(Refused::Origin).and_then(|origin| {
        state.pairings.admit(token(headers).unwrap_or_default(), origin, Instant::now())
    });
    match admitted {
        Ok(()) => {
            let answer = next.run(request).await;
            if answer.status().is_client_error() {
                state.pairings.refuse(Refused::Words);
            }
            answer
        }
        Err(why) => refused(why).into_response(),
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn known(which: &Which) -> Result<&'static Browser, Problem> {
    let unknown = || Problem::new(StatusCode::BAD_REQUEST, "no browser that Vigil knows");
    Browser::of(&which.browser).ok_or_else(unknown)
}

/// That it was made, and what it ended.
async fn record(state: &State, Made { browser, ended, .. }: &Made) -> Result<(), Problem> {
    let words = "may tell Vigil what its pages say, by a code that was typed";
    control::record(state, "browser paired", format!("{} {words}", title(browser))).await?;
    for Pairing { browser, .. } in ended {
        let words = "may no longer tell Vigil anything by an earlier pairing";
        let words = format!("a profile of {} {words}", title(browser));
        control::record(state, "browser unpaired", words).await?;
    }
    Ok(())
}

fn title(browser: &str) -> &'static str {
    Browser::of(browser).map_or("a browser", |browser| browser.title)
}

fn refused(why: Refused) -> Problem {
    match why {
        Refused::Rate => Problem::new(StatusCode::TOO_MANY_REQUESTS, "too much at once"),
        Refused::Code => Problem::new(StatusCode::FORBIDDEN, "no such code, or no longer"),
        Refused::Origin | Refused::Token | Refused::Words => {
            Problem::new(StatusCode::UNAUTHORIZED, "this browser is not paired, or no longer")
        }
    }
    .with_hint("`vigil route on BROWSER --paired` prints a new code")
}

fn trouble(error: PairingError) -> Problem {
    match error {
        PairingError::Refused(why) => refused(why),
        error => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

//! One request and its answer, in OTLP's own form. What a client is told to have been taken is in
//! the store.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body as _, Bytes, Incoming},
    header::{self, HeaderMap, HeaderValue},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task,
    time::timeout,
};
use vigil_proto::Timestamp;

use super::{
    body::{self, Fault},
    counters::{Counters, Loss},
    otlp::{self, Form},
    tokens::Tokens,
    told::{self, Client},
};
use crate::pipeline::Inlet;

/// Messages that are read, understood and committed at a time. One more is to come again later.
const AT_ONCE: usize = 4;
/// How long a message may wait for the store.
const COMMIT_PATIENCE: Duration = Duration::from_secs(8);
/// When a client that was sent away may come again, in seconds.
const COME_AGAIN: &str = "2";

/// The answer to a request.
pub(super) type Answer = Response<Full<Bytes>>;

/// What all requests share.
pub(super) struct Front {
    pub(super) inlet: Inlet,
    pub(super) counters: Arc<Counters>,
    tokens: Tokens,
    places: Arc<Semaphore>,
    port: u16,
}

/// Where a client may tell something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Logs,
    Metrics,
    Traces,
}

/// Why a message was not taken.
struct Refusal {
    status: StatusCode,
    words: &'static str,
    loss: Loss,
}

const fn refusal(status: StatusCode, loss: Loss, words: &'static str) -> Refusal {
    Refusal { status, words, loss }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooLarge => {
                refusal(StatusCode::PAYLOAD_TOO_LARGE, Loss::TooLarge, "the message is too large")
            }
            Fault::TooSlow => refusal(
                StatusCode::REQUEST_TIMEOUT,
                Loss::Unreadable,
                "the message did not come in time",
            ),
            Fault::Broken => {
                refusal(StatusCode::BAD_REQUEST, Loss::Unreadable, "the message is broken")
            }
        }
    }
}

/// A message on its way into the store.
struct Message {
    client: Client,
    signal: Signal,
    form: Form,
    is_packed: bool,
    bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

impl Front {
    pub(super) fn new(inlet: Inlet, key: &[u8; 32], port: u16) -> Self {
        Self {
            inlet,
            counters: Arc::default(),
            tokens: Tokens::new(key),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            port,
        }
    }

    /// Answers `request`.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Answer {
        let form = form(request.headers());
        match self.taken(request, form).await {
            Ok((signal, beyond)) => accepted(form.unwrap_or(Form::Json), signal, beyond),
            Err(refusal) => {
                let times = self.counters.add(refusal.loss, 1);
                if times.is_power_of_two() {
                    let words = refusal.words;
                    tracing::warn!(times, "a client's telemetry was not taken: {words}");
                }
                refused(form, &refusal)
            }
        }
    }

    /// Takes what `request` tells. Gives where it was told, and how many records were too many.
    async fn taken(
        &self,
        request: Request<Incoming>,
        form: Option<Form>,
    ) -> Result<(Signal, u64), Refusal> {
        let (head, body) = request.into_parts();
        let headers = &head.headers;
        if !is_a_program(headers, self.port) {
            let words = "only programs on this machine are heard here";
            return Err(refusal(StatusCode::FORBIDDEN, Loss::Refused, words));
        }
        let Some(client) = self.tokens.client(headers) else {
            let words = "no client's token: `vigil route on CLIENT --telemetry` writes it";
            return Err(refusal(StatusCode::UNAUTHORIZED, Loss::Refused, words));
        };
        let signal = match head.uri.path() {
            vigil_proto::telemetry::LOGS => Signal::Logs,
            "/v1/metrics" => Signal::Metrics,
            "/v1/traces" => Signal::Traces,
            _ => {
                let words = "nothing is told here";
                return Err(refusal(StatusCode::NOT_FOUND, Loss::Unreadable, words));
            }
        };
        if head.method != Method::POST {
            let words = "messages are posted";
            return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, Loss::Unreadable, words));
        }
        let (Some(form), Some(is_packed)) = (form, is_packed(headers)) else {
            let words = "give application/json or application/x-protobuf, plain or with gzip";
            return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, Loss::Unreadable, words));
        };
        if body.size_hint().lower() > body::WIRE_MAX as u64 {
            return Err(Fault::TooLarge.into());
        }
        let busy = || {
            let words = "the store is behind; come again";
            refusal(StatusCode::SERVICE_UNAVAILABLE, Loss::Busy, words)
        };
        // Who is slow takes nobody's place.
        let bytes = body::read(body).await?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let message = Message { client, signal, form, is_packed, bytes, _place: place };
        let (inlet, counters) = (self.inlet.clone(), Arc::clone(&self.counters));
        let kept = task::spawn_blocking(move || keep(&message, &inlet, &counters));
        match timeout(COMMIT_PATIENCE, kept).await {
            Ok(Ok(kept)) => Ok((signal, kept?)),
            // It goes on, and holds its place until it is done; told again, it is the same.
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }
}

/// Puts a message into the store; gives how many records were too many. Blocking.
fn keep(message: &Message, inlet: &Inlet, counters: &Counters) -> Result<u64, Refusal> {
    let (client, now) = (message.client, Timestamp::from(SystemTime::now()));
    // Which folder a session works in is not told: where some are left out, nobody knows which.
    let is_left_out = inlet.exclusions().client(client.word()) || inlet.exclusions().any_project();
    if inlet.is_paused() {
        return Ok(0);
    }
    let mut beyond = 0;
    let mut batch = client.batch();
    match message.signal {
        _ if is_left_out => batch.count("skip.telemetry-excluded", 1),
        Signal::Metrics => batch.count("skip.telemetry-metrics", 1),
        Signal::Traces => batch.count("skip.telemetry-traces", 1),
        Signal::Logs => {
            let unpacked;
            let bytes = if message.is_packed {
                unpacked = body::unpack(&message.bytes)?;
                unpacked.as_slice()
            } else {
                &message.bytes
            };
            let logs = otlp::logs(message.form, bytes).map_err(|_| Fault::Broken)?;
            beyond = logs.beyond;
            batch = told::batch(client, &logs, now, |at| inlet.was_paused(at));
        }
    }
    if beyond > 0 {
        counters.add(Loss::Records, beyond);
    }
    counters.take(&mut batch);
    let closed = |_| {
        let words = "Vigil ends";
        refusal(StatusCode::SERVICE_UNAVAILABLE, Loss::Busy, words)
    };
    inlet.send(batch).map_err(closed)?;
    inlet.flush().map_err(closed)?;
    Ok(beyond)
}

/// True when the request names us and does not come from a web page: pages name theirs, and
/// browsers say that they are browsers.
fn is_a_program(headers: &HeaderMap, port: u16) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let is_own = hosts.next().is_none() && host.is_some_and(|host| own.iter().any(|o| o == host));
    let is_browser = headers
        .keys()
        .any(|name| *name == header::ORIGIN || name.as_str().starts_with("sec-fetch-"));
    is_own && !is_browser
}

fn form(headers: &HeaderMap) -> Option<Form> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Some(Form::Json);
    }
    kind.eq_ignore_ascii_case("application/x-protobuf").then_some(Form::Protobuf)
}

/// Whether it is packed with gzip; none when it is packed otherwise.
fn is_packed(headers: &HeaderMap) -> Option<bool> {
    match headers.get(header::CONTENT_ENCODING).map(|coding| coding.to_str().unwrap_or_default()) {
        None => Some(false),
        Some(coding) if coding.eq_ignore_ascii_case("identity") => Some(false),
        Some(coding) if coding.eq_ignore_ascii_case("gzip") => Some(true),
        Some(_) => None,
    }
}

const TOO_MANY: &str = "more records than are read of one message";

/// `Export...ServiceResponse`, with its `partial_success` where not all was taken.
fn accepted(form: Form, signal: Signal, beyond: u64) -> Answer {
    let beyond = i64::try_from(beyond).unwrap_or(i64::MAX);
    let body = match (form, beyond) {
        (Form::Json, 0) => b"{}".to_vec(),
        (Form::Protobuf, 0) => Vec::new(),
        (Form::Json, beyond) => {
            let name = match signal {
                Signal::Logs => "rejectedLogRecords",
                Signal::Metrics => "rejectedDataPoints",
                Signal::Traces => "rejectedSpans",
            };
            let rejected = beyond.to_string();
            let partial = serde_json::json!({ name: rejected, "errorMessage": TOO_MANY });
            serde_json::json!({ "partialSuccess": partial }).to_string().into_bytes()
        }
        (Form::Protobuf, beyond) => {
            let mut partial = vec![0x08];
            varint(&mut partial, beyond.unsigned_abs());
            text(&mut partial, 2, TOO_MANY);
            let mut whole = vec![0x0a];
            varint(&mut whole, partial.len() as u64);
            whole.extend_from_slice(&partial);
            whole
        }
    };
    answer(StatusCode::OK, form, body)
}

/// `Status`, with the words.
fn refused(form: Option<Form>, refusal: &Refusal) -> Answer {
    let form = form.unwrap_or(Form::Json);
    let body = match form {
        Form::Json => serde_json::json!({ "message": refusal.words }).to_string().into_bytes(),
        Form::Protobuf => {
            let mut status = Vec::new();
            text(&mut status, 2, refusal.words);
            status
        }
    };
    let mut answer = answer(refusal.status, form, body);
    let headers = answer.headers_mut();
    match refusal.status {
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(COME_AGAIN));
        }
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        _ => {}
    }
    answer
}

fn answer(status: StatusCode, form: Form, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let kind = match form {
        Form::Json => "application/json",
        Form::Protobuf => "application/x-protobuf",
    };
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn text(message: &mut Vec<u8>, field: u64, words: &str) {
    varint(message, field << 3 | 2);
    varint(message, words.len() as u64);
    message.extend_from_slice(words.as_bytes());
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = value.to_le_bytes().first().map_or(0, |byte| byte & 0x7f);
        value >>= 7;
        if value == 0 {
            message.push(low);
            return;
        }
        message.push(low | 0x80);
    }
}

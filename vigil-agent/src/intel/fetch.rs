//! Fetches a list over HTTPS: only when it is another than before, no further than a few moves on, no
//! longer than a limit, into a file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::Duration,
};

use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{self, HeaderMap, HeaderName},
};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::source::proxy::Outward;

/// The most that is fetched of one list, in bytes.
const BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How often a server may send on to another place.
const MOVES_MAX: usize = 5;
/// How long it may be silent.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long one list may take in all.
const WHOLE: Duration = Duration::from_mins(30);
/// Longer names of a state are no names.
const TAG_MAX: usize = 256;

/// Why a list was not fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("`{0}` cannot be reached: {1}")]
    Unreachable(String, #[source] io::Error),
    #[error("`{0}` sent no answer in time")]
    TimedOut(String),
    #[error("`{0}` broke off: {1}")]
    BrokeOff(String, String),
    #[error("`{host}` answered {status}{}", meaning(*status))]
    Refused { host: String, status: u16 },
    #[error("`{0}` sent on to an address that is none over HTTPS, or too often")]
    Astray(String),
    #[error("`{0}` has more than 1 GiB")]
    TooLarge(String),
    #[error("its address is none")]
    Address,
    #[error("what was fetched cannot be written: {0}")]
    Write(#[from] io::Error),
}

fn meaning(status: u16) -> &'static str {
    match status {
        304 => " (it is the same, it says, though there is none here)",
        401 | 403 => " (it wants to know who asks: see docs/INTEL.md on keys)",
        404 | 410 => " (there is no such list any more)",
        429 => " (it was asked too often; try again later)",
        _ => "",
    }
}

/// What a state of a list is called by its server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<String>,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// It is what it was.
    Same,
    /// The file has it.
    New {
        state: State,
        /// True where the answer said how long it is, so that none of it is missing.
        is_measured: bool,
    },
}

/// Fetches `url` into `file`, unless it is still in the state `known`. `progress` is told how many
/// bytes there are so far, and how many there will be.
pub(crate) async fn fetch(
    outward: &Outward,
    url: &str,
    known: &State,
    file: &Path,
    progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
) -> Result<Fetched, FetchError> {
    let host = host_of(url);
    match timeout(WHOLE, follow(outward, url, known, file, progress)).await {
        Ok(fetched) => fetched,
        Err(_) => Err(FetchError::TimedOut(host.unwrap_or_default())),
    }
}

/// The host of an address, for what is told of it: the rest may have a key in it.
pub(crate) fn host_of(url: &str) -> Option<String> {
    url.parse::<Uri>().ok()?.host().map(str::to_owned)
}

async fn follow(
    outward: &Outward,
    url: &str,
    known: &State,
    file: &Path,
    progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
) -> Result<Fetched, FetchError> {
    let mut uri: Uri = url.parse().map_err(|_| FetchError::Address)?;
    for _ in 0..=MOVES_MAX {
        let host = uri.host().ok_or(FetchError::Address)?.to_owned();
        if uri.scheme_str() != Some("https")
            || uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(FetchError::Astray(host));
        }
        let answer = ask(outward, &uri, &host, known).await?;
        match answer.status() {
            StatusCode::OK => {
                let state = state(answer.headers());
                let has = |name| answer.headers().contains_key(name);
                let is_measured = has(header::CONTENT_LENGTH) || has(header::TRANSFER_ENCODING);
                save(answer, &host, file, progress).await?;
                return Ok(Fetched::New { state, is_measured });
            }
            // Who asks for no state gets none.
            StatusCode::NOT_MODIFIED if *known != State::default() => return Ok(Fetched::Same),
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => {
                uri = moved(&uri, answer.headers()).ok_or(FetchError::Astray(host))?;
            }
            status => return Err(FetchError::Refused { host, status: status.as_u16() }),
        }
    }
    Err(FetchError::Astray(host_of(url).unwrap_or_default()))
}

async fn ask(
    outward: &Outward,
    uri: &Uri,
    host: &str,
    known: &State,
) -> Result<Response<Incoming>, FetchError> {
    let port = uri.port_u16().unwrap_or(443);
    let unreachable = |error| FetchError::Unreachable(host.to_owned(), error);
    let late = || FetchError::TimedOut(host.to_owned());
    let broke_off = |error: hyper::Error| FetchError::BrokeOff(host.to_owned(), error.to_string());
    let stream = timeout(PATIENCE, outward.connect(host.trim_matches(['[', ']']), port))
        .await
        .map_err(|_| late())?
        .map_err(unreachable)?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(broke_off)?;
    // It ends with the answer.
    tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or(host, |authority| authority.as_str());
    let mut request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::USER_AGENT, concat!("vigil/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close");
    if let Some(etag) = &known.etag {
        request = request.header(header::IF_NONE_MATCH, etag);
    } else if let Some(modified) = &known.modified {
        request = request.header(header::IF_MODIFIED_SINCE, modified);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|_| FetchError::Address)?;
    timeout(PATIENCE, sender.send_request(request)).await.map_err(|_| late())?.map_err(broke_off)
}

/// Where the answer sends on to: another address over HTTPS, or another path of the same.
fn moved(from: &Uri, headers: &HeaderMap) -> Option<Uri> {
    let to = headers.get(header::LOCATION)?.to_str().ok()?;
    if to.starts_with('/') && !to.starts_with("//") {
        let authority = from.authority()?.as_str();
        return format!("https://{authority}{to}").parse().ok();
    }
    to.parse::<Uri>().ok().filter(|uri| uri.scheme_str() == Some("https"))
}

fn state(headers: &HeaderMap) -> State {
    let text = |name: HeaderName| {
        let text = headers.get(name)?.to_str().ok()?;
        (text.len() <= TAG_MAX).then(|| text.to_owned())
    };
    State { etag: text(header::ETAG), modified: text(header::LAST_MODIFIED) }
}

async fn save(
    answer: Response<Incoming>,
    host: &str,
    file: &Path,
    progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
) -> Result<(), FetchError> {
    let length = answer.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > BYTES_MAX) {
        return Err(FetchError::TooLarge(host.to_owned()));
    }
    let mut out: File =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    let mut body = answer.into_body();
    let mut bytes = 0;
    loop {
        let frame = timeout(PATIENCE, body.frame())
            .await
            .map_err(|_| FetchError::TimedOut(host.to_owned()))?;
        let Some(frame) = frame else { break };
        let frame =
            frame.map_err(|error| FetchError::BrokeOff(host.to_owned(), error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        bytes += data.len() as u64;
        if bytes > BYTES_MAX {
            return Err(FetchError::TooLarge(host.to_owned()));
        }
        out.write_all(&data)?;
        progress(bytes, length);
    }
    // A connection that is closed too soon is an error of hyper's where a length was said; where it
    // was not, whoever reads the list looks at its end.
    Ok(())
}

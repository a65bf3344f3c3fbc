//! The running agent, through its local API. Talks to loopback only, whatever the run file or
//! the environment's proxy settings say, and sends the token nowhere else.

use std::{
    fs::File,
    io::{self, Read},
    net::SocketAddr,
    os::unix::fs::MetadataExt,
    path::Path,
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vigil_platform::{paths::Paths, process, socket};
use vigil_proto::report::RunFile;

use crate::failure::Failure;

/// Longest wait for an answer. The agent answers in milliseconds; a loaded machine needs more.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest wait for an order that takes its time: much may have to be written.
const LONG_PATIENCE: Duration = Duration::from_mins(5);
/// A run file is some hundred bytes.
const RUN_FILE_MAX: u64 = 64 * 1024;
/// An answer of the API is at most a page.
const ANSWER_MAX: u64 = 4 * 1024 * 1024;

/// An agent that has left a run file, and whose process is there.
#[derive(Debug)]
pub(crate) struct Agent {
    run: RunFile,
    http: ureq::Agent,
}

/// What the API says when it does not do something.
#[derive(Debug, Deserialize)]
struct Refusal {
    error: String,
    hint: Option<String>,
}

/// The statuses with which it says so.
const REFUSED: [u16; 3] = [400, 404, 409];

/// Why a request got no answer.
enum Silence {
    /// Nobody listens: the run file is stale.
    Gone,
    /// Somebody listens and does not do what it should.
    Odd(String),
}

impl Agent {
    /// The agent that the run file names; none when there is no file or its process is gone.
    pub(crate) fn find(paths: &Paths) -> Result<Option<Self>, Failure> {
        let file = paths.run().join(RunFile::NAME);
        let Some(text) = read_private(&file)? else {
            return Ok(None);
        };
        let run: RunFile = serde_json::from_str(&text)
            .map_err(|_| Failure::RunFile { path: file.clone(), why: "it is not complete" })?;
        if !is_loopback(&run.api) {
            return Err(Failure::RunFile { path: file, why: "its address is not on loopback" });
        }
        if !process::is_running(run.pid) {
            return Ok(None);
        }
        // Somebody else may have taken the port of an agent that was killed: not even the token
        // is sent there.
        let listeners = address(&run.api).map(|at| socket::localhost_uids(at.port()));
        match listeners.transpose().map(Option::flatten) {
            Ok(Some(uids)) if uids.iter().any(|uid| *uid != process::uid()) => {
                let why = "another user listens on its port";
                return Err(Failure::RunFile { path: file, why });
            }
            Ok(_) => {}
            Err(_) => {
                let why = "it cannot be known who listens on its port";
                return Err(Failure::RunFile { path: file, why });
            }
        }
        let http = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Ok(Some(Self { run, http }))
    }

    /// The agent, or the failure that says it is not running.
    pub(crate) fn require(paths: &Paths) -> Result<Self, Failure> {
        Self::find(paths)?.ok_or(Failure::NotRunning)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.run.pid
    }

    /// True while its process runs.
    pub(crate) fn is_there(&self) -> bool {
        process::is_running(self.run.pid)
    }

    /// Reads the document at `path`.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let answer = self.http.get(self.url(path)).header("Authorization", self.bearer()).call();
        self.parsed(path, &self.text(answer)?)
    }

    /// Asks it to do `verb`.
    pub(crate) fn ask(&self, verb: &str) -> Result<(), Failure> {
        let answer =
            self.http.post(self.url(verb)).header("Authorization", self.bearer()).send_empty();
        self.text(answer).map(drop)
    }

    /// Asks it to do `verb` and reads the document that it answers with.
    pub(crate) fn order<T: DeserializeOwned>(&self, verb: &str) -> Result<T, Failure> {
        let answer =
            self.http.post(self.url(verb)).header("Authorization", self.bearer()).send_empty();
        self.parsed(verb, &self.text(answer)?)
    }

    /// Gives it an order with particulars, and reads the document that it answers with. What it
    /// refuses is told in its own words.
    pub(crate) fn order_with<T: DeserializeOwned>(
        &self,
        verb: &str,
        order: &impl Serialize,
    ) -> Result<T, Failure> {
        self.order_within(LONG_PATIENCE, verb, order)
    }

    /// The same with so much time and no more.
    pub(crate) fn order_within<T: DeserializeOwned>(
        &self,
        patience: Duration,
        verb: &str,
        order: &impl Serialize,
    ) -> Result<T, Failure> {
        let answer = self
            .http
            .post(self.url(verb))
            .config()
            .timeout_global(Some(patience))
            .build()
            .header("Authorization", self.bearer())
            .send_json(order);
        match answer {
            Ok(answer) if REFUSED.contains(&answer.status().as_u16()) => {
                let mut text = String::new();
                let read =
                    answer.into_body().into_reader().take(ANSWER_MAX).read_to_string(&mut text);
                read.map_err(|error| self.odd(format!("broke off its answer: {error}")))?;
                let Refusal { error, hint } = self.parsed(verb, &text)?;
                Err(Failure::Other { message: error, hint })
            }
            answer => self.parsed(verb, &self.text(answer)?),
        }
    }

    /// Where it listens, and what it is shown with each question.
    pub(crate) fn door(&self) -> Option<(SocketAddr, String)> {
        Some((address(&self.run.api)?, self.bearer()))
    }

    fn parsed<T: DeserializeOwned>(&self, path: &str, text: &str) -> Result<T, Failure> {
        serde_json::from_str(text).map_err(|error| {
            self.odd(format!("answered `{path}` with something else than expected: {error}"))
        })
    }

    fn text(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<String, Failure> {
        match answer_text(answer) {
            Ok(text) => Ok(text),
            Err(Silence::Gone) => Err(Failure::NotRunning),
            Err(Silence::Odd(what)) => Err(self.odd(what)),
        }
    }

    fn odd(&self, what: String) -> Failure {
        Failure::Agent { pid: self.run.pid, what }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.run.api.trim_end_matches('/'))
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.run.token)
    }
}

fn answer_text(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<String, Silence> {
    let answer = answer.map_err(|error| match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Silence::Gone,
        ureq::Error::ConnectionFailed => Silence::Gone,
        ureq::Error::Timeout(_) => Silence::Odd("does not answer".to_owned()),
        other => Silence::Odd(format!("cannot be asked: {other}")),
    })?;
    let status = answer.status();
    let mut text = String::new();
    answer
        .into_body()
        .into_reader()
        .take(ANSWER_MAX)
        .read_to_string(&mut text)
        .map_err(|error| Silence::Odd(format!("broke off its answer: {error}")))?;
    match status.as_u16() {
        200..=299 => Ok(text),
        401 | 403 => Err(Silence::Odd("does not accept the token of its own run file".to_owned())),
        code => Err(Silence::Odd(format!("answered with HTTP status {code}"))),
    }
}

/// The text of a file that is ours and that nobody else can read; none when it is not there.
fn read_private(path: &Path) -> Result<Option<String>, Failure> {
    let failed = |source| Failure::File { operation: "read", path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let metadata = file.metadata().map_err(failed)?;
    let distrust = |why| Err(Failure::RunFile { path: path.to_owned(), why });
    if metadata.uid() != process::uid() {
        return distrust("it is another user's");
    }
    if metadata.mode() & 0o077 != 0 {
        return distrust("others can read or write it");
    }
    let mut text = String::new();
    file.take(RUN_FILE_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}

/// True for `http://ADDRESS:PORT` with a loopback address.
fn is_loopback(api: &str) -> bool {
    address(api).is_some_and(|address| address.ip().is_loopback())
}

fn address(api: &str) -> Option<SocketAddr> {
    api.trim_end_matches('/').strip_prefix("http://")?.parse().ok()
}

#[cfg(test)]
mod tests;

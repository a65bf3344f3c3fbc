//! Clients that do not take the certificates made here, such as those with pinned ones. Whoever has
//! rejected them twice for a host is led there blind for a while, so that it works; that it is not
//! read any more is recorded. A client is a process.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rustls::AlertDescription as Alert;
use vigil_platform::process;
use vigil_proto::event::ProcessRef;

use super::intercept::Ended;

/// The reason of the gap that such a client leaves; a detector makes a finding of it.
pub(super) const REASON: &str = "client-distrusts";

/// So many rejections, each within [`MEMORY`] of the one before, are no accident.
const REJECTIONS: u32 = 2;
/// How long a rejection counts, and so how long a client is led blind.
const MEMORY: Duration = Duration::from_mins(10);
/// The most clients that are remembered; when there are more, the oldest are forgotten.
const REMEMBERED: usize = 1024;
/// A client that says nothing for longer than this after the handshake has other reasons.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How a client met a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// It went on to say something.
    Taken,
    /// It said that it does not take it.
    Rejected,
    /// It left without a word. Node's clients look at a certificate when the handshake is done and
    /// leave like this; so do those that connect beforehand and then need no connection.
    Left,
    /// Nothing can be told.
    Unknown,
}

impl Met {
    /// From how a decrypted connection ended after `duration`, with `sent` bytes passed on.
    pub(super) fn of(ended: &Result<(), Ended>, sent: u64, duration: Duration) -> Self {
        match ended {
            _ if sent > 0 => Self::Taken,
            Err(Ended::ClientTls(error) | Ended::Broken(error)) if is_rejection(error) => {
                Self::Rejected
            }
            Err(Ended::ClientTls(error)) if !has_gone(error) => Self::Unknown,
            Ok(()) | Err(Ended::ClientTls(_) | Ended::Broken(_)) if duration < AT_ONCE => {
                Self::Left
            }
            _ => Self::Unknown,
        }
    }
}

/// True when the other end has gone away.
fn has_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};

    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

/// True for a TLS alert that is about the certificate.
fn is_rejection(error: &io::Error) -> bool {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::AlertReceived(alert)) = tls else { return false };
    matches!(
        alert,
        Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
    )
}

/// Who rejected what.
#[derive(Debug, Default)]
pub(super) struct Distrust {
    all: Mutex<HashMap<Key, Standing>>,
    /// Rejections that are seen, but not yet whose they are.
    judging: AtomicUsize,
}

type Key = (Option<ProcessRef>, Arc<str>);

#[derive(Clone, Debug)]
struct Standing {
    /// The name of the program, once it is known.
    program: Option<Arc<str>>,
    rejections: u32,
    /// Times that it left without a word.
    left: u32,
    /// It has said something over a connection that was decrypted.
    has_taken: bool,
    last: Instant,
}

/// A rejection of which it is being found out whose it is.
pub(super) struct Judging<'a>(&'a AtomicUsize);

impl Drop for Judging<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Distrust {
    /// Until the result is dropped, it is being found out whose a rejection is.
    pub(super) fn judge(&self) -> Judging<'_> {
        self.judging.fetch_add(1, Ordering::AcqRel);
        Judging(&self.judging)
    }

    /// True while it is being found out whose a rejection is.
    pub(super) fn is_judging(&self) -> bool {
        self.judging.load(Ordering::Acquire) > 0
    }

    /// True when somebody did not take the certificate for `host`: only then is it worth asking
    /// before a handshake whose client it is. Afterwards it may have gone already.
    pub(super) fn is_suspect(&self, host: &str, now: Instant) -> bool {
        let all = self.lock();
        all.iter().any(|((_, at), standing)| {
            &**at == host && standing.rejections + standing.left > 0 && standing.is_fresh(now)
        })
    }

    /// True when this connection of `process` is to be led blind to `host`. One that has also taken
    /// the certificate, such as an agent whose tool does not, is led so only once at a time: its
    /// other connections are to be read.
    pub(super) fn leads_blind(
        &self,
        process: Option<ProcessRef>,
        host: &Arc<str>,
        now: Instant,
    ) -> bool {
        let mut all = self.lock();
        let is_blind = is_blind(&all, process, host, now);
        let nobodys = all.get(&(None, Arc::clone(host))).map_or(0, |it| it.rejections);
        if is_blind
            && let Some(own) = all.get_mut(&(process, Arc::clone(host)))
            && own.has_taken
        {
            own.rejections = (REJECTIONS - 1).saturating_sub(nobodys);
        }
        is_blind
    }

    /// Remembers how `process` met the certificate for `host`; true when it is led blind from now on
    /// and was not before.
    pub(super) fn note(
        &self,
        process: Option<ProcessRef>,
        host: &Arc<str>,
        met: Met,
        now: Instant,
    ) -> bool {
        // Of those that nobody knows one may take what another does not.
        if met == Met::Unknown || process.is_none() && met == Met::Taken {
            return false;
        }
        let key = (process, Arc::clone(host));
        let mut all = self.lock();
        if !all.get(&key).is_some_and(|standing| standing.is_fresh(now)) {
            make_room(&mut all, now);
            let fresh =
                Standing { program: None, rejections: 0, left: 0, has_taken: false, last: now };
            all.insert(key.clone(), fresh);
        }
        let was_blind = is_blind(&all, process, host, now);
        let Some(standing) = all.get_mut(&key) else { return false };
        let takes = met == Met::Taken || met == Met::Left && standing.has_taken;
        match met {
            Met::Rejected => standing.rejections += 1,
            Met::Left if standing.has_taken => {}
            Met::Left => standing.left += 1,
            Met::Taken | Met::Unknown => (standing.has_taken, standing.left) = (true, 0),
        }
        // What it takes does not keep an old rejection alive.
        if !takes || standing.rejections == 0 {
            standing.last = now;
        }
        if takes && let Some(nobody) = all.get_mut(&(None, Arc::clone(host))) {
            // Those who left before they were found are likely to be of its kind: not worth a wait.
            (nobody.has_taken, nobody.left) = (true, 0);
        }
        !was_blind && is_blind(&all, process, host, now)
    }

    /// The name of the program that `process` runs: as it was `found` once, since whoever does not
    /// take a certificate is soon gone.
    pub(super) fn program(
        &self,
        process: Option<ProcessRef>,
        host: &Arc<str>,
        found: Option<Arc<str>>,
    ) -> Option<Arc<str>> {
        let mut all = self.lock();
        let standing = all.get_mut(&(process, Arc::clone(host)))?;
        if standing.program.is_none() {
            standing.program = found;
        }
        standing.program.clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Standing>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) < MEMORY
    }
}

/// A client that has gone before it was found is nobody: what nobody has said counts for those who
/// are found and say the same.
fn is_blind(
    all: &HashMap<Key, Standing>,
    process: Option<ProcessRef>,
    host: &Arc<str>,
    now: Instant,
) -> bool {
    let standing =
        |process| all.get(&(process, Arc::clone(host))).filter(|standing| standing.is_fresh(now));
    let nobodys = standing(None).map_or(0, |it| it.rejections);
    if process.is_none() {
        return nobodys >= REJECTIONS;
    }
    standing(process).is_some_and(|own| {
        own.rejections + own.left >= REJECTIONS
            || own.rejections > 0 && own.rejections + nobodys >= REJECTIONS
    })
}

/// Forgets what no longer counts, and the oldest where that is not enough.
fn make_room(all: &mut HashMap<Key, Standing>, now: Instant) {
    if all.len() < REMEMBERED {
        return;
    }
    all.retain(|_, standing| standing.is_fresh(now));
    if all.len() >= REMEMBERED {
        let oldest = all.iter().min_by_key(|(_, standing)| standing.last);
        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
            all.remove(&oldest);
        }
    }
}

/// Who does not take a certificate.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) process: Option<ProcessRef>,
    /// The name of its program.
    pub(super) program: Option<Arc<str>>,
}

/// The longest name of a program that is told.
const NAME_MAX: usize = 64;

/// The name of the program that `process` runs, while it does.
pub(super) fn program_of(process: ProcessRef) -> Option<Arc<str>> {
    let exe = process::details(process.pid, process.started.as_micros()).ok()?.exe?;
    let exe = String::from_utf8_lossy(&exe);
    // Linux says so of a file that was replaced.
    let file = exe.strip_suffix(" (deleted)").unwrap_or(&exe).rsplit('/').next()?;
    let name: String = file.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    (!name.is_empty()).then(|| name.into())
}

/// What there is to say of `program` (of the agent `client`, if it is one's own) and `host`, for good:
/// the same words mean the same case, whichever process it was and however often.
pub(super) fn words(program: Option<&str>, client: Option<&str>, host: &str) -> String {
    let (who, remedy) = match (client, program) {
        (Some(client), _) => {
            (client, format!("`vigil route on {client}` has it take the certificate"))
        }
        (None, Some(program)) => (program, remedy(program)),
        (None, None) => (
            "a program that was gone before it was found",
            "`vigil route exec -- PROGRAM` starts one that takes the certificate".to_owned(),
        ),
    };
    format!(
        "{who} does not take Vigil's certificate for {host}: what it says there is not read for a \
         while; {remedy}"
    )
}

/// By what these programs document of themselves.
fn remedy(program: &str) -> String {
    let same = |name: &str| {
        format!("set {name} for it to the file that `vigil route env` names as SSL_CERT_FILE")
    };
    // Whoever made the program chose its name, and somebody may type this.
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-');
    let typed = if program.bytes().all(is_plain) { program } else { "PROGRAM" };
    let exec = format!("`vigil route exec -- {typed}` starts it so that it takes the certificate");
    match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
        "curl" | "node" | "bun" => exec,
        "python" => format!("{exec}; for the library requests, {}", same("REQUESTS_CA_BUNDLE")),
        "git" | "git-remote-http" | "git-remote-https" => same("GIT_SSL_CAINFO"),
        "deno" => same("DENO_CERT"),
        _ => format!("{exec}, unless it has a list of its own"),
    }
}

#[cfg(test)]
mod tests;

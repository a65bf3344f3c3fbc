//! A request of Vigil's own through the running proxy, for `vigil doctor`: the real listener, a real
//! handshake on either side, every byte compared where it arrives, and the copy given to an inspector
//! whose events go nowhere but to whoever tries. Nothing is dialled that is not in this process, and
//! nothing of it is recorded.

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{
    Counters,
    accept::Front,
    crypto::provider,
    h2::{Offers, Protocol},
    inspect,
    intercept::Interception,
    leaf::Leaf,
    prefixed::Prefixed,
    tee::Mailbox,
    tunnel::Traffic,
};
use crate::{pipeline::Inlet, source::family::Families};

/// The host it is for: what it says is in the form of that API.
const HOST: &str = "api.anthropic.com";
/// How long each step may take. They take milliseconds; a loaded machine needs more.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer to a CONNECT, in bytes.
const HEAD_MAX: usize = 4096;
/// The longest answer to the request, in bytes.
const ANSWER_MAX: u64 = 64 * 1024;

/// The way to try the proxy; clones share it.
#[derive(Clone, Debug)]
pub struct Trials {
    at: SocketAddr,
    ca: PathBuf,
    is_listed: bool,
    /// Those under way, each by its word.
    now: Arc<Mutex<HashMap<String, Trial>>>,
}

/// One that is under way.
struct Trial {
    mailbox: Mailbox,
    roots: Arc<ClientConfig>,
    said: Arc<Said>,
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").finish_non_exhaustive()
    }
}

/// What is asked and answered, byte for byte.
struct Said {
    asked: Vec<u8>,
    answer: Vec<u8>,
}

/// Why it did not go well.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// Nothing that could be tried is decrypted.
    #[error("{HOST} is not among the hosts that are decrypted (`proxy.hosts`)")]
    NotListed,
    /// The listener does not do what it should.
    #[error("the proxy at {0} does not answer: {1}")]
    Silent(SocketAddr, #[source] io::Error),
    /// It answers, and not as it should.
    #[error("the proxy refused: {0}")]
    Refused(String),
    /// The list that clients take is not there.
    #[error("there is no certificate to be read in {}", .0.display())]
    NoList(PathBuf),
    /// A client would not trust it.
    #[error("a client that trusts {path} would not take its certificate: {source}", path = .0.display(), source = .1)]
    Untrusted(PathBuf, #[source] io::Error),
    /// What was sent did not come back as it should.
    #[error("the request did not come through: {0}")]
    Broken(#[source] io::Error),
    /// Something else was answered.
    #[error("the answer was not the one that was given")]
    Changed,
}

impl Trials {
    pub(super) fn new(at: SocketAddr, ca: PathBuf, hosts: &[String]) -> Self {
        let is_listed = hosts.iter().any(|host| host == HOST);
        Self { at, ca, is_listed, now: Arc::default() }
    }

    /// Where the proxy listens.
    pub const fn at(&self) -> SocketAddr {
        self.at
    }

    /// Sends a made-up request of the session `session` and waits for its answer. What the proxy
    /// makes of it has gone into `inlet` when this returns.
    ///
    /// # Errors
    /// The proxy does not do what it should, or there is nothing to be tried.
    pub async fn attempt(&self, session: &str, inlet: Inlet) -> Result<(), TrialError> {
        if !self.is_listed {
            return Err(TrialError::NotListed);
        }
        let roots = self.roots()?;
        let (mailbox, inbox) = Mailbox::new(&Counters::default());
        let at = self.at;
        let inspector = thread::Builder::new()
            .name("proxy-trial".to_owned())
            .spawn(move || inspect::run(at, &inlet, &Families::default(), inbox))
            .map_err(TrialError::Broken)?;
        let said = Arc::new(Said::new(session));
        let trial = Trial { mailbox, roots: Arc::clone(&roots), said: Arc::clone(&said) };
        self.now().insert(session.to_owned(), trial);
        let asked = self.ask(session, roots, &said).await;
        // With the mailbox goes the inspector, once it has read what is in it.
        self.now().remove(session);
        let _ = timeout(PATIENCE, task::spawn_blocking(move || inspector.join())).await;
        asked
    }

    /// What clients trust that are led here.
    fn roots(&self) -> Result<Arc<ClientConfig>, TrialError> {
        let none = || TrialError::NoList(self.ca.clone());
        let mut roots = RootCertStore::empty();
        let certificates = CertificateDer::pem_file_iter(&self.ca).map_err(|_| none())?;
        roots.add_parsable_certificates(certificates.flatten());
        if roots.is_empty() {
            return Err(none());
        }
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| TrialError::Broken(io::Error::other(error)))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![Protocol::Http1.alpn().to_vec()];
        Ok(Arc::new(config))
    }

    async fn ask(
        &self,
        word: &str,
        roots: Arc<ClientConfig>,
        said: &Said,
    ) -> Result<(), TrialError> {
        let silent = |error| TrialError::Silent(self.at, error);
        let tunnel = within(self.connect(word)).await.map_err(silent)?;
        let tunnel = tunnel.map_err(TrialError::Refused)?;
        let name = ServerName::try_from(HOST)
            .map_err(|error| TrialError::Broken(io::Error::other(error)))?;
        let shaking = within(TlsConnector::from(roots).connect(name, tunnel));
        let mut tls =
            shaking.await.map_err(|error| TrialError::Untrusted(self.ca.clone(), error))?;
        let exchange = async {
            tls.write_all(&said.asked).await?;
            tls.flush().await?;
            let mut answer = vec![0; said.answer.len()];
            tls.read_exact(&mut answer).await?;
            tls.shutdown().await?;
            Ok(answer)
        };
        let answer = within(exchange).await.map_err(TrialError::Broken)?;
        if answer == said.answer { Ok(()) } else { Err(TrialError::Changed) }
    }

    /// Asks to be led; the inner error is what was said against it.
    async fn connect(&self, word: &str) -> io::Result<Result<TcpStream, String>> {
        let mut stream = TcpStream::connect(self.at).await?;
        let ask = format!(
            "CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\nVigil-Probe: {word}\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await?;
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_MAX {
            stream.read_exact(&mut byte).await?;
            head.extend_from_slice(&byte);
        }
        if head.starts_with(b"HTTP/1.1 200 ") {
            return Ok(Ok(stream));
        }
        let mut why = String::new();
        // The reason is for people; without it the status line says enough.
        let _ = stream.take(ANSWER_MAX).read_to_string(&mut why).await;
        let why = why.trim().trim_start_matches("Vigil: ");
        let status = String::from_utf8_lossy(&head);
        let status = status.lines().next().unwrap_or_default();
        Ok(Err(if why.is_empty() { status } else { why }.to_owned()))
    }

    /// The one under way whose word this is.
    fn named(&self, word: &str) -> Option<(Mailbox, Arc<ClientConfig>, Arc<Said>)> {
        let now = self.now();
        let trial = now.get(word)?;
        Some((trial.mailbox.clone(), Arc::clone(&trial.roots), Arc::clone(&trial.said)))
    }

    fn now(&self) -> MutexGuard<'_, HashMap<String, Trial>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves `client` as the one under way whose word `word` is; gives it back when there is none.
pub(super) async fn serve(
    front: &Front,
    word: &str,
    client: TcpStream,
    first: Vec<u8>,
    leaf: &Leaf,
) -> Result<io::Result<()>, (TcpStream, Vec<u8>)> {
    let Some((mailbox, roots, said)) = front.trials.named(word) else {
        return Err((client, first));
    };
    Ok(lead(client, first, leaf.clone(), mailbox, roots, said).await)
}

async fn lead(
    mut client: TcpStream,
    first: Vec<u8>,
    leaf: Leaf,
    mailbox: Mailbox,
    roots: Arc<ClientConfig>,
    said: Arc<Said>,
) -> io::Result<()> {
    let (upstream, answering) = upstream(&leaf, said).await?;
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    let host: Arc<str> = HOST.into();
    let interception = Interception {
        host: Arc::clone(&host),
        client: Prefixed::new(first, client),
        upstream,
        leaf,
        offers: Offers { http1: true, http2: false },
        upstream_tls: roots,
    };
    let traffic = Traffic::default();
    let ended = interception.run(&traffic, || mailbox.open(mailbox.next_flow(), host)).await;
    answering.abort();
    ended.map_err(io::Error::other)
}

/// A host on loopback that has one answer, and the connection to it.
async fn upstream(
    leaf: &Leaf,
    said: Arc<Said>,
) -> io::Result<(TcpStream, task::JoinHandle<io::Result<()>>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let at = listener.local_addr()?;
    let connection = TcpStream::connect(at).await?;
    let own = connection.local_addr()?;
    // Whoever else connects there is not waited for.
    let accepted = loop {
        let (accepted, peer) = listener.accept().await?;
        if peer == own {
            break accepted;
        }
    };
    let acceptor = TlsAcceptor::from(leaf.config(Protocol::Http1));
    let answering = tokio::spawn(within(async move {
        let mut tls = acceptor.accept(accepted).await?;
        let mut asked = vec![0; said.asked.len()];
        tls.read_exact(&mut asked).await?;
        if asked == said.asked {
            tls.write_all(&said.answer).await?;
        }
        tls.shutdown().await?;
        // Closed by the proxy, so that it has read everything.
        let _ = tls.read(&mut [0; 64]).await;
        Ok(())
    }));
    Ok((connection, answering))
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

impl Said {
    /// A conversation of the session `session`, in the words that the host's clients use.
    fn new(session: &str) -> Self {
        let asked = serde_json::json!({
            "model": "vigil-doctor", "max_tokens": 16,
            "messages": [{ "role": "user", "content": "Is anybody there?" }],
        });
        let answer = serde_json::json!({
            "id": format!("msg_{session}"), "type": "message", "role": "assistant",
            "model": "vigil-doctor", "stop_reason": "end_turn", "stop_sequence": null,
            "content": [{ "type": "text", "text": "This is Vigil, talking to itself." }],
            "usage": { "input_tokens": 11, "output_tokens": 7 },
        });
        let (asked, answer) = (asked.to_string(), answer.to_string());
        let head = format!(
            "POST /v1/messages HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: claude-cli/0.0.0 (vigil doctor)\r\n\
             X-Claude-Code-Session-Id: {session}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            asked.len()
        );
        let answered = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            answer.len()
        );
        Self { asked: (head + &asked).into_bytes(), answer: (answered + &answer).into_bytes() }
    }
}

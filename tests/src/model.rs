//! A scripted model: an Anthropic Messages server on loopback, TLS with a CA of its own, whose
//! answers and token counts are known beforehand.

use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use serde_json::{Value, json};

mod script;
pub use self::script::{Call, Step, Tokens, steps};

/// The running server.
#[derive(Debug)]
pub struct Model {
    addr: SocketAddr,
    ca: PathBuf,
    requests: Arc<AtomicU64>,
}

impl Model {
    /// Starts it for `host`; its CA's certificate is written into `dir`.
    pub fn start(host: &str, dir: &Path) -> Self {
        Self::start_at(host, dir, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts it at an address of the caller's choice.
    pub fn start_at(host: &str, dir: &Path, at: SocketAddr) -> Self {
        let (config, ca_pem) = certificates(host);
        let ca = dir.join("model-ca.pem");
        std::fs::write(&ca, ca_pem).unwrap();
        let listener = TcpListener::bind(at).unwrap();
        let addr = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), config) = (stream, Arc::clone(&config)) else { continue };
                let counter = Arc::clone(&counter);
                // A client that goes away ends its thread, nothing else.
                thread::spawn(move || serve(stream, config, &counter));
            }
        });
        Self { addr, ca, requests }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its CA's certificate, PEM.
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// What leads Vigil to it in place of `api.anthropic.com`: a file in `folder` for
    /// `--test-upstreams`.
    pub fn upstreams(&self, folder: &Path) -> String {
        let file = folder.join("upstreams.toml");
        let text = format!(
            "roots = [\"{}\"]\npins = {{ \"api.anthropic.com:443\" = \"{}\" }}\n",
            self.ca.display(),
            self.addr
        );
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Calls of the model so far.
    pub fn calls(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

fn certificates(host: &str) -> (Arc<ServerConfig>, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name.push(DnType::CommonName, "scripted model CA");
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let leaf_key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let leaf = leaf.signed_by(&leaf_key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap(),
        )
        .unwrap();
    (Arc::new(config), ca_certificate.pem())
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, counter: &AtomicU64) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let tls = ServerConnection::new(config).ok()?;
    let mut reader = BufReader::new(StreamOwned::new(tls, stream));
    loop {
        let (head, body) = request(&mut reader)?;
        let out = reader.get_mut();
        if head.starts_with("POST /v1/messages?") || head.starts_with("POST /v1/messages ") {
            let body: Value = serde_json::from_slice(&body).ok()?;
            let ordinal = counter.fetch_add(1, Ordering::SeqCst);
            answer(out, &body, ordinal)?;
        } else {
            write!(out, "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{{}}").ok()?;
        }
        out.flush().ok()?;
    }
}

fn request(reader: &mut impl std::io::BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    loop {
        let before = head.len();
        reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
        if head[before..].trim_end().is_empty() {
            break;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// Streams the scripted step that the request has reached.
fn answer(out: &mut impl Write, body: &Value, ordinal: u64) -> Option<()> {
    let step = script::step_for(body);
    // Unique across servers and runs, as a provider's ids are.
    let unique = format!("{ordinal:04}{:016x}", std::process::id() ^ u32::try_from(ordinal).ok()?);
    let message = format!("msg_{unique}");
    write!(
        out,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_{unique}\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .ok()?;
    for event in
        script::stream(&step, &message, body["model"].as_str().unwrap_or("claude-sonnet-4-5"))
    {
        let name = event["type"].as_str()?.to_owned();
        chunk(out, &format!("event: {name}\ndata: {event}\n\n"))?;
    }
    write!(out, "0\r\n\r\n").ok()
}

fn chunk(out: &mut impl Write, text: &str) -> Option<()> {
    write!(out, "{:x}\r\n{text}\r\n", text.len()).ok()?;
    out.flush().ok()
}

/// A request as a client sends it: `history` is the conversation so far.
pub fn request_body(session: &str, history: &[Value]) -> Value {
    json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "stream": true,
        "system": [{"type": "text", "text": "You are a test client's assistant."}],
        "tools": [{"name": "Bash", "input_schema": {"type": "object"}}],
        "metadata": {"user_id": json!({"session_id": session}).to_string()},
        "messages": history,
    })
}

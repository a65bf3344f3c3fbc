//! A model that answers in full or stops in the middle, as the request wishes, and clients that speak
//! to it through the proxy.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use serde_json::{Value, json};

const HOST: &str = "api.anthropic.com";

/// The tokens of each call.
pub(crate) const INPUT: u64 = 100;
pub(crate) const OUTPUT: u64 = 7;

/// Bounds hanging, measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// The model.
pub(crate) struct Server {
    at: SocketAddr,
    ca: PathBuf,
    asked: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let (config, pem) = certificates();
        let ca = folder.join("streams-ca.pem");
        std::fs::write(&ca, pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (config, counter) = (Arc::clone(&config), Arc::clone(&counter));
                // A client that goes away ends its thread, nothing else.
                thread::spawn(move || serve(stream, config, &counter));
            }
        });
        Self { at, ca, asked }
    }

    /// A file for `--test-upstreams`.
    pub(crate) fn upstreams(&self, folder: &Path) -> String {
        let file = folder.join("upstreams.toml");
        let (ca, at) = (self.ca.display(), self.at);
        let text = format!("roots = [\"{ca}\"]\npins = {{ \"{HOST}:443\" = \"{at}\" }}\n");
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// How many calls came.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn certificates() -> (Arc<ServerConfig>, String) {
    let key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = ca.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(ca, key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
    (Arc::new(config), pem)
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, asked: &AtomicUsize) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let tls = ServerConnection::new(config).ok()?;
    let mut reader = BufReader::new(StreamOwned::new(tls, stream));
    loop {
        let body = request(&mut reader)?;
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let is_whole = body["max_tokens"] == 1;
        let out = reader.get_mut();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        out.write_all(head.as_bytes()).ok()?;
        let (before, after) = answer(number);
        before.iter().try_for_each(|event| say(out, event))?;
        if !is_whole {
            // Nothing more comes, until the client or the proxy is gone.
            let _ = reader.read(&mut [0]);
            return None;
        }
        after.iter().try_for_each(|event| say(out, event))?;
        out.write_all(b"0\r\n\r\n").and_then(|()| out.flush()).ok()?;
    }
}

fn request(reader: &mut BufReader<StreamOwned<ServerConnection, TcpStream>>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn say(out: &mut impl std::io::Write, event: &Value) -> Option<()> {
    let text = format!("event: {}\ndata: {event}\n\n", event["type"].as_str()?);
    write!(out, "{:x}\r\n{text}\r\n", text.len()).ok()?;
    out.flush().ok()
}

/// The events of the answer to call `number`, up to its middle and after it.
fn answer(number: usize) -> (Vec<Value>, Vec<Value>) {
    let usage = json!({"input_tokens": INPUT, "output_tokens": 1});
    let message = json!({
        "id": format!("msg_{number:08}"), "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-5", "stop_reason": null, "usage": usage,
    });
    let delta = |text: &str| {
        let delta = json!({"type": "text_delta", "text": text});
        json!({"type": "content_block_delta", "index": 0, "delta": delta})
    };
    let block = json!({"type": "text", "text": ""});
    let before = vec![
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        delta("first words"),
    ];
    let end = json!({"stop_reason": "end_turn", "stop_sequence": null});
    let after = vec![
        delta(&format!(" and the rest of {number}")),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": end, "usage": {"output_tokens": OUTPUT}}),
        json!({"type": "message_stop"}),
    ];
    (before, after)
}

/// What speaks to the model through the proxy.
pub(crate) struct Client {
    proxy: String,
    tls: Arc<ClientConfig>,
}

/// The answer to one call.
pub(crate) struct Stream(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Client {
    /// Through the proxy at the address `proxy`, whose authority's certificate is the file `ca`.
    pub(crate) fn new(proxy: &str, ca: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let proxy = proxy.trim_start_matches("http://").to_owned();
        Self { proxy, tls: Arc::new(tls) }
    }

    /// Asks in a session of its own on a connection of its own.
    pub(crate) fn ask(&self, session: &str, is_whole: bool) -> Stream {
        self.try_ask(session, is_whole).unwrap()
    }

    /// Asks one new thing after the other until that fails.
    pub(crate) fn ask_until_it_breaks(&self, name: &str) {
        for number in 0_u32.. {
            let session = format!("{name}-{number}");
            let Ok(mut stream) = self.try_ask(&session, true) else { return };
            if stream.read_to_end().is_err() {
                return;
            }
        }
    }

    fn try_ask(&self, session: &str, is_whole: bool) -> std::io::Result<Stream> {
        let mut stream = TcpStream::connect(&self.proxy)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n")?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let name = ServerName::try_from(HOST).unwrap();
        let tls = ClientConnection::new(Arc::clone(&self.tls), name).unwrap();
        let mut stream = StreamOwned::new(tls, stream);
        let body = json!({
            "model": "claude-sonnet-4-5",
            "max_tokens": if is_whole { 1 } else { 2 },
            "stream": true,
            "messages": [{"role": "user", "content": format!("a question of {session}")}],
            "metadata": {"user_id": json!({"session_id": session}).to_string()},
        })
        .to_string();
        write!(
            stream,
            "POST /v1/messages HTTP/1.1\r\nhost: {HOST}\r\nuser-agent: claude-cli/2.0.0 (external)\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        stream.flush()?;
        Ok(Stream(BufReader::new(stream)))
    }
}

impl Stream {
    /// Reads until the answer's first words are there.
    pub(crate) fn read_first_words(&mut self) {
        while !self.line().unwrap().contains("first words") {}
    }

    /// Reads all of the answer.
    pub(crate) fn read_whole(&mut self) {
        self.read_to_end().unwrap();
    }

    fn read_to_end(&mut self) -> std::io::Result<()> {
        while self.line()? != "0\r\n" {}
        self.line().map(drop)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line)? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line),
        }
    }
}

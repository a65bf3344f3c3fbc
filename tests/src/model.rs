//! A scripted model on loopback, TLS with a CA of its own: it speaks Anthropic's Messages, `OpenAI`'s
//! Responses (also over a WebSocket) and Chat Completions, and Gemini. What it answers and what it
//! counts are known beforehand, and it keeps a list of what it served.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use serde_json::{Value, json};

mod answer;
mod chat;
mod gemini;
mod http;
mod messages;
mod responses;
mod script;
mod socket;
mod tools;
mod weather;

pub use self::script::Tokens;
use self::{
    answer::{Answer, Asked},
    weather::Weather,
};

/// The running server.
#[derive(Debug)]
pub struct Model {
    hosts: Vec<String>,
    addr: SocketAddr,
    ca: PathBuf,
    told: Arc<Told>,
}

/// One call that was answered in full: the truth that others are held against.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// The model that was asked for.
    pub model: String,
    /// The tokens, as far as the API tells them apart.
    pub tokens: Tokens,
    /// The tools that it asked for.
    pub tools: Vec<String>,
}

impl Served {
    /// True for what a client asked beside its conversation, such as a title.
    pub fn is_aside(&self) -> bool {
        let aside = script::aside();
        self.tools.is_empty()
            && self.tokens.input == aside.input
            && self.tokens.output == aside.output
    }
}

/// Where a model is, and what it does not do.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The hosts that it is.
    pub hosts: &'a [&'a str],
    /// Where it listens.
    pub at: SocketAddr,
    /// It opens no WebSocket.
    pub refuses_sockets: bool,
    /// It counts tool calls within each conversation, so that their ids come again in others.
    pub counts_calls: bool,
}

/// What the connections of a server share.
#[derive(Debug, Default)]
struct Told {
    refuses_sockets: bool,
    counts_calls: bool,
    answers: AtomicU64,
    calls: AtomicU64,
    served: Mutex<Vec<Served>>,
    broken: Mutex<Vec<Served>>,
    errors: AtomicU64,
    stalled: AtomicU64,
    /// How often each answer of each conversation was asked for and did not come whole.
    weather: Mutex<HashMap<(String, usize), usize>>,
    /// The conversation up to each answer of the Responses API, by the answer's id.
    conversations: Mutex<HashMap<String, Vec<Value>>>,
}

impl Model {
    /// Starts it for `host`; its CA's certificate is written into `dir`.
    pub fn start(host: &str, dir: &Path) -> Self {
        Self::start_at(host, dir, ([127, 0, 0, 1], 0).into())
    }

    /// Starts it at an address of the caller's choice.
    pub fn start_at(host: &str, dir: &Path, at: SocketAddr) -> Self {
        Self::start_as(
            Setting { hosts: &[host], at, refuses_sockets: false, counts_calls: false },
            dir,
        )
    }

    /// Starts it as `setting` says.
    pub fn start_as(setting: Setting<'_>, dir: &Path) -> Self {
        let hosts: Vec<_> = setting.hosts.iter().map(|host| (*host).to_owned()).collect();
        let (config, ca_pem) = certificates(&hosts);
        let ca = dir.join("model-ca.pem");
        std::fs::write(&ca, ca_pem).unwrap();
        let listener = TcpListener::bind(setting.at).unwrap();
        let addr = listener.local_addr().unwrap();
        let told = Told {
            refuses_sockets: setting.refuses_sockets,
            counts_calls: setting.counts_calls,
            ..Told::default()
        };
        let told = Arc::new(told);
        let shared = Arc::clone(&told);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), config) = (stream, Arc::clone(&config)) else { continue };
                let told = Arc::clone(&shared);
                // A client that goes away ends its thread, nothing else.
                thread::spawn(move || told.serve(stream, config));
            }
        });
        Self { hosts, addr, ca, told }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its CA's certificate, PEM.
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// What leads Vigil to it in place of its hosts: a file in `folder` for `--test-upstreams`.
    pub fn upstreams(&self, folder: &Path) -> String {
        let file = folder.join("upstreams.toml");
        let mut text = format!("roots = [\"{}\"]\n[pins]\n", self.ca.display());
        for host in &self.hosts {
            writeln!(text, "\"{host}:443\" = \"{}\"", self.addr).unwrap();
        }
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Calls of the model so far, those included that are being answered.
    pub fn calls(&self) -> u64 {
        self.told.calls.load(Ordering::SeqCst)
    }

    /// The calls that were answered in full.
    pub fn served(&self) -> Vec<Served> {
        self.told.served.lock().unwrap().clone()
    }

    /// The calls whose answer broke off, each with the tokens that had been told by then.
    pub fn broken(&self) -> Vec<Served> {
        self.told.broken.lock().unwrap().clone()
    }

    /// How many calls were answered with an error.
    pub fn errors(&self) -> u64 {
        self.told.errors.load(Ordering::SeqCst)
    }

    /// How many answers are held back, or were, after their beginning.
    pub fn stalled(&self) -> u64 {
        self.told.stalled.load(Ordering::SeqCst)
    }
}

fn certificates(hosts: &[String]) -> (Arc<ServerConfig>, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name.push(DnType::CommonName, "scripted model CA");
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let leaf_key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(hosts.to_vec()).unwrap();
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

impl Told {
    fn serve(&self, stream: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let tls = ServerConnection::new(config).ok()?;
        let mut stream = BufReader::new(StreamOwned::new(tls, stream));
        loop {
            let request = http::Request::read(&mut stream)?;
            if let Some(key) = request.field("sec-websocket-key") {
                let is_known = request.path.ends_with("/responses");
                if is_known && !self.refuses_sockets {
                    socket::open(stream.get_mut(), key)?;
                    return self.talk(&mut stream);
                }
                unknown(stream.get_mut())?;
            } else {
                self.answer(stream.get_mut(), &request)?;
            }
        }
    }

    fn answer(&self, out: &mut (impl Read + Write), request: &http::Request) -> Option<()> {
        let path = request.path.as_str();
        let read = match path {
            _ if request.method != "POST" => return unknown(out),
            "/v1/messages" => messages::read,
            "/v1/chat/completions" => chat::read,
            "/v1/responses" => responses::read,
            _ if path.ends_with(":generateContent") => gemini::read,
            _ if path.ends_with(":streamGenerateContent") => gemini::read,
            _ => return unknown(out),
        };
        let mut body: Value = serde_json::from_slice(&request.body).ok()?;
        if path == "/v1/responses" {
            self.follow(&mut body);
        }
        let mut asked = read(&body);
        let mut answer = self.next(&asked);
        let weather = self.weather(&asked);
        if let Some(Weather::Error(status)) = weather {
            self.errors.fetch_add(1, Ordering::SeqCst);
            return weather::fails(out, path, status, &answer.id);
        }
        if weather.is_none() {
            self.calls.fetch_add(1, Ordering::SeqCst);
        }
        let id = answer.id.clone();
        let tokens = answer.step.tokens;
        let (told, whole, events, end) = match path {
            "/v1/messages" => {
                (messages::told(tokens), messages::whole(&answer), messages::events(&answer), None)
            }
            "/v1/chat/completions" => {
                let tells_usage = body["stream_options"]["include_usage"] == true;
                let told = if tells_usage || !asked.streams { tokens } else { Tokens::default() };
                let events = chat::events(&answer, tells_usage);
                (chat::told(told), chat::whole(&answer), events, Some("[DONE]"))
            }
            "/v1/responses" => {
                self.keep(&body, &answer);
                let (whole, events) = (responses::whole(&answer), responses::events(&answer));
                (responses::told(tokens), whole, events, None)
            }
            _ => {
                let (models, verb) = path.rsplit_once(':')?;
                models.rsplit('/').next()?.clone_into(&mut answer.model);
                asked.streams = verb == "streamGenerateContent";
                (gemini::told(tokens), gemini::whole(&answer), gemini::events(&answer), None)
            }
        };
        if let Some(weather) = weather {
            http::begin(out, &id, weather::half(&events))?;
            return self.stops(out, weather, &answer, weather::told(path, tokens, told));
        }
        if asked.streams {
            http::stream(out, &id, &events, end)?;
        } else {
            http::document(out, "200 OK", &id, &whole)?;
        }
        self.serves(&answer, told);
        Some(())
    }

    /// Answers over a WebSocket, for as long as it is open.
    fn talk<S: Read + Write>(&self, stream: &mut BufReader<S>) -> Option<()> {
        loop {
            let mut body: Value = serde_json::from_str(&socket::message(stream)?).ok()?;
            self.follow(&mut body);
            let asked = responses::read(&body);
            let answer = self.next(&asked);
            let generates = body["generate"] != false;
            match self.weather(&asked).filter(|_| generates) {
                Some(Weather::Error(status)) => {
                    self.errors.fetch_add(1, Ordering::SeqCst);
                    let error = weather::error_event(status);
                    socket::send(stream.get_mut(), &error.to_string())?;
                    continue;
                }
                Some(weather) => {
                    let events = responses::events(&answer);
                    for event in weather::half(&events) {
                        socket::send(stream.get_mut(), &event.to_string())?;
                    }
                    return self.stops(stream.get_mut(), weather, &answer, Tokens::default());
                }
                None => {}
            }
            let events = if generates {
                self.calls.fetch_add(1, Ordering::SeqCst);
                self.keep(&body, &answer);
                responses::events(&answer)
            } else {
                self.keep(&body, &Answer { calls: Vec::new(), ..answer.clone() });
                responses::made_ready(&answer)
            };
            for event in events {
                socket::send(stream.get_mut(), &event.to_string())?;
            }
            if generates {
                self.serves(&answer, responses::told(answer.step.tokens));
            }
        }
    }

    /// Puts the conversation that `body` goes on with before what it says itself.
    fn follow(&self, body: &mut Value) {
        let Some(before) = body["previous_response_id"].as_str() else { return };
        let mut conversation =
            self.conversations.lock().unwrap().get(before).cloned().unwrap_or_default();
        conversation.extend(body["input"].as_array().into_iter().flatten().cloned());
        body["input"] = conversation.into();
    }

    /// Keeps the conversation of `body` with its answer.
    fn keep(&self, body: &Value, answer: &Answer) {
        let mut conversation = body["input"].as_array().cloned().unwrap_or_default();
        conversation.extend(responses::output(answer));
        self.conversations.lock().unwrap().insert(responses::id(answer), conversation);
    }

    fn next(&self, asked: &Asked) -> Answer {
        asked.answer(self.answers.fetch_add(1, Ordering::SeqCst), self.counts_calls)
    }

    /// What comes now in place of the answer.
    fn weather(&self, asked: &Asked) -> Option<Weather> {
        let (name, step) = asked.at();
        let mut weather = self.weather.lock().unwrap();
        let before = weather.entry((name.to_owned(), step)).or_default();
        let now = weather::before(name, step).get(*before).copied()?;
        *before += 1;
        Some(now)
    }

    /// Ends an answer of which half was sent: at once, or when the client is tired of waiting.
    fn stops(
        &self,
        out: &mut impl Read,
        weather: Weather,
        answer: &Answer,
        told: Tokens,
    ) -> Option<()> {
        let served = Served { model: answer.model.clone(), tokens: told, tools: Vec::new() };
        self.broken.lock().unwrap().push(served);
        if weather == Weather::Stalls {
            self.stalled.fetch_add(1, Ordering::SeqCst);
            let _ = out.read(&mut [0; 1]);
        }
        None
    }

    fn serves(&self, answer: &Answer, tokens: Tokens) {
        let tools = answer.calls.iter().map(|call| {
            let group = call.namespace.as_deref().unwrap_or_default();
            [group, &call.name].concat()
        });
        let tools = tools.collect();
        let served = Served { model: answer.model.clone(), tokens, tools };
        self.served.lock().unwrap().push(served);
    }
}

fn unknown(out: &mut impl Write) -> Option<()> {
    http::document(out, "404 Not Found", "none", &json!({}))
}

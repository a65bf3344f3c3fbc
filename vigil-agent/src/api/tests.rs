//! The API over real sockets, with a real store behind it.

mod access;
mod authority;
mod hook;
mod pages;
mod paired;
mod stream;
mod suppressions;

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, mpsc},
    time::{Duration, SystemTime},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
};
use vigil_detect::{Engine, FingerprintKey};
use vigil_proto::{
    ContentHasher, Kind, Sensitive, SessionId, Timestamp,
    archive::Restored,
    browser::{Answer, Said},
    event::Gap,
    guard::{HookAnswer, HookCall},
    report::{AgentStatus, DaemonState, DaemonStatus, Document, Status},
};
use vigil_store::Store;

use super::{Access, Browsers, Hooks, NotRestored, Parts, Restore, StatusReport, bind};
use crate::{
    intel::Current,
    pairing::Pairings,
    pipeline::{self, Exclusions, Inlet, Message, Pause, Shared, own_event},
    shutdown::Shutdown,
    vault::Vault,
};

struct Fixed;

impl Hooks for Fixed {
    fn ask(&self, call: &HookCall) -> HookAnswer {
        HookAnswer { reason: Some(call.command.clone()), ..HookAnswer::default() }
    }
}

impl super::Examine for Fixed {
    fn begin(&self) -> Result<String, super::NotTried> {
        Err(super::NotTried::over())
    }

    fn examine(
        &self,
        _: &super::Examination,
    ) -> Result<Vec<vigil_proto::report::Check>, super::NotTried> {
        Err(super::NotTried::over())
    }
}

impl Browsers for Fixed {
    fn hear(&self, said: Said) -> Option<Answer> {
        match said {
            Said::Turn { n: 503, .. } => None,
            Said::Turn { n, .. } => Some(Answer::Taken { n, session: None }),
            _ => Some(Answer::Heard {}),
        }
    }
}

impl Restore for Fixed {
    fn restore(&self, _: SessionId) -> Result<Restored, NotRestored> {
        Err(NotRestored::Refused("it cannot be".to_owned(), Some("leave it".to_owned())))
    }
}

impl StatusReport for Fixed {
    fn status(&self) -> Result<Document<Status>, vigil_store::Error> {
        Ok(Document::v1(
            "status",
            Status {
                version: "0".to_owned(),
                agent: AgentStatus { running: true, ..AgentStatus::default() },
                daemon: DaemonStatus::without(DaemonState::Absent, None),
                drops: [("drop.x".to_owned(), 1)].into(),
                ..Status::default()
            },
        ))
    }
}

struct Server {
    addr: SocketAddr,
    access: Access,
    shutdown: Shutdown,
    inlet: Inlet,
    committed: watch::Sender<i64>,
    changed: watch::Sender<u64>,
    running: JoinHandle<()>,
    pairings: Arc<Pairings>,
    _store: Store,
    folder: tempfile::TempDir,
}

async fn serve() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let commits = watch::Sender::new(0);
    let changed = watch::Sender::new(0);
    let (committed, changes) = (commits.clone(), changed.clone());
    let (store, _) = Store::open(
        folder.path(),
        vigil_store::Options::default(),
        Box::new(move |commit| {
            commits.send_replace(commit.last_seq);
            if commit.findings_changed {
                changes.send_modify(|n| *n += 1);
            }
        }),
    )
    .unwrap();
    let bound = bind(0, Vec::new()).await.unwrap();
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, bound.port()));
    let (access, shutdown) = (Access::generate().unwrap(), Shutdown::default());
    let shared = Arc::new(Shared {
        hasher: ContentHasher::new([0; 32]),
        checkpoints: Box::new(|_| None),
        exclusions: Exclusions::default(),
        pause: Pause::default(),
    });
    let (inlet, messages) = Inlet::new(Arc::clone(&shared));
    let engine = Arc::new(Engine::new(FingerprintKey::from_bytes([7; 32])));
    spawn_pipeline(messages, Arc::clone(&engine), store.writer());
    std::fs::create_dir_all(folder.path().join("state")).unwrap();
    let pairings = Arc::new(Pairings::open(&folder.path().join("state")));
    let running = tokio::spawn(bound.run(Parts {
        data: folder.path().to_owned(),
        state_dir: folder.path().join("state"),
        writer: store.writer(),
        mask: Arc::new(move |text| engine.mask(text).0),
        renew: None,
        status: Arc::new(Fixed),
        restore: Arc::new(Fixed),
        hooks: Arc::new(Fixed),
        doctor: Arc::new(Fixed),
        browsers: Arc::new(Fixed),
        pairings: Arc::clone(&pairings),
        inlet: inlet.clone(),
        shared,
        committed: committed.subscribe(),
        changed: changed.clone(),
        vault: Arc::new(Vault::open(&folder.path().join("state"))),
        vault_days: 30,
        intel_schedule: "off",
        user_rules: Arc::default(),
        mask_again: super::MaskAgain { ask: mpsc::channel().0, waits: Arc::default() },
        access: access.clone(),
        shutdown: shutdown.clone(),
    }));
    Server {
        addr,
        access,
        shutdown,
        inlet,
        committed,
        changed,
        running,
        pairings,
        _store: store,
        folder,
    }
}

fn spawn_pipeline(
    messages: mpsc::Receiver<Message>,
    engine: Arc<Engine>,
    writer: vigil_store::Writer,
) {
    std::thread::spawn(move || {
        pipeline::run(&messages, &engine, &Current::default(), &writer, &|| true)
    });
}

impl Server {
    /// The answer to a request with these header lines; `HOST` stands for our own.
    async fn ask(&self, method: &str, path: &str, headers: &[&str]) -> String {
        self.send(method, path, headers, "").await
    }

    async fn send(&self, method: &str, path: &str, headers: &[&str], body: &str) -> String {
        let mut stream = self.begin(method, path, headers, body).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn begin(&self, method: &str, path: &str, headers: &[&str], body: &str) -> TcpStream {
        let length = body.len();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n"
        );
        for header in headers {
            request.push_str(&header.replace("HOST", &self.addr.to_string()));
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        request.push_str(body);
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.access.bearer())
    }

    /// Puts an event of Vigil's own on record and waits until it is.
    async fn happen(&self, words: &str) {
        self.begin_to_happen(words);
        let inlet = self.inlet.clone();
        tokio::task::spawn_blocking(move || inlet.flush().unwrap()).await.unwrap();
    }

    /// Without waiting.
    fn begin_to_happen(&self, words: &str) {
        let gap = Gap { reason: "test", detail: Sensitive::from(words), bytes: None };
        let batch = own_event("test", Timestamp::from(SystemTime::now()), Kind::Gap(gap));
        self.inlet.send(batch).unwrap();
    }
}

fn status_of(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

fn body_of(answer: &str) -> serde_json::Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

#[tokio::test]
async fn a_pause_is_recorded_and_down_ends() {
    let server = serve().await;
    let token = server.bearer();
    for path in ["/api/v1/pause", "/api/v1/pause", "/api/v1/resume"] {
        let answer = server.ask("POST", path, &["Host: HOST", &token]).await;
        assert_eq!(status_of(&answer), "200");
    }
    let inlet = server.inlet.clone();
    tokio::task::spawn_blocking(move || inlet.flush().unwrap()).await.unwrap();
    let recorded = server.ask("GET", "/api/v1/events", &["Host: HOST", &token]).await;
    let events = body_of(&recorded)["events"].clone();
    let names: Vec<_> = events.as_array().unwrap().iter().map(|event| &event["name"]).collect();
    assert_eq!(names, ["pause", "resume"], "a second pause changes nothing");

    server.ask("POST", "/api/v1/down", &["Host: HOST", &token]).await;
    tokio::time::timeout(Duration::from_mins(1), server.shutdown.requested()).await.unwrap();
}

#[tokio::test]
async fn a_silent_client_does_not_keep_the_agent_from_ending() {
    let server = serve().await;
    let mut clients = Vec::new();
    for said in ["", "GET / HT", "POST /api/v1/pause HTTP/1.1\r\nHost: x\r\n"] {
        let mut client = TcpStream::connect(server.addr).await.unwrap();
        client.write_all(said.as_bytes()).await.unwrap();
        clients.push(client);
    }
    // All of them were accepted once a later one is answered.
    server.ask("GET", "/", &["Host: HOST"]).await;

    server.shutdown.request();

    tokio::time::timeout(Duration::from_mins(1), server.running).await.unwrap().unwrap();
}

#[tokio::test]
async fn localhost_is_ours_by_either_address() {
    let server = serve().await;
    let port = server.addr.port();
    let mine = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, port));

    // Where there is no IPv6 at all, nobody can listen there either.
    assert!(mine.is_err(), "somebody else could have been sent our link");
    assert!(bind(port, Vec::new()).await.is_err());
}

#[tokio::test]
async fn what_was_noted_is_on_record_when_that_was_asked_for() {
    let server = serve().await;
    let token = server.bearer();
    let state = server.folder.path().join("state");
    let note = |what, words: &str| {
        vigil_platform::changes::Changes::hold(&state).unwrap().note(what, words).unwrap();
    };
    note(vigil_proto::change::Changed::RouteOn, "codex is led to the proxy");
    note(vigil_proto::change::Changed::RouteOff, "codex is no longer led there");

    let nobody = server.ask("POST", "/api/v1/changes", &["Host: HOST"]).await;
    assert_eq!(status_of(&nobody), "401");
    for taken in [2, 0] {
        let answer = server.ask("POST", "/api/v1/changes", &["Host: HOST", &token]).await;
        assert_eq!(body_of(&answer)["taken"], taken, "{answer}");
    }

    let recorded = server.ask("GET", "/api/v1/events", &["Host: HOST", &token]).await;
    let events = body_of(&recorded)["events"].clone();
    let names: Vec<_> = events.as_array().unwrap().iter().map(|event| &event["name"]).collect();
    assert_eq!(names, ["route on", "route off"]);
}

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool, mpsc},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use vigil_proto::{
    ContentHasher, Kind,
    report::{AgentStatus, Document, ProxyStatus, Status, StoreStatus},
};

use super::{Access, State, StatusReport, bind};
use crate::{
    pipeline::{Exclusions, Inlet, Message, Shared},
    shutdown::Shutdown,
};

struct Fixed;

impl StatusReport for Fixed {
    fn status(&self) -> Result<Document<Status>, vigil_store::Error> {
        Ok(Document::v1(
            "status",
            Status {
                version: "0".to_owned(),
                agent: AgentStatus { running: true, ..AgentStatus::default() },
                proxy: ProxyStatus::default(),
                daemon: "not-installed".to_owned(),
                surfaces: Vec::new(),
                drops: [("drop.<script>".to_owned(), 1)].into(),
                store: StoreStatus::default(),
                warnings: Vec::new(),
            },
        ))
    }
}

struct Server {
    addr: SocketAddr,
    access: Access,
    shutdown: Shutdown,
    messages: mpsc::Receiver<Message>,
    running: JoinHandle<()>,
}

async fn serve() -> Server {
    let bound = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let (addr, access, shutdown) = (bound.addr(), Access::generate().unwrap(), Shutdown::default());
    let shared = Arc::new(Shared {
        hasher: ContentHasher::new([0; 32]),
        checkpoints: Box::new(|_| None),
        exclusions: Exclusions::default(),
        paused: AtomicBool::new(false),
    });
    let (inlet, messages) = Inlet::new(Arc::clone(&shared));
    let running = tokio::spawn(bound.run(State {
        data: std::path::PathBuf::new(),
        status: Arc::new(Fixed),
        inlet,
        shared,
        access: access.clone(),
        shutdown: shutdown.clone(),
    }));
    Server { addr, access, shutdown, messages, running }
}

impl Server {
    /// The answer to a request with these header lines; `HOST` stands for our own.
    async fn ask(&self, method: &str, path: &str, headers: &[&str]) -> String {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for header in headers {
            request.push_str(&header.replace("HOST", &self.addr.to_string()));
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.access.bearer())
    }
}

fn status_of(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

#[tokio::test]
async fn the_token_opens_the_api_and_nothing_else_does() {
    let server = serve().await;
    let with_token = server.ask("GET", "/api/v1/status", &["Host: HOST", &server.bearer()]).await;
    assert_eq!(status_of(&with_token), "200");
    assert!(with_token.contains("vigil.status/1"));

    for header in ["X: y", "Authorization: Bearer nonsense", "Cookie: vigil_session=nonsense"] {
        let answer = server.ask("GET", "/api/v1/status", &["Host: HOST", header]).await;
        assert_eq!(status_of(&answer), "401", "{header}");
    }
    let login = format!("/login?once={}", server.access.login_link());
    let cookie = cookie_of(&server.ask("GET", &login, &["Host: HOST"]).await);
    let answer = server.ask("POST", "/api/v1/down", &["Host: HOST", &cookie]).await;
    assert_eq!(status_of(&answer), "401", "a cookie is not the API's token");
}

#[tokio::test]
async fn another_host_or_origin_is_refused() {
    let server = serve().await;
    let token = server.bearer();
    for headers in [
        ["Host: evil.example", token.as_str(), "X: y"],
        ["Host: HOST", token.as_str(), "Origin: http://evil.example"],
        ["Host: HOST", token.as_str(), "Origin: null"],
        ["X: y", token.as_str(), "X: y"],
        ["Host: HOST", token.as_str(), "Host: evil.example"],
    ] {
        let answer = server.ask("GET", "/api/v1/status", &headers).await;
        assert!(matches!(status_of(&answer), "421" | "400"), "{}", status_of(&answer));
    }
}

fn cookie_of(answer: &str) -> String {
    let line = answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict"), "weak cookie");
    let value = line["set-cookie: ".len()..].split(';').next().unwrap();
    format!("Cookie: {value}")
}

#[tokio::test]
async fn the_login_link_works_once_and_the_page_escapes() {
    let server = serve().await;
    let login = format!("/login?once={}", server.access.login_link());
    let closed = server.ask("GET", "/", &["Host: HOST"]).await;
    assert!(!closed.contains("drop."), "the front page tells nothing without a cookie");
    let looked_at = server.ask("HEAD", &login, &["Host: HOST"]).await;
    assert_eq!(status_of(&looked_at), "405");

    let cookie = cookie_of(&server.ask("GET", &login, &["Host: HOST"]).await);
    let again = server.ask("GET", &login, &["Host: HOST"]).await;
    assert_eq!(status_of(&again), "403");

    let page = server.ask("GET", "/", &["Host: HOST", &cookie]).await;
    assert!(page.contains("drop.&lt;script&gt;"));
    assert!(!page.contains("<th>"), "every header cell says what it is the header of");
    assert!(page.contains("content-security-policy: default-src 'none'"));
}

#[tokio::test]
async fn a_pause_is_recorded_and_down_ends() {
    let server = serve().await;
    let token = server.bearer();
    for path in ["/api/v1/pause", "/api/v1/pause", "/api/v1/resume"] {
        let answer = server.ask("POST", path, &["Host: HOST", &token]).await;
        assert_eq!(status_of(&answer), "200");
    }
    let recorded: Vec<String> = server
        .messages
        .try_iter()
        .filter_map(|message| match message {
            Message::Batch(batch) => batch.events.into_iter().next(),
            Message::Flush(_) => None,
        })
        .filter_map(|event| match event.kind {
            Kind::ConfigChange(change) => Some(change.what.into_clear()),
            _ => None,
        })
        .collect();
    assert_eq!(recorded, ["pause", "resume"], "a second pause changes nothing");

    server.ask("POST", "/api/v1/down", &["Host: HOST", &token]).await;
    tokio::time::timeout(Duration::from_secs(5), server.shutdown.requested()).await.unwrap();
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
    tokio::time::timeout(Duration::from_secs(30), server.running).await.unwrap().unwrap();

    // The pipeline ends with its last inlet, so none may be left in a forgotten connection.
    assert!(matches!(server.messages.try_recv(), Err(mpsc::TryRecvError::Disconnected)));
}

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use vigil_proto::{
    Batch, ContentHasher, KindName, Sensitive, Timestamp, config::Exclude, telemetry::token,
};

use crate::{
    pipeline::{Exclusions, Inlet, Message as Piped, Pause, Shared},
    shutdown::Shutdown,
    source::telemetry::{
        Config, bind,
        otlp::{
            Value,
            tests::{Message, text},
        },
    },
};

const KEY: [u8; 32] = [3; 32];
/// How long a condition may take. It bounds hanging, it measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// A receiver, and what came out of it.
struct World {
    at: SocketAddr,
    inlet: Option<Inlet>,
    shared: Arc<Shared>,
    shutdown: Shutdown,
    runtime: tokio::runtime::Runtime,
    pipeline: Option<thread::JoinHandle<Vec<Batch<Sensitive>>>>,
    running: Option<tokio::task::JoinHandle<()>>,
}

impl World {
    fn start() -> Self {
        Self::with(&Exclude::default(), |_, _| Ok(Some(vigil_platform::process::uid())), None)
    }

    /// `stalled`: the pipeline takes nothing before it is told to.
    fn with(
        exclude: &Exclude,
        lookup: super::super::OwnerLookup,
        stalled: Option<std::sync::mpsc::Receiver<()>>,
    ) -> Self {
        let shared = Arc::new(Shared {
            hasher: ContentHasher::new([1; 32]),
            checkpoints: Box::new(|_| None),
            exclusions: Exclusions::new(exclude, std::path::Path::new("/home/x")),
            pause: Pause::default(),
        });
        let (inlet, messages) = Inlet::new(Arc::clone(&shared));
        let pipeline = thread::spawn(move || {
            if let Some(stalled) = stalled {
                let _ = stalled.recv();
            }
            let mut batches = Vec::new();
            while let Ok(message) = messages.recv() {
                match message {
                    Piped::Batch(batch) => batches.push(*batch),
                    Piped::Flush(done) => drop(done.send(())),
                }
            }
            batches
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let config = Config { listen, key: KEY, uid: vigil_platform::process::uid(), lookup };
        let bound = runtime.block_on(bind(config)).unwrap();
        let (at, shutdown) = (bound.addr(), Shutdown::default());
        let running = runtime.spawn(bound.run(inlet.clone(), shutdown.clone()));
        let (inlet, pipeline, running) = (Some(inlet), Some(pipeline), Some(running));
        Self { at, inlet, shared, shutdown, runtime, pipeline, running }
    }

    fn head(&self, more: &str) -> String {
        format!("POST /v1/logs HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}", self.at)
    }

    /// What is told with a token.
    fn tells(&self, client: &str, more: &str, body: &[u8]) -> String {
        let more = format!("Authorization: Bearer {}\r\n{more}", token(&KEY, client));
        self.asks(&self.head(&more), body)
    }

    /// The whole answer.
    fn asks(&self, head: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
        // Whoever is refused early may find the connection closed before all is said.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Ends, and gives all that came.
    fn ends(mut self) -> Vec<Batch<Sensitive>> {
        self.shutdown.request();
        self.runtime.block_on(self.running.take().unwrap()).unwrap();
        self.inlet.take();
        self.pipeline.take().unwrap().join().unwrap()
    }
}

fn status(answer: &str) -> u16 {
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.unwrap_or_else(|| panic!("no answer: {answer:?}"))
}

fn all_counts(batches: &[Batch<Sensitive>], name: &str) -> u64 {
    batches.iter().filter_map(|batch| batch.counts.get(name)).sum()
}

fn call() -> Message {
    let told = vec![
        ("session.id", text("s1")),
        ("event.name", text("api_request")),
        ("input_tokens", Value::Int(12)),
        ("output_tokens", Value::Int(9)),
        ("request_id", text("req_1")),
    ];
    Message { records: vec![(1_795_666_663_519_000_000, told)], ..Message::default() }
}

const JSON: &str = "Content-Type: application/json\r\n";
const PROTOBUF: &str = "Content-Type: application/x-protobuf\r\n";

#[test]
fn what_is_told_in_either_form_packed_or_not_is_recorded() {
    let world = World::start();
    let packed = |bytes: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let gzip = |kind: &str| format!("{kind}Content-Encoding: gzip\r\n");

    let answers = [
        world.tells("claude-code", JSON, &call().json()),
        world.tells("claude-code", PROTOBUF, &call().protobuf()),
        world.tells("claude-code", &gzip(JSON), &packed(&call().json())),
        world.tells("claude-code", &gzip(PROTOBUF), &packed(&call().protobuf())),
    ];

    for answer in &answers {
        assert_eq!(status(answer), 200, "{answer}");
    }
    assert!(answers[0].ends_with("\r\n\r\n{}"), "{}", answers[0]);
    assert!(answers[1].ends_with("\r\n\r\n"), "{}", answers[1]);
    let batches = world.ends();
    let events: Vec<_> = batches.iter().flat_map(|batch| &batch.events).collect();
    assert_eq!(events.len(), 4);
    assert!(events.iter().all(|event| event.id == events[0].id), "told again it is the same");
    assert!(events.iter().all(|event| event.kind.name() == KindName::ModelCall));
}

#[test]
fn nobody_is_heard_without_a_token_or_from_a_page() {
    let world = World::start();
    let body = call().json();
    let good = format!("Authorization: Bearer {}\r\n{JSON}", token(&KEY, "codex"));
    let port = world.at.port();
    let head = |host: &str, more: &str| {
        format!("POST /v1/logs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}")
    };
    let own = world.at.to_string();
    let wrong = format!("Authorization: Bearer {}\r\n{JSON}", token(&[4; 32], "codex"));

    for (told, head) in [
        (401, head(&own, JSON)),
        (401, head(&own, &wrong)),
        (401, head(&own, &format!("Authorization: Bearer \r\n{JSON}"))),
        (401, head(&own, &format!("{good}{wrong}"))),
        (403, head(&own, &format!("{good}Origin: http://{own}\r\n"))),
        (403, head(&own, &format!("{good}Sec-Fetch-Site: none\r\n"))),
        (403, head("vigil.example", &good)),
        (403, head("127.0.0.1:1", &good)),
        (200, head(&format!("localhost:{port}"), &good)),
    ] {
        let answer = world.asks(&head, &body);
        assert_eq!(status(&answer), told, "{head}\n{answer}");
        assert!(!answer.contains(&token(&KEY, "codex")));
    }
    let refused = world.asks(&head(&own, PROTOBUF), b"");
    assert!(refused.contains("application/x-protobuf"), "{refused}");
    assert!(refused.to_lowercase().contains("www-authenticate: bearer"), "{refused}");
    let batches = world.ends();
    assert_eq!(all_counts(&batches, "drop.telemetry-refused"), 9);
}

#[test]
fn another_users_connection_is_reset() {
    let stranger = |_, _| Ok(Some(vigil_platform::process::uid() + 1));
    let world = World::with(&Exclude::default(), stranger, None);

    let answer = world.tells("codex", JSON, &call().json());

    assert_eq!(answer, "");
    let batches = world.ends();
    assert!(batches.iter().all(|batch| batch.events.is_empty()));
    assert_eq!(all_counts(&batches, "drop.telemetry-refused"), 1);
}

#[test]
fn only_what_otlp_says_is_taken() {
    let world = World::start();
    let good = format!("Authorization: Bearer {}\r\n", token(&KEY, "codex"));
    let to = |line: &str, more: &str| {
        format!("{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{good}{more}", world.at)
    };
    let packed = format!("{JSON}Content-Encoding: gzip\r\n");
    let bomb = {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&vec![b' '; 64 << 20]).unwrap();
        gzip.finish().unwrap()
    };
    let large = vec![b' '; (4 << 20) + 1];

    for (told, head, body) in [
        (404, to("POST /v1/profiles", JSON), b"{}".as_slice()),
        (405, to("GET /v1/logs", JSON), b""),
        (415, to("POST /v1/logs", "Content-Type: text/plain\r\n"), b"{}"),
        (415, to("POST /v1/logs", &format!("{JSON}Content-Encoding: br\r\n")), b"{}"),
        (400, to("POST /v1/logs", JSON), b"{"),
        (400, to("POST /v1/logs", PROTOBUF), b"\x07"),
        (400, to("POST /v1/logs", &packed), b"not packed"),
        (413, to("POST /v1/logs", &packed), &bomb),
        (413, to("POST /v1/logs", JSON), &large),
        (200, to("POST /v1/metrics", JSON), b"{}"),
        (200, to("POST /v1/traces", PROTOBUF), b""),
    ] {
        let answer = world.asks(&head, body);
        // Whoever says too much may find the connection reset before he reads why.
        if told == 413 && answer.is_empty() {
            continue;
        }
        assert_eq!(status(&answer), told, "{head}\n{answer}");
    }
    let batches = world.ends();
    assert_eq!(all_counts(&batches, "drop.telemetry-too-large"), 2);
    assert_eq!(all_counts(&batches, "drop.telemetry-unreadable"), 7);
    assert_eq!(all_counts(&batches, "skip.telemetry-metrics"), 1);
    assert!(batches.iter().all(|batch| batch.events.is_empty()));
}

#[test]
fn records_that_were_too_many_are_told_back() {
    let world = World::start();
    let records = vec![call().records.remove(0); 1027];
    let message = Message { records, ..Message::default() };

    let json = world.tells("claude-code", JSON, &message.json());
    let protobuf = world.tells("claude-code", PROTOBUF, &message.protobuf());

    let body = json.split("\r\n\r\n").nth(1).unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["partialSuccess"]["rejectedLogRecords"], "3");
    // `partial_success { rejected_log_records: 3, error_message: "..." }`
    let words = "more records than are read of one message";
    let length = |n: usize| char::from_u32(u32::try_from(n).unwrap()).unwrap();
    let partial = format!("\x08\x03\x12{}{words}", length(words.len()));
    let whole = format!("\n{}{partial}", length(partial.len()));
    assert_eq!(protobuf.split("\r\n\r\n").nth(1), Some(whole.as_str()));
    assert_eq!(all_counts(&world.ends(), "drop.telemetry-records"), 6);
}

#[test]
fn a_store_that_is_behind_has_clients_come_again() {
    let (go, stalled) = std::sync::mpsc::channel();
    let own = |_, _| Ok(Some(vigil_platform::process::uid()));
    let world = World::with(&Exclude::default(), own, Some(stalled));
    let started = Instant::now();

    // The store takes nothing: those who wait for it are let go before long, told to come again.
    let answer = world.tells("claude-code", JSON, &call().json());

    assert_eq!(status(&answer), 503, "{answer}");
    assert!(answer.to_lowercase().contains("retry-after: "), "{answer}");
    go.send(()).unwrap();
    let mut answer = world.tells("claude-code", JSON, &call().json());
    while status(&answer) == 503 && started.elapsed() < PATIENCE {
        answer = world.tells("claude-code", JSON, &call().json());
    }
    assert_eq!(status(&answer), 200, "{answer}");
    let batches = world.ends();
    let ids: Vec<_> = batches.iter().flat_map(|b| &b.events).map(|event| event.id).collect();
    assert!(ids.len() >= 2 && ids.iter().all(|id| *id == ids[0]), "the same, however often");
}

#[test]
fn a_client_that_is_left_out_and_a_pause_leave_nothing() {
    let exclude = Exclude { clients: vec!["codex".to_owned()], ..Exclude::default() };
    let own = |_, _| Ok(Some(vigil_platform::process::uid()));
    let world = World::with(&exclude, own, None);

    let left_out = world.tells("codex", JSON, &call().json());
    world.shared.pause.set(true, Timestamp::from_micros(1));
    let paused = world.tells("claude-code", JSON, &call().json());

    assert_eq!((status(&left_out), status(&paused)), (200, 200));
    let batches = world.ends();
    assert!(batches.iter().all(|batch| batch.events.is_empty() && batch.sessions.is_empty()));
}

#[test]
fn where_folders_are_left_out_nobody_knows_whose_telemetry_it_is() {
    let exclude = Exclude { projects: vec!["/secret".to_owned()], ..Exclude::default() };
    let own = |_, _| Ok(Some(vigil_platform::process::uid()));
    let world = World::with(&exclude, own, None);

    assert_eq!(status(&world.tells("claude-code", JSON, &call().json())), 200);

    let batches = world.ends();
    assert!(batches.iter().all(|batch| batch.events.is_empty()));
    assert_eq!(all_counts(&batches, "skip.telemetry-excluded"), 1);
}

#[test]
fn who_sends_a_byte_now_and_then_keeps_nobody_waiting() {
    let world = World::start();
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..16 {
        let mut stream = TcpStream::connect(world.at).unwrap();
        stream.write_all(b"POST /v1/logs HTTP/1.1\r\nHost: ").unwrap();
        slow.push(stream);
    }

    let answer = world.tells("codex", JSON, &call().json());

    assert_eq!(status(&answer), 200);
    drop(slow);
    world.ends();
}

#[test]
fn who_is_slow_with_a_body_takes_nobodys_place() {
    let world = World::start();
    let token = token(&KEY, "claude-code");
    let more = format!("Authorization: Bearer {token}\r\n{JSON}Expect: 100-continue\r\n");
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(world.at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("{}Content-Length: 9\r\n\r\n", world.head(&more));
        stream.write_all(head.as_bytes()).unwrap();
        // Said when the body is waited for.
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100");
        slow.push(stream);
    }

    let answer = world.tells("codex", JSON, &call().json());

    assert_eq!(status(&answer), 200, "{answer}");
    drop(slow);
    world.ends();
}

#[test]
fn connections_that_are_too_many_are_closed_and_counted() {
    let world = World::start();
    let held: Vec<TcpStream> = (0..96).map(|_| TcpStream::connect(world.at).unwrap()).collect();

    // Those that came last find no place.
    let mut last = held.last().unwrap();
    last.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(!matches!(last.read(&mut [0]), Ok(1..)));

    drop(held);
    assert!(all_counts(&world.ends(), "drop.telemetry-connections") > 0);
}

#[test]
fn a_store_that_is_behind_keeps_nobody_from_being_answered_or_ending() {
    let (go, stalled) = std::sync::mpsc::channel();
    let own = |_, _| Ok(Some(vigil_platform::process::uid()));
    let world = World::with(&Exclude::default(), own, Some(stalled));
    let inlet = world.inlet.clone().unwrap();
    let full = thread::spawn(move || {
        // More than the inlet holds: the last of them waits, as do all that come after it.
        for _ in 0..16 {
            inlet.send(super::super::told::Client::Codex.batch()).unwrap();
        }
    });

    // Refusals are told to the store from time to time: that must not hold up those who come.
    let began = Instant::now();
    let mut answers = 0;
    while began.elapsed() < Duration::from_secs(5) {
        assert_eq!(status(&world.asks(&world.head(JSON), b"{}")), 401);
        answers += 1;
        thread::sleep(Duration::from_millis(20));
    }
    assert!(answers > 0);
    world.shutdown.request();
    let World { runtime, running, pipeline, inlet, .. } = world;
    let ends = async { tokio::time::timeout(PATIENCE, running.unwrap()).await };
    runtime.block_on(ends).expect("it never ends").unwrap();

    go.send(()).unwrap();
    full.join().unwrap();
    drop((inlet, runtime));
    pipeline.unwrap().join().unwrap();
}

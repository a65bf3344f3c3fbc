//! Writes processes and connections into the store of a Vigil that does not run, as the kernel's
//! witness and the proxy would tell them, for tests that look at the page:
//! `machine DATA_FOLDER PROCESSES [WORDS]`. Tool calls of the latest session that are there get
//! some of them. `WORDS` stand for every name.

#![expect(clippy::print_stderr, reason = "says what went wrong")]

use std::{error::Error, ops::ControlFlow, path::Path, process::ExitCode, time::SystemTime};

use vigil_proto::{
    Batch, ContentHash, Event, Kind, KindName, Masked, NaturalKey, SessionId, Source, SourceId,
    Timestamp, Witness,
    event::{Connection, Exit, Process, ProcessRef, Way},
    report::{EventFilter, EventRow},
};
use vigil_store::{Options, Reader, Store};

const COMMANDS: [&str; 8] = [
    "/bin/bash -c 'cargo test --workspace --all-features 2>&1 | tail -40'",
    "git status --porcelain",
    "node /home/dev/shop/node_modules/.bin/vite build --mode production",
    "rg --json getenv src",
    "cargo test --workspace --all-features",
    "python3 -m pytest tests/test_checkout.py -q",
    "cc -O2 -c vendor/deep/library/with/a/very/long/path/name.c -o build/name.o",
    "sleep 1",
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(processes)) = (args.next(), args.next()) else {
        eprintln!("usage: machine DATA_FOLDER PROCESSES [WORDS]");
        return ExitCode::FAILURE;
    };
    let words = args.next().map(|words| &*words.leak());
    match processes.parse().map_err(Into::into).and_then(|n| fill(Path::new(&folder), n, words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the tests say instead of every name, if they do.
type Words = Option<&'static str>;

fn fill(folder: &Path, processes: u32, words: Words) -> Result<(), Box<dyn Error>> {
    let calls = Reader::open(folder).map(|reader| calls(&reader)).unwrap_or_default();
    let (store, _) = Store::open(folder, Options::default(), Box::new(|_| {}))?;
    let place = Masked::literal("own processes only");
    let source = Source { id: SourceId::of(b"kernel"), witness: Witness::Kernel, place };
    let mut batch = Batch::new(source);
    let now = Timestamp::from(SystemTime::now()).as_micros();
    for agent in 0..3 {
        // The last agent has most of them, and still runs.
        let n = if agent == 2 { processes } else { processes.min(40) / 4 };
        batch.events.extend(tree(agent, n, now, &calls, words));
    }
    let (past, through): (Vec<_>, Vec<_>) =
        connections(now, words).into_iter().partition(|event| event.witness == Witness::Kernel);
    batch.events.extend(past);
    store.writer().submit(batch, Vec::new())?;
    let place = Masked::literal("the proxy");
    let source = Source { id: SourceId::of(b"proxy"), witness: Witness::Proxy, place };
    let mut batch = Batch::new(source);
    batch.events.extend(through);
    store.writer().submit(batch, Vec::new())?;
    store.close()?;
    Ok(())
}

/// The latest tool calls: of which session, and by which id.
fn calls(reader: &Reader) -> Vec<(SessionId, Masked)> {
    let mut calls = Vec::new();
    let filter = EventFilter { kind: Some(KindName::ToolCall), ..EventFilter::default() };
    let read = reader.events(&filter, |row: EventRow| {
        if let (Some(client), Some(session), Some(call)) = (row.client, row.session, row.tool_call)
        {
            calls.push((SessionId::of(&client, session.as_str()), call));
        }
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        eprintln!("{error}");
    }
    calls.split_off(calls.len().saturating_sub(20))
}

fn tree(
    agent: u32,
    n: u32,
    now: i64,
    calls: &[(SessionId, Masked)],
    words: Words,
) -> Vec<Event<Masked>> {
    let began = now - i64::from(3 - agent) * 3_600_000_000;
    let of = |pid, after: i64| ProcessRef { pid, started: Timestamp::from_micros(began + after) };
    let root = of(1000 * (agent + 1), 0);
    let step = (now - began) / i64::from(n + 2);
    let argv = words.unwrap_or("claude --resume");
    let mut events = vec![process(root, root, None, argv, agent < 2)];
    let mut parent = root;
    for i in 0..n {
        let own = of(1000 * (agent + 1) + 1 + i, step * i64::from(i + 1));
        let command = COMMANDS.get(i as usize % COMMANDS.len()).copied().unwrap_or_default();
        let command = words.unwrap_or(command);
        // Every fourth starts what the three after it do.
        let above = if i % 4 == 0 { root } else { parent };
        let runs = agent == 2 && i + 3 > n;
        let mut event = process(own, root, Some(above), command, !runs);
        if i % 4 == 0 {
            parent = own;
        }
        if agent == 2
            && let Some((session, call)) = calls.get(i as usize / 4 % 24)
        {
            event.session = Some(*session);
            event.tool_call = Some(call.clone());
        }
        events.push(event);
    }
    events
}

fn process(
    own: ProcessRef,
    root: ProcessRef,
    parent: Option<ProcessRef>,
    argv: &'static str,
    ended: bool,
) -> Event<Masked> {
    let took = i64::from(own.pid % 13) * 700_000 + 20_000;
    let kind = Kind::Process(Process {
        client: "claude-code".into(),
        root,
        parent,
        exe: None,
        argv: text(argv),
        argv_cut: false,
        cwd: Some(Masked::literal("/home/dev/shop")),
        earlier: Vec::new(),
        ended: ended.then(|| Timestamp::from_micros(own.started.as_micros() + took)),
        exit: ended.then_some(match own.pid % 17 {
            5 => Exit::Code(101),
            11 => Exit::Signal(9),
            _ => Exit::Code(0),
        }),
        cpu_us: Some(u64::from(own.pid % 11) * 40_000),
        peak_rss: (!own.pid.is_multiple_of(9)).then_some(u64::from(own.pid % 9) * 5_000_000),
    });
    let key = NaturalKey::Process { boot: "made-up", pid: own.pid, started: own.started };
    event(&key, own.started, Some(own), kind)
}

fn connections(now: i64, words: Words) -> Vec<Event<Masked>> {
    let flows = [
        ("api.anthropic.com", Way::Past, false),
        ("192.0.2.17", Way::Past, true),
        ("api.anthropic.com", Way::Decrypted, true),
        ("api.openai.com", Way::Tunnelled, false),
    ];
    (0..12)
        .zip(flows.into_iter().cycle())
        .map(|(n, (host, way, open))| {
            let kind = Kind::Connection(Connection {
                host: text(words.unwrap_or(host)),
                port: 443,
                way,
                sent: 4_000 * (u64::from(n) + 1),
                received: 90_000 * (u64::from(n) + 1),
                duration_us: 2_000_000,
                detail: words.map(text),
                client: Some(words.unwrap_or("claude-code").into()),
                client_port: Some(40_000 + n),
                open,
            });
            let at = Timestamp::from_micros(now - i64::from(n + 1) * 60_000_000);
            let key = NaturalKey::Socket {
                boot: "made-up",
                protocol: "tcp",
                local: ([127, 0, 0, 1], 40_000 + n).into(),
                remote: ([192, 0, 2, 17], 443).into(),
                inode: u64::from(n),
            };
            // What went through the proxy, the proxy tells of.
            let witness = if way == Way::Past { Witness::Kernel } else { Witness::Proxy };
            Event { witness, ..event(&key, at, None, kind) }
        })
        .collect()
}

fn event(
    key: &NaturalKey<'_>,
    at: Timestamp,
    process: Option<ProcessRef>,
    kind: Kind<Masked>,
) -> Event<Masked> {
    Event {
        id: key.id(),
        incomplete_key: false,
        at,
        seen_at: at,
        witness: Witness::Kernel,
        position: 0,
        session: None,
        thread: None,
        turn: None,
        tool_call: None,
        process,
        content: ContentHash(0),
        kind,
    }
}

fn text(words: &'static str) -> Masked {
    Masked::literal(words)
}

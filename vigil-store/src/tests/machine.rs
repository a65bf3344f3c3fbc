//! Processes and connections: what several sightings make of one row, and what is shown of it.

mod flows;
mod growing;
mod huge;
mod trees;

use vigil_proto::{
    Batch, ContentHash, Event, EventId, Kind, Masked, NaturalKey, SessionFacts, Source, SourceId,
    Timestamp, Witness,
    event::{Connection, Process, ProcessRef, Way},
};

use super::parts::{batch, event, masked, second, session};

const BOOT: &str = "0b7e7d9e-boot";

pub(in crate::tests) fn process_ref(pid: u32, started: i64) -> ProcessRef {
    ProcessRef { pid, started: second(started) }
}

/// The agent of most tests.
fn agent() -> ProcessRef {
    process_ref(100, 0)
}

/// A process that the agent started, seen at once.
pub(in crate::tests) fn process(pid: u32, started: i64, argv: &str) -> Event<Masked> {
    let own = process_ref(pid, started);
    let id = NaturalKey::Process { boot: BOOT, pid, started: own.started }.id();
    let kind = Kind::Process(Process {
        client: "claude-code".into(),
        root: agent(),
        parent: (own != agent()).then(agent),
        exe: None,
        argv: masked(argv),
        argv_cut: false,
        cwd: None,
        earlier: Vec::new(),
        ended: None,
        exit: None,
        cpu_us: None,
        peak_rss: None,
    });
    let mut event = event(id, started, 0, kind);
    event.session = None;
    event.process = Some(own);
    event.content = ContentHash(0);
    event.seen_at = own.started;
    event
}

/// With something more known of it.
fn knows(mut event: Event<Masked>, change: impl FnOnce(&mut Process<Masked>)) -> Event<Masked> {
    let Kind::Process(process) = &mut event.kind else { panic!("{event:?}") };
    change(process);
    event
}

/// Seen so many seconds later.
fn later(mut event: Event<Masked>, seconds: i64) -> Event<Masked> {
    event.seen_at = Timestamp::from_micros(event.seen_at.as_micros() + seconds * 1_000_000);
    event
}

/// A connection as the kernel sees it.
pub(in crate::tests) fn flow(port: u16, at: i64, host: &str, way: Way) -> Event<Masked> {
    let kind = Kind::Connection(Connection {
        host: masked(host),
        port: 443,
        way,
        sent: 10,
        received: 20,
        duration_us: 5_000_000,
        detail: None,
        client: Some("claude-code".into()),
        client_port: Some(port),
        open: false,
    });
    let key = NaturalKey::Socket {
        boot: BOOT,
        protocol: "tcp",
        local: ([127, 0, 0, 1], port).into(),
        remote: ([192, 0, 2, 1], 443).into(),
        inode: at.unsigned_abs(),
    };
    let mut event = event(key.id(), at, 0, kind);
    event.session = None;
    event.process = Some(agent());
    event
}

fn flow_knows(
    mut event: Event<Masked>,
    change: impl FnOnce(&mut Connection<Masked>),
) -> Event<Masked> {
    let Kind::Connection(flow) = &mut event.kind else { panic!("{event:?}") };
    change(flow);
    event
}

/// The same connection as the proxy tells it.
fn by_proxy(number: u8, event: Event<Masked>) -> Event<Masked> {
    let mut event = flow_knows(event, |flow| {
        flow.host = masked("api.anthropic.com");
        flow.way = Way::Decrypted;
        flow.client = None;
        (flow.sent, flow.received) = (70, 90);
        flow.detail = Some(masked("closed by the client"));
    });
    event.id = EventId::from_bytes([number; 16]);
    event.process = None;
    event
}

/// What the kernel's witness tells; it names no session of its own.
pub(in crate::tests) fn kernel(events: Vec<Event<Masked>>) -> Batch<Masked> {
    let mut batch = batch(Witness::Kernel, events);
    batch.sessions.clear();
    let place = masked("own processes only");
    batch.source = Source { id: SourceId::of(b"kernel"), witness: Witness::Kernel, place };
    batch
}

/// Of session `s1`, started by this tool call of it.
pub(in crate::tests) fn called(mut event: Event<Masked>, call: &str) -> Event<Masked> {
    event.session = Some(session());
    event.tool_call = Some(masked(call));
    event
}

fn with_session(mut batch: Batch<Masked>) -> Batch<Masked> {
    batch.sessions.push(SessionFacts::new("claude-code", masked("s1"), session()));
    batch
}

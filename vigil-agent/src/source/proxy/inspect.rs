//! The inspector: a thread that reads the copies of decrypted flows and turns them into events.
//! Whatever happens here, traffic flows on: it never touches a connection.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime},
};

use vigil_platform::process;
use vigil_proto::{Batch, Kind, Sensitive, Source, SourceId, Timestamp, Witness, event::Gap};

use self::{
    flow::Flow,
    under_way::{End, Owner, UnderWay},
};
use super::{
    distrust,
    provider::{Inspection, Memory, Output, Place, next_number},
    tee::{Envelope, FlowId, Inbox, Message},
};
use crate::{
    pipeline::{Closed, Inlet},
    source::{
        callers::Caller,
        family::{Families, recognise},
    },
};

mod decode;
mod flow;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod under_way;

/// How long the answer whose process a client is may still take when its connection has ended.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long it may take when it is asked because no field of a request says who sends it. Nothing but
/// the reading of copies waits for it, once a connection, and only while it is being looked for.
const AGENT_PATIENCE: Duration = Duration::from_secs(3);
/// The reason of a gap when copies came faster than they were read.
const BEHIND: &str = "inspect-queue";
/// Events that are handed over together at most.
const BATCH_EVENTS: usize = 128;

/// Reads `inbox` until every sender is gone or the pipeline has ended.
pub(super) fn run(listener: SocketAddr, inlet: &Inlet, families: &Families, mut inbox: Inbox) {
    let source = Source {
        // The same in every run, whatever its port: what one leaves under way the next one finds.
        id: SourceId::of(b"proxy"),
        witness: Witness::Proxy,
        place: Sensitive::from(format!("proxy:{listener}")),
    };
    let mut inspector = Inspector {
        inlet,
        families,
        source,
        flows: BTreeMap::new(),
        under_way: UnderWay::default(),
        memory: Memory::default(),
        out: Output::default(),
        behind: HashMap::new(),
        last_number: 0,
    };
    if inspector.left().is_err() {
        return;
    }
    // Traffic comes first.
    if let Err(error) = process::step_aside() {
        tracing::debug!(%error, "the inspector does not step aside");
    }
    while let Some(first) = inbox.wait() {
        inspector.take(first);
        loop {
            if inspector.out.events.len() >= BATCH_EVENTS && inspector.hand_over().is_err() {
                return;
            }
            match inbox.next() {
                Some(message) => inspector.take(message),
                None => break,
            }
        }
        if inspector.hand_over().is_err() {
            return;
        }
    }
    // Flows that were open when the proxy ended.
    for flow in inspector.flows.keys().copied().collect::<Vec<_>>() {
        inspector.guarded(flow, |inspector| inspector.finish(flow, SystemTime::now().into()));
    }
    let _ = inspector.hand_over();
}

struct Inspector<'a> {
    inlet: &'a Inlet,
    families: &'a Families,
    source: Source<Sensitive>,
    flows: BTreeMap<FlowId, Flow>,
    under_way: UnderWay,
    memory: Memory,
    out: Output,
    /// Where in `out` a connection's copies that were lost stand: those that were lost one after
    /// another are one gap.
    behind: HashMap<u64, usize>,
    last_number: u64,
}

impl Inspector<'_> {
    /// Tells what an earlier run did not see the end of.
    fn left(&mut self) -> Result<(), Closed> {
        let Some(checkpoint) = self.inlet.checkpoint(self.source.id) else { return Ok(()) };
        let known = (self.inlet.hasher(), self.source.id);
        let now = SystemTime::now().into();
        under_way::tell_left(&checkpoint.state, now, known, &mut self.last_number, &mut self.out);
        self.under_way.follows();
        self.hand_over()
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Open { flow, host } => {
                self.flows.insert(flow, Flow::new(flow.connection, host));
            }
            Message::Begin { flow, resync, hold } => {
                let paused = self.inlet.is_paused();
                if let Some(flow) = self.flows.get_mut(&flow) {
                    if paused && !flow.is_deaf() {
                        self.out.count("skip.paused", 1);
                    }
                    flow.begin(resync, paused);
                }
                drop(hold);
            }
            Message::Data { flow, direction, at, bytes, hold } => {
                let paused = self.inlet.is_paused();
                self.guarded(flow, |inspector| {
                    inspector.with_flow(flow, |flow, inspection| {
                        flow.pause(paused);
                        flow.data(direction, &bytes, at, inspection);
                    });
                });
                // Only now is the copy's memory free again.
                drop((bytes, hold));
            }
            Message::Lost { flow, bytes, at } => {
                self.out.count("drop.inspect-queue", 1);
                if let Some(gap) =
                    self.behind.get(&flow).and_then(|it| self.out.events.get_mut(*it))
                    && let Kind::Gap(Gap { bytes: Some(all), .. }) = &mut gap.kind
                {
                    *all = all.saturating_add(bytes);
                    return;
                }
                self.behind.insert(flow, self.out.events.len());
                self.lost(flow, BEHIND, "the inspector was behind", Some(bytes), at);
            }
            Message::End { flow, direction, clean, at } => {
                self.guarded(flow, |inspector| {
                    inspector.with_flow(flow, |flow, inspection| {
                        flow.end(direction, clean, at, inspection);
                    });
                });
            }
            Message::Over { flow, lost: true, .. } => {
                self.flows.remove(&flow);
            }
            Message::Over { flow, lost: false, at } => {
                self.guarded(flow, |inspector| inspector.finish(flow, at));
            }
            Message::Distrusted { flow, host, who, at } => {
                if self.inlet.is_paused() {
                    self.out.count("skip.paused", 1);
                    return;
                }
                let member =
                    who.process.and_then(|it| self.families.agent_of(it.pid, Some(it.started)));
                // An agent's tool is not the agent.
                let client = member.filter(|member| member.process == member.root);
                let client = client.map(|member| member.client);
                let detail = distrust::words(who.program.as_deref(), client, &host);
                self.lost(flow, distrust::REASON, &detail, None, at);
                if let Some(gap) = self.out.events.last_mut() {
                    gap.process = who.process;
                }
            }
            Message::Opened(envelope) => self.under_way.begin(envelope),
            Message::Close(envelope) => {
                let connection = envelope.flow;
                let first = FlowId { connection, stream: 0 };
                let last = FlowId { connection, stream: u32::MAX };
                let streams: Vec<_> = self.flows.range(first..=last).map(|(id, _)| *id).collect();
                for flow in streams {
                    self.guarded(flow, |inspector| inspector.finish(flow, envelope.ended));
                }
                self.envelope(&envelope);
            }
        }
    }

    /// Runs `work` for `flow`. When it panics the flow is not read any further.
    fn guarded(&mut self, flow: FlowId, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(&mut *self))).is_err() {
            tracing::error!("the inspector failed; this flow is not read any further");
            self.out.count("gap.inspector-failed", 1);
            self.flows.remove(&flow);
            let at = SystemTime::now().into();
            let flow = flow.connection;
            self.lost(flow, "inspector-failed", "the rest of the flow was not read", None, at);
        }
    }

    fn with_flow(&mut self, flow: FlowId, work: impl FnOnce(&mut Flow, &mut Inspection<'_>)) {
        // Taken out while it works: after a panic it is gone.
        let Some(mut taken) = self.flows.remove(&flow) else { return };
        let under_way = &mut self.under_way;
        let mut inspection = Inspection {
            place: Place {
                hasher: self.inlet.hasher(),
                source: self.source.id,
                flow: flow.connection,
            },
            exclusions: self.inlet.exclusions(),
            memory: &mut self.memory,
            out: &mut self.out,
            last_number: &mut self.last_number,
            agent: &mut || under_way.agent(flow.connection, agent),
        };
        work(&mut taken, &mut inspection);
        self.flows.insert(flow, taken);
    }

    fn finish(&mut self, flow: FlowId, at: Timestamp) {
        self.with_flow(flow, |flow, inspection| flow.finish(at, inspection));
        self.flows.remove(&flow);
    }

    fn lost(
        &mut self,
        flow: u64,
        reason: &'static str,
        detail: &str,
        bytes: Option<u64>,
        at: Timestamp,
    ) {
        let place = Place { hasher: self.inlet.hasher(), source: self.source.id, flow };
        let number = next_number(&mut self.last_number, at);
        self.out.events.push(place.gap(number, at, reason, detail, bytes));
    }

    fn envelope(&mut self, envelope: &Envelope) {
        let is_told = self.under_way.end(envelope.flow);
        let mut end = End::Seen;
        if self.inlet.is_paused() {
            self.out.count("skip.paused", 1);
            if !is_told {
                return;
            }
            end = End::Unwatched;
        }
        let owner = owner(self.families, envelope, PATIENCE);
        let flow = envelope.flow;
        let place = Place { hasher: self.inlet.hasher(), source: self.source.id, flow };
        self.out.events.push(under_way::connection(place, envelope, &owner, end));
    }

    /// Puts on record which connections are open.
    fn tell_open(&mut self, now: Timestamp) {
        let (hasher, source, families) = (self.inlet.hasher(), self.source.id, self.families);
        let events = &mut self.out.events;
        self.under_way.tell(
            now,
            |envelope| owner(families, envelope, Duration::ZERO),
            |envelope, owner| {
                let place = Place { hasher, source, flow: envelope.flow };
                events.push(under_way::connection(place, envelope, owner, End::Not));
            },
        );
    }

    /// Hands what was found to the pipeline; waits while that is full.
    fn hand_over(&mut self) -> Result<(), Closed> {
        let now = SystemTime::now().into();
        if !self.inlet.is_paused() {
            self.tell_open(now);
        }
        let out = mem::take(&mut self.out);
        self.behind.clear();
        let mut batch = Batch::new(self.source.clone());
        for facts in out.sessions {
            if !batch.sessions.contains(&facts) {
                batch.sessions.push(facts);
            }
        }
        batch.events = out.events;
        let flows = self.flows.iter();
        let calls: Vec<_> =
            flows.flat_map(|(id, flow)| flow.calls().map(|call| (id.connection, call))).collect();
        batch.checkpoint = self.under_way.checkpoint(self.source.id, now, &calls);
        for (name, n) in out.counts {
            batch.count(name, n);
        }
        if batch.is_empty() { Ok(()) } else { self.inlet.send(batch) }
    }
}

/// The agent whose own program the process of `caller` runs. What an agent's tools run is not it.
fn agent(caller: &Caller) -> Option<&'static str> {
    let process = caller.process(AGENT_PATIENCE)?;
    let program = process::details(process.pid, process.started.as_micros()).ok()?;
    recognise(&program.exe.unwrap_or_default(), &program.argv?)
}

/// Whose the connection `envelope` is.
fn owner(families: &Families, envelope: &Envelope, patience: Duration) -> Owner {
    let process = envelope.caller.process(patience);
    let member = process.and_then(|it| families.agent_of(it.pid, Some(it.started)));
    Owner {
        process: member.map(|member| member.process).or(process),
        client: member.map(|member| member.client),
    }
}

#[cfg(test)]
mod tests;

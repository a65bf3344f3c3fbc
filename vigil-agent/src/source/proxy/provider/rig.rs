//! Exchanges for tests: a request to some API and its answer in small pieces.

use std::collections::BTreeMap;

use serde_json::Value;
use vigil_proto::{
    ContentHash, ContentHasher, Event, Kind, Sensitive, SessionFacts, SourceId, Timestamp,
    event::ModelCall,
};

use super::{Api, Inspection, Memory, Output, Picked, Place, Request, Socket};
use crate::{
    pipeline::Exclusions,
    source::proxy::head::{self, Fields},
};

pub(super) const AT: Timestamp = Timestamp::from_micros(1_000_000);

/// The proxy's side of some conversations with one API.
pub(super) struct Rig {
    hasher: ContentHasher,
    memory: Memory,
    pub(super) exclusions: Exclusions,
    number: u64,
    host: &'static str,
    target: &'static str,
    /// What the client says of itself.
    pub(super) asking: &'static str,
    /// The agent whose program it is.
    pub(super) agent: Option<&'static str>,
    /// What the answer's head has beside its type.
    pub(super) answering: &'static str,
    pub(super) status: u16,
    pub(super) counts: BTreeMap<&'static str, u64>,
    pub(super) sessions: Vec<SessionFacts<Sensitive>>,
}

impl Rig {
    pub(super) fn new(host: &'static str, target: &'static str) -> Self {
        Self {
            hasher: ContentHasher::new([3; 32]),
            memory: Memory::default(),
            exclusions: Exclusions::default(),
            number: 0,
            host,
            target,
            asking: "",
            agent: None,
            answering: "",
            status: 200,
            counts: BTreeMap::new(),
            sessions: Vec::new(),
        }
    }

    pub(super) fn hash(&self, text: &str) -> ContentHash {
        self.hasher.hash(text.as_bytes())
    }

    /// One exchange whose answer streams as server-sent events; gives its events.
    pub(super) fn streamed(&mut self, request: &Value, answer: &[Value]) -> Vec<Event<Sensitive>> {
        let stream: Vec<_> = answer.iter().map(|event| format!("data: {event}\r\n\r\n")).collect();
        let stream = format!("{}data: [DONE]\n\n", stream.concat());
        self.exchange(request, "text/event-stream; charset=utf-8", stream.as_bytes())
    }

    /// One exchange whose answer comes in one piece.
    pub(super) fn whole(&mut self, request: &Value, answer: &Value) -> Vec<Event<Sensitive>> {
        self.exchange(request, "application/json", answer.to_string().as_bytes())
    }

    /// One exchange whose answer is these bytes of this type.
    pub(super) fn exchange(
        &mut self,
        request: &Value,
        kind: &str,
        answer: &[u8],
    ) -> Vec<Event<Sensitive>> {
        let Picked::Call(api) = Api::pick(self.host, "POST", self.target) else {
            panic!("{} is no call", self.target)
        };
        let fields = self.fields();
        let head = format!("HTTP/1.1 200 OK\r\n{}Content-Type: {kind}\r\n\r\n", self.answering);
        let head = head::response(head.as_bytes()).unwrap().unwrap();
        let (host, target, status) = (self.host, self.target, self.status);
        let body = request.to_string();
        self.inspected(|inspection| {
            let body = body.as_bytes();
            let request = Request { api, host, target, fields: &fields, body };
            let Some(mut call) = inspection.call(&request, AT, AT) else { return };
            call.head(status, &head.fields, AT);
            for piece in answer.chunks(7) {
                if let Err(reason) = call.data(piece, AT, inspection.place, inspection.out) {
                    return inspection.gap(reason, "", AT);
                }
            }
            inspection.end(call, true, AT);
        })
    }

    /// A WebSocket to the API.
    pub(super) fn socket(&self) -> Socket {
        Socket::open(self.host, self.target, &self.fields()).unwrap()
    }

    /// What `work` tells.
    pub(super) fn inspected(
        &mut self,
        work: impl FnOnce(&mut Inspection<'_>),
    ) -> Vec<Event<Sensitive>> {
        self.number += 1;
        let mut out = Output::default();
        work(&mut Inspection {
            place: Place { hasher: &self.hasher, source: SourceId::of(b"test"), flow: self.number },
            exclusions: &self.exclusions,
            memory: &mut self.memory,
            out: &mut out,
            last_number: &mut (self.number * 1000),
            agent: &mut || self.agent,
        });
        self.counts.extend(out.counts);
        self.sessions.extend(out.sessions);
        out.events
    }

    fn fields(&self) -> Fields {
        let head = format!("POST {} HTTP/1.1\r\nHost: h\r\n{}\r\n", self.target, self.asking);
        head::request(head.as_bytes()).unwrap().unwrap().fields
    }
}

pub(super) fn kinds(events: &[Event<Sensitive>]) -> Vec<&'static str> {
    events.iter().map(|event| event.kind.name().as_str()).collect()
}

/// The text of each event, with its kind.
pub(super) fn told(events: &[Event<Sensitive>]) -> Vec<(&'static str, String)> {
    let text = |kind: &Kind<Sensitive>| match kind {
        Kind::Prompt(it) => it.text.expose().to_owned(),
        Kind::Response(it) => it.text.expose().to_owned(),
        Kind::Thinking(it) => it.text.expose().to_owned(),
        Kind::ToolCall(it) => format!("{} {}", it.name.expose(), it.input.expose()),
        Kind::ToolResult(it) => it.text.expose().to_owned(),
        Kind::ModelCall(it) => it.model.expose().to_owned(),
        Kind::System(it) => format!("{}: {}", it.name.expose(), it.text.expose()),
        Kind::Gap(it) => it.reason.to_owned(),
        other => other.name().as_str().to_owned(),
    };
    events.iter().map(|event| (event.kind.name().as_str(), text(&event.kind))).collect()
}

/// The only model call among `events`.
pub(super) fn model_call(events: &[Event<Sensitive>]) -> &ModelCall<Sensitive> {
    let mut calls = events.iter().filter_map(|event| match &event.kind {
        Kind::ModelCall(call) => Some(call),
        _ => None,
    });
    let call = calls.next().unwrap();
    assert!(calls.next().is_none(), "more than one call");
    call
}

//! The fuzz targets' door to the providers: exchanges of one conversation, one after another,
//! give the same events in whatever pieces the answers come.

use vigil_proto::{ContentHasher, Event, Sensitive, SourceId, Timestamp};

use super::{Api, Inspection, Memory, Output, Picked, Place, Request, Socket};
use crate::{
    pipeline::Exclusions,
    source::proxy::head::{self, Fields},
};

/// Hosts and paths of the APIs, by the name of a target.
const APIS: &[(&str, &str, &str, &str)] = &[
    ("anthropic", "api.anthropic.com", "/v1/messages", "text/event-stream"),
    ("openai", "api.openai.com", "/v1/responses", "text/event-stream"),
    ("chat", "api.groq.com", "/openai/v1/chat/completions", "text/event-stream"),
    ("gemini", "generativelanguage.googleapis.com", GEMINI, "text/event-stream"),
    ("ollama", "localhost", "/api/chat", "application/x-ndjson"),
    ("cohere", "api.cohere.com", "/v2/chat", "text/event-stream"),
    ("converse", BEDROCK, "/model/m/converse-stream", "application/vnd.amazon.eventstream"),
    ("invoke", BEDROCK, INVOKE, "application/vnd.amazon.eventstream"),
];
const GEMINI: &str = "/v1beta/models/m:streamGenerateContent";
const BEDROCK: &str = "bedrock-runtime.eu-west-1.amazonaws.com";
const INVOKE: &str = "/model/anthropic.m/invoke-with-response-stream";

/// Reads `parts`, which are the bodies of requests to `api` and of answers by turns, with the
/// answers whole and in pieces. `streams` says what kind of answers they are.
pub fn conversation(api: &str, parts: &[&[u8]], streams: bool, piece: usize) {
    let whole = read(api, parts, streams, usize::MAX);
    let pieces = read(api, parts, streams, piece.max(1));
    assert!(whole == pieces, "pieces change the events");
}

/// Reads `parts`, which are messages of a WebSocket from the client and to it by turns.
pub fn socket(parts: &[&str]) {
    inspected(|inspection| {
        let head = request_head("/v1/responses");
        let Some(mut socket) = Socket::open("api.openai.com", "/v1/responses", &head) else {
            return;
        };
        for (turn, part) in (0..).zip(parts) {
            let at = Timestamp::from_micros(turn);
            if turn % 2 == 0 {
                socket.client_message(part, at, inspection);
            } else {
                part.lines().for_each(|line| socket.server_message(line, at, inspection));
            }
        }
        socket.end(Timestamp::from_micros(0), inspection);
    });
}

fn read(api: &str, parts: &[&[u8]], streams: bool, piece: usize) -> Vec<Event<Sensitive>> {
    let Some((_, host, target, kind)) = APIS.iter().find(|(name, ..)| *name == api) else {
        return Vec::new();
    };
    let Picked::Call(api) = Api::pick(host, "POST", target) else { return Vec::new() };
    let asking = request_head(target);
    let answering = answer_head(if streams { kind } else { "application/json" });
    inspected(|inspection| {
        let mut micros = 0;
        for exchange in parts.chunks(2) {
            let [body, answer @ ..] = exchange else { break };
            micros += 1_000_000;
            let at = Timestamp::from_micros(micros);
            let request = Request { api, host, target, fields: &asking, body };
            let Some(mut call) = inspection.call(&request, at, at) else { continue };
            call.head(200, &answering, at);
            let mut complete = true;
            for piece in answer.concat().chunks(piece) {
                complete &= call.data(piece, at, inspection.place, inspection.out).is_ok();
                if !complete {
                    break;
                }
            }
            inspection.end(call, complete, at);
        }
    })
}

/// The events of what `work` inspects.
pub(in crate::source::proxy) fn inspected(
    work: impl FnOnce(&mut Inspection<'_>),
) -> Vec<Event<Sensitive>> {
    let hasher = ContentHasher::new([3; 32]);
    let exclusions = Exclusions::default();
    let mut memory = Memory::default();
    let mut out = Output::default();
    let mut last_number = 0;
    let mut inspection = Inspection {
        place: Place { hasher: &hasher, source: SourceId::of(b"fuzz"), flow: 1 },
        exclusions: &exclusions,
        memory: &mut memory,
        out: &mut out,
        last_number: &mut last_number,
        agent: &mut || None,
    };
    work(&mut inspection);
    out.events
}

fn request_head(target: &str) -> Fields {
    let head =
        format!("POST {target} HTTP/1.1\r\nHost: h\r\nUser-Agent: claude-cli/2.1.197 (x)\r\n\r\n");
    head::request(head.as_bytes()).ok().flatten().map(|head| head.fields).unwrap_or_default()
}

fn answer_head(kind: &str) -> Fields {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nrequest-id: req_1\r\n\r\n");
    head::response(head.as_bytes()).ok().flatten().map(|head| head.fields).unwrap_or_default()
}

//! The fuzz targets' door to the Messages API: exchanges of one conversation, one after another.

use vigil_proto::{ContentHasher, Event, Sensitive, SourceId, Timestamp};

use super::{Call, End, Memory, read_request};
use crate::{
    pipeline::Exclusions,
    source::proxy::{
        head::{self, Fields},
        provider::{Output, Place},
    },
};

/// Reads `parts`, which are the bodies of requests and answers by turns, with the answers whole
/// and in pieces. `streams` says what kind of answers they are.
pub fn conversation(parts: &[&[u8]], streams: bool, piece: usize) {
    let whole = read(parts, streams, usize::MAX);
    let pieces = read(parts, streams, piece.max(1));
    assert!(whole == pieces, "pieces change the events");
}

fn read(parts: &[&[u8]], streams: bool, piece: usize) -> Vec<Event<Sensitive>> {
    let hasher = ContentHasher::new([3; 32]);
    let place = Place { hasher: &hasher, source: SourceId::of(b"fuzz"), flow: 1 };
    let exclusions = Exclusions::default();
    let mut memory = Memory::default();
    let mut out = Output::default();
    let asking = request_fields();
    let answering = answer_fields(streams);
    let mut micros = 0;
    for exchange in parts.chunks(2) {
        let [request, answer @ ..] = exchange else { break };
        micros += 1_000_000;
        let at = Timestamp::from_micros(micros);
        let asked = read_request(&asking, request, at, place, &exclusions, &mut memory, &mut out);
        let Ok(asked) = asked else { continue };
        let mut call = Call::new(asked, at, at);
        call.head(200, &answering, at);
        let mut complete = true;
        for piece in answer.concat().chunks(piece) {
            complete &= call.data(piece, at, place, &mut out).is_ok();
        }
        let end = End { at, number: micros.unsigned_abs() };
        call.end(complete, end, place, &mut memory, &mut out);
    }
    out.events
}

fn request_fields() -> Fields {
    let head =
        "POST /v1/messages HTTP/1.1\r\nHost: h\r\nUser-Agent: claude-cli/2.1.197 (x)\r\n\r\n";
    head::request(head.as_bytes()).ok().flatten().map(|head| head.fields).unwrap_or_default()
}

fn answer_fields(streams: bool) -> Fields {
    let kind = if streams { "text/event-stream" } else { "application/json" };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nrequest-id: req_1\r\n\r\n");
    head::response(head.as_bytes()).ok().flatten().map(|head| head.fields).unwrap_or_default()
}

//! The fuzz targets' door to the inspector: an exchange gives the same events in whatever pieces
//! its copies come, and decoding stays within its bounds.

use vigil_proto::{Event, Kind, Sensitive, Timestamp};

use super::{decode::Decoder, flow::Flow};
use crate::source::proxy::{head, provider::fuzzing::inspected, tee::Direction};

/// The most bytes that decoding may hold at once.
const AT_ONCE: usize = 16 * 1024 * 1024;

/// Reads `parts`, which are bytes from the client and bytes to it by turns, whole and in pieces.
pub fn exchange(parts: &[&[u8]], piece: usize) {
    let whole = read(parts, usize::MAX);
    let pieces = read(parts, piece.max(1));
    assert!(whole == pieces, "pieces change the events");
}

fn read(parts: &[&[u8]], piece: usize) -> Vec<Event<Sensitive>> {
    const AT: Timestamp = Timestamp::from_micros(1_000_000);
    inspected(|inspection| {
        let mut flow = Flow::new(1, "api.anthropic.com".into());
        let directions = [Direction::Request, Direction::Response].into_iter().cycle();
        for (direction, part) in directions.zip(parts) {
            if direction == Direction::Request {
                flow.begin(false, false);
            }
            let before = inspection.out.events.len();
            for piece in part.chunks(piece) {
                flow.data(direction, piece, AT, inspection);
            }
            if direction == Direction::Response {
                forget_broken(&mut inspection.out.events, before);
            }
        }
        flow.end(Direction::Response, true, AT, inspection);
        flow.finish(AT, inspection);
    })
}

/// Takes the blocks of an answer that could not be decoded to its end out of a part's events, those
/// from `before` on: how many were read by then depends on what came at once.
fn forget_broken(events: &mut Vec<Event<Sensitive>>, before: usize) {
    let is_gap = |event: &Event<Sensitive>| matches!(&event.kind, Kind::Gap(gap) if gap.reason == "undecodable-body");
    let Some(gap) = events.pop_if(|event| is_gap(event)) else { return };
    while events.len() > before && events.pop_if(|event| is_block(&event.kind)).is_some() {}
    events.push(gap);
}

/// True for what an answer gives while it comes; what it gives at its end is of other kinds.
fn is_block(kind: &Kind<Sensitive>) -> bool {
    match kind {
        Kind::Response(_) | Kind::Thinking(_) | Kind::ToolCall(_) | Kind::ToolResult(_) => true,
        Kind::System(system) => system.name.expose().starts_with("block:"),
        _ => false,
    }
}

/// Decodes `bytes` from the content coding `coding`, whole and in pieces.
pub fn decode(coding: &str, bytes: &[u8], piece: usize) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n");
    let Ok(Some(head)) = head::response(head.as_bytes()) else { return };
    let decoded = |piece: usize| {
        let mut decoder = Decoder::new(&head.fields)?;
        let (mut total, mut hash) = (0, blake3::Hasher::new());
        for piece in bytes.chunks(piece.max(1)) {
            decoder.push(piece, &mut |plain| {
                assert!(plain.len() <= AT_ONCE, "{} bytes at once", plain.len());
                total += plain.len();
                hash.update(plain);
            })?;
        }
        Ok::<_, &'static str>((total, hash.finalize()))
    };
    let (whole, pieces) = (decoded(bytes.len()), decoded(piece));
    let too_large = Err("body-too-large");
    // How much comes out at once depends on how much went in.
    if whole != too_large && pieces != too_large {
        assert_eq!(whole, pieces, "pieces change what is decoded");
    }
}

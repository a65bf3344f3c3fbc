//! The fuzz targets' door to the inspector: an exchange gives the same events in whatever pieces
//! its copies come, and decoding stays within its bounds.

use vigil_proto::{ContentHasher, Event, Kind, Sensitive, SourceId, Timestamp};

use super::{decode::Decoder, flow::Flow};
use crate::{
    pipeline::Exclusions,
    source::proxy::{
        head,
        provider::{Inspection, Memory, Output, Place},
        tee::Direction,
    },
};

/// The most bytes that decoding may hold at once.
const AT_ONCE: usize = 16 * 1024 * 1024;

/// Reads `parts`, which are bytes from the client and bytes to it by turns, whole and in pieces.
pub fn exchange(parts: &[&[u8]], piece: usize) {
    let whole = inspect(parts, usize::MAX);
    let pieces = inspect(parts, piece.max(1));
    // How much of a body is read before it turns out to be none depends on what came at once.
    let broke_off = |events: &[Event<Sensitive>]| {
        events
            .iter()
            .any(|event| matches!(&event.kind, Kind::Gap(gap) if gap.reason == "undecodable-body"))
    };
    let both = broke_off(&whole) && broke_off(&pieces);
    assert!(both || whole == pieces, "pieces change the events");
}

fn inspect(parts: &[&[u8]], piece: usize) -> Vec<Event<Sensitive>> {
    const AT: Timestamp = Timestamp::from_micros(1_000_000);
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
    };
    let mut flow = Flow::new(1, "api.anthropic.com".into());
    let directions = [Direction::Request, Direction::Response].into_iter().cycle();
    for (direction, part) in directions.zip(parts) {
        if direction == Direction::Request {
            flow.begin(false, false);
        }
        for piece in part.chunks(piece) {
            flow.data(direction, piece, AT, &mut inspection);
        }
    }
    flow.end(Direction::Response, true, AT, &mut inspection);
    flow.finish(AT, &mut inspection);
    out.events
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

//! The fuzz targets' door to HTTP/2: in whatever pieces frames come, the same of them pass and
//! mean the same; no request passes for another host; a block stays within its bounds.

use std::time::Instant;

use super::{
    Refusal, frame,
    hpack::{Decoder, LIST_MAX, List},
    reader::{Link, Part, Reader},
};
use crate::source::proxy::{policy::canonical, tee::Direction};

const HOST: &str = "api.anthropic.com";

/// Reads `parts`, which are frames from the client and from upstream by turns, whole and in
/// pieces. The client's greeting goes without saying.
pub fn frames(parts: &[&[u8]], piece: usize) {
    let whole = relay(parts, usize::MAX);
    let pieces = relay(parts, piece.max(1));
    assert_eq!(whole.refused, pieces.refused, "pieces change the verdict");
    for (whole, pieces) in whole.passed.iter().zip(&pieces.passed) {
        // More of the refused frame's body may have passed before the fault was seen.
        assert!(
            pieces.starts_with(whole) || whole.starts_with(pieces),
            "pieces change what passes"
        );
    }
    if whole.refused.is_none() {
        assert_eq!(whole, pieces, "pieces change what passes");
    }
}

/// Reads the blocks `parts` of one connection.
pub fn hpack(parts: &[&[u8]], allowed: usize) {
    let mut decoder = Decoder::default();
    let mut list = List::default();
    for block in parts {
        if decoder.decode(block, allowed, &mut list).is_err() {
            return;
        }
        let size: usize = list.iter().map(|(name, value)| name.len() + value.len() + 32).sum();
        assert!(size <= LIST_MAX, "a list of {size} bytes");
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Relayed {
    /// From the client, and from upstream.
    passed: [Vec<u8>; 2],
    /// What the copies tell, each stream's data together.
    told: Vec<(bool, u32, String)>,
    refused: Option<Refusal>,
}

fn relay(parts: &[&[u8]], piece: usize) -> Relayed {
    let now = Instant::now();
    let mut relayed = Relayed::default();
    let mut link = Link::default();
    let [mut client, mut upstream] = [Direction::Request, Direction::Response]
        .map(|direction| (Reader::new(direction, HOST.into()), Vec::new()));
    let mut greeting = frame::PREFACE.to_vec();
    let _ = client.0.walk(&mut greeting, &mut link, now, &mut |_, _| {});
    for (place, part) in parts.iter().enumerate() {
        let from_client = place % 2 == 0;
        let (reader, held) = if from_client { &mut client } else { &mut upstream };
        let [by_client, by_upstream] = &mut relayed.passed;
        let passed = if from_client { by_client } else { by_upstream };
        let told = &mut relayed.told;
        for bytes in part.chunks(piece.min(part.len().max(1))) {
            held.extend_from_slice(bytes);
            let (len, verdict) = reader.walk(held, &mut link, now, &mut |stream, part| {
                tell(told, from_client, stream, &part);
            });
            passed.extend(held.drain(..len));
            if let Err(refusal) = verdict {
                relayed.refused = Some(refusal);
                return relayed;
            }
        }
        let came: Vec<u8> =
            parts.iter().skip(place % 2).step_by(2).copied().flatten().copied().collect();
        if from_client {
            assert!(came.starts_with(passed), "what passes is not what came");
        }
    }
    relayed
}

fn tell(told: &mut Vec<(bool, u32, String)>, from_client: bool, stream: u32, part: &Part<'_>) {
    let words = match part {
        Part::Fields { list, end } => {
            if from_client && list.first(":method").is_some() {
                let authority = list.first(":authority").unwrap_or_default();
                let authority = str::from_utf8(authority).unwrap_or_default();
                let host = canonical(authority.strip_suffix(":443").unwrap_or(authority));
                assert_eq!(host, HOST, "a request passes for another host");
            }
            format!("{list:?} {end}")
        }
        Part::Data(bytes) => {
            let data = bytes.escape_ascii().to_string();
            if let Some((side, last, words)) = told.last_mut()
                && (*side, *last) == (from_client, stream)
                && words.starts_with("data ")
            {
                words.push_str(&data);
                return;
            }
            format!("data {data}")
        }
        Part::End => "end".to_owned(),
        Part::Reset => "reset".to_owned(),
    };
    told.push((from_client, stream, words));
}

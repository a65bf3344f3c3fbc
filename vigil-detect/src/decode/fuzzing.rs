//! The fuzz targets' door to the decoders: what was decoded knows where it came from.

use std::ops::Range;

use super::{DEEPEST, Decoder, Kind, Layer, Piece, Seen, unescaped};

/// As the engine cuts a text.
const STRETCH: usize = 16 << 10;
/// Places of a decoded text that are looked up, at each of its ends.
const LOOKED_UP: usize = 64;

/// Decodes `text`, and what comes out again, and checks the way back each time.
pub fn decoders(text: &str) {
    unescaped(text);
    deeper(&Decoder::new(), text, 0);
}

fn deeper(decoder: &Decoder, text: &str, depth: u8) {
    if depth == DEEPEST {
        return;
    }
    let mut seen = Seen::default();
    let mut layer = |layer: &Layer| {
        check(text, layer);
        deeper(decoder, &layer.text, depth + 1);
    };
    let mut start = 0;
    while start < text.len() {
        let starts = start..text.len().min(start + STRETCH);
        start = starts.end;
        decoder.look(text, &starts, &mut seen, &mut layer, |_| {});
    }
    Decoder::rest(text, &seen, layer);
}

fn check(text: &str, layer: &Layer) {
    let (mut out, mut source) = (0, 0);
    for piece in &layer.pieces {
        assert_eq!(piece.out.start, out, "a part of the decoded text comes from nowhere");
        assert!(source <= piece.source.start, "parts overlap in the source");
        (out, source) = (piece.out.end, piece.source.end);
        // What is cut out of a character is as bad as what is empty.
        let from = text.get(piece.source.clone()).unwrap_or_default();
        let said = layer.text.get(piece.out.clone()).unwrap_or_default();
        assert!(!from.is_empty() && !said.is_empty(), "a part is empty");
        assert!(says(piece.kind, from, said), "a part says something else than its source");
    }
    assert_eq!(out, layer.text.len(), "the end of the decoded text comes from nowhere");
    looked_up(text, layer);
}

/// True when `from` is a way to write `said`.
fn says(kind: Kind, from: &str, said: &str) -> bool {
    match kind {
        Kind::Same => from == said,
        Kind::Whole => match from.strip_prefix('%') {
            Some(digits) => letters(digits).is_some_and(|letter| letter == said),
            None => escape(from).is_some_and(|letter| letter == said),
        },
        Kind::Base64 => {
            let written = base64(said.as_bytes());
            from.len().abs_diff(written.len()) < 4
                && from.bytes().zip(written).all(|(letter, ours)| match letter {
                    b'-' => ours == b'+',
                    b'_' => ours == b'/',
                    other => other == ours,
                })
        }
    }
}

/// What an escape of JSON means.
fn escape(from: &str) -> Option<String> {
    let simple = match from {
        "\\n" => "\n",
        "\\r" => "\r",
        "\\t" => "\t",
        "\\\"" => "\"",
        "\\\\" => "\\",
        "\\/" => "/",
        _ => {
            let units = from.strip_prefix("\\u")?.split("\\u").map(unit);
            let units = units.collect::<Option<Vec<u16>>>()?;
            return Some(String::from_utf16_lossy(&units));
        }
    };
    Some(simple.to_owned())
}

fn unit(digits: &str) -> Option<u16> {
    let hex = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

fn letters(digits: &str) -> Option<String> {
    let code = unit(&["00", digits].concat())?;
    char::from_u32(u32::from(code)).map(String::from)
}

/// The whole letters of what `bytes` are in base64: those that no bits of other bytes fill.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let letters = bits.as_chunks::<6>().0.iter();
    letters
        .filter_map(|six| {
            LETTERS.get(six.iter().fold(0, |number, bit| number * 2 + usize::from(*bit))).copied()
        })
        .collect()
}

/// Looks up single letters, pairs of them and the whole.
fn looked_up(text: &str, layer: &Layer) {
    let places: Vec<usize> = layer.text.char_indices().map(|(at, _)| at).collect();
    let ends = places.len().saturating_sub(LOOKED_UP);
    let near = places.iter().take(LOOKED_UP).chain(places.iter().skip(ends.max(LOOKED_UP)));
    for start in near {
        let mut end = *start;
        for _ in 0..2 {
            end = layer.text.ceil_char_boundary(layer.text.len().min(end + 1));
            look_up(text, layer, &(*start..end));
        }
    }
    look_up(text, layer, &(0..layer.text.len()));
}

fn look_up(text: &str, layer: &Layer, range: &Range<usize>) {
    let sources = layer.sources(range);
    assert!(range.is_empty() || !sources.is_empty(), "nothing is its source");
    let mut end = 0;
    for source in &sources {
        assert!(end <= source.start && source.start < source.end, "sources overlap or are empty");
        assert!(text.get(source.clone()).is_some(), "a source is cut out of a character");
        end = source.end;
    }
    let own = |piece: &&Piece| piece.out.start < range.end && range.start < piece.out.end;
    for piece in layer.pieces.iter().filter(own) {
        let part = piece.out.start.max(range.start)..piece.out.end.min(range.end);
        let said = layer.text.get(part).unwrap_or_default();
        let belongs = sources.iter().any(|source| {
            let from = text.get(source.clone()).unwrap_or_default();
            match piece.kind {
                Kind::Same => from.contains(said),
                Kind::Whole => source.start <= piece.source.start && piece.source.end <= source.end,
                Kind::Base64 => super::decode_base64(from.as_bytes()).is_some_and(|bytes| {
                    bytes.windows(said.len()).any(|window| window == said.as_bytes())
                }),
            }
        });
        assert!(belongs, "the source of a part does not say it");
    }
}

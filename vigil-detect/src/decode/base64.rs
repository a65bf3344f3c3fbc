//! Base64 that holds text. What decodes to bytes that are no text (pictures, signatures,
//! encrypted content) is left alone after a few characters.

use std::ops::Range;

use super::{Kind, Layer};
use crate::class::{BASE64, URL64};

/// Bytes looked at together; a run of twice as many fills at least one such block.
const BLOCK: usize = 16;
/// Shorter runs hold nothing that is found without a name before it.
const SHORTEST: usize = 32;
/// Characters that are decoded to see whether a run holds text.
const TASTE: usize = 24;

/// Calls `layer` with the text of every run of base64 that holds any.
pub(super) fn each(text: &str, mut layer: impl FnMut(&Layer)) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for (i, block) in bytes.chunks_exact(BLOCK).enumerate() {
        let at = i * BLOCK;
        if at < done || !is_full(block) {
            continue;
        }
        let run = run_around(bytes, at, done);
        done = run.end;
        if run.len() >= SHORTEST
            && let Some(decoded) = text.get(run.clone()).and_then(text_of)
        {
            let mut found = Layer::default();
            found.push(&decoded, run, Kind::Base64);
            layer(&found);
        }
    }
}

/// True when every byte of `block` is of the base64 alphabets. Written without branches, for the
/// compiler to make vector instructions of.
fn is_full(block: &[u8]) -> bool {
    let full = block.iter().fold(1, |full, byte| {
        let letter = u8::from((byte | 0x20).wrapping_sub(b'a') < 26);
        let digit = u8::from(byte.wrapping_sub(b'0') < 10);
        let sign = u8::from(*byte == b'+') | u8::from(*byte == b'/');
        let url = u8::from(*byte == b'-') | u8::from(*byte == b'_');
        full & (letter | digit | sign | url)
    });
    full == 1
}

/// The run of one of the alphabets around `at`, from `first` on.
fn run_around(bytes: &[u8], at: usize, first: usize) -> Range<usize> {
    let class = BASE64.or(URL64);
    let before = bytes.get(first..at).unwrap_or_default();
    let mut start = at - before.iter().rev().take_while(|byte| class.has(**byte)).count();
    let rest = bytes.get(at..).unwrap_or_default();
    let end = at + rest.iter().take_while(|byte| class.has(**byte)).count();
    // The letter of an escape before it is no part of the run.
    if start > 0 && bytes.get(start - 1) == Some(&b'\\') {
        start += 1;
    }
    start..end
}

/// The text that `run` encodes, if it is one.
fn text_of(run: &str) -> Option<String> {
    if !begins_with_text(run.as_bytes()) {
        return None;
    }
    let whole = decode(run.as_bytes())?;
    let text = String::from_utf8(whole).ok()?;
    let strange = text.bytes().filter(|byte| !is_text(*byte)).count();
    (strange * 50 <= text.len()).then_some(text)
}

const fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | b' '..=b'~' | 0x80..)
}

/// True when the first characters of `run` mean text, most of it ASCII. Random bytes hardly ever
/// do: one in nine is a control character.
fn begins_with_text(run: &[u8]) -> bool {
    let (mut ascii, mut all) = (0, 0);
    for four in run.as_chunks::<4>().0.iter().take(TASTE / 4) {
        let value = |byte: u8| u32::from(sextet(byte).unwrap_or(0));
        let [a, b, c, d] = four.map(value);
        let bits = (a << 18) | (b << 12) | (c << 6) | d;
        for byte in bits.to_be_bytes().into_iter().skip(1) {
            if !is_text(byte) {
                return false;
            }
            ascii += usize::from(byte < 0x80);
            all += 1;
        }
    }
    ascii * 10 >= all * 6
}

const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The bytes that `run` encodes, in either alphabet; characters that fill no byte are left out.
pub(crate) fn decode(run: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(run.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in run {
        let Some(value) = sextet(*byte) else {
            if *byte == b'=' {
                break;
            }
            return None;
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xFF).ok()?);
        }
    }
    Some(out)
}

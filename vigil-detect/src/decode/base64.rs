//! Base64 that holds text. What decodes to bytes that are no text (pictures, signatures,
//! encrypted content) is left alone after a few characters.

use std::ops::Range;

use super::{Kind, Layer};
use crate::class::{BASE64, URL64};

/// Bytes looked at together; a run of twice as many fills at least one such block.
const BLOCK: usize = 16;
/// Shorter runs hold nothing that is found without a name before it.
const SHORTEST: usize = 32;
/// How gzip, zip, Zstandard, bzip2 and xz begin.
const COMPRESSED: &[&str] = &["H4sI", "UEsDB", "KLUv/", "QlpoO", "QlpoN", "/Td6WFo"];
/// Characters that are decoded to see whether a run holds text.
const TASTE: usize = 24;

/// The runs of a text that were read so far.
#[derive(Debug, Default)]
pub(super) struct Runs {
    done: usize,
    /// Bytes of those that hold compressed data.
    pub(super) compressed: usize,
}

/// Calls `layer` with the text of every run of base64 that holds any and that is met at one of
/// `starts`, which begin at a multiple of a block, and `other` with the place of one that holds none.
pub(super) fn each(
    text: &str,
    starts: &Range<usize>,
    runs: &mut Runs,
    mut layer: impl FnMut(&Layer),
    mut other: impl FnMut(Range<usize>),
) {
    let bytes = text.as_bytes();
    let stretch = bytes.get(starts.clone()).unwrap_or_default();
    for (i, block) in stretch.as_chunks::<BLOCK>().0.iter().enumerate() {
        let at = starts.start + i * BLOCK;
        if !may_be_full(block) || at < runs.done || !is_full(block) {
            continue;
        }
        let run = run_around(bytes, at, runs.done);
        runs.done = run.end;
        if run.len() < SHORTEST {
            continue;
        }
        let Some(letters) = text.get(run.clone()) else { continue };
        match text_of(letters) {
            Some(decoded) => {
                let mut found = Layer::default();
                found.push(&decoded, run, Kind::Base64);
                layer(&found);
            }
            None if COMPRESSED.iter().any(|begin| letters.starts_with(begin)) => {
                runs.compressed += run.len();
            }
            None => other(run),
        }
    }
}

/// False when a sign of a sentence, a quote or a blank stands in `block`: all that is less than the
/// letters of both alphabets.
fn may_be_full(block: &[u8; BLOCK]) -> bool {
    const LEAST: u64 = u64::from_ne_bytes([b'+'; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let less = |words: u64| words.wrapping_sub(LEAST) & !words & HIGH;
    let (first, second) = (block.first_chunk(), block.last_chunk());
    let words = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_ne_bytes(*bytes));
    less(words(first)) | less(words(second)) == 0
}

fn is_full(block: &[u8; BLOCK]) -> bool {
    let class = BASE64.or(URL64);
    block.iter().all(|byte| class.has(*byte))
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

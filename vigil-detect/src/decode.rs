//! What a text says once it is decoded, with the way back to the original bytes: escapes of JSON,
//! percent signs, base64, and the pieces of a streamed answer put together.

use std::ops::Range;

use memchr::{memchr_iter, memmem};

mod base64;
mod escapes;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod stream;

pub(crate) use self::base64::decode as decode_base64;

/// What is looked at on either side of an escape.
const REACH: usize = 4 << 10;

/// The longest part of a text that is decoded at once: what is remembered of where its letters
/// came from takes several times as much.
const LONGEST: usize = 1 << 20;

/// Decodings within decodings that are followed.
pub(crate) const DEEPEST: u8 = 3;

/// A decoded text and where each part of it came from.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    /// The decoded text.
    pub(crate) text: String,
    pieces: Vec<Piece>,
    /// Whether it begins, and ends, in the middle of its source.
    cut: (bool, bool),
}

/// A part of a decoded text and the bytes it was made of.
#[derive(Clone, Debug)]
struct Piece {
    out: Range<usize>,
    source: Range<usize>,
    kind: Kind,
}

/// How the bytes of a piece lie in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Byte for byte.
    Same,
    /// All of it for any of it.
    Whole,
    /// Four characters for three bytes.
    Base64,
}

impl Layer {
    /// An empty one, for what stands in `text` at `place`.
    fn of(text: &str, place: &Range<usize>) -> Self {
        Self {
            text: String::with_capacity(place.len()),
            pieces: Vec::new(),
            cut: (place.start > 0, place.end < text.len()),
        }
    }

    fn push_same(&mut self, text: &str, at: usize) {
        self.push(text, at..at + text.len(), Kind::Same);
    }

    fn push(&mut self, text: &str, source: Range<usize>, kind: Kind) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { out: start..self.text.len(), source, kind });
    }

    /// True when `place` comes nearer than `edge` to where this was cut out of its source.
    pub(crate) const fn cuts(&self, place: &Range<usize>, edge: usize) -> bool {
        (self.cut.0 && place.start < edge) || (self.cut.1 && place.end + edge > self.text.len())
    }

    /// The places in the source of the decoded `range`: one, or for a stream one a piece.
    pub(crate) fn sources(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::new();
        let first = self.pieces.partition_point(|piece| piece.out.end <= range.start);
        let pieces = self.pieces.get(first..).unwrap_or_default();
        for piece in pieces.iter().take_while(|piece| piece.out.start < range.end) {
            let source = piece.source_of(range);
            match out.last_mut() {
                Some(last) if last.end == source.start => last.end = source.end,
                _ => out.push(source),
            }
        }
        out
    }
}

impl Piece {
    fn source_of(&self, range: &Range<usize>) -> Range<usize> {
        let from = range.start.max(self.out.start) - self.out.start;
        let to = range.end.min(self.out.end) - self.out.start;
        match self.kind {
            Kind::Same => self.source.start + from..self.source.start + to,
            Kind::Whole => self.source.clone(),
            Kind::Base64 => {
                let start = self.source.start + from / 3 * 4;
                start..(self.source.start + to.div_ceil(3) * 4).min(self.source.end)
            }
        }
    }
}

/// `value` without the escapes of JSON, however often they were put on one another.
pub(crate) fn unescaped(value: &str) -> String {
    let mut value = value.to_owned();
    for _ in 0..DEEPEST {
        if !value.contains('\\') {
            break;
        }
        match escapes::unescaped(&value, 0..value.len()) {
            Some(layer) if layer.text != value => value = layer.text,
            _ => break,
        }
    }
    value
}

/// Searches that cost more to make than to run.
#[derive(Debug)]
pub(crate) struct Decoder {
    unicode: memmem::Finder<'static>,
    delta: memmem::Finder<'static>,
}

/// What was seen of a text so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Around letters written as escapes.
    unicode: Vec<Range<usize>>,
    /// Around percent signs with a letter's number.
    percent: Vec<Range<usize>>,
    /// True when it may be a stream of events.
    stream: bool,
    base64: base64::Runs,
}

impl Seen {
    /// Bytes of base64 that holds compressed data.
    pub(crate) const fn compressed(&self) -> usize {
        self.base64.compressed
    }
}

impl Decoder {
    /// Ready to search.
    pub(crate) fn new() -> Self {
        Self { unicode: memmem::Finder::new("\\u00"), delta: memmem::Finder::new("delta") }
    }

    /// Looks at what begins at one of `starts`, stretch after stretch, and calls `layer` with the
    /// text of base64, and `run` with the place of every other long run of its letters. Clean text
    /// costs a few passes of vectorised search and no memory.
    pub(crate) fn look(
        &self,
        text: &str,
        starts: &Range<usize>,
        seen: &mut Seen,
        layer: impl FnMut(&Layer),
        run: impl FnMut(Range<usize>),
    ) {
        let bytes = text.as_bytes();
        let stretch =
            |needle: &[u8]| bytes.get(starts.start..bytes.len().min(starts.end + needle.len() - 1));
        for at in self.unicode.find_iter(stretch(self.unicode.needle()).unwrap_or_default()) {
            if escapes::is_printable(bytes, starts.start + at) {
                add(&mut seen.unicode, starts.start + at, text);
            }
        }
        for sign in memchr_iter(b'%', bytes.get(starts.clone()).unwrap_or_default()) {
            if escapes::hex_pair(bytes, starts.start + sign).is_some() {
                add(&mut seen.percent, starts.start + sign, text);
            }
        }
        seen.stream = seen.stream
            || self.delta.find(stretch(self.delta.needle()).unwrap_or_default()).is_some();
        base64::each(text, starts, &mut seen.base64, layer, run);
    }

    /// Calls `layer` with all else that `text` says in another form.
    pub(crate) fn rest(text: &str, seen: &Seen, mut layer: impl FnMut(&Layer)) {
        for place in &seen.unicode {
            if let Some(decoded) = escapes::unescaped(text, place.clone()) {
                layer(&decoded);
            }
        }
        for place in &seen.percent {
            if let Some(decoded) = escapes::percent(text, place.clone()) {
                layer(&decoded);
            }
        }
        if seen.stream
            && let Some(decoded) = stream::joined(text)
        {
            layer(&decoded);
        }
    }
}

/// Adds what is around `at` to the places, none of which becomes too long to be decoded at once.
fn add(places: &mut Vec<Range<usize>>, at: usize, text: &str) {
    let end = text.ceil_char_boundary(text.len().min(at + REACH));
    match places.last_mut() {
        Some(last) if at.saturating_sub(REACH) <= last.end && last.len() < LONGEST => {
            last.end = end;
        }
        _ => places.push(text.floor_char_boundary(at.saturating_sub(REACH))..end),
    }
}

#[cfg(test)]
mod tests;

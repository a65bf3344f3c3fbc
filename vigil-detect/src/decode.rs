//! What a text says once it is decoded, with the way back to the original bytes: escapes of JSON,
//! percent signs, base64, and the pieces of a streamed answer put together.

use std::ops::Range;

use memchr::memmem;

mod base64;
mod escapes;
mod stream;

pub(crate) use self::base64::decode as decode_base64;

/// Decodings within decodings that are followed.
pub(crate) const DEEPEST: u8 = 3;

/// A decoded text and where each part of it came from.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    /// The decoded text.
    pub(crate) text: String,
    pieces: Vec<Piece>,
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
        match escapes::unescaped(&value) {
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

impl Decoder {
    /// Ready to search.
    pub(crate) fn new() -> Self {
        Self { unicode: memmem::Finder::new("\\u00"), delta: memmem::Finder::new("delta") }
    }

    /// Calls `layer` with everything that `text` says in another form. Clean text costs a few
    /// passes of vectorised search and no memory.
    pub(crate) fn each(&self, text: &str, mut layer: impl FnMut(&Layer)) {
        if escapes::any(&self.unicode, text)
            && let Some(decoded) = escapes::unescaped(text)
        {
            layer(&decoded);
        }
        if let Some(decoded) = escapes::percent(text) {
            layer(&decoded);
        }
        if self.delta.find(text.as_bytes()).is_some()
            && let Some(decoded) = stream::joined(text)
        {
            layer(&decoded);
        }
        base64::each(text, layer);
    }
}

#[cfg(test)]
mod tests;

//! The copy of a connection's streams, told in HTTP/1's words: to the inspector every stream is a
//! flow with one request and its answer, whichever protocol carried it.

use std::collections::HashMap;

use super::{
    check::{is_token, is_value},
    hpack::List,
    reader::Part,
};
use crate::source::proxy::tee::{Direction, StreamCopy, Tee};

/// The most streams of a connection that are read at a time; more only pass. Upstreams allow
/// about a hundred.
const STREAMS_MAX: usize = 1024;

/// Fields that the telling in HTTP/1 says in its own way.
const RETOLD: &[&[u8]] =
    &[b"host", b"connection", b"content-length", b"transfer-encoding", b"upgrade"];

/// The streams of one connection.
pub(super) struct Copies<'t> {
    tee: &'t Tee,
    streams: HashMap<u32, Stream>,
}

struct Stream {
    copy: StreamCopy,
    is_head: bool,
    request: Side,
    response: Side,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Before the fields.
    Waiting,
    /// In a body.
    Body,
    /// After fields whose message has no body.
    Bodyless,
    Done,
}

impl<'t> Copies<'t> {
    pub(super) fn new(tee: &'t Tee) -> Self {
        Self { tee, streams: HashMap::new() }
    }

    /// Something of `stream` is about to pass.
    pub(super) fn take(&mut self, direction: Direction, stream: u32, part: &Part<'_>) {
        if direction == Direction::Request && !self.streams.contains_key(&stream) {
            self.begin(stream, part);
        }
        let Some(known) = self.streams.get_mut(&stream) else {
            if let Part::Data(bytes) = part {
                self.tee.skip(bytes.len());
            }
            return;
        };
        known.take(self.tee, direction, part);
        let is_reset = matches!(part, Part::Reset);
        if (is_reset || known.is_done())
            && let Some(over) = self.streams.remove(&stream)
        {
            self.tee.stream_over(&over.copy);
        }
    }

    fn begin(&mut self, stream: u32, part: &Part<'_>) {
        let Part::Fields { list, .. } = part else { return };
        // Trailers of a stream that is over, or of one that is not read.
        if list.first(":method").is_none() || self.streams.len() >= STREAMS_MAX {
            return;
        }
        let Some(copy) = self.tee.stream(stream) else { return };
        let is_head = list.first(":method") == Some(b"HEAD");
        let (request, response) = (Side::Waiting, Side::Waiting);
        self.streams.insert(stream, Stream { copy, is_head, request, response });
    }
}

impl Stream {
    fn is_done(&self) -> bool {
        self.request == Side::Done && self.response == Side::Done
    }

    fn take(&mut self, tee: &Tee, direction: Direction, part: &Part<'_>) {
        let is_head = self.is_head;
        let copy = &mut self.copy;
        let side = match direction {
            Direction::Request => &mut self.request,
            Direction::Response => &mut self.response,
        };
        let mut tell = |parts: &[&[u8]]| tee.stream_data(copy, direction, parts);
        match (part, *side) {
            (Part::Fields { list, end }, Side::Waiting) => {
                let (text, next) = match direction {
                    Direction::Request => (request(list, *end), Side::Body),
                    Direction::Response => answer(list, *end, is_head),
                };
                tell(&[&text]);
                *side = if *end && next != Side::Waiting { Side::Done } else { next };
            }
            (Part::Data(bytes), Side::Body) if !bytes.is_empty() => {
                tell(&[format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"]);
            }
            (Part::End | Part::Fields { end: true, .. }, Side::Body) => {
                tell(&[b"0\r\n\r\n"]);
                *side = Side::Done;
            }
            (Part::End, Side::Bodyless) => *side = Side::Done,
            _ => {}
        }
    }
}

/// A request's head. The gate has seen that its parts are what they should be.
fn request(list: &List, end: bool) -> Vec<u8> {
    let part = |name| list.first(name).unwrap_or_default();
    let mut text = [part(":method"), b" ", part(":path"), b" HTTP/1.1\r\nhost: "].concat();
    text.extend_from_slice(part(":authority"));
    text.extend_from_slice(b"\r\n");
    fields(list, &mut text);
    if !end {
        text.extend_from_slice(b"transfer-encoding: chunked\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

/// An answer's head, interim ones included, and what follows.
fn answer(list: &List, end: bool, is_head: bool) -> (Vec<u8>, Side) {
    let status = list.first(":status").unwrap_or(b"000");
    let mut text = [b"HTTP/1.1 ", status, b" \r\n"].concat();
    fields(list, &mut text);
    let next = match status {
        [b'1', ..] => Side::Waiting,
        b"204" | b"304" => Side::Bodyless,
        _ if is_head => Side::Bodyless,
        _ => Side::Body,
    };
    if next == Side::Body {
        let length: &[u8] =
            if end { b"content-length: 0\r\n" } else { b"transfer-encoding: chunked\r\n" };
        text.extend_from_slice(length);
    }
    text.extend_from_slice(b"\r\n");
    (text, next)
}

fn fields(list: &List, text: &mut Vec<u8>) {
    for (name, value) in list.iter() {
        // Only an upstream's could be none; a client's have passed the gate.
        if is_token(name) && is_value(value) && !RETOLD.contains(&name) {
            text.extend_from_slice(&[name, b": ", value, b"\r\n"].concat());
        }
    }
}

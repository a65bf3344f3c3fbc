//! Follows the frames of one direction and says how many of the bytes may pass. All but blocks of
//! header fields and settings passes as it comes; a block passes when it is whole and was read.
//! Pure, and changes no byte but the one setting that would lead past the gate.

use std::{sync::Arc, time::Instant};

use super::{
    Refusal, check, frame,
    frame::Head,
    hpack::{Decoder, List},
    limits::{Rate, SETTINGS_LEN_MAX, Settings},
};
use crate::source::proxy::tee::Direction;

/// The most bytes of a block.
const BLOCK_MAX: usize = 64 * 1024;
/// The most frames that a block comes in.
const BLOCK_FRAMES_MAX: usize = 16;

/// What both directions share: who announced what.
#[derive(Default)]
pub(super) struct Link {
    client: Settings,
    upstream: Settings,
}

/// What passes, for the copy.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// A request's or an answer's fields, or those after its body.
    Fields { list: &'a List, end: bool },
    /// Some of a body.
    Data(&'a [u8]),
    /// The end of a body.
    End,
    /// The stream was given up.
    Reset,
}

/// One direction of a connection.
pub(super) struct Reader {
    direction: Direction,
    host: Arc<str>,
    state: State,
    decoder: Decoder,
    list: List,
    /// A block that came in several frames.
    block: Vec<u8>,
    /// The last stream that the client began.
    last: u32,
    resets: Rate,
    pings: Rate,
    settings: Rate,
}

#[derive(Clone, Copy)]
enum State {
    /// Before the client's greeting.
    Preface,
    /// Before the first frame.
    First,
    Between,
    /// Within a body's frame: bytes of payload to come, whether the length of its padding is one
    /// of them, and how many of them are padding.
    Data {
        stream: u32,
        left: usize,
        unpadded: bool,
        padding: usize,
        end: bool,
    },
    /// Within a frame that is not looked at.
    Other {
        left: usize,
    },
}

/// Where what passes is shown: the stream and its part.
pub(super) type Sink<'a> = dyn FnMut(u32, Part<'_>) + 'a;

impl Reader {
    /// For a connection to `host`, in canonical form.
    pub(super) fn new(direction: Direction, host: Arc<str>) -> Self {
        let state = match direction {
            Direction::Request => State::Preface,
            Direction::Response => State::First,
        };
        Self {
            direction,
            host,
            state,
            decoder: Decoder::default(),
            list: List::default(),
            block: Vec::new(),
            last: 0,
            resets: Rate::new(1000, 33),
            pings: Rate::new(10_000, 1000),
            settings: Rate::new(100, 10),
        }
    }

    /// True when what passed so far ends with a whole frame.
    pub(super) const fn is_between_frames(&self) -> bool {
        matches!(self.state, State::First | State::Between)
    }

    /// The last stream that the client began.
    pub(super) const fn last_stream(&self) -> u32 {
        self.last
    }

    /// How many of `bytes`, which follow on those that passed, may pass; the rest is to be shown
    /// again with more. The refusal is of what follows on those.
    pub(super) fn walk(
        &mut self,
        bytes: &mut [u8],
        link: &mut Link,
        now: Instant,
        sink: &mut Sink<'_>,
    ) -> (usize, Result<(), Refusal>) {
        let mut at = 0;
        while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
            match self.step(rest, link, now, sink) {
                Ok(0) => break,
                Ok(used) => at += used,
                Err(refusal) => return (at, Err(refusal)),
            }
        }
        (at, Ok(()))
    }

    /// How many bytes pass next; none when more are needed.
    fn step(
        &mut self,
        rest: &mut [u8],
        link: &mut Link,
        now: Instant,
        sink: &mut Sink<'_>,
    ) -> Result<usize, Refusal> {
        match self.state {
            State::Preface => {
                let len = rest.len().min(frame::PREFACE.len());
                if rest.get(..len) != frame::PREFACE.get(..len) {
                    return Err(Refusal::Framing);
                }
                if len < frame::PREFACE.len() {
                    return Ok(0);
                }
                self.state = State::First;
                Ok(len)
            }
            State::First | State::Between => self.begin(rest, link, now, sink),
            State::Other { left } => {
                let now = left.min(rest.len());
                self.state = after(left - now, |left| State::Other { left });
                Ok(now)
            }
            State::Data { .. } => self.data(rest, sink),
        }
    }

    /// At a frame's head.
    fn begin(
        &mut self,
        rest: &mut [u8],
        link: &mut Link,
        now: Instant,
        sink: &mut Sink<'_>,
    ) -> Result<usize, Refusal> {
        let Some(head) = Head::read(rest) else { return Ok(0) };
        let from_client = self.direction == Direction::Request;
        let (own, other) = if from_client {
            (&mut link.client, &mut link.upstream)
        } else {
            (&mut link.upstream, &mut link.client)
        };
        if head.len > other.frame_max() {
            return Err(Refusal::FrameSize);
        }
        if matches!(self.state, State::First) && (head.kind != frame::SETTINGS || head.is_ack()) {
            return Err(Refusal::Framing);
        }
        match head.kind {
            frame::HEADERS => return self.block(head, rest, other, sink),
            frame::PUSH_PROMISE if !from_client => return self.block(head, rest, other, sink),
            frame::PUSH_PROMISE | frame::CONTINUATION => return Err(Refusal::Framing),
            frame::SETTINGS => {
                if head.stream != 0
                    || !head.len.is_multiple_of(6)
                    || (head.is_ack() && head.len != 0)
                {
                    return Err(Refusal::Framing);
                }
                if head.len > SETTINGS_LEN_MAX {
                    return Err(Refusal::Flood);
                }
                let whole = frame::HEAD_LEN + head.len;
                let Some(payload) = rest.get_mut(frame::HEAD_LEN..whole) else { return Ok(0) };
                self.settings.take(now)?;
                if head.is_ack() {
                    other.acknowledge();
                } else {
                    own.announce(payload, !from_client)?;
                }
                self.state = State::Between;
                return Ok(whole);
            }
            frame::DATA => {
                if head.stream == 0
                    || (from_client && head.stream > self.last)
                    || (head.is_padded() && head.len == 0)
                {
                    return Err(Refusal::Framing);
                }
                self.state = State::Data {
                    stream: head.stream,
                    left: head.len,
                    unpadded: head.is_padded(),
                    padding: 0,
                    end: head.ends_stream(),
                };
                self.data_done_if(sink);
                return Ok(frame::HEAD_LEN);
            }
            frame::RST_STREAM => {
                if from_client {
                    self.resets.take(now)?;
                }
                sink(head.stream, Part::Reset);
            }
            frame::PING => self.pings.take(now)?,
            _ => {}
        }
        self.state = after(head.len, |left| State::Other { left });
        Ok(frame::HEAD_LEN)
    }

    /// A block of fields: all of its frames, or nothing.
    fn block(
        &mut self,
        first: Head,
        rest: &[u8],
        other: &Settings,
        sink: &mut Sink<'_>,
    ) -> Result<usize, Refusal> {
        let mut at = 0;
        let mut head = first;
        self.block.clear();
        for _ in 0..BLOCK_FRAMES_MAX {
            if self.block.len() + head.len > BLOCK_MAX {
                return Err(Refusal::TooLarge);
            }
            let begin = at + frame::HEAD_LEN;
            at = begin + head.len;
            let Some(payload) = rest.get(begin..at) else { return Ok(0) };
            let fragment = head.fragment(payload).ok_or(Refusal::Framing)?;
            self.block.extend_from_slice(fragment);
            if head.ends_block() {
                self.decoder.decode(&self.block, other.table_max(), &mut self.list)?;
                self.fields(first, sink)?;
                return Ok(at);
            }
            let Some(next) = rest.get(at..).and_then(Head::read) else { return Ok(0) };
            if next.kind != frame::CONTINUATION || next.stream != first.stream {
                return Err(Refusal::Framing);
            }
            if next.len > other.frame_max() {
                return Err(Refusal::FrameSize);
            }
            head = next;
        }
        Err(Refusal::Flood)
    }

    /// A block was read: is it to pass?
    fn fields(&mut self, head: Head, sink: &mut Sink<'_>) -> Result<(), Refusal> {
        if head.stream == 0 {
            return Err(Refusal::Framing);
        }
        if self.direction == Direction::Request {
            if head.stream > self.last {
                if head.stream.is_multiple_of(2) {
                    return Err(Refusal::Framing);
                }
                check::request(&self.list, &self.host)?;
                self.last = head.stream;
            } else if !head.ends_stream() {
                return Err(Refusal::Malformed);
            } else {
                check::trailers(&self.list)?;
            }
        }
        // A promise is not an answer, and is no call.
        if head.kind == frame::HEADERS {
            sink(head.stream, Part::Fields { list: &self.list, end: head.ends_stream() });
        }
        Ok(())
    }

    fn data(&mut self, rest: &[u8], sink: &mut Sink<'_>) -> Result<usize, Refusal> {
        let State::Data { stream, left, unpadded, padding, .. } = &mut self.state else {
            return Ok(0);
        };
        let used = if *unpadded {
            *unpadded = false;
            *padding = usize::from(rest.first().copied().unwrap_or_default());
            if *padding >= *left {
                return Err(Refusal::Framing);
            }
            1
        } else {
            let content = *left - *padding;
            let now = rest.len().min(if content > 0 { content } else { *left });
            if content > 0 {
                sink(*stream, Part::Data(rest.get(..now).unwrap_or_default()));
            } else {
                *padding -= now;
            }
            now
        };
        *left -= used;
        self.data_done_if(sink);
        Ok(used)
    }

    fn data_done_if(&mut self, sink: &mut Sink<'_>) {
        if let State::Data { stream, left: 0, end, .. } = self.state {
            self.state = State::Between;
            if end {
                sink(stream, Part::End);
            }
        }
    }
}

/// The state with so many bytes of a frame to come.
fn after(left: usize, within: impl Fn(usize) -> State) -> State {
    if left == 0 { State::Between } else { within(left) }
}

#[cfg(test)]
mod tests;

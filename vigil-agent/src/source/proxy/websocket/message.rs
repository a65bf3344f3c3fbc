//! The messages of one direction of a WebSocket: put together from their frames, inflated, and
//! bounded. Pure.

use super::{
    frame::{BadFrame, Frames, Head, Opcode, Part},
    inflate::{Inflater, Undone},
};
use crate::source::proxy::kept::Kept;

/// The most bytes of a message that are read.
pub(super) const MESSAGE_MAX: usize = 32 * 1024 * 1024;

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    Text(&'a str),
    Binary,
    /// It was not read, and why.
    Unreadable(&'static str),
}

/// The messages of one direction.
pub(super) struct Messages {
    frames: Frames,
    rest: Rest,
}

struct Rest {
    inflater: Option<Inflater>,
    present: Option<Message>,
    /// In a ping, a pong or a close.
    control: Option<Opcode>,
    is_closed: bool,
}

/// A message that is not complete.
struct Message {
    is_text: bool,
    is_compressed: bool,
    /// The present frame is its last.
    is_final: bool,
    kept: Kept,
    unreadable: Option<&'static str>,
}

/// Why nothing more can be read.
struct Stop(&'static str);

impl From<BadFrame> for Stop {
    fn from(_: BadFrame) -> Self {
        Self("websocket-malformed")
    }
}

impl Messages {
    /// The messages of a client (`are_masked`) or a server, compressed or not.
    pub(super) const fn new(are_masked: bool, inflater: Option<Inflater>) -> Self {
        let rest = Rest { inflater, present: None, control: None, is_closed: false };
        Self { frames: Frames::new(are_masked), rest }
    }

    /// Gives the messages that `bytes` complete. After an error, which is the reason, nothing more
    /// can be read.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        give: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), &'static str> {
        if self.rest.is_closed {
            return Ok(());
        }
        let rest = &mut self.rest;
        self.frames
            .push(bytes, &mut |part| match part {
                // What follows a close is nobody's.
                _ if rest.is_closed => Ok(()),
                Part::Head(head) => rest.begin(head),
                Part::Payload(payload) => rest.payload(payload),
                Part::End => rest.end(give),
            })
            .or_else(|Stop(reason)| if rest.is_closed { Ok(()) } else { Err(reason) })
    }
}

impl Rest {
    fn begin(&mut self, head: Head) -> Result<(), Stop> {
        match (head.opcode, &mut self.present) {
            (Opcode::Close | Opcode::Beat, _) => self.control = Some(head.opcode),
            (Opcode::Continuation, Some(message)) if !head.is_compressed => {
                message.is_final = head.is_final;
            }
            (Opcode::Text | Opcode::Binary, None)
                if !head.is_compressed || self.inflater.is_some() =>
            {
                self.present = Some(Message {
                    is_text: head.opcode == Opcode::Text,
                    is_compressed: head.is_compressed,
                    is_final: head.is_final,
                    kept: Kept::default(),
                    unreadable: None,
                });
            }
            _ => return Err(BadFrame.into()),
        }
        Ok(())
    }

    fn payload(&mut self, payload: &[u8]) -> Result<(), Stop> {
        let (None, Some(message)) = (self.control, &mut self.present) else { return Ok(()) };
        match &mut self.inflater {
            Some(inflater) if message.is_compressed => {
                if message.is_given_up() {
                    return Ok(());
                }
                let pushed = inflater.push(payload, &mut |plain| message.keep(plain));
                message.inflated(pushed)
            }
            _ => {
                message.keep(payload);
                Ok(())
            }
        }
    }

    fn end(&mut self, give: &mut dyn FnMut(Heard<'_>)) -> Result<(), Stop> {
        if let Some(control) = self.control.take() {
            self.is_closed = control == Opcode::Close;
            return Ok(());
        }
        let Some(mut message) = self.present.take_if(|message| message.is_final) else {
            return Ok(());
        };
        if let Some(inflater) = &mut self.inflater
            && message.is_compressed
            && !message.is_given_up()
        {
            let ended = inflater.end(&mut |plain| message.keep(plain));
            message.inflated(ended)?;
        }
        give(match (message.unreadable, message.is_text) {
            (Some(reason), _) => Heard::Unreadable(reason),
            (None, false) => Heard::Binary,
            (None, true) => str::from_utf8(message.kept.bytes())
                .map_or(Heard::Unreadable("websocket-not-text"), Heard::Text),
        });
        Ok(())
    }
}

impl Message {
    fn keep(&mut self, plain: &[u8]) {
        if self.unreadable.is_some() {
            return;
        }
        if !self.is_text {
            return;
        }
        if self.kept.bytes().len() + plain.len() > MESSAGE_MAX {
            self.unreadable = Some(TOO_LARGE);
        } else if !self.kept.add(plain) {
            self.unreadable = Some(NO_ROOM);
        }
        if self.unreadable.is_some() {
            self.kept = Kept::default();
        }
    }

    /// True when not even what later messages may refer to is wanted of it.
    fn is_given_up(&self) -> bool {
        self.unreadable.is_some_and(|reason| reason != TOO_LARGE && reason != NO_ROOM)
    }

    fn inflated(&mut self, done: Result<(), Undone>) -> Result<(), Stop> {
        match done {
            Ok(()) => Ok(()),
            Err(Undone { reason, for_good: true }) => Err(Stop(reason)),
            Err(Undone { reason, .. }) => {
                self.unreadable = Some(reason);
                self.kept = Kept::default();
                Ok(())
            }
        }
    }
}

const TOO_LARGE: &str = "websocket-message-too-large";
const NO_ROOM: &str = "inspect-memory";

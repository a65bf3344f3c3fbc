//! The copy of a WebSocket within a decrypted flow: frames to messages, messages to the provider's
//! parser. The frames themselves pass as they came, and nothing here is asked about them.

use vigil_proto::Timestamp;

use self::{
    extension::Compression,
    message::{Heard, Messages},
};
use super::{
    head::Fields,
    provider::{Call, Inspection, Socket},
    tee::Direction,
};

mod extension;
mod frame;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod inflate;
mod message;

/// A request for a WebSocket whose answer is not there yet.
pub(super) struct Wish {
    target: String,
    fields: Fields,
}

impl Wish {
    /// What a request for `target` with these header `fields` wishes; `None` when that is not a
    /// WebSocket.
    pub(super) fn of(target: &str, fields: &Fields) -> Option<Self> {
        fields
            .has_token("upgrade", "websocket")
            .then(|| Self { target: target.to_owned(), fields: fields.clone() })
    }

    /// The WebSocket that `host` agreed to with a 101 and these header `fields`. `None` when nobody
    /// reads such a one; an error is the reason why it cannot be read.
    pub(super) fn granted(
        self,
        host: &str,
        fields: &Fields,
    ) -> Result<Option<Conversation>, &'static str> {
        let Some(socket) = Socket::open(host, &self.target, &self.fields) else { return Ok(None) };
        let Compression { client, server } = extension::agreed(fields)?;
        Ok(Some(Conversation {
            socket,
            client: Some(Messages::new(true, client)),
            server: Some(Messages::new(false, server)),
            paused: false,
            skipping: false,
        }))
    }
}

/// The messages of one WebSocket.
pub(super) struct Conversation {
    socket: Socket,
    /// `None` once it cannot be read any further.
    client: Option<Messages>,
    server: Option<Messages>,
    /// The user does not want to be watched now.
    paused: bool,
    /// What the client asked last was not read, so what is answered is not read either.
    skipping: bool,
}

impl Conversation {
    /// From now on the user wants to be watched, or does not. What is asked meanwhile is not read,
    /// nor what is answered to it.
    pub(super) const fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// A copy of bytes came.
    pub(super) fn data(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        let side = match direction {
            Direction::Request => &mut self.client,
            Direction::Response => &mut self.server,
        };
        let Some(mut messages) = side.take() else { return };
        let read = messages.push(bytes, &mut |heard| self.hear(direction, &heard, at, inspection));
        match read {
            Ok(()) => {
                *match direction {
                    Direction::Request => &mut self.client,
                    Direction::Response => &mut self.server,
                } = Some(messages);
            }
            Err(reason) => {
                self.socket.lost();
                inspection.gap(reason, "the rest of a WebSocket could not be read", at);
            }
        }
    }

    /// The call whose answer is being read.
    pub(super) const fn call(&self) -> Option<&Call> {
        self.socket.call()
    }

    /// The connection ended.
    pub(super) fn end(self, at: Timestamp, inspection: &mut Inspection<'_>) {
        self.socket.end(at, inspection);
    }

    fn hear(
        &mut self,
        direction: Direction,
        heard: &Heard<'_>,
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        if direction == Direction::Request {
            if self.paused {
                inspection.out.count("skip.paused", 1);
                self.socket.lost();
            }
            self.skipping = self.paused;
        }
        if self.skipping {
            return;
        }
        match (heard, direction) {
            (Heard::Text(text), Direction::Request) => {
                self.socket.client_message(text, at, inspection);
            }
            (Heard::Text(text), Direction::Response) => {
                self.socket.server_message(text, at, inspection);
            }
            (Heard::Binary, _) => inspection.out.count("skip.websocket-binary", 1),
            (Heard::Unreadable(reason), _) => {
                self.socket.lost();
                inspection.gap(reason, "a message of a WebSocket was not read", at);
            }
        }
    }
}

#[cfg(test)]
mod tests;

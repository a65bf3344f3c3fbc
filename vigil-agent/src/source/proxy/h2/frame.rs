//! The heads of HTTP/2 frames (RFC 9113, section 4.1). Pure.

/// Bytes before a frame's payload.
pub(super) const HEAD_LEN: usize = 9;
/// What a client says first (RFC 9113, section 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;

const ACK_OR_END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;

/// A frame's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes of the payload.
    pub(super) len: usize,
    pub(super) kind: u8,
    flags: u8,
    /// 0 for the whole connection.
    pub(super) stream: u32,
}

impl Head {
    /// The head at the beginning of `bytes`, when it is all there.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, stream @ ..] = bytes.first_chunk::<HEAD_LEN>()?;
        let len = u32::from_be_bytes([0, *a, *b, *c]);
        // The highest bit means nothing.
        let stream = u32::from_be_bytes(*stream) & 0x7fff_ffff;
        Some(Self { len: usize::try_from(len).ok()?, kind: *kind, flags: *flags, stream })
    }

    pub(super) const fn is_ack(self) -> bool {
        self.flags & ACK_OR_END_STREAM != 0
    }

    pub(super) const fn ends_stream(self) -> bool {
        self.flags & ACK_OR_END_STREAM != 0
    }

    pub(super) const fn ends_block(self) -> bool {
        self.flags & END_HEADERS != 0
    }

    pub(super) const fn is_padded(self) -> bool {
        self.flags & PADDED != 0
    }

    /// The part of a block in `payload`, which is the whole payload; `None` when its parts do not
    /// fit together.
    pub(super) fn fragment(self, mut payload: &[u8]) -> Option<&[u8]> {
        if self.kind == CONTINUATION {
            return Some(payload);
        }
        let mut padding = 0;
        if self.is_padded() {
            let (len, rest) = payload.split_first()?;
            (padding, payload) = (usize::from(*len), rest);
        }
        // The promised stream, or the priority.
        let before = match self.kind {
            PUSH_PROMISE => 4,
            _ if self.flags & PRIORITY != 0 => 5,
            _ => 0,
        };
        payload = payload.get(before..)?;
        payload.get(..payload.len().checked_sub(padding)?)
    }
}

/// A GOAWAY frame (RFC 9113, section 6.8), whose `text` is for who reads the client's log.
pub(super) fn goaway(last: u32, code: u32, text: &str) -> Vec<u8> {
    let len = u32::try_from(text.len() + 8).unwrap_or(8).to_be_bytes();
    let mut frame = len.get(1..).unwrap_or_default().to_vec();
    frame.extend([GOAWAY, 0, 0, 0, 0, 0]);
    frame.extend(last.to_be_bytes());
    frame.extend(code.to_be_bytes());
    frame.extend(text.as_bytes());
    frame
}

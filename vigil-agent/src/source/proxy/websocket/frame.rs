//! Where the frames of a WebSocket begin and end (RFC 6455, section 5.2). Pure: it is shown the
//! bytes of one direction in any pieces and keeps no payload.

/// The payload that is unmasked at once.
const STEP: usize = 4096;

/// The longest head: two bytes, a length of eight, a mask of four.
const HEAD_MAX: usize = 14;

/// The most bytes in a control frame.
const CONTROL_MAX: u64 = 125;

/// Not as frames must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadFrame;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    /// Ping or pong.
    Beat,
}

/// What stands before a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) opcode: Opcode,
    /// The last frame of its message.
    pub(super) is_final: bool,
    /// The bit that a compressed message's first frame has.
    pub(super) is_compressed: bool,
}

/// What comes of the bytes, in this order.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// A frame begins.
    Head(Head),
    /// Some of its payload, unmasked.
    Payload(&'a [u8]),
    /// The frame is complete.
    End,
}

/// The frames of one direction.
pub(super) struct Frames {
    /// Clients mask, servers do not.
    are_masked: bool,
    head: [u8; HEAD_MAX],
    /// So much of the head is there.
    seen: usize,
    payload: Option<Payload>,
}

#[derive(Clone, Copy)]
struct Payload {
    left: u64,
    mask: [u8; 4],
    /// The next byte's place in the mask.
    turn: usize,
}

impl Frames {
    /// The frames of a client (`are_masked`) or a server.
    pub(super) const fn new(are_masked: bool) -> Self {
        Self { are_masked, head: [0; HEAD_MAX], seen: 0, payload: None }
    }

    /// Gives what `bytes` are, until `give` does not want to go on.
    pub(super) fn push<E: From<BadFrame>>(
        &mut self,
        mut bytes: &[u8],
        give: &mut dyn FnMut(Part<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let used = match &mut self.payload {
                Some(payload) if payload.left > 0 => {
                    if bytes.is_empty() {
                        return Ok(());
                    }
                    payload.take(bytes, give)?
                }
                Some(_) => {
                    self.payload = None;
                    give(Part::End)?;
                    0
                }
                None => {
                    let Some((byte, _)) = bytes.split_first() else { return Ok(()) };
                    if let Some(place) = self.head.get_mut(self.seen) {
                        *place = *byte;
                    }
                    self.seen += 1;
                    if let Some((head, payload)) = self.whole_head()? {
                        self.seen = 0;
                        self.payload = Some(payload);
                        give(Part::Head(head))?;
                    }
                    1
                }
            };
            bytes = bytes.get(used..).unwrap_or_default();
        }
    }

    /// The head, once it is all there.
    fn whole_head(&self) -> Result<Option<(Head, Payload)>, BadFrame> {
        let seen = self.head.get(..self.seen).unwrap_or_default();
        let [first, second, rest @ ..] = seen else { return Ok(None) };
        let is_final = first & 0x80 != 0;
        let is_compressed = first & 0x40 != 0;
        let opcode = match first & 0x0f {
            0x0 => Opcode::Continuation,
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            0x9 | 0xa => Opcode::Beat,
            _ => return Err(BadFrame),
        };
        let is_masked = second & 0x80 != 0;
        if first & 0x30 != 0 || is_masked != self.are_masked {
            return Err(BadFrame);
        }
        let wide = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask_len = if is_masked { 4 } else { 0 };
        let Some((length, mask)) = rest.split_at_checked(wide) else { return Ok(None) };
        if mask.len() < mask_len {
            return Ok(None);
        }
        let left = if wide == 0 {
            u64::from(second & 0x7f)
        } else {
            length.iter().fold(0, |all, byte| (all << 8) | u64::from(*byte))
        };
        let is_control = matches!(opcode, Opcode::Close | Opcode::Beat);
        let is_bad_control = is_control && (!is_final || is_compressed || left > CONTROL_MAX);
        if left >> 63 != 0 || is_bad_control {
            return Err(BadFrame);
        }
        let mask = mask.first_chunk().copied().unwrap_or_default();
        Ok(Some((Head { opcode, is_final, is_compressed }, Payload { left, mask, turn: 0 })))
    }
}

impl Payload {
    /// Gives the payload at the beginning of `bytes`, and how much that was.
    fn take<E>(
        &mut self,
        bytes: &[u8],
        give: &mut dyn FnMut(Part<'_>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let now = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let now = bytes.get(..now).unwrap_or_default();
        self.left -= now.len() as u64;
        if self.mask == [0; 4] {
            give(Part::Payload(now))?;
            return Ok(now.len());
        }
        let mut plain = [0; STEP];
        for step in now.chunks(STEP) {
            let mut mask = self.mask;
            mask.rotate_left(self.turn);
            let (words, odd) = step.as_chunks::<4>();
            for (to, from) in plain.as_chunks_mut::<4>().0.iter_mut().zip(words) {
                *to = (u32::from_ne_bytes(*from) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
            }
            let whole = words.len() * 4;
            let end = plain.get_mut(whole..).unwrap_or_default();
            for ((to, from), mask) in end.iter_mut().zip(odd).zip(mask) {
                *to = from ^ mask;
            }
            self.turn = (self.turn + step.len()) % 4;
            give(Part::Payload(plain.get(..step.len()).unwrap_or_default()))?;
        }
        Ok(now.len())
    }
}

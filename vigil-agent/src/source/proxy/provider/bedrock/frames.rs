//! Amazon's event stream: binary frames, each with lengths, header fields, a payload and two
//! checksums. Pure.

use flate2::Crc;
use serde_json::{Value, json};

/// The most bytes of one frame (the format's own limit is 16 MiB of payload and 128 KiB of
/// header fields).
const FRAME_MAX: usize = 17 * 1024 * 1024;
/// Both lengths and their checksum.
const PRELUDE: usize = 12;
/// The checksum at the end.
const TAIL: usize = 4;

/// Cuts a stream into its frames.
#[derive(Debug, Default)]
pub(in crate::source::proxy::provider) struct Frames {
    held: Vec<u8>,
}

impl Frames {
    /// Takes the next bytes and gives every whole frame to `each`: the `kind` of message, its
    /// `type` and the JSON document in its `body`.
    pub(in crate::source::proxy::provider) fn push(
        &mut self,
        bytes: &[u8],
        each: &mut dyn FnMut(Value),
    ) -> Result<(), &'static str> {
        self.held.extend_from_slice(bytes);
        let mut rest = self.held.as_slice();
        while let Some(frame) = whole(rest)? {
            each(event(frame)?);
            rest = rest.get(frame.len()..).unwrap_or_default();
        }
        let used = self.held.len() - rest.len();
        self.held.drain(..used);
        Ok(())
    }
}

/// The first frame in `bytes`; `None` when it is not all there yet.
fn whole(bytes: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let Some(prelude) = bytes.get(..PRELUDE) else { return Ok(None) };
    let (lengths, checksum) = prelude.split_at(8);
    if crc(lengths) != number(checksum) {
        return Err("bad-frame");
    }
    let length = number(lengths.get(..4).unwrap_or_default()) as usize;
    if !(PRELUDE + TAIL..=FRAME_MAX).contains(&length) {
        return Err("bad-frame");
    }
    Ok(bytes.get(..length))
}

/// What a whole `frame` says.
fn event(frame: &[u8]) -> Result<Value, &'static str> {
    let (said, checksum) = frame.split_at_checked(frame.len() - TAIL).ok_or("bad-frame")?;
    if crc(said) != number(checksum) {
        return Err("bad-frame");
    }
    let fields = number(said.get(4..8).unwrap_or_default()) as usize;
    let rest = said.get(PRELUDE..).unwrap_or_default();
    let (mut fields, payload) = rest.split_at_checked(fields).ok_or("bad-frame")?;
    let (mut kind, mut name) = (String::new(), String::new());
    while !fields.is_empty() {
        let (field, value) = field(&mut fields).ok_or("bad-frame")?;
        match field {
            b":message-type" => kind = value,
            b":event-type" | b":exception-type" | b":error-code" => name = value,
            _ => {}
        }
    }
    let body = serde_json::from_slice(payload).unwrap_or(Value::Null);
    Ok(json!({"kind": kind, "type": name, "body": body}))
}

/// Takes one header field: its name, and its value when that is text.
fn field<'a>(fields: &mut &'a [u8]) -> Option<(&'a [u8], String)> {
    let mut take = |length: usize| {
        let (taken, rest) = fields.split_at_checked(length)?;
        *fields = rest;
        Some(taken)
    };
    let length = usize::from(*take(1)?.first()?);
    let name = take(length)?;
    let length = match take(1)?.first()? {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        6 => {
            let length = usize::from(u16::from_be_bytes(take(2)?.try_into().ok()?));
            take(length)?;
            0
        }
        7 => {
            let length = usize::from(u16::from_be_bytes(take(2)?.try_into().ok()?));
            return Some((name, String::from_utf8_lossy(take(length)?).into_owned()));
        }
        _ => return None,
    };
    take(length)?;
    Some((name, String::new()))
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn number(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_be_bytes)
}

//! As much of WebSocket (RFC 6455) as Codex needs: text in frames that are not compressed.

use std::io::{BufReader, Read, Write};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// What the protocol has a server hash with the client's key.
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Answers the request that opens one; `key` is the client's.
pub(super) fn open(out: &mut impl Write, key: &str) -> Option<()> {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{MAGIC}").as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {}\r\n\r\n",
        base64(hash.as_ref())
    );
    out.write_all(head.as_bytes()).ok()?;
    out.flush().ok()
}

/// The next message in text; `None` when there is none. What comes before it and wants an answer is
/// given one.
pub(super) fn message<S: Read + Write>(stream: &mut BufReader<S>) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let [first, second] = bytes(stream)?;
        let length = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes(bytes(stream)?)),
            127 => u64::from_be_bytes(bytes(stream)?),
            short => short.into(),
        };
        let mask: [u8; 4] = if second & 0x80 == 0 { [0; 4] } else { bytes(stream)? };
        let mut payload = Vec::new();
        stream.by_ref().take(length).read_to_end(&mut payload).ok()?;
        for (byte, mask) in payload.iter_mut().zip(mask.into_iter().cycle()) {
            *byte ^= mask;
        }
        match first & 0x0f {
            CLOSE => return None,
            PING => {
                stream.get_mut().write_all(&frame(PONG, &payload)).ok()?;
                stream.get_mut().flush().ok()?;
            }
            PONG => {}
            _ => {
                text.extend(payload);
                if first & 0x80 != 0 {
                    return String::from_utf8(text).ok();
                }
            }
        }
    }
}

/// Sends one message.
pub(super) fn send(out: &mut impl Write, text: &str) -> Option<()> {
    out.write_all(&frame(TEXT, text.as_bytes())).ok()?;
    out.flush().ok()
}

fn bytes<const N: usize>(stream: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..=125), _) => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let six = (bits >> (18 - 6 * place)) as usize & 0x3f;
            text.push(if place > three.len() { '=' } else { ALPHABET[six].into() });
        }
    }
    text
}

//! Certificates as text (RFC 7468): written strictly, read as lists of certificates are.

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Bytes that become one line of 64 digits.
const LINE: usize = 48;

/// `der` as text, ending in a line end.
pub fn write(der: &[u8]) -> String {
    let mut text = format!("{BEGIN}\n");
    for line in der.chunks(LINE) {
        line.chunks(3).for_each(|bytes| write_group(&mut text, bytes));
        text.push('\n');
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// Three bytes as four digits; fewer with `=` in the place of the missing ones.
fn write_group(text: &mut String, bytes: &[u8]) {
    let byte = |at: usize| u32::from(bytes.get(at).copied().unwrap_or(0));
    let group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for place in 0..4 {
        let digit = DIGITS.get((group >> (18 - 6 * place)) as usize & 0x3f);
        let digit = digit.filter(|_| place <= bytes.len());
        text.push(digit.map_or('=', |digit| char::from(*digit)));
    }
}

/// The certificates in `text`. What stands between them are people's notes; one that cannot be
/// read is none.
pub fn read(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    std::iter::from_fn(move || {
        lines.by_ref().find(|line| *line == BEGIN.as_bytes())?;
        let body = lines.by_ref().take_while(|line| *line != END.as_bytes());
        Some(decode(body.flatten().copied()))
    })
    .flatten()
}

fn decode(digits: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut group, mut bits, mut padded) = (0_u32, 0, false);
    for digit in digits {
        if digit == b'=' {
            padded = true;
            continue;
        }
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        if padded {
            return None;
        }
        group = group << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 0xff) as u8);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

//! How the targets read their input, so that seeds stay texts that a person can write.

#![forbid(unsafe_code)]

/// Stands between the parts of an input.
const BETWEEN: &[u8] = b"\n%%\n";

/// The first byte of `data` as the size of pieces, and the rest.
pub fn piece(data: &[u8]) -> (usize, &[u8]) {
    match data.split_first() {
        // A seed's first letter is a size like any other.
        Some((first, rest)) => (usize::from(*first % 64) + 1, rest),
        None => (1, data),
    }
}

/// The parts of an input.
pub fn parts(data: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(end) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        parts.push(&rest[..end]);
        rest = &rest[end + BETWEEN.len()..];
    }
    parts.push(rest);
    parts
}

/// Stands in an input for a secret.
pub const PLACE: char = '§';

/// `text` with a made-up secret in each [`PLACE`]; its kind follows from what stands before. None of
/// them stands here or in a seed.
pub fn planted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split(PLACE).peekable();
    while let Some(part) = parts.next() {
        out.push_str(part);
        if parts.peek().is_some() {
            out.push_str(&secret(out.bytes().map(usize::from).sum()));
        }
    }
    out
}

fn secret(i: usize) -> String {
    let word = |len: usize| -> String {
        let letters = b"Qw7eRt2yUi9oPa4sDf6gHj1kLz8xCv3bNm5";
        (0..len)
            .map(|at| char::from(letters[(at * 11 + at / 7 + i % 64 * 5) % letters.len()]))
            .collect()
    };
    match i % 7 {
        0 => ["postgres", "://svc:", &word(18), "@db.corp.test/prod"].concat(),
        1 => ["gh", "p_", &word(36)].concat(),
        2 => ["AK", "IA", &word(16).to_uppercase()].concat(),
        3 => ["4111 1111", " 1111 1111"].concat(),
        4 => ["pass", "word = ", &word(20)].concat(),
        5 => ["4111", "1111"].concat() + "11111111",
        _ => {
            let label = ["PRIVATE", "KEY-----"].join(" ");
            format!("-----BEGIN {label}\n{}\n{}\n-----END {label}", word(64), word(40))
        }
    }
}

/// Ways to write a text.
const WAYS: u8 = 6;

/// `text` written in up to three ways on one another, as `how` says, for which a seed has a letter.
pub fn written(how: u8, text: &str) -> String {
    let how = how.wrapping_sub(b'0');
    [how / WAYS / WAYS, how / WAYS % WAYS, how % WAYS].iter().fold(text.to_owned(), |text, way| {
        match way {
            1 => text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
            2 => text
                .chars()
                .map(|letter| match u8::try_from(letter) {
                    Ok(byte) if byte.is_ascii() => format!("%{byte:02X}"),
                    _ => letter.to_string(),
                })
                .collect(),
            3 => base64(text.as_bytes()),
            4 => stream(&text),
            5 => serde_json::json!({ "said": text }).to_string(),
            _ => text,
        }
    })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|three| {
        let bits = (0..3).fold(0, |bits, i| bits << 8 | usize::from(*three.get(i).unwrap_or(&0)));
        (0..=three.len()).map(move |i| char::from(LETTERS[bits >> (18 - 6 * i) & 63]))
    });
    letters.collect()
}

/// As a model streams it, a few letters an event.
fn stream(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(20)
        .map(|piece| {
            let piece: String = piece.iter().collect();
            format!("data: {}\n\n", serde_json::json!({ "type": "delta", "text": piece }))
        })
        .collect()
}

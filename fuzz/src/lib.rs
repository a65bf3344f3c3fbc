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

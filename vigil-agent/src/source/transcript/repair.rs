//! Half characters: the client cuts long output between the two halves of an emoji, and writes
//! the half as an escape that JSON allows and UTF-8 cannot hold.

/// `line` with every lone surrogate escape replaced by U+FFFD, or none when it has none.
pub(super) fn lone_surrogates(line: &str) -> Option<String> {
    let bytes = line.as_bytes();
    let mut repaired = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', bytes.get(at..)?) {
        let escape = at + found;
        match surrogate(bytes, escape) {
            Some(Half::High) if surrogate(bytes, escape + 6) == Some(Half::Low) => at = escape + 12,
            Some(_) => {
                repaired.push_str(line.get(kept..escape)?);
                repaired.push_str("\\ufffd");
                at = escape + 6;
                kept = at;
            }
            None => at = escape + 2,
        }
        if at >= bytes.len() {
            break;
        }
    }
    if kept == 0 {
        return None;
    }
    repaired.push_str(line.get(kept..)?);
    Some(repaired)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// The half that the escape at `at` stands for.
fn surrogate(bytes: &[u8], at: usize) -> Option<Half> {
    let [b'\\', b'u', a, b, _, _] = bytes.get(at..at + 6)? else { return None };
    match (a.to_ascii_lowercase(), b.to_ascii_lowercase()) {
        (b'd', b'8' | b'9' | b'a' | b'b') => Some(Half::High),
        (b'd', b'c' | b'd' | b'e' | b'f') => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

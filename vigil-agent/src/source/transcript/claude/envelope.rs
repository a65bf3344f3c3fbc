//! Looks at the top level of a record without parsing what is inside: enough to know its type
//! and its folder, so that boilerplate and excluded work are left alone.

use std::str;

use memchr::memchr2;

/// What the top level of a record says, as it stands in the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Envelope<'a> {
    /// The value of `type`, when it is a string without escapes.
    pub(super) kind: Option<&'a str>,
    /// The raw value of `cwd`, quotes included.
    pub(super) cwd: Option<&'a str>,
    /// The value of `sessionId`.
    pub(super) session: Option<&'a str>,
}

/// Reads the top level of `line`. Stops at `type` unless `whole` asks for every key. None when
/// the line is not an object or ends too early.
pub(super) fn read(line: &str, whole: bool) -> Option<Envelope<'_>> {
    let bytes = line.as_bytes();
    let mut envelope = Envelope::default();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    at = skip_space(bytes, at + 1);
    while bytes.get(at) == Some(&b'"') {
        let key_end = string_end(bytes, at)?;
        let key = line.get(at + 1..key_end - 1)?;
        at = skip_space(bytes, key_end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = skip_space(bytes, at + 1);
        let end = value_end(bytes, at)?;
        let value = line.get(at..end)?;
        match key {
            "type" => {
                envelope.kind = plain_string(value);
                if !whole {
                    return Some(envelope);
                }
            }
            "cwd" => envelope.cwd = Some(value),
            "sessionId" => envelope.session = plain_string(value),
            _ => {}
        }
        at = skip_space(bytes, end);
        if bytes.get(at) == Some(&b',') {
            at = skip_space(bytes, at + 1);
        }
    }
    (bytes.get(at) == Some(&b'}')).then_some(envelope)
}

/// The content of a raw string value that has no escapes.
fn plain_string(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then_some(inner)
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// The index after the closing quote of the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The index after the value that begins at `at`.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at),
        b'{' | b'[' => {
            let mut depth = 0_usize;
            loop {
                match bytes.get(at)? {
                    b'"' => at = string_end(bytes, at)?,
                    b'{' | b'[' => {
                        depth += 1;
                        at += 1;
                    }
                    b'}' | b']' => {
                        depth -= 1;
                        at += 1;
                        if depth == 0 {
                            return Some(at);
                        }
                    }
                    _ => at += 1,
                }
            }
        }
        _ => {
            while !matches!(
                bytes.get(at),
                None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
            ) {
                at += 1;
            }
            Some(at)
        }
    }
}

#[cfg(test)]
mod tests;

//! Private keys. A PEM block is one secret from its first to its last dash, however its lines
//! are broken (real line ends, `\n` of JSON, indentation).

use std::ops::Range;

use memchr::memmem;
use vigil_proto::Severity::Critical;

use crate::{
    class::{BASE64, NONE, UPPER_NUM},
    plausible,
    rule::Rule,
    shape::{Candidate, Part::Run},
};

pub(super) const RULES: &[Rule] = &[
    Rule::custom(
        "gcp_service_account",
        "cloud",
        "a Google service account's key",
        &[BEGIN],
        service_account,
    )
    .severity(Critical)
    .left(NONE)
    .no_hint(),
    Rule::custom("private_key", "keys", "a private key", &[BEGIN], pem)
        .severity(Critical)
        .left(NONE)
        .no_hint(),
    Rule::new(
        "age_key",
        "keys",
        "an age secret key",
        &["AGE-SECRET-KEY-1"],
        &[Run(UPPER_NUM, 58, 60)],
    )
    .severity(Critical)
    .no_hint(),
];

const BEGIN: &str = "-----BEGIN ";

/// The longest private key that is looked for: 16 KiB is an RSA key of over 80,000 bits.
const LONGEST: usize = 16 * 1024;

/// The least base64 that is a key: an Ed25519 key has 64 characters, a masked or talked-about
/// one has none.
const SHORTEST: usize = 40;

fn service_account(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let start = candidate.anchor.start;
    let before = candidate.text.get(start.saturating_sub(600)..start)?;
    candidate.work += before.len();
    let key = before.get(before.len().saturating_sub(32)..)?;
    (memmem::find(key, b"private_key").is_some()
        && memmem::find(before, b"service_account").is_some())
    .then(|| pem(candidate))?
}

fn pem(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let text = candidate.text;
    let label = text.get(candidate.anchor.end..)?;
    let label = label.get(..label.len().min(48))?;
    let label_len = memmem::find(label, b"-----")?;
    let label = label.get(..label_len)?;
    candidate.work += label_len;
    if !(label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK")) {
        return None;
    }
    let body_start = candidate.anchor.end + label_len + 5;
    let limit = text.len().min(body_start + LONGEST);
    let rest = text.get(body_start..limit)?;
    let body_len = memmem::find(rest, b"-----");
    candidate.work += body_len.unwrap_or(rest.len());
    let body = rest.get(..body_len.unwrap_or(rest.len()))?;
    let inked = inked_len(body);
    if plausible::is_stand_in(body.get(..inked)?) || longest_line(body.get(..inked)?) < SHORTEST {
        return None;
    }
    let end = match body_len {
        Some(len) if inked == body.len() => body_start + end_of_block(rest, len),
        _ => body_start + inked,
    };
    Some(candidate.anchor.start..end)
}

/// How much of `body` a key can consist of: base64, white space, escaped line ends and the
/// header lines of an old encrypted key.
fn inked_len(body: &[u8]) -> usize {
    let allowed = |byte: &u8| {
        BASE64.has(*byte)
            || matches!(
                byte,
                b'=' | b'\\'
                    | b' '
                    | b'\t'
                    | b'\r'
                    | b'\n'
                    | b':'
                    | b','
                    | b'-'
                    | b'.'
                    | b'('
                    | b')'
                    | b'<'
                    | b'>'
                    | b'@'
                    | b'"'
                    | b'\''
                    | 0x80..
            )
    };
    body.iter().take_while(|byte| allowed(byte)).count()
}

/// The longest stretch of base64 in `body`, not counting escapes.
fn longest_line(body: &[u8]) -> usize {
    let (mut longest, mut line) = (0, 0);
    for byte in body {
        line = if BASE64.has(*byte) { line + 1 } else { 0 };
        longest = longest.max(line);
    }
    longest
}

/// Where the block that has its next dashes at `dashes` ends: after `-----END ...-----`.
fn end_of_block(rest: &[u8], dashes: usize) -> usize {
    let Some(tail) = rest.get(dashes..) else { return dashes };
    if !tail.starts_with(b"-----END ") {
        return dashes;
    }
    let window = tail.get(9..tail.len().min(9 + 48)).unwrap_or_default();
    match memmem::find(window, b"-----") {
        Some(at) => dashes + 9 + at + 5,
        None => dashes,
    }
}

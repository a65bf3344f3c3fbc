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

/// Below this length a body is looked through for the words of documentation.
const TALK: usize = 200;

/// The longest words between the dashes.
const LONGEST_LABEL: usize = 43;

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
    let label = label.get(..label.len().min(LONGEST_LABEL + 5))?;
    let label_len = memmem::find(label, b"-----")?;
    let label = label.get(..label_len)?;
    candidate.work += label_len;
    if !(label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK")) {
        return None;
    }
    let body_start = candidate.anchor.end + label_len + 5;
    let rest = text.get(body_start..text.len().min(body_start + LONGEST))?;
    let dashes = memmem::find(rest, b"-----");
    candidate.work += dashes.unwrap_or(rest.len());
    let whole = dashes.and_then(|len| Some((rest.get(..len)?, end_of_block(rest, len)?)));
    let (body, len) = match whole {
        Some((body, end)) if mostly_base64(body) => (body, end),
        _ => {
            let len = cut_off_len(rest);
            (rest.get(..len)?, len)
        }
    };
    let short = body.len() < TALK && plausible::is_stand_in(body);
    (!short && longest_line(body) >= SHORTEST).then(|| candidate.anchor.start..body_start + len)
}

/// True when base64 makes up most of `body`; line numbers, indentation, line ends, the quotes of
/// a source text and the headers of an old encrypted key are the rest.
fn mostly_base64(body: &[u8]) -> bool {
    let count = body.iter().filter(|byte| BASE64.has(**byte)).count();
    count * 10 >= body.len() * 6
}

/// How much of `rest` belongs to a key whose end is missing: base64, white space and escaped
/// line ends.
fn cut_off_len(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        at += match (byte, rest.get(at + 1)) {
            (b'\\', Some(b'n' | b'r' | b't')) => 2,
            (b'\\', Some(b'\\')) | (b'=' | b' ' | b'\t' | b'\r' | b'\n', _) => 1,
            (other, _) if BASE64.has(*other) => 1,
            _ => break,
        };
    }
    at
}

/// The longest stretch of base64 in `body`.
fn longest_line(body: &[u8]) -> usize {
    let (mut longest, mut line) = (0, 0);
    for byte in body {
        line = if BASE64.has(*byte) { line + 1 } else { 0 };
        longest = longest.max(line);
    }
    longest
}

/// Where the block ends that has its next dashes at `dashes`: after `-----END ...-----`, and
/// nowhere when these dashes begin something else.
fn end_of_block(rest: &[u8], dashes: usize) -> Option<usize> {
    let tail = rest.get(dashes..)?.strip_prefix(b"-----END ")?;
    let window = tail.get(..tail.len().min(LONGEST_LABEL + 5))?;
    Some(dashes + 9 + memmem::find(window, b"-----")? + 5)
}

//! Private keys. A PEM block is one secret from its first to its last dash, however its lines
//! are broken (real line ends, `\n` of JSON, indentation).

use std::ops::Range;

use memchr::memmem;
use vigil_proto::Severity::{Critical, Medium};

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
    Rule::custom("private_key", "keys", "a private key", &[BEGIN], clear_pem)
        .severity(Critical)
        .left(NONE)
        .no_hint(),
    Rule::custom("private_key", "keys", "an encrypted private key", &[BEGIN], encrypted_pem)
        .severity(Medium)
        .left(NONE)
        .no_hint(),
    Rule::custom("putty_key", "keys", "a private key of PuTTY", &[PRIVATE_LINES], clear_ppk)
        .severity(Critical)
        .left(NONE)
        .no_hint(),
    Rule::custom("putty_key", "keys", "an encrypted key of PuTTY", &[PRIVATE_LINES], encrypted_ppk)
        .severity(Medium)
        .left(NONE)
        .no_hint(),
    Rule::custom("seed_phrase", "keys", "the seed phrase of a wallet", SEEDS, seed)
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

fn clear_pem(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    pem(candidate).filter(|place| !is_encrypted(candidate.text, place))
}

fn encrypted_pem(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    pem(candidate).filter(|place| is_encrypted(candidate.text, place))
}

/// True for a key that a passphrase opens: its label says so, or the headers of an old one, or
/// the name of the derivation at the beginning of one of OpenSSH (`bcrypt`, in base64).
fn is_encrypted(text: &[u8], place: &Range<usize>) -> bool {
    let block = text.get(place.clone()).unwrap_or_default();
    let head = block.get(..block.len().min(180)).unwrap_or_default();
    memmem::find(head, b"ENCRYPTED").is_some() || memmem::find(head, b"YmNyeXB0").is_some()
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

const PRIVATE_LINES: &str = "Private-Lines: ";

/// Bytes before the private lines in which the file says how it is encrypted.
const PPK_HEAD: usize = 4096;

fn clear_ppk(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    ppk(candidate, false)
}

fn encrypted_ppk(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    ppk(candidate, true)
}

/// So many lines of base64 after `Private-Lines:`, as its program's manual describes the file.
fn ppk(candidate: &mut Candidate<'_>, encrypted: bool) -> Option<Range<usize>> {
    let anchor = candidate.anchor.clone();
    let rest = candidate.text.get(anchor.end..candidate.text.len().min(anchor.end + LONGEST))?;
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let blank = line_end(rest.get(digits..)?);
    candidate.work += digits + blank + 1;
    if digits == 0 || blank == 0 {
        return None;
    }
    let start = digits + blank;
    let mut end = start;
    let mut at = start;
    while let Some(line) = rest.get(at..) {
        let len = line.iter().take_while(|byte| BASE64.has(**byte) || **byte == b'=').count();
        let next = line_end(line.get(len..)?);
        candidate.work += len + next + 1;
        let last = matches!(line.get(len), None | Some(b'"' | b'\'' | b'`'));
        if len == 0 || (next == 0 && !last) {
            break;
        }
        end = at + len;
        at = end + next;
        if next == 0 {
            break;
        }
    }
    let body = rest.get(start..end)?;
    if longest_line(body) < SHORTEST {
        return None;
    }
    let before = candidate.text.get(anchor.start.saturating_sub(PPK_HEAD)..anchor.start)?;
    candidate.work += before.len();
    let says = memmem::rfind(before, b"Encryption: ").and_then(|at| before.get(at + 12..));
    let clear = says.is_none_or(|word| word.starts_with(b"none"));
    (clear != encrypted).then(|| anchor.end + start..anchor.end + end)
}

/// The bytes of a line end, real or escaped.
fn line_end(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] | [b'\\', b'n', ..] => 2,
        [b'\n', ..] => 1,
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        [b'\\', b'\\', b'n', ..] => 3,
        _ => 0,
    }
}

const SEEDS: &[&str] = &[
    "mnemonic",
    "MNEMONIC",
    "Mnemonic",
    "seed phrase",
    "Seed phrase",
    "Seed Phrase",
    "seed_phrase",
    "SEED_PHRASE",
    "seedPhrase",
    "recovery phrase",
    "Recovery phrase",
    "Recovery Phrase",
    "recovery_phrase",
];

/// Words of sentences that are in no list of BIP-39.
const OF_SENTENCES: &[&[u8]] = &[
    b"the", b"and", b"are", b"for", b"not", b"was", b"were", b"has", b"have", b"from", b"which",
    b"their", b"phrase", b"seed", b"words", b"wallet", b"your", b"its", b"into", b"using",
];

/// Twelve, 15, 18, 21 or 24 words of three to eight letters and nothing else, as BIP-39 has them.
fn seed(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let text = candidate.text;
    let end = text.len().min(candidate.anchor.end + 320);
    let rest = text.get(candidate.anchor.end..end)?;
    candidate.work += rest.len();
    let sign =
        |byte: &&u8| matches!(**byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'`' | b'\\' | b'\n');
    let gap = rest.iter().take(12).take_while(sign).count();
    let is = usize::from(rest.get(gap..)?.starts_with(b"is ")) * 3;
    let is = is + rest.get(gap + is..)?.iter().take(3).take_while(sign).count();
    let rest = rest.get(gap + is..)?;
    let len = rest.iter().take_while(|byte| byte.is_ascii_lowercase() || **byte == b' ').count();
    let phrase = rest.get(..len)?.trim_ascii_end();
    let words: Vec<&[u8]> = phrase.split(|byte| *byte == b' ').collect();
    let fits = gap > 0
        && matches!(words.len(), 12 | 15 | 18 | 21 | 24)
        && words.iter().all(|word| (3..=8).contains(&word.len()) && !OF_SENTENCES.contains(word));
    let mut sorted = words;
    sorted.sort_unstable();
    sorted.dedup();
    let start = candidate.anchor.end + gap + is;
    (fits && sorted.len() >= 6).then(|| start..start + phrase.len())
}

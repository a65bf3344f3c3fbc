//! Canaries: tokens that the user planted where nobody has business. Only keyed hashes of them are
//! kept: one that rolls over a text, to know where a canary may stand, and the fingerprint, to
//! know that it does. Without the installation's key neither says anything of the token.

use std::ops::Range;

use vigil_proto::Severity;

use crate::{class::URL64, mask::FingerprintKey, rule::Rule};

/// The shortest canary, in bytes: a shorter one could be met by chance, or guessed.
pub const SHORTEST: usize = 16;
/// The longest.
pub const LONGEST: usize = 128;
/// What names are made of, for a hint.
pub const NAMES: &str = "use small letters, digits, `_` and `-`, at most 40";

/// True for what can be a canary's name.
pub fn is_name(name: &str) -> bool {
    super::is_name(name)
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Canaries(Vec<Canary>);

#[derive(Clone, Debug)]
struct Canary {
    rule: &'static Rule,
    len: usize,
    rolling: u64,
    fingerprint: String,
}

/// What the configuration keeps of the canary `value`.
///
/// # Errors
/// What is wrong with the value: canaries are 16 to 128 letters, digits, `_` and `-`.
pub fn planted(value: &str, key: &FingerprintKey) -> Result<String, &'static str> {
    if !(SHORTEST..=LONGEST).contains(&value.len()) {
        return Err("a canary has 16 to 128 characters");
    }
    if !value.bytes().all(|byte| URL64.has(byte)) {
        return Err("a canary is made of letters, digits, `_` and `-`");
    }
    let rolling = hash(value.as_bytes(), factor(key));
    Ok(format!("v1:{}:{rolling:016x}:{}", value.len(), key.fingerprint(value)))
}

impl Canaries {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the one that the configuration keeps as `planted`.
    pub(super) fn add(&mut self, name: &str, planted: &str) -> Result<(), &'static str> {
        let canary = parse(planted).ok_or("this is no canary")?;
        let title = format!("the canary `{name}`, which you planted");
        let rule = super::leaked("canary", "canary", &title, Severity::Critical);
        let (len, rolling, fingerprint) = canary;
        self.0.push(Canary { rule, len, rolling, fingerprint });
        Ok(())
    }

    /// Calls `found` with every sighting; gives the bytes that were looked at.
    pub(super) fn each(
        &self,
        text: &str,
        key: &FingerprintKey,
        found: &mut impl FnMut(&'static Rule, Range<usize>),
    ) -> usize {
        let mut lens: Vec<usize> = self.0.iter().map(|canary| canary.len).collect();
        lens.sort_unstable();
        lens.dedup();
        let factor = factor(key);
        for len in &lens {
            each_of(text.as_bytes(), *len, factor, |place, rolling| {
                let mut alike =
                    self.0.iter().filter(|canary| canary.len == *len && canary.rolling == rolling);
                let sighting = alike.find(|canary| {
                    text.get(place.clone()).is_some_and(|value| {
                        key.fingerprint(value).to_string() == canary.fingerprint
                    })
                });
                if let Some(canary) = sighting {
                    found(canary.rule, place);
                }
            });
        }
        text.len() * lens.len()
    }
}

/// Calls `found` with the hash of every window of `len` bytes that a canary can be made of.
fn each_of(text: &[u8], len: usize, factor: u64, mut found: impl FnMut(Range<usize>, u64)) {
    let oldest = (0..len).fold(1_u64, |power, _| power.wrapping_mul(factor));
    let (mut run, mut hash) = (0, 0_u64);
    for (at, byte) in text.iter().enumerate() {
        if !URL64.has(*byte) {
            (run, hash) = (0, 0);
            continue;
        }
        hash = step(hash, *byte, factor);
        run += 1;
        if run > len {
            let leaving = text.get(at - len).copied().unwrap_or_default();
            hash = hash.wrapping_sub((u64::from(leaving) + 1).wrapping_mul(oldest));
        }
        if run >= len {
            found(at + 1 - len..at + 1, hash);
        }
    }
}

fn hash(value: &[u8], factor: u64) -> u64 {
    value.iter().fold(0, |hash, byte| step(hash, *byte, factor))
}

const fn step(hash: u64, byte: u8, factor: u64) -> u64 {
    hash.wrapping_mul(factor).wrapping_add(byte as u64 + 1)
}

/// The rolling hash's factor: odd, and as secret as the key.
fn factor(key: &FingerprintKey) -> u64 {
    u64::from_le_bytes(*key.fingerprint("the factor of the canaries' rolling hash").as_bytes()) | 1
}

/// The length, the rolling hash and the fingerprint.
fn parse(planted: &str) -> Option<(usize, u64, String)> {
    let mut parts = planted.split(':');
    let version = parts.next()? == "v1";
    let len = parts.next()?.parse().ok().filter(|len| (SHORTEST..=LONGEST).contains(len))?;
    let rolling = parts.next().filter(|rolling| rolling.len() == 16)?;
    let rolling = u64::from_str_radix(rolling, 16).ok()?;
    let fingerprint = parts.next().filter(|fingerprint| fingerprint.len() == 16)?;
    let hex = fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    (version && hex && parts.next().is_none()).then(|| (len, rolling, fingerprint.to_owned()))
}

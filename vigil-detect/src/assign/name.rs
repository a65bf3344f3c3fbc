//! The name before a value: which words it is made of, and whether they name a secret.

use std::ops::Range;

use self::words::{
    ABOUT, DECLARES, KEY_NOT, KEY_OF, NO_KEY, NOT_SECRET, PASSWORDS, SECRET_KEY_OF, SECRETS, TAILS,
    TOKEN_NOT, TOKENS,
};
use crate::class::{ALNUM, URL64_DOT};

mod words;

/// The longest part of a name on either side of the word that was found.
const LONGEST: usize = 48;

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A password: chosen by a person, any length.
    Password,
    /// A secret key of one's own software.
    Secret,
    /// A key or token that a service gave out.
    Token,
    /// `Authorization: Bearer` and its value.
    Bearer,
    /// base64 of a user and a password.
    Pair,
    /// A key of something that may well be a service: a secret when its value can be nothing else.
    Likely,
    /// Something that is a secret only when a known service's name stands in it.
    Weak,
}

/// A name in lower case, its words divided by `_`.
#[derive(Debug)]
pub(super) struct Name {
    text: [u8; 128],
    len: usize,
}

impl Name {
    /// The words of a text, which may be in any of the usual styles.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut name = Self { text: [0; 128], len: 0 };
        let mut before = b'_';
        for (i, byte) in bytes.iter().enumerate() {
            let next = bytes.get(i + 1).copied().unwrap_or(b'_');
            let hump = byte.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && next.is_ascii_lowercase()));
            if hump {
                name.push(b'_');
            }
            if byte.is_ascii_alphanumeric() {
                name.push(byte.to_ascii_lowercase());
            } else {
                name.push(b'_');
            }
            before = *byte;
        }
        name
    }

    fn push(&mut self, byte: u8) {
        if byte == b'_' && self.as_str().ends_with('_') {
            return;
        }
        if let Some(slot) = self.text.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    /// In lower case, with `_` between the words.
    pub(super) fn as_str(&self) -> &str {
        let text = self.text.get(..self.len).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// True for a key of a table, a store or a keyboard.
    pub(super) fn is_of_no_secret(&self) -> bool {
        let name = without_tails(self.as_str().trim_matches('_'));
        let before = name.strip_suffix("_key").and_then(|rest| rest.rsplit('_').next());
        before.is_some_and(|before| KEY_NOT.contains(&before) || NOT_SECRET.contains(&before))
    }

    /// True when it is a single word.
    pub(super) fn is_one_word(&self) -> bool {
        !self.as_str().trim_matches('_').contains('_')
    }

    /// What the name promises; `None` when it names no secret.
    pub(super) fn kind(&self) -> Option<Kind> {
        let name = without_tails(self.as_str().trim_matches('_'));
        let (rest, last) = name.rsplit_once('_').unwrap_or(("", name));
        let before = rest.rsplit('_').next().unwrap_or_default();
        if NOT_SECRET.contains(&before) && last != "bearer" || rest.ends_with("public_key") {
            return None;
        }
        if PASSWORDS.contains(&last) || last.ends_with("password") || last.ends_with("passwd") {
            return Some(Kind::Password);
        }
        match last {
            "phrase" | "word" if before == "pass" => Some(Kind::Password),
            "token" if TOKEN_NOT.contains(&before) => None,
            "key" if SECRET_KEY_OF.contains(&before) => Some(Kind::Secret),
            "key" if KEY_OF.contains(&before) => Some(Kind::Token),
            "key" if DECLARES.contains(&before) => Some(Kind::Weak),
            "key" if before.len() > 2 && !KEY_NOT.contains(&before) => Some(Kind::Likely),
            "key" => Some(Kind::Weak),
            "bearer" => Some(Kind::Bearer),
            "auth" if before == "rediscli" => Some(Kind::Password),
            "basic" | "auth" => Some(Kind::Pair),
            _ if TOKENS.contains(&last) || last.ends_with("apikey") || ends_in_token(last) => {
                Some(Kind::Token)
            }
            _ if SECRETS.contains(&last) || last.ends_with("secret") => Some(Kind::Secret),
            _ if rest.starts_with("token") || rest.starts_with("secret") => {
                (!ABOUT.contains(&last) && rest.len() < 8).then_some(Kind::Likely)
            }
            _ if last.len() > 6 && last.ends_with("key") && !NO_KEY.contains(&last) => {
                let of = last.trim_end_matches("key");
                Some(if KEY_NOT.contains(&of) { Kind::Weak } else { Kind::Likely })
            }
            _ => None,
        }
    }
}

fn ends_in_token(word: &str) -> bool {
    word.ends_with("token") && word.len() < 24
}

fn without_tails(mut name: &str) -> &str {
    for _ in 0..2 {
        match name.rsplit_once('_') {
            Some((rest, tail)) if TAILS.contains(&tail) && !rest.is_empty() => name = rest,
            _ => break,
        }
    }
    name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_')
}

/// The name that the word at `found` is a part of.
pub(super) fn around(text: &[u8], found: &Range<usize>) -> Option<Range<usize>> {
    let inside = |byte: &&u8| URL64_DOT.has(**byte);
    let word = text.get(found.clone())?;
    let skipped = word.iter().take_while(|byte| !URL64_DOT.has(**byte)).count();
    let len = word.iter().skip(skipped).take_while(inside).count();
    let core = found.start + skipped..found.start + skipped + len;
    let before = text.get(..core.start)?;
    let mut start = core.start - before.iter().rev().take(LONGEST).take_while(inside).count();
    let escape = start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'\\')
        && matches!(text.get(start), Some(b'n' | b'r' | b't'));
    start += usize::from(escape && start < core.start);
    let after = text.get(core.end..)?;
    let whole = core.end == found.end;
    let end =
        core.end + if whole { after.iter().take(LONGEST).take_while(inside).count() } else { 0 };
    let name = text.get(start..end)?;
    // A flag's dashes and what ends a sentence are no part of a name.
    start += name.iter().take_while(|byte| !ALNUM.has(**byte)).count();
    let end = end - name.iter().rev().take_while(|byte| matches!(byte, b'.' | b'-')).count();
    (start < end).then_some(start..end)
}

/// The name with the word before it, when the name is one word of a sentence: "API key".
pub(super) fn with_word_before(text: &[u8], name: &Range<usize>) -> Range<usize> {
    let lone = text.get(name.clone()).is_some_and(|name| name.eq_ignore_ascii_case(b"key"));
    let Some([before @ .., b' ']) = text.get(..name.start) else { return name.clone() };
    let len = before.iter().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if lone && len > 0 && len < 16 { name.start - 1 - len..name.end } else { name.clone() }
}

/// False for `node.key`, which is a property of many things: only after some words it is a secret.
pub(super) fn is_property_of_secret(name: &[u8]) -> bool {
    const OF: [&[u8]; 10] = [
        b"api",
        b"secret",
        b"access",
        b"private",
        b"encryption",
        b"signing",
        b"auth",
        b"master",
        b"jwt",
        b"hmac",
    ];
    let Some(thing) = name.strip_suffix(b".key") else { return true };
    OF.iter().any(|word| {
        let tail = thing.get(thing.len().saturating_sub(word.len())..).unwrap_or_default();
        tail.eq_ignore_ascii_case(word)
    })
}

/// True when the words right before a name say that the value is none, or no secret.
pub(super) fn denied_by(before: &[u8]) -> bool {
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = line.trim_ascii_end();
    [&b"public"[..], b"Public", b"example", b"Example"].iter().any(|word| text.ends_with(word))
}

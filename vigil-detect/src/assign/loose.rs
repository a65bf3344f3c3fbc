//! The less usual ways in which a name is given a value: `#define NAME "..."`, `ENV NAME ...`,
//! a default in a block, an element over several lines, a value before its name. These ways
//! also join what does not belong together, so that only a value that could be nothing else counts.

use std::ops::Range;

use memchr::memmem;

use super::{gap::Gap, name::Kind, value};
use crate::class::{ALNUM, BASE64_PAD, Class, HEX, UPPER_NUM, URL64_DOT, WORD};

/// The longest way from a name to its value.
const LONGEST: usize = 160;
/// The shortest value.
const SHORTEST: usize = 16;
/// The longest value.
const LONGEST_VALUE: usize = 400;
/// What values are made of.
pub(super) const VALUE: Class = URL64_DOT.or(BASE64_PAD);
/// The names that hold the value within a block that has its own name.
const FIELDS: &[&[u8]] = &[
    b"default",
    b"value",
    b"Value",
    b"secure",
    b"token",
    b"plaintext",
    b"plainText",
    b"string_value",
    b"stringValue",
    b"secret",
    b"data",
];
/// The flags whose value is the one of a name before them.
const FLAGS: &[&[u8]] = &[b"--body", b"-b", b"--value", b"--secret-string", b"--data", b"--string"];

/// A value, and how sure the way to it is.
pub(super) struct Loose {
    /// Where it stands.
    pub(super) place: Range<usize>,
    /// False when nothing but a space, a dash or a comma leads to it.
    clear: bool,
}

impl Loose {
    pub(super) const fn new(place: Range<usize>, clear: bool) -> Self {
        Self { place, clear }
    }

    pub(super) const fn place(&self) -> &Range<usize> {
        &self.place
    }

    /// True when the value could be nothing but a secret of this kind.
    pub(super) fn is_certain(&self, secret: &[u8], kind: Kind) -> bool {
        let gap = Gap::after_flag();
        let chosen = || value::is_password(secret, &gap) == Some(true);
        let certain = match kind {
            Kind::Password => {
                has_all_kinds(secret) && (self.clear || !is_of_words(secret)) && chosen()
            }
            Kind::Secret if self.clear && has_sign_and_digits(secret) => {
                has_all_kinds(secret) && chosen()
            }
            Kind::Token | Kind::Secret => is_random(secret, self.clear),
            Kind::Likely => is_random(secret, false),
            Kind::Bearer | Kind::Pair | Kind::Weak => false,
        };
        certain && !value::is_reference(secret, &gap) && !value::is_stand_in(secret)
    }
}

/// The value that the name at `name` is given in one of these ways.
pub(super) fn after(text: &[u8], name: &Range<usize>, kind: Kind) -> Option<Loose> {
    if matches!(kind, Kind::Bearer | Kind::Pair) {
        return None;
    }
    let end = text.len().min(name.end + LONGEST);
    let way = Way { text: text.get(..end)?, at: name.end };
    let found = way.forward(kind).or_else(|| before(text, name));
    found.and_then(|start| {
        let len = value_len(text, &start, kind)?;
        Some(Loose { place: start.at..start.at + len, clear: start.sign != Sign::Blank })
    })
}

/// Where a value begins.
struct Start {
    at: usize,
    sign: Sign,
}

/// What says that it is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// A quote before it, this one.
    Quote(u8),
    /// An element, which has to end right after it.
    Element,
    /// A line, a flag.
    Mark,
    /// A blank, a dash, a comma.
    Blank,
}

#[derive(Clone, Copy)]
struct Way<'t> {
    text: &'t [u8],
    at: usize,
}

impl Way<'_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Over as many bytes as `is` holds for; how many.
    fn skip(&mut self, is: impl Fn(u8) -> bool) -> usize {
        let len = self.rest().iter().take_while(|byte| is(**byte)).count();
        self.at += len;
        len
    }

    fn skip_text(&mut self, text: &[u8]) -> bool {
        let there = self.rest().starts_with(text);
        self.at += if there { text.len() } else { 0 };
        there
    }

    fn blanks(&mut self) -> usize {
        self.skip(|byte| matches!(byte, b' ' | b'\t'))
    }

    fn white(&mut self) -> usize {
        self.skip(|byte| byte.is_ascii_whitespace())
    }

    /// The value after a quote, or after three of them.
    fn opens(mut self) -> Option<Start> {
        self.skip(|byte| byte == b'\\');
        let quote @ (b'"' | b'\'' | b'`') = self.byte()? else { return None };
        self.at += 1;
        self.skip_text(&[quote, quote]);
        // A text of a language within one of another.
        let quote = if self.skip_text(b"\\\"") { b'"' } else { quote };
        Some(Start { at: self.at, sign: Sign::Quote(quote) })
    }

    /// The value here, in quotes or not.
    fn here(self, sign: Sign) -> Start {
        self.opens().unwrap_or(Start { at: self.at, sign })
    }

    fn forward(mut self, kind: Kind) -> Option<Start> {
        if let Some(start) = self.entity().or_else(|| self.element()) {
            return Some(start);
        }
        let closing = |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'*');
        let closed = self.skip(closing);
        let spaces = self.blanks();
        if let Some(start) = self.operator().or_else(|| self.block(kind)) {
            return Some(start);
        }
        let lone = spaces > 0 && closed == 0;
        if lone
            && let Some(start) = self.opens().or_else(|| self.declared()).or_else(|| self.flag())
        {
            return Some(start);
        }
        let quoted = self.text.get(self.at - spaces - closed..self.at - spaces)?;
        if spaces > 0 && quoted.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
            // A text of its own, as a command's argument, and the next one.
            return self.opens();
        }
        self.bare(spaces, kind)
    }

    /// The same in the entities of HTML: `&quot;name&quot;:&quot;`.
    fn entity(mut self) -> Option<Start> {
        let quote = [&b"&quot;"[..], b"&#34;", b"&#x22;", b"&#39;"];
        let mut entities = 0;
        for _ in 0..2 {
            entities += usize::from(quote.iter().any(|entity| self.skip_text(entity)));
            self.skip(|byte| matches!(byte, b' ' | b':' | b'='));
        }
        (entities > 0).then_some(Start { at: self.at, sign: Sign::Mark })
    }

    /// The text of an element that has the name as its tag or in its tag, over lines.
    fn element(mut self) -> Option<Start> {
        self.skip(|byte| matches!(byte, b'"' | b'\'' | b'\\'));
        let before = self.text.get(..self.at)?;
        let tag = before.iter().rev().take(64).find(|byte| matches!(byte, b'<' | b'>' | b'\n'));
        if tag != Some(&b'<') || !self.skip_text(b">") {
            return None;
        }
        self.white();
        self.skip_text(b"<![CDATA[");
        let begins = self.byte().is_some_and(|byte| !matches!(byte, b'<' | b'$' | b'{'));
        begins.then_some(Start { at: self.at, sign: Sign::Element })
    }

    /// What is taken where there is no other value: `?: "..."`, `|| "..."`, `or "..."`, `<- "..."`.
    fn operator(mut self) -> Option<Start> {
        let known = [
            &b"?:"[..],
            b"??=",
            b"??",
            b"||=",
            b"||",
            b"or ",
            b"else",
            b"<-",
            b"->",
            b":=",
            b"==",
            b"=",
            b",",
            b".unwrap_or(",
        ];
        let found = known.iter().any(|sign| self.skip_text(sign));
        self.white();
        let named = [&b"default="[..], b"value=", b"default:", b"Value:", b"value:"];
        let named = named.iter().any(|name| self.skip_text(name));
        self.blanks();
        if found || named { self.opens() } else { None }
    }

    /// A block or a next line: `NAME:` and `secure: ...`, `{ default = "..." }`, `- ...`, a fence.
    fn block(mut self, kind: Kind) -> Option<Start> {
        let colon = self.skip(|byte| matches!(byte, b':' | b'='));
        self.blanks();
        let brace = self.skip_text(b"{");
        let line = self.white();
        if brace {
            return self.field();
        }
        let broken = self.text.get(self.at - line..self.at)?.contains(&b'\n');
        if colon == 0 || !broken || kind == Kind::Password {
            return None;
        }
        if FIELDS.iter().any(|field| self.skip_text(field)) {
            let signs = self.skip(|byte| matches!(byte, b':' | b'='));
            self.blanks();
            return (signs > 0).then(|| self.here(Sign::Mark));
        }
        if self.skip_text(b"```") {
            self.skip(|byte| byte.is_ascii_lowercase());
            self.white();
        }
        self.skip_text(b"- ");
        Some(self.here(Sign::Blank))
    }

    /// The field of a block that holds the value.
    fn field(self) -> Option<Start> {
        let rest = self.rest();
        let end = rest.iter().position(|byte| *byte == b'}').unwrap_or(rest.len());
        let inside = rest.get(..end)?;
        FIELDS.iter().find_map(|field| {
            memmem::find_iter(inside, field).find_map(|found| {
                let mut way = Way { at: self.at + found + field.len(), ..self };
                way.skip(|byte| byte == b'"');
                let signs = way.skip(|byte| matches!(byte, b'=' | b':' | b' '));
                if signs > 0 { way.opens() } else { None }
            })
        })
    }

    /// A declaration's type before the value: `var name string = "..."`.
    fn declared(mut self) -> Option<Start> {
        for _ in 0..3 {
            let of_a_type = |byte| {
                WORD.has(byte)
                    || matches!(byte, b'.' | b'*' | b'&' | b'<' | b'>' | b'[' | b']' | b':')
            };
            if self.skip(of_a_type) == 0 {
                break;
            }
            self.blanks();
        }
        self.skip_text(b"=").then_some(())?;
        self.white();
        self.opens()
    }

    /// A flag for the value: `gh secret set NAME --body "..."`.
    fn flag(mut self) -> Option<Start> {
        FLAGS.iter().any(|flag| self.skip_text(flag)).then_some(())?;
        self.skip(|byte| matches!(byte, b' ' | b'='));
        Some(self.here(Sign::Mark))
    }

    /// Nothing but a space, a tab, a dash or a comma; of a password, also its kind in a router's
    /// configuration.
    fn bare(mut self, spaces: usize, kind: Kind) -> Option<Start> {
        let sign = |byte| matches!(byte, b',' | b';' | b'|' | b'-' | b'>');
        let signs = self.skip(sign);
        let more = self.blanks();
        if spaces + signs + more == 0 || signs > 3 {
            return None;
        }
        if kind == Kind::Password {
            let _plain = self.skip_text(b"0 ") || self.skip_text(b"now ");
        }
        Some(self.here(Sign::Blank))
    }
}

/// The value in an object that has it before its name: `{"value": "...", "name": "NAME"}`.
fn before(text: &[u8], name: &Range<usize>) -> Option<Start> {
    let first = name.start.saturating_sub(LONGEST);
    let before = text.get(first..name.start)?;
    let keys =
        [&b"\"name\": \""[..], b"\"name\":\"", b"\"key\": \"", b"\"key\":\"", b"\"Name\": \""];
    let key = keys.iter().find(|key| before.ends_with(key))?;
    let object = before.get(..before.len() - key.len())?;
    let open = object.iter().rposition(|byte| *byte == b'{').unwrap_or(0);
    let object = object.get(open..)?;
    [&b"\"value\": \""[..], b"\"value\":\"", b"\"Value\": \""].iter().find_map(|field| {
        let at = first + open + memmem::find(object, field)? + field.len();
        Some(Start { at, sign: Sign::Quote(b'"') })
    })
}

/// The length of the value that begins there: up to its quote, or to what cannot be a part of it.
fn value_len(text: &[u8], start: &Start, kind: Kind) -> Option<usize> {
    let rest = text.get(start.at..text.len().min(start.at + LONGEST_VALUE))?;
    let inside = |byte: &&u8| match start.sign {
        Sign::Quote(quote) => !matches!(**byte, b'\\' | b'\n' | b' ') && **byte != quote,
        _ if kind == Kind::Password => {
            byte.is_ascii_graphic()
                && !matches!(**byte, b'"' | b'\'' | b'`' | b'<' | b'\\' | b',' | b'(' | b'[' | b'{')
        }
        _ => VALUE.has(**byte),
    };
    let len = rest.iter().take_while(inside).count();
    let next = rest.get(len);
    let ends = match start.sign {
        Sign::Quote(quote) => next == Some(&quote) || next == Some(&b'\\'),
        Sign::Element => {
            let mut after = rest.iter().skip(len).skip_while(|byte| byte.is_ascii_whitespace());
            matches!(after.next(), Some(b'<' | b']'))
        }
        _ => {
            !next.is_some_and(|byte| WORD.has(*byte) || !byte.is_ascii() || b"([{$:".contains(byte))
        }
    };
    let stops = rest.get(..len)?.iter().rev().take_while(|byte| matches!(byte, b'.' | b';'));
    let len = if matches!(start.sign, Sign::Quote(_)) { len } else { len - stops.count() };
    (ends && (8..LONGEST_VALUE).contains(&len)).then_some(len)
}

/// True when a stretch of the value is random beyond doubt. A UUID is often a mere id, so that it
/// counts only where a sign (`clear`) gives it.
fn is_random(value: &[u8], clear: bool) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if value.len() < SHORTEST || digits < 2 || digits == value.len() {
        return false;
    }
    if !value.iter().all(|byte| VALUE.has(*byte)) {
        return false;
    }
    if value.last_chunk().is_some_and(is_uuid) {
        return value.len() == 36 && clear;
    }
    if !clear && value.len() == 42 && value.starts_with(b"0x") {
        // The address of a contract or of a wallet.
        return false;
    }
    if !clear && value.len() == 40 && value.iter().all(|byte| UPPER_NUM.has(*byte)) {
        // The fingerprint of a key that signs.
        return false;
    }
    let stretches = value.split(|byte| !ALNUM.has(*byte)).filter(|stretch| stretch.len() >= 6);
    let random: usize = stretches
        .filter(|stretch| {
            let turns = turns(stretch) * 5;
            turns >= stretch.len() && (turns >= stretch.len() * 2 || !is_of_words(stretch))
        })
        .map(<[u8]>::len)
        .sum();
    random >= 12 && random * 5 >= value.len() * 2
}

fn has_sign_and_digits(secret: &[u8]) -> bool {
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    secret.len() >= 12 && digits >= 2 && secret.iter().any(|byte| b"!#%^*+?~$&".contains(byte))
}

pub(super) fn is_uuid(value: &[u8; 36]) -> bool {
    value.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => HEX.has(byte.to_ascii_lowercase()),
    })
}

/// True when small letters, digits, and capitals or signs stand in a password.
fn has_all_kinds(secret: &[u8]) -> bool {
    let sign = |byte: &u8| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.');
    secret.iter().any(u8::is_ascii_digit)
        && secret.iter().any(u8::is_ascii_lowercase)
        && secret.iter().any(|byte| byte.is_ascii_uppercase() || sign(byte))
}

/// True for `Ed25519PublicKey`: small letters stand together, capitals begin words.
fn is_of_words(stretch: &[u8]) -> bool {
    let small = stretch.split(|byte| !byte.is_ascii_lowercase()).map(<[u8]>::len);
    let together: usize = small.filter(|len| *len >= 4).sum();
    let word = |six: &[u8]| {
        matches!(six, [first, rest @ ..] if first.is_ascii_uppercase()
            && rest.iter().all(u8::is_ascii_lowercase))
    };
    stretch.iter().any(u8::is_ascii_uppercase)
        && (together * 10 >= stretch.len() * 4
            || together * 10 >= stretch.len() * 3 && stretch.windows(6).any(word))
}

/// How often small letters, capitals and digits take turns: in words hardly ever.
fn turns(stretch: &[u8]) -> usize {
    // Without branches: what comes next in a random value cannot be foretold.
    let kind =
        |byte: u8| u8::from(byte.is_ascii_digit()) | u8::from(byte.is_ascii_lowercase()) << 1;
    let pair = |pair: &&[u8]| matches!(pair, [a, b] if kind(*a) != kind(*b));
    stretch.windows(2).filter(pair).count()
}

//! Values that stand further off: within the calls of an expression, in a sentence, on the line
//! below, in the next cell or attribute, before a pipe. Only what is certain counts here, too.

use std::ops::Range;

use memchr::memmem;

use super::{
    expression,
    loose::{Loose, VALUE},
    name::Kind,
};
use crate::class::WORD;

/// The longest way from a name to its value.
const LONGEST: usize = 200;
/// The longest value.
const LONGEST_VALUE: usize = 200;
/// The most words between a name and its value in a sentence.
const WORDS: usize = 6;
/// Words that say in a sentence that the next one is the value.
const SAYS: &[&[u8]] =
    &[b"to", b"is", b"was", b"be", b"are", b"as", b"now", b"being", b"were", b"equals"];

/// The text around a name.
#[derive(Clone, Copy)]
pub(super) struct Wide<'t> {
    pub(super) text: &'t [u8],
    pub(super) name: &'t Range<usize>,
    pub(super) kind: Kind,
}

/// The value that the name at `name` is given in one of these ways.
pub(super) fn after(text: &[u8], name: &Range<usize>, kind: Kind) -> Option<Loose> {
    if !matches!(kind, Kind::Password | Kind::Secret | Kind::Token | Kind::Likely) {
        return None;
    }
    // What code does with a name most often.
    if matches!(text.get(name.end), Some(b'(' | b')' | b';' | b'.' | b',' | b'+' | b'&' | b'}')) {
        return None;
    }
    let wide = Wide { text, name, kind };
    expression::value(&wide)
        .or_else(|| wide.in_sentence())
        .or_else(|| wide.below())
        .or_else(|| wide.in_next_element())
        .or_else(|| wide.in_other_field())
        .or_else(|| wide.before_pipe())
}

impl Wide<'_> {
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    pub(super) fn rest(&self, at: usize) -> &[u8] {
        self.text.get(at..self.text.len().min(at + LONGEST)).unwrap_or_default()
    }

    /// `at`, moved over the bytes that `is` holds for.
    pub(super) fn over(&self, at: usize, is: impl Fn(u8) -> bool) -> usize {
        at + self.rest(at).iter().take_while(|byte| is(**byte)).count()
    }

    pub(super) fn blanks(&self, at: usize) -> usize {
        self.over(at, |byte| matches!(byte, b' ' | b'\t'))
    }

    /// Right after the name and what closes it.
    pub(super) fn closed(&self) -> usize {
        self.over(self.name.end, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'*' | b'\\' | b']'))
    }

    /// The value at `at`, which `close` ends, or else what cannot be a part of it.
    pub(super) fn value(&self, at: usize, close: Option<u8>) -> Option<Loose> {
        let rest = self.text.get(at..self.text.len().min(at + LONGEST_VALUE))?;
        let password = self.kind == Kind::Password;
        let inside = |byte: &&u8| match close {
            Some(close) => byte.is_ascii_graphic() && **byte != close && **byte != b'\\',
            None if password => byte.is_ascii_graphic() && !b"\"'`<>\\,;()[]{}|".contains(*byte),
            None => VALUE.has(**byte),
        };
        let len = rest.iter().take_while(inside).count();
        let next = rest.get(len);
        let ends = match close {
            Some(close) => {
                next == Some(&close) || (next == Some(&b'\\') && rest.get(len + 1) == Some(&close))
            }
            None => next.is_none_or(|byte| {
                !WORD.has(*byte) && byte.is_ascii() && !b"([{$:=/@".contains(byte)
            }),
        };
        let stop = |byte: &&u8| matches!(**byte, b'.' | b',' | b';' | b':');
        let stops = rest.get(..len)?.iter().rev().take_while(stop).count();
        let len = if close.is_none() { len - stops } else { len };
        let secret = rest.get(..len)?;
        let clear = password || matches!(close, Some(b'"' | b'\''));
        let found = Loose::new(at..at + len, clear);
        (ends && len >= 8 && found.is_certain(secret, self.kind)).then_some(found)
    }

    /// The value at `at`, in quotes or brackets or without.
    pub(super) fn wrapped(&self, at: usize) -> Option<Loose> {
        let close = match self.byte(at)? {
            b'(' => b')',
            b'[' => b']',
            b'<' => b'>',
            b'{' => b'}',
            quote @ (b'"' | b'\'' | b'`') => quote,
            _ => return self.value(at, None),
        };
        self.value(at + 1, Some(close))
    }

    /// `the password was ...`, `set the token to ...`, `the key (...)`.
    fn in_sentence(&self) -> Option<Loose> {
        let before = self.name.start.checked_sub(1).and_then(|at| self.byte(at));
        if !before.is_none_or(|byte| matches!(byte, b' ' | b'\n' | b'*' | b'`' | b'(' | b'>')) {
            return None;
        }
        let mut at = self.closed();
        let mut word: &[u8] = b"";
        for i in 0..WORDS {
            at = (self.byte(at) == Some(b' ')).then_some(at + 1)?;
            let end = self.over(at, |byte| byte.is_ascii_graphic());
            let next = self.text.get(at..end)?;
            let plain = next.strip_suffix(b":").or(next.strip_suffix(b",")).unwrap_or(next);
            if !plain.is_empty() && plain.iter().all(u8::is_ascii_alphabetic) && plain.len() < 16 {
                (word, at) = (next, end);
                continue;
            }
            let said = SAYS.iter().any(|says| says.eq_ignore_ascii_case(word));
            let said = said || word.ends_with(b":");
            let marked = i == 0 && matches!(next.first(), Some(b'(' | b'`' | b'<' | b'['));
            let strong = i == 0 && self.kind == Kind::Password && has_sign_within(next);
            let sign = matches!(next, b"=" | b"->" | b"=>" | b":" | b"-");
            let given = said || marked || strong || sign;
            let at = if sign { self.blanks(end) } else { at };
            return given.then(|| self.wrapped(at)).flatten().filter(|found| {
                let value = self.text.get(found.place().clone()).unwrap_or_default();
                !is_address_or_path(value)
            });
        }
        None
    }

    /// On the line below, as all that it says.
    fn below(&self) -> Option<Loose> {
        let words = |byte: u8| byte.is_ascii_alphabetic() || byte == b' ';
        let end = self.over(self.closed(), words);
        let end = if end - self.name.end < 32 { end } else { return None };
        let colon = self.over(end, |byte| matches!(byte, b':' | b'*' | b'`' | b'"'));
        let said = self.text.get(end..colon)?.contains(&b':');
        let sign = self.blanks(colon);
        let sign = self.over(sign, |byte| matches!(byte, b'|' | b'>' | b'-' | b'+'));
        let line = self.blanks(sign);
        let start = self.over(line, |byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | b'>'));
        let lines = memchr::memchr_iter(b'\n', self.text.get(line..start)?).count();
        if !(1..=2).contains(&lines) || !(said || self.is_heading()) {
            return None;
        }
        let at = if self.rest(start).starts_with(b"```") {
            let fence = self.over(start + 3, |byte| byte.is_ascii_lowercase());
            self.over(fence, |byte| byte.is_ascii_whitespace() || byte == b'>')
        } else {
            start
        };
        let found = self.wrapped(at)?;
        let after = self.over(found.place().end, |byte| matches!(byte, b'`' | b'"' | b'\'' | b' '));
        matches!(self.byte(after), None | Some(b'\r' | b'\n')).then_some(found)
    }

    /// True when little but marks of a heading stands before the name on its line.
    fn is_heading(&self) -> bool {
        let start = self.name.start.saturating_sub(40);
        let before = self.text.get(start..self.name.start).unwrap_or_default();
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let mark = |byte: &u8| byte.is_ascii_alphabetic() || b" >*#`_-".contains(byte);
        line.len() < 32
            && line.iter().all(mark)
            && line.iter().any(|byte| matches!(byte, b'>' | b'*' | b'#'))
    }

    /// In the element after the one that the name is the text of.
    fn in_next_element(&self) -> Option<Loose> {
        let at = self.over(self.name.end, |byte| matches!(byte, b':' | b' '));
        let said = self.byte(self.name.end) == Some(b':');
        if self.byte(at)? != b'<' || !(said || self.byte(at + 1) == Some(b'/')) {
            return None;
        }
        self.in_element(at)
    }

    /// In the text that comes after some tags.
    fn in_element(&self, mut at: usize) -> Option<Loose> {
        for _ in 0..6 {
            at = self.over(at, |byte| byte.is_ascii_whitespace() || byte == b':');
            if self.byte(at)? != b'<' {
                return self.value(at, Some(b'<')).or_else(|| {
                    let found = self.value(at, None)?;
                    let next = self.byte(found.place().end);
                    next.is_none_or(|byte| byte.is_ascii_whitespace()).then_some(found)
                });
            }
            at += self.rest(at).iter().position(|byte| *byte == b'>')? + 1;
        }
        None
    }

    /// In the field beside the one that has the name, of an object or of an element, in either
    /// order: `{"value": "...", "key": "NAME"}`, `<meta name="NAME" content="...">`.
    fn in_other_field(&self) -> Option<Loose> {
        let field = |byte: &&u8| matches!(**byte, b'"' | b'\'' | b'\\' | b' ' | b':' | b'=');
        let before = self.text.get(self.name.start.saturating_sub(LONGEST)..self.name.start)?;
        let signs = before.iter().rev().take_while(field).count();
        let head = before.get(..before.len() - signs)?;
        let tail = |word: &[u8]| {
            let tail = head.get(head.len().saturating_sub(word.len())..).unwrap_or_default();
            tail.eq_ignore_ascii_case(word)
        };
        let named = tail(b"name") || tail(b"key") || tail(b"id") || tail(b"variable");
        let quoted = matches!(before.last(), Some(b'"' | b'\''));
        if signs < 2 || !named {
            return None;
        }
        if !quoted || self.byte(self.closed()) == Some(b'\n') {
            return self.in_next_lines();
        }
        let edge = |byte: &u8| matches!(byte, b'{' | b'}' | b'<' | b'>');
        let first = self.name.start - before.len();
        let open = head.iter().rposition(edge).map_or(first, |at| first + at + 1);
        let rest = self.rest(self.name.end);
        let close = self.name.end + rest.iter().position(edge)?;
        let inside = self.text.get(open..close)?;
        let fields = [&b"value"[..], b"Value", b"content", b"secret"];
        let found = fields.iter().find_map(|field| {
            let at = open + memmem::find(inside, field)? + field.len();
            let at =
                self.over(at, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b':' | b'='));
            let quote = self.byte(at.checked_sub(1)?)?;
            matches!(quote, b'"' | b'\'').then(|| self.value(at, Some(quote))).flatten()
        });
        let tags = self.rest(close).starts_with(b"><");
        found.or_else(|| tags.then(|| self.in_element(close + 1)).flatten())
    }

    /// In one of the next lines of an entry of YAML, which say `value:`.
    fn in_next_lines(&self) -> Option<Loose> {
        let mut at = self.over(self.closed(), |byte| matches!(byte, b' ' | b'\r'));
        for _ in 0..4 {
            at = (self.byte(at)? == b'\n').then_some(at + 1)?;
            let first = self.blanks(at);
            let rest = self.rest(first);
            if let Some(field) = rest.strip_prefix(b"value:").or(rest.strip_prefix(b"default:")) {
                let value = self.blanks(first + rest.len() - field.len());
                let block = self.over(value, |byte| matches!(byte, b'|' | b'>' | b'-'));
                let below = self.over(block, |byte| byte.is_ascii_whitespace());
                return self.wrapped(if block > value { below } else { value });
            }
            let len = rest.iter().position(|byte| *byte == b'\n')?;
            (first > at && !rest.starts_with(b"- ")).then_some(())?;
            at = first + len;
        }
        None
    }

    /// What a command gives to the one that has the name: `echo ... | tool secret set NAME`.
    fn before_pipe(&self) -> Option<Loose> {
        let before = self.text.get(self.name.start.saturating_sub(LONGEST)..self.name.start)?;
        let sets = [&b" set "[..], b" put ", b" create ", b" add "]
            .iter()
            .any(|word| before.ends_with(word));
        if !sets && !self.rest(self.name.end).starts_with(b"=-") {
            return None;
        }
        let line = before.rsplit(|byte| *byte == b'\n').next()?;
        let bar = memmem::rfind(line, b" | ")?;
        let command = line.get(..bar)?;
        let echo = [&b"echo "[..], b"printf "].iter().find_map(|echo| memmem::rfind(command, echo));
        let said = command.get(echo?..)?.rsplit(|byte| *byte == b' ').next()?;
        self.wrapped(self.name.start - line.len() + bar - said.len())
    }
}

/// True for a password that no word of a text looks like: a sign within it, and two digits.
fn has_sign_within(word: &[u8]) -> bool {
    let sign = |three: &[u8]| {
        matches!(three, [a, sign, b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric()
            && b"!#%^*+?~".contains(sign))
    };
    word.windows(3).any(sign)
        && word.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2
        && word.iter().any(u8::is_ascii_uppercase)
        && word.iter().any(u8::is_ascii_lowercase)
}

/// What a sentence speaks of besides values: mail addresses, paths, times, expressions.
fn is_address_or_path(value: &[u8]) -> bool {
    let mail = value.iter().position(|byte| *byte == b'@');
    let host = mail.and_then(|at| value.get(at..)).is_some_and(|host| host.contains(&b'.'));
    let path = memchr::memchr_iter(b'/', value).count() > 1;
    let time = memchr::memchr_iter(b':', value).count() > 1;
    host || path || time || value.contains(&b'=') && !value.ends_with(b"=")
}

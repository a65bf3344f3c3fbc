//! What stands between a name and its value.

use std::ops::Range;

use super::name::Kind;
use crate::class::WORD;

/// The longest way from a name to its value.
const LONGEST: usize = 96;
/// The longest words between a name and its value in a sentence.
const PROSE: usize = 32;
/// The place right before a value, and how the value is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    /// The value's first byte.
    pub(super) start: usize,
    /// The quote it is in.
    pub(super) quote: Option<u8>,
    /// Backslashes before that quote.
    pub(super) depth: usize,
    /// True when only words stand between: "my password is ...".
    pub(super) prose: bool,
    /// True when the value is on a line of its own or after a flag, in a file or a command.
    pub(super) exact: bool,
    /// True when the value is the text of an element of XML.
    pub(super) tag: bool,
    /// True when nothing but a space says that a value follows: only the form that a known
    /// service's values have makes it one.
    pub(super) bare: bool,
    /// True when the name and its value are all that their line says.
    pub(super) lone: bool,
    /// True when nothing but a password can stand there.
    pub(super) sure: bool,
}

impl Gap {
    /// Right after a command's flag.
    pub(super) const fn after_flag() -> Self {
        Self {
            start: 0,
            quote: Some(b'\''),
            depth: 0,
            prose: false,
            exact: true,
            tag: false,
            bare: false,
            lone: false,
            sure: false,
        }
    }

    /// Where a program takes a password, and nothing else.
    pub(super) const fn of_a_program() -> Self {
        Self { sure: true, ..Self::after_flag() }
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    quote: Option<u8>,
    depth: usize,
    sign: Option<u8>,
    tag: bool,
}

/// Where the value of the name at `name` begins.
pub(super) fn after(text: &[u8], name: &Range<usize>, kind: Kind) -> Option<Gap> {
    let flag = text.get(..name.start)?.ends_with(b"--");
    let end = text.len().min(name.end + LONGEST);
    let text = text.get(..end)?;
    let mut reader = Reader { text, at: name.end, quote: None, depth: 0, sign: None, tag: false };
    let scheme = text.get(name.clone())?.ends_with(b"asic");
    if kind == Kind::Bearer || (kind == Kind::Pair && scheme) {
        reader.skip_spaces();
        return (reader.at > name.end).then(|| reader.gap(false, true));
    }
    reader.signs();
    if reader.sign.is_some() {
        if reader.skip_type() && reader.quote.is_none() {
            return None;
        }
        reader.skip_scheme();
        let exact = reader.sign == Some(b'=') && reader.quote.is_none();
        let lone = kind == Kind::Password && reader.quote.is_none() && heads_line(text, name.start);
        let sure = kind == Kind::Password && (flag || is_of_a_program(text, name, reader.quote));
        return Some(Gap { lone, sure, ..reader.gap(false, exact) });
    }
    let between = text.get(name.end..reader.at)?;
    if between.starts_with(b" ") {
        let quoted = between.iter().any(|byte| matches!(byte, b'"' | b'\''));
        if quoted && (flag || kind == Kind::Password) {
            (reader.at, reader.sign) = (name.end, Some(b' '));
            reader.signs();
            return Some(Gap { sure: flag, ..reader.gap(false, true) });
        }
        let netrc = kind == Kind::Password && in_netrc(text, name.start);
        if !quoted && (flag || netrc) && !reader.rest().starts_with(b"is ") {
            return Some(Gap { sure: flag, ..reader.gap(false, true) });
        }
    }
    let sentence = Reader { text, at: name.end, quote: None, depth: 0, sign: None, tag: false };
    sentence.sentence().or_else(|| {
        let bare = between == b" " && kind != Kind::Password;
        bare.then(|| Gap { bare, ..reader.gap(true, false) })
    })
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    const fn gap(&self, prose: bool, exact: bool) -> Gap {
        Gap {
            start: self.at,
            quote: self.quote,
            depth: self.depth,
            prose,
            exact,
            tag: self.tag,
            bare: false,
            lone: false,
            sure: false,
        }
    }

    fn skip_spaces(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Quotes, spaces and the signs that give a value.
    fn signs(&mut self) {
        let mut slashes = 0;
        while let Some(byte) = self.byte() {
            if let Some(way) = self.way_to_value() {
                self.at += way;
                slashes = 0;
                continue;
            }
            match byte {
                b'\\' => {
                    let next = self.text.get(self.at + 1);
                    let blank = matches!(next, Some(b't')) && self.quote.is_none();
                    let line = matches!(next, Some(b'n' | b'r'));
                    if line {
                        break;
                    }
                    // In properties, a sign within a name has a backslash before it.
                    if matches!(next, Some(b'=' | b':')) && self.quote.is_none() {
                        self.at += 1;
                        continue;
                    }
                    if blank {
                        self.at += 1;
                        slashes = 0;
                    } else if matches!(next, Some(b'\\' | b'"' | b'\'')) {
                        slashes += 1;
                    } else {
                        break;
                    }
                }
                b'"' | b'\'' | b'`' if self.sign.is_some() => {
                    self.quote = Some(byte);
                    self.depth = slashes;
                    self.at += 1;
                    return;
                }
                b'"' | b'\'' | b'`' | b']' => slashes = 0,
                b' ' | b'\t' | b'*' | b'?' => {}
                b'=' | b':' | b'|' => self.sign = Some(byte),
                b'>' if self.sign.is_some() => {}
                b'>' if self.tag_before() => {
                    self.sign = Some(byte);
                    self.tag = true;
                }
                b',' | b'(' if self.opens_quote() => self.sign = Some(byte),
                0x1b => self.skip_colour(),
                b'<' if self.closes_tag() => self.skip_tags(),
                _ => break,
            }
            self.at += 1;
        }
    }

    /// True when the next thing after `(` or `,` is a quoted value.
    fn opens_quote(&self) -> bool {
        let mut rest = self.rest().iter().skip(1).skip_while(|byte| matches!(byte, b' ' | b'\\'));
        matches!(rest.next(), Some(b'"' | b'\''))
    }

    fn tag_before(&self) -> bool {
        self.text.get(..self.at).and_then(|before| {
            before.iter().rev().take(64).find(|byte| matches!(byte, b'<' | b' ' | b'\n'))
        }) == Some(&b'<')
    }

    fn closes_tag(&self) -> bool {
        self.rest().starts_with(b"</")
    }

    /// From `</key>` to the text of the next element.
    fn skip_tags(&mut self) {
        let rest = self.rest();
        let Some(end) = rest.iter().position(|byte| *byte == b'>') else { return };
        let next = rest.get(end + 1..).unwrap_or_default();
        let blank = next
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\\' | b'n' | b't'))
            .count();
        let element = next.get(blank..).unwrap_or_default();
        let open = [&b"<string>"[..], b"<value>", b"<data>"];
        if let Some(tag) = open.iter().find(|tag| element.starts_with(tag)) {
            self.at += end + blank + tag.len();
            self.sign = Some(b'>');
            self.tag = true;
        }
    }

    /// The way over a line end (or `","`) and `value`, as in lists of environment variables.
    fn way_to_value(&self) -> Option<usize> {
        let rest = self.rest();
        let window = rest.get(..rest.len().min(40))?;
        let blank = |byte: &&u8| {
            matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'\\' | b'n' | b'"' | b'\'' | b',')
        };
        let blank = window.iter().take_while(blank).count();
        let names = self.sign.is_none() && window.get(blank..)?.starts_with(b"value");
        names.then_some(blank + 5)
    }

    fn skip_colour(&mut self) {
        let rest = self.rest();
        let end = rest.iter().take(12).position(|byte| *byte == b'm');
        self.at += end.unwrap_or(0);
    }

    /// Over the type of a declaration, or an alternative in code, to the value after `=`.
    fn skip_type(&mut self) -> bool {
        if self.quote.is_some() || self.sign != Some(b':') {
            return false;
        }
        let rest = self.rest();
        let letter =
            |byte: &&u8| WORD.has(**byte) || matches!(**byte, b':' | b'&' | b'[' | b']' | b'.');
        let len = rest.iter().take_while(letter).count();
        let after = rest.get(len..).unwrap_or_default();
        if len > 0 && after.starts_with(b" = ") {
            self.at += len;
            self.signs();
            return true;
        }
        false
    }

    /// Over `token` in a header, and the letter of a string's kind.
    fn skip_scheme(&mut self) {
        for scheme in ["Token ", "token ", "base64:"] {
            if self.rest().starts_with(scheme.as_bytes()) {
                self.at += scheme.len();
            }
        }
        if self.quote.is_none()
            && let [b'b' | b'r' | b'f' | b'u' | b'@', quote @ (b'"' | b'\''), ..] = *self.rest()
        {
            self.at += 2;
            self.quote = Some(quote);
        }
    }

    /// Over words to "is" or a colon: "the password for staging is ...".
    fn sentence(mut self) -> Option<Gap> {
        let rest = self.rest();
        let window = rest.get(..rest.len().min(PROSE))?;
        let words = window
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphabetic() || matches!(byte, b' ' | b',' | b'(' | b')')
            })
            .count();
        let words = window.get(..words)?;
        let len = match memchr::memmem::find(words, b" is ") {
            Some(is) => is + 4,
            None if window.get(words.len()..)?.starts_with(b": ") && !words.contains(&b'(') => {
                words.len() + 2
            }
            None => return None,
        };
        self.at += len;
        if let Some(quote @ (b'`' | b'"' | b'\'')) = self.byte() {
            self.quote = Some(quote);
            self.at += 1;
        }
        Some(self.gap(true, false))
    }
}

/// True when the words of a `.netrc` stand before `at`.
fn in_netrc(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(160)..at).unwrap_or_default();
    memchr::memmem::find(before, b"login ").is_some()
        || memchr::memmem::find(before, b"machine ").is_some()
}

/// True when nothing stands before `at` on its line but what sets a variable.
fn heads_line(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(40)..at).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = if line.len() == before.len() && at > before.len() { return false } else { line };
    let line =
        memchr::memmem::rfind(line, b"\\n").and_then(|at| line.get(at + 2..)).unwrap_or(line);
    let line = line.trim_ascii();
    matches!(line, b"" | b"-" | b"+" | b"export" | b"set" | b"ENV" | b"env" | b"setx" | b">")
}

/// Variables that programs read a password from, and what says who logs in with it.
fn is_of_a_program(text: &[u8], name: &Range<usize>, quote: Option<u8>) -> bool {
    let read =
        [&b"PGPASSWORD"[..], b"MYSQL_PWD", b"SSHPASS", b"RESTIC_PASSWORD", b"BORG_PASSPHRASE"];
    let before = text.get(name.start.saturating_sub(96)..name.start).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let after = text.get(name.end..text.len().min(name.end + 96)).unwrap_or_default();
    let after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let users = [&b"user="[..], b"username=", b"login=", b"uid=", b"UID="];
    let user = |text| users.iter().any(|user| memchr::memmem::find(text, user).is_some());
    text.get(name.clone()).is_some_and(|name| read.contains(&name))
        || quote.is_none() && line.ends_with(b" ") && (user(line) || user(after))
        || quote == Some(b'"') && line.ends_with(b"\"") && line.contains(&b'{') && user_field(line)
}

/// True when a field of an object names a user.
fn user_field(line: &[u8]) -> bool {
    let users = [&b"\"user\":"[..], b"\"username\":", b"\"login\":", b"\"email\":"];
    users.iter().any(|user| memchr::memmem::find(line, user).is_some())
}

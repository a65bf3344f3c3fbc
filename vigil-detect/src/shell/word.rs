//! Words: quotes, escapes, variables, substitutions.

use std::borrow::Cow;

use super::{How, Part, Step, Variable, Word, parse::Reader};

/// What ends a run of parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// A blank or an operator.
    Word,
    /// The closing double quote.
    Quote,
    /// The brace that closes `${`, outside of quotes or within.
    Brace { quoted: bool },
    /// The bracket that closes an index.
    Index,
    /// The end of the text.
    End,
}

impl Until {
    const fn quoted(self) -> bool {
        matches!(self, Self::Quote | Self::End | Self::Index | Self::Brace { quoted: true })
    }
}

impl<'a> Reader<'a> {
    /// Reads the word that begins here.
    pub(super) fn word(&mut self) -> Word<'a> {
        let start = self.pos;
        self.count();
        let mut parts = Vec::new();
        self.parts(Until::Word, &mut parts);
        Word { parts, start, end: self.pos }
    }

    /// What stands between two places, as if within double quotes.
    pub(super) fn parts_between(&mut self, start: usize, end: usize) -> Vec<Part<'a>> {
        let outer = std::mem::replace(&mut self.end, end);
        let mut parts = Vec::new();
        self.pos = start;
        if self.enter() {
            self.parts(Until::End, &mut parts);
            self.leave();
        }
        self.end = outer;
        self.pos = end.max(self.pos).min(outer);
        parts
    }

    fn parts(&mut self, until: Until, parts: &mut Vec<Part<'a>>) {
        let mut open = 0_usize;
        let mut run = self.pos;
        while let Some(byte) = self.peek() {
            let quoted = until.quoted();
            match byte {
                b'\\' => {
                    self.text_to(run, parts);
                    self.escape(quoted, until, parts);
                }
                b'$' => {
                    self.text_to(run, parts);
                    self.dollar(quoted, parts);
                }
                b'`' => {
                    self.text_to(run, parts);
                    self.ticks(quoted, parts);
                }
                b'"' if until == Until::Quote => break,
                b'"' if until != Until::End => {
                    self.text_to(run, parts);
                    self.pos += 1;
                    let before = parts.len();
                    if self.enter() {
                        self.parts(Until::Quote, parts);
                        self.leave();
                    }
                    self.pos = (self.pos + 1).min(self.end);
                    if parts.len() == before {
                        parts.push(Part::Text(Cow::Borrowed("")));
                    }
                }
                b'\'' if !quoted => {
                    self.text_to(run, parts);
                    self.pos += 1;
                    let start = self.pos;
                    let end = self.find(b'\'', start);
                    parts.push(Part::Text(Cow::Borrowed(self.slice(start, end))));
                    self.pos = (end + 1).min(self.end);
                }
                b'}' if matches!(until, Until::Brace { .. }) => break,
                b']' if until == Until::Index => break,
                b'<' | b'>' if until == Until::Word && self.peek_at(1) == Some(b'(') => {
                    self.text_to(run, parts);
                    let start = self.pos;
                    self.pos += 2;
                    let body = self.commands_to_paren();
                    parts.push(Part::Process { body, raw: self.slice(start, self.pos) });
                }
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'
                    if until == Until::Word =>
                {
                    break;
                }
                b'{' | b',' | b'}' if until == Until::Word && (byte == b'{' || open > 0) => {
                    self.text_to(run, parts);
                    match byte {
                        b'{' => open += 1,
                        b'}' => open -= 1,
                        _ => {}
                    }
                    parts.push(Part::Brace(char::from(byte)));
                    self.pos += 1;
                }
                _ => {
                    self.pos += 1;
                    continue;
                }
            }
            run = self.pos;
        }
        self.text_to(run, parts);
    }

    fn text_to(&self, run: usize, parts: &mut Vec<Part<'a>>) {
        if run < self.pos {
            parts.push(Part::Text(Cow::Borrowed(self.slice(run, self.pos))));
        }
    }

    fn escape(&mut self, quoted: bool, until: Until, parts: &mut Vec<Part<'a>>) {
        let Some(next) = self.peek_at(1) else {
            parts.push(Part::Text(Cow::Borrowed("\\")));
            self.pos += 1;
            return;
        };
        if next == b'\n' {
            self.pos += 2;
            return;
        }
        if next == b'\r' && self.peek_at(2) == Some(b'\n') {
            self.pos += 3;
            return;
        }
        let kept = quoted
            && !(matches!(next, b'$' | b'`' | b'\\') || (next == b'"' && until != Until::End));
        let start = if kept { self.pos } else { self.pos + 1 };
        let length = self.slice(self.pos + 1, self.end).chars().next().map_or(1, char::len_utf8);
        self.pos = (self.pos + 1 + length).min(self.end);
        parts.push(Part::Text(Cow::Borrowed(self.slice(start, self.pos))));
    }

    fn ticks(&mut self, quoted: bool, parts: &mut Vec<Part<'a>>) {
        let start = self.pos;
        let mut at = start + 1;
        let mut escaped = false;
        loop {
            match self.text.as_bytes().get(at) {
                _ if at >= self.end => break,
                Some(b'`') | None => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(_) => at += 1,
            }
        }
        let at = at.min(self.end);
        let body = self.slice(start + 1, at);
        let body = if escaped {
            let mut plain = String::with_capacity(body.len());
            let mut chars = body.chars().peekable();
            while let Some(c) = chars.next() {
                if c == '\\' && matches!(chars.peek(), Some('`' | '\\' | '$')) {
                    continue_with(&mut chars, &mut plain);
                } else {
                    plain.push(c);
                }
            }
            Cow::Owned(plain)
        } else {
            Cow::Borrowed(body)
        };
        self.pos = (at + 1).min(self.end);
        parts.push(Part::Ticks { body, quoted, raw: self.slice(start, self.pos) });
    }

    fn dollar(&mut self, quoted: bool, parts: &mut Vec<Part<'a>>) {
        let start = self.pos;
        match self.peek_at(1) {
            Some(b'(') => {
                if self.peek_at(2) == Some(b'(')
                    && let Some(end) = self.sum_end(start + 3)
                {
                    let inner = self.parts_between(start + 3, end);
                    self.pos = (end + 2).min(self.end);
                    parts.push(Part::Sum { inner, raw: self.slice(start, self.pos) });
                    return;
                }
                self.pos += 2;
                let body = self.commands_to_paren();
                parts.push(Part::Output { body, quoted, raw: self.slice(start, self.pos) });
            }
            Some(b'{') => self.braced(quoted, parts),
            Some(b'\'') if !quoted => {
                self.pos += 2;
                parts.push(Part::Text(Cow::Owned(self.ansi())));
            }
            // A text to be translated: as if there were no dollar.
            Some(b'"') if !quoted => self.pos += 1,
            Some(c) if c.is_ascii_alphabetic() || c == b'_' => {
                self.pos += 1;
                let name = self.name();
                self.variable(name, How::Plain, quoted, start, parts);
            }
            Some(b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-' | b'0'..=b'9') => {
                self.pos += 2;
                let name = self.slice(start + 1, self.pos);
                let how = if matches!(name, "@" | "*") { How::All } else { How::Plain };
                self.variable(name, how, quoted, start, parts);
            }
            _ => {
                self.pos += 1;
                parts.push(Part::Text(Cow::Borrowed("$")));
            }
        }
    }

    fn variable(
        &self,
        name: &'a str,
        how: How<'a>,
        quoted: bool,
        start: usize,
        parts: &mut Vec<Part<'a>>,
    ) {
        let raw = self.slice(start, self.pos);
        parts.push(Part::Variable(Variable { name, how, quoted, raw }));
    }

    fn braced(&mut self, quoted: bool, parts: &mut Vec<Part<'a>>) {
        let start = self.pos;
        self.pos += 2;
        let odd =
            matches!(self.peek(), Some(b'!' | b'#')) && self.peek_at(1).is_some_and(|c| c != b'}');
        if odd {
            self.pos += 1;
        }
        let mut name = self.name();
        if name.is_empty() {
            let length = usize::from(self.peek().is_some_and(|c| c.is_ascii() && c != b'}'));
            name = self.slice(self.pos, self.pos + length);
            self.pos += length;
        }
        let mut how = if matches!(name, "@" | "*") { How::All } else { How::Plain };
        if self.peek() == Some(b'[') {
            let from = self.pos + 1;
            self.pos = from;
            let mut inner = Vec::new();
            if self.enter() {
                self.parts(Until::Index, &mut inner);
                self.leave();
            }
            how = match self.slice(from, self.pos) {
                "@" | "*" => How::All,
                index => index.parse().map_or(How::Other(Vec::new()), How::At),
            };
            self.pos = (self.pos + 1).min(self.end);
            running(inner, parts);
        }
        if self.peek() != Some(b'}') {
            let rest = self.slice(self.pos, self.end);
            let sign = rest.trim_start_matches(':').chars().next();
            let length = rest.len() - rest.trim_start_matches(':').len();
            let sign = if length > 1 { None } else { sign };
            if matches!(sign, Some('-' | '=' | '+' | '?')) {
                self.pos += length + 1;
            }
            let mut inner = Vec::new();
            if self.enter() {
                self.parts(Until::Brace { quoted }, &mut inner);
                self.leave();
            }
            how = match sign {
                Some('-') => How::Else(inner),
                Some('=') => How::Set(inner),
                Some('+') => How::Then(inner),
                Some('?') => {
                    running(inner, parts);
                    How::Plain
                }
                _ => How::Other(inner),
            };
        }
        if odd && !matches!(how, How::Other(_)) {
            how = How::Other(Vec::new());
        }
        self.pos = (self.pos + 1).min(self.end);
        self.variable(name, how, quoted, start, parts);
    }

    /// The text of `$'...'`, whose first byte is next.
    fn ansi(&mut self) -> String {
        let mut out = String::new();
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek() {
            self.pos += 1;
            match byte {
                b'\'' => break,
                b'\\' => {
                    let Some(next) = self.peek() else { break };
                    self.pos += 1;
                    match next {
                        b'n' => bytes.push(b'\n'),
                        b't' => bytes.push(b'\t'),
                        b'r' => bytes.push(b'\r'),
                        b'a' | b'b' | b'f' | b'v' | b'e' | b'E' => bytes.push(b' '),
                        b'x' => bytes.extend(self.digits(16, 2).and_then(|n| u8::try_from(n).ok())),
                        b'0'..=b'7' => {
                            self.pos -= 1;
                            bytes.extend(self.digits(8, 3).and_then(|n| u8::try_from(n).ok()));
                        }
                        b'u' | b'U' => {
                            let most = if next == b'u' { 4 } else { 8 };
                            let c = self.digits(16, most).and_then(char::from_u32);
                            bytes.extend(c.map(String::from).unwrap_or_default().bytes());
                        }
                        other => bytes.push(other),
                    }
                }
                other => bytes.push(other),
            }
        }
        out.push_str(&String::from_utf8_lossy(&bytes));
        out
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let mut value = None;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|c| char::from(c).to_digit(radix)) else {
                break;
            };
            value = Some(value.unwrap_or(0_u32).wrapping_mul(radix).wrapping_add(digit));
            self.pos += 1;
        }
        value
    }

    /// Commands up to the parenthesis that closes them, which is taken.
    fn commands_to_paren(&mut self) -> Vec<Step<'a>> {
        let body = self.list(&[]);
        if self.peek() == Some(b')') {
            self.pos += 1;
        }
        body
    }

    /// A name of a variable, which may be empty.
    pub(super) fn name(&mut self) -> &'a str {
        let start = self.pos;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == b'_') {
            self.pos += 1;
        }
        self.slice(start, self.pos)
    }
}

/// Keeps of an index or message what runs in it.
fn running<'a>(inner: Vec<Part<'a>>, parts: &mut Vec<Part<'a>>) {
    if inner.iter().any(|part| !matches!(part, Part::Text(_) | Part::Brace(_))) {
        parts.push(Part::Sum { inner, raw: "" });
    }
}

fn continue_with(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, plain: &mut String) {
    if let Some(c) = chars.next() {
        plain.push(c);
    }
}

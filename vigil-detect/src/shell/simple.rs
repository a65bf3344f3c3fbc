//! Simple commands: variables that are set, words, redirections.

use std::borrow::Cow;

use super::{Assign, From, Node, Part, Redirect, Simple, Word, here::Pending, parse::Reader};

impl<'a> Reader<'a> {
    pub(super) fn simple(&mut self) -> Option<Node<'a>> {
        let start = self.pos;
        let mut simple = Simple::default();
        loop {
            self.skip(false);
            let Some(byte) = self.peek() else { break };
            if self.redirect(&mut simple.redirects) {
                continue;
            }
            match byte {
                b'(' if simple.words.len() == 1 && simple.assigns.is_empty() => {
                    let name = simple.words.first().map_or(0..0, |word| word.start..word.end);
                    self.pos += 1;
                    self.skip(false);
                    self.take(b')');
                    let name = self.text.get(name).unwrap_or_default();
                    return Some(self.function(name));
                }
                b'\n' | b';' | b'&' | b'|' | b'(' | b')' => break,
                _ => {}
            }
            let before = self.pos;
            let declares = match simple.words.as_slice() {
                [] => true,
                [first, ..] => matches!(
                    self.slice(first.start, first.end),
                    "export" | "declare" | "local" | "typeset" | "readonly"
                ),
            };
            if declares && let Some(assign) = self.assign() {
                simple.assigns.push(assign);
            } else {
                let word = self.word();
                if !word.parts.is_empty() || self.pos == before {
                    simple.words.push(word);
                }
            }
            if self.pos == before {
                self.pos += 1;
            }
        }
        if self.pos == start {
            return None;
        }
        simple.text = self.slice(start, self.pos).trim_end();
        Some(Node::Simple(simple))
    }

    /// Reads `name=value`, if that is here.
    fn assign(&mut self) -> Option<Assign<'a>> {
        let start = self.pos;
        if !self.peek().is_some_and(|c| c.is_ascii_alphabetic() || c == b'_') {
            return None;
        }
        let name = self.name();
        let (mut array, mut index) = (false, None);
        if self.peek() == Some(b'[') {
            array = true;
            let from = self.pos + 1;
            let end = self.find_near(b']', from);
            index = Some(from..end);
            self.pos = end + 1;
        }
        let more = self.peek() == Some(b'+');
        if self.peek_at(usize::from(more)) != Some(b'=') {
            self.pos = start;
            return None;
        }
        self.pos += 1 + usize::from(more);
        if self.peek() != Some(b'(') {
            let ran = index.and_then(|index| self.runs_within(index));
            let mut value = self.word();
            if let Some(inner) = ran {
                value.parts.insert(0, Part::Sum { inner, raw: "" });
            }
            return Some(Assign { name, more: more || array, array, values: vec![value] });
        }
        self.pos += 1;
        let mut values = Vec::new();
        loop {
            self.skip(true);
            match self.peek() {
                None => break,
                Some(b')') => {
                    self.pos += 1;
                    break;
                }
                Some(_) => {}
            }
            let before = self.pos;
            values.push(self.word());
            self.pos += usize::from(self.pos == before);
        }
        Some(Assign { name, more, array: true, values })
    }

    /// What runs in an index before here.
    fn runs_within(&mut self, index: std::ops::Range<usize>) -> Option<Vec<Part<'a>>> {
        if !self.slice(index.start, index.end).contains(['(', '`']) {
            return None;
        }
        let here = self.pos;
        let inner = self.parts_between(index.start, index.end);
        self.pos = here.min(self.end);
        Some(inner)
    }

    pub(super) fn redirects(&mut self) -> Vec<Redirect<'a>> {
        let mut redirects = Vec::new();
        loop {
            self.skip(false);
            if !self.redirect(&mut redirects) {
                return redirects;
            }
        }
    }

    /// Reads a redirection, if one is here.
    fn redirect(&mut self, redirects: &mut Vec<Redirect<'a>>) -> bool {
        let mut digits = 0;
        while digits < 3 && self.peek_at(digits).is_some_and(|c| c.is_ascii_digit()) {
            digits += 1;
        }
        let error = digits > 0 && self.peek() != Some(b'1') && self.peek() != Some(b'0');
        let own = self.slice(self.pos, self.pos + digits);
        let both = digits == 0 && self.peek() == Some(b'&') && self.peek_at(1) == Some(b'>');
        let at = digits + usize::from(both);
        let (first, second) = (self.peek_at(at), self.peek_at(at + 1));
        let writes = match (first, second) {
            (Some(b'<' | b'>'), Some(b'(')) if digits == 0 => return false,
            (Some(b'<'), _) => false,
            (Some(b'>'), _) => true,
            _ => return false,
        };
        self.pos += at + 1;
        let mut place = From::Other;
        if !writes && second == Some(b'<') {
            self.pos += 1;
            if self.peek() == Some(b'<') {
                self.pos += 1;
                self.skip(false);
                place = From::Text(self.word());
            } else {
                let tabs = self.peek() == Some(b'-');
                self.pos += usize::from(tabs);
                self.skip(false);
                let word = self.word();
                let raw = self.slice(word.start, word.end);
                let quoted = raw.contains(['\'', '"', '\\']);
                let end =
                    word.literal().map_or_else(|| raw.to_owned(), std::borrow::Cow::into_owned);
                let at = self.documents.len();
                self.documents.push(Word::default());
                self.pending.push(Pending { at, end, tabs, quoted });
                place = From::Document(at);
            }
        } else {
            let dup = second == Some(b'&');
            self.pos += usize::from(
                matches!(second, Some(b'&' | b'|'))
                    || (second == Some(b'>') && (writes || digits == 0)),
            );
            self.skip(false);
            let word = self.word();
            let raw = self.slice(word.start, word.end);
            let stream = dup && raw.bytes().all(|c| c.is_ascii_digit() || c == b'-');
            if !stream {
                place = if error { From::Aside(own, word) } else { From::File(word) };
            } else if !writes && raw.len() == 1 && !matches!(raw, "-" | "0" | "1" | "2") && !error {
                let name = Part::Text(Cow::Owned(format!("/dev/fd/{raw}")));
                place = From::File(Word { parts: vec![name], start: word.start, end: word.end });
            }
        }
        redirects.push(Redirect { writes, place });
        true
    }
}

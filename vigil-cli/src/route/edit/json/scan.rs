//! Where things stand in a JSON text, comments and trailing commas allowed. Says nothing of what
//! numbers and words mean.

use std::ops::Range;

use super::super::Unfit;

/// Deeper nesting is nobody's settings.
const DEPTH: usize = 128;

/// An object's braces and members.
pub(in super::super) struct Object {
    pub(in super::super) open: usize,
    pub(in super::super) close: usize,
    pub(in super::super) members: Vec<Member>,
}

/// One member.
pub(in super::super) struct Member {
    pub(in super::super) key: String,
    /// Where its key begins.
    pub(in super::super) start: usize,
    pub(in super::super) value: Range<usize>,
    /// The comma behind it.
    pub(in super::super) comma: Option<usize>,
}

/// The object that the text is; `None` when it holds only white space and comments.
pub(in super::super) fn root(text: &str) -> Result<Option<Object>, Unfit> {
    let mut scan = Scan { text, at: text.len() - text.trim_start_matches('\u{feff}').len() };
    scan.blank()?;
    if scan.at == text.len() {
        return if text.trim_start_matches('\u{feff}').trim().is_empty() {
            Ok(None)
        } else {
            Err(scan.syntax("there is nothing but comments"))
        };
    }
    if scan.peek() != Some(b'{') {
        return Err(Unfit::NotAnObject("the whole of it"));
    }
    let object = scan.object(0)?;
    scan.blank()?;
    if scan.at != text.len() {
        return Err(scan.syntax("something follows the end"));
    }
    Ok(Some(object))
}

/// The object that begins at `at`, if one does.
pub(in super::super) fn object(text: &str, at: usize) -> Result<Option<Object>, Unfit> {
    let mut scan = Scan { text, at };
    if scan.peek() == Some(b'{') { scan.object(0).map(Some) } else { Ok(None) }
}

/// The list that begins at `at`, if one does: its items are members without a key.
pub(in super::super) fn list(text: &str, at: usize) -> Result<Option<Object>, Unfit> {
    let mut scan = Scan { text, at };
    if scan.peek() == Some(b'[') { scan.list(0).map(Some) } else { Ok(None) }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn syntax(&self, what: &'static str) -> Unfit {
        let text = self.text.as_bytes();
        let before = text.iter().take(self.at);
        Unfit::Syntax { line: before.filter(|byte| **byte == b'\n').count() + 1, what }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes white space and comments.
    fn blank(&mut self) -> Result<(), Unfit> {
        loop {
            let rest = self.rest();
            if rest.starts_with([' ', '\t', '\r', '\n']) {
                self.at += 1;
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let end = comment.find("*/").ok_or_else(|| self.syntax("a comment has no end"))?;
                self.at += end + 4;
            } else {
                return Ok(());
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Object, Unfit> {
        let mut object = Object { open: self.at, close: self.at, members: Vec::new() };
        self.at += 1;
        loop {
            self.blank()?;
            if self.peek() == Some(b'}') {
                object.close = self.at;
                self.at += 1;
                return Ok(object);
            }
            let start = self.at;
            self.string()?;
            let key = serde_json::from_str(self.text.get(start..self.at).unwrap_or_default());
            let key = key.map_err(|_| self.syntax("a key is not a string"))?;
            self.blank()?;
            self.expect(b':', "a colon is missing")?;
            self.blank()?;
            let from = self.at;
            self.value(depth)?;
            let value = from..self.at;
            let comma = self.comma(b'}')?;
            object.members.push(Member { key, start, value, comma });
        }
    }

    fn list(&mut self, depth: usize) -> Result<Object, Unfit> {
        let mut list = Object { open: self.at, close: self.at, members: Vec::new() };
        self.at += 1;
        loop {
            self.blank()?;
            if self.peek() == Some(b']') {
                list.close = self.at;
                self.at += 1;
                return Ok(list);
            }
            let start = self.at;
            self.value(depth)?;
            let value = start..self.at;
            let comma = self.comma(b']')?;
            list.members.push(Member { key: String::new(), start, value, comma });
        }
    }

    /// The comma behind a value, which only the last one may do without.
    fn comma(&mut self, close: u8) -> Result<Option<usize>, Unfit> {
        self.blank()?;
        if self.peek() == Some(close) {
            return Ok(None);
        }
        let at = self.at;
        self.expect(b',', "a comma is missing")?;
        Ok(Some(at))
    }

    fn value(&mut self, depth: usize) -> Result<(), Unfit> {
        if depth > DEPTH {
            return Err(self.syntax("it is nested too deeply"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth + 1).map(|_| ()),
            Some(b'"') => self.string(),
            Some(b'[') => self.list(depth + 1).map(|_| ()),
            _ => {
                let word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                let rest = self.rest();
                let len = rest.find(|c| !word(c)).unwrap_or(rest.len());
                let word = rest.get(..len).unwrap_or_default();
                if serde_json::from_str::<serde_json::Value>(word).is_err() {
                    return Err(self.syntax("a value is missing"));
                }
                self.at += len;
                Ok(())
            }
        }
    }

    fn string(&mut self) -> Result<(), Unfit> {
        self.expect(b'"', "a string is missing")?;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.at += 2,
                None | Some(b'\n') => return Err(self.syntax("a string has no end")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Unfit> {
        if self.peek() != Some(byte) {
            return Err(self.syntax(what));
        }
        self.at += 1;
        Ok(())
    }
}

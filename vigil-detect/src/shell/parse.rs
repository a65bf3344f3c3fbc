//! Lists, pipes and compound commands. One pass from left to right: a byte is looked at once, but
//! for looking ahead, which has an allowance.

use super::{Cut, DEEPEST, MOST_WORDS, Node, Script, Simple, Step, Word, here::Pending};

/// How many bytes may be looked at ahead of where they are read.
const AHEAD: usize = 1 << 16;

/// A place in a text.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) pos: usize,
    pub(super) end: usize,
    pub(super) pending: Vec<Pending>,
    pub(super) documents: Vec<Word<'a>>,
    depth: usize,
    words: usize,
    ahead: usize,
    pub(super) cut: Option<Cut>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, depth: usize) -> Self {
        Self {
            text,
            pos: 0,
            end: text.len(),
            pending: Vec::new(),
            documents: Vec::new(),
            depth,
            words: 0,
            ahead: AHEAD,
            cut: None,
        }
    }

    pub(super) fn script(mut self) -> Script<'a> {
        let mut body = Vec::new();
        while self.pos < self.end && self.cut.is_none() {
            body.append(&mut self.list(&[]));
            // What closes nothing.
            self.pos += usize::from(self.pos < self.end);
        }
        Script { body, documents: self.documents, cut: self.cut }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        let at = self.pos + ahead;
        if at < self.end { self.text.as_bytes().get(at).copied() } else { None }
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end.min(self.end)).unwrap_or_default()
    }

    /// The place of the next `byte`, or the end.
    pub(super) fn find(&self, byte: u8, from: usize) -> usize {
        let rest = self.text.as_bytes().get(from..self.end).unwrap_or_default();
        memchr::memchr(byte, rest).map_or(self.end, |at| from + at)
    }

    /// The same, within what may be looked at ahead; the place itself where it is not found.
    pub(super) fn find_near(&mut self, byte: u8, from: usize) -> usize {
        let most = (from + self.ahead.min(256)).min(self.end);
        let rest = self.text.as_bytes().get(from..most).unwrap_or_default();
        let at = memchr::memchr(byte, rest);
        self.ahead = self.ahead.saturating_sub(at.unwrap_or(rest.len()));
        at.map_or(from, |at| from + at)
    }

    /// Goes one deeper, if that is allowed.
    pub(super) fn enter(&mut self) -> bool {
        if self.depth >= DEEPEST {
            self.stop(Cut::Depth);
            return false;
        }
        self.depth += 1;
        true
    }

    pub(super) const fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn count(&mut self) {
        self.words += 1;
        if self.words > MOST_WORDS {
            self.stop(Cut::Length);
        }
    }

    fn stop(&mut self, why: Cut) {
        self.cut.get_or_insert(why);
        // Nothing is left to read.
        (self.text, self.pos, self.end) = ("", 0, 0);
    }

    /// Where the `))` stands that closes what began before `from`; none where something else
    /// closes it, or where that is too far away.
    pub(super) fn sum_end(&mut self, from: usize) -> Option<usize> {
        let most = (from + self.ahead).min(self.end);
        let bytes = self.text.as_bytes();
        let (mut depth, mut at) = (0_usize, from);
        let mut found = None;
        while at < most {
            match bytes.get(at) {
                Some(b'(') => depth += 1,
                Some(b')') if depth > 0 => depth -= 1,
                Some(b')') => {
                    found = (bytes.get(at + 1) == Some(&b')') && at + 1 < self.end).then_some(at);
                    break;
                }
                Some(b'\\') => at += 1,
                Some(_) => {}
                None => break,
            }
            at += 1;
        }
        self.ahead = self.ahead.saturating_sub(at - from);
        found
    }

    /// Skips blanks, continued lines and comments; with `lines`, newlines too.
    pub(super) fn skip(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.pos += 1,
                b'\\' if self.peek_at(1) == Some(b'\n') => self.pos += 2,
                b'\\' if self.peek_at(1) == Some(b'\r') && self.peek_at(2) == Some(b'\n') => {
                    self.pos += 3;
                }
                b'#' => self.pos = self.find(b'\n', self.pos),
                b'\n' if lines => {
                    self.pos += 1;
                    self.documents_begin();
                }
                _ => break,
            }
        }
    }

    /// The word here, where it is a plain short one, as reserved words are.
    fn reserved(&self) -> &'a str {
        let mut length = 0;
        while length < 9
            && self.peek_at(length).is_some_and(|c| {
                c.is_ascii_lowercase() || matches!(c, b'{' | b'}' | b'!' | b'[' | b']')
            })
        {
            length += 1;
        }
        let ends = self.peek_at(length).is_none_or(|c| {
            matches!(
                c,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'
            )
        });
        if ends { self.slice(self.pos, self.pos + length) } else { "" }
    }

    /// Reads commands up to one of the words in `stops`, a closing parenthesis, or the end. None
    /// of these is taken.
    pub(super) fn list(&mut self, stops: &[&str]) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        if !self.enter() {
            return steps;
        }
        let mut maybe = false;
        loop {
            self.skip(true);
            let Some(byte) = self.peek() else { break };
            match byte {
                b')' => break,
                b';' if self.peek_at(1) == Some(b';') && stops.contains(&";;") => break,
                b';' | b'&' | b'|' => {
                    let (next, length) = (self.peek_at(1), 1);
                    let double = (byte != b';') && next == Some(byte);
                    // `&>` begins a command of nothing but a redirection.
                    if byte == b'&' && next == Some(b'>') {
                        self.command(&mut steps, maybe);
                        continue;
                    }
                    self.pos += length + usize::from(double);
                    maybe = double;
                    continue;
                }
                _ => {}
            }
            let reserved = self.reserved();
            if !reserved.is_empty() && stops.contains(&reserved) {
                break;
            }
            let before = self.pos;
            self.command(&mut steps, maybe);
            maybe = false;
            if self.pos == before {
                self.pos += 1;
            }
        }
        self.leave();
        steps
    }

    fn command(&mut self, steps: &mut Vec<Step<'a>>, maybe: bool) {
        let mut piped = Vec::new();
        loop {
            let prefixed = self.prefixes();
            let before = self.pos;
            if let Some(node) = self.one() {
                piped.push(node);
            } else if self.pos == before && !prefixed {
                break;
            }
            self.skip(false);
            // A pipe, but not `||`.
            if self.peek() == Some(b'|') && self.peek_at(1) != Some(b'|') {
                self.pos += 1 + usize::from(self.peek_at(1) == Some(b'&'));
                self.skip(true);
                continue;
            }
            break;
        }
        let node = if piped.len() > 1 { Some(Node::Pipe(piped)) } else { piped.pop() };
        steps.extend(node.map(|node| Step { node, maybe }));
    }

    /// Skips `!`, `time` and `coproc`.
    fn prefixes(&mut self) -> bool {
        let start = self.pos;
        loop {
            let word = self.reserved();
            if !matches!(word, "!" | "time" | "coproc") {
                return self.pos > start;
            }
            let before = self.pos;
            self.pos += word.len();
            self.skip(false);
            // The program of that name, with options.
            if word == "time" && self.peek() == Some(b'-') {
                self.pos = before;
                return before > start;
            }
        }
    }

    /// One command of a pipe.
    fn one(&mut self) -> Option<Node<'a>> {
        let start = self.pos;
        if self.peek() == Some(b'(') {
            if self.peek_at(1) == Some(b'(')
                && let Some(end) = self.sum_end(start + 2)
            {
                let parts = self.parts_between(start + 2, end);
                self.pos = (end + 2).min(self.end);
                let word = Word { parts, start, end: self.pos };
                let text = self.slice(start, self.pos);
                let words = vec![self.made("((", start), word];
                return Some(Node::Simple(Simple { words, text, ..Simple::default() }));
            }
            self.pos += 1;
            let body = self.list(&[]);
            self.take(b')');
            let redirects = self.redirects();
            return Some(Node::Group { body, apart: true, redirects });
        }
        let word = self.reserved();
        match word {
            "{" => {
                self.pos += 1;
                let body = self.list(&["}"]);
                self.take(b'}');
                let redirects = self.redirects();
                Some(Node::Group { body, apart: false, redirects })
            }
            "if" => Some(self.branches(word, &["then", "elif", "else", "fi"], "fi")),
            "while" | "until" => Some(self.branches(word, &["do", "done"], "done")),
            "for" | "select" => Some(self.repeated(word)),
            "case" => Some(self.case()),
            "function" => {
                self.pos += word.len();
                self.skip(false);
                let from = self.pos;
                self.word();
                let name = self.slice(from, self.pos);
                self.skip(false);
                if self.peek() == Some(b'(') {
                    self.pos += 1;
                    self.skip(false);
                    self.take(b')');
                }
                Some(self.function(name))
            }
            "[[" => Some(self.condition()),
            _ => self.simple(),
        }
    }

    pub(super) fn take(&mut self, byte: u8) {
        if self.peek() == Some(byte) {
            self.pos += 1;
        }
    }

    fn made(&self, text: &'a str, at: usize) -> Word<'a> {
        let parts = vec![super::Part::Text(text.into())];
        Word { parts, start: at, end: self.pos }
    }

    /// Parts of a compound command, each ended by one of `stops`, up to `last`.
    fn branches(&mut self, first: &str, stops: &[&str], last: &str) -> Node<'a> {
        self.pos += first.len();
        let mut parts = Vec::new();
        loop {
            parts.push(self.list(stops));
            let word = self.reserved();
            if word.is_empty() || !stops.contains(&word) {
                break;
            }
            self.pos += word.len();
            if word == last {
                break;
            }
        }
        let redirects = self.redirects();
        Node::Branches { parts, subject: None, redirects }
    }

    fn repeated(&mut self, first: &str) -> Node<'a> {
        self.pos += first.len();
        self.skip(false);
        let name = self.name();
        let mut items = None;
        if name.is_empty() && self.peek() == Some(b'(') && self.peek_at(1) == Some(b'(') {
            items = Some(Vec::new());
            if let Some(end) = self.sum_end(self.pos + 2) {
                self.pos = (end + 2).min(self.end);
            }
        }
        self.skip(true);
        if self.reserved() == "in" {
            self.pos += 2;
            let mut words = Vec::new();
            loop {
                self.skip(false);
                if self.peek().is_none_or(|c| matches!(c, b'\n' | b';' | b'&' | b'|' | b')')) {
                    break;
                }
                let before = self.pos;
                words.push(self.word());
                self.pos += usize::from(self.pos == before);
            }
            items = Some(words);
        }
        self.skip(true);
        self.take(b';');
        self.skip(true);
        let body = match self.reserved() {
            "do" => {
                self.pos += 2;
                let body = self.list(&["done"]);
                self.pos += self.reserved().len();
                body
            }
            "{" => {
                self.pos += 1;
                let body = self.list(&["}"]);
                self.take(b'}');
                body
            }
            _ => Vec::new(),
        };
        let redirects = self.redirects();
        Node::For { name, items, body, redirects }
    }

    fn case(&mut self) -> Node<'a> {
        self.pos += 4;
        self.skip(false);
        let subject = self.word();
        self.skip(true);
        if self.reserved() == "in" {
            self.pos += 2;
        }
        let mut parts = Vec::new();
        loop {
            self.skip(true);
            if self.peek().is_none() {
                break;
            }
            if self.reserved() == "esac" {
                self.pos += 4;
                break;
            }
            // The patterns.
            self.take(b'(');
            loop {
                self.skip(true);
                let before = self.pos;
                match self.peek() {
                    None => break,
                    Some(b')') => {
                        self.pos += 1;
                        break;
                    }
                    Some(b'|' | b'(' | b';' | b'&' | b'<' | b'>') => self.pos += 1,
                    Some(_) => drop(self.word()),
                }
                self.pos += usize::from(self.pos == before);
            }
            parts.push(self.list(&[";;", "esac"]));
            while matches!(self.peek(), Some(b';' | b'&')) {
                self.pos += 1;
            }
            self.take(b')');
        }
        let redirects = self.redirects();
        Node::Branches { parts, subject: Some(subject), redirects }
    }

    pub(super) fn function(&mut self, name: &'a str) -> Node<'a> {
        self.skip(true);
        let start = self.pos;
        if self.enter() {
            // Its end is where reading it ends; it is read again where it is called.
            drop(self.one());
            self.leave();
        }
        Node::Function { name, body: self.slice(start, self.pos) }
    }

    /// `[[ ... ]]`, in which operators are words.
    fn condition(&mut self) -> Node<'a> {
        let start = self.pos;
        self.pos += 2;
        let mut words = vec![self.made("[[", start)];
        loop {
            self.skip(true);
            if self.peek().is_none() {
                break;
            }
            if self.reserved() == "]]" {
                self.pos += 2;
                break;
            }
            let word = self.word();
            if word.start == self.pos {
                // An operator.
                self.pos += 1;
            } else {
                words.push(word);
            }
        }
        let text = self.slice(start, self.pos);
        let redirects = self.redirects();
        Node::Simple(Simple { words, redirects, text, ..Simple::default() })
    }
}

//! The lines that a change adds, as git's unified diffs tell them, read a line at a time. What is
//! not of a file's added lines is passed over, whatever it is.

/// A diff while it is read.
#[derive(Debug)]
pub struct Diff {
    /// More bytes of one file are not kept.
    largest: usize,
    file: Added,
    /// Lines of the hunk that are still to come: taken away, and added.
    removed: usize,
    added: usize,
    /// The next line's number in the file.
    number: usize,
}

/// What a diff tells of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The lines that it adds.
    Added(Added),
    /// It is binary.
    Binary(String),
    /// It adds more than is kept.
    TooLarge(String),
}

/// The lines that a change adds to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The file.
    pub path: String,
    /// The lines with their ends; an empty one between lines that do not stand together.
    pub bytes: Vec<u8>,
    /// The number of each in the file.
    pub lines: Vec<usize>,
    is_binary: bool,
    is_too_large: bool,
}

impl Diff {
    /// One of which no more than `largest` bytes of a file are kept.
    pub fn new(largest: usize) -> Self {
        Self { largest, file: Added::default(), removed: 0, added: 0, number: 0 }
    }

    /// Takes the next line, with its end. Gives the file that is over with it.
    pub fn line(&mut self, line: &[u8]) -> Option<Change> {
        match line.first() {
            Some(b'-') if self.removed > 0 => self.removed -= 1,
            Some(b'+') if self.added > 0 => {
                self.added -= 1;
                self.add(line.get(1..).unwrap_or_default());
                self.number = self.number.saturating_add(1);
            }
            // None is asked for; one that comes is in both.
            Some(b' ') if self.removed > 0 && self.added > 0 => {
                self.removed -= 1;
                self.added -= 1;
                self.number = self.number.saturating_add(1);
            }
            _ => return self.head(line),
        }
        None
    }

    /// The last file, when there is no more.
    pub fn end(mut self) -> Option<Change> {
        self.over()
    }

    /// A line that is none of a file.
    fn head(&mut self, line: &[u8]) -> Option<Change> {
        let words = String::from_utf8_lossy(line);
        let words = words.trim_end_matches(['\n', '\r']);
        if let Some(hunk) = words.strip_prefix("@@ ") {
            (self.removed, self.added, self.number) = hunk_of(hunk);
            self.part();
        } else if words.starts_with("diff --git ") {
            (self.removed, self.added) = (0, 0);
            return self.over();
        } else if let Some(path) = words.strip_prefix("+++ ") {
            self.file.path = path_of(path);
        } else if let Some(both) = words.strip_prefix("Binary files ") {
            let path = both.strip_suffix(" differ").and_then(|both| both.split_once(" and "));
            return Some(Change::Binary(path_of(path.map_or(both, |(_, path)| path))));
        }
        None
    }

    /// Takes a line over, unless the file is one that is left out already.
    fn add(&mut self, line: &[u8]) {
        let file = &mut self.file;
        // Nothing at all, not even an end, is the end of the diff.
        if file.is_binary || file.is_too_large || line.is_empty() {
            return;
        }
        file.is_binary = line.contains(&0);
        file.is_too_large = file.bytes.len().saturating_add(line.len()) > self.largest;
        if file.is_binary || file.is_too_large {
            (file.bytes, file.lines) = (Vec::new(), Vec::new());
        } else {
            // A last line without an end has none here either, and what follows is not of it.
            if file.bytes.last().is_some_and(|last| *last != b'\n') {
                file.bytes.push(b'\n');
            }
            file.bytes.extend_from_slice(line);
            file.lines.push(self.number);
        }
    }

    /// What stands far apart in the file does not stand together.
    fn part(&mut self) {
        let file = &mut self.file;
        if let Some(last) = file.lines.last().copied()
            && file.bytes.len() < self.largest
        {
            if file.bytes.last().is_some_and(|last| *last != b'\n') {
                file.bytes.push(b'\n');
            }
            file.bytes.push(b'\n');
            file.lines.push(last);
        }
    }

    fn over(&mut self) -> Option<Change> {
        let file = std::mem::take(&mut self.file);
        if file.is_binary {
            Some(Change::Binary(file.path))
        } else if file.is_too_large {
            Some(Change::TooLarge(file.path))
        } else if file.bytes.is_empty() {
            None
        } else {
            Some(Change::Added(file))
        }
    }
}

/// Of `-3,2 +5,4 @@ fn x()` the numbers 2, 4 and 5.
fn hunk_of(hunk: &str) -> (usize, usize, usize) {
    let mut sides = hunk.split(' ').map(|side| {
        let side = side.get(1..).unwrap_or_default();
        let (first, count) = side.split_once(',').unwrap_or((side, "1"));
        (first.parse().unwrap_or(0), count.parse().unwrap_or(0))
    });
    let (_, removed) = sides.next().unwrap_or((0, 0));
    let (number, added) = sides.next().unwrap_or((0, 0));
    (removed, added, number)
}

/// The path that git wrote after `+++`: `b/a b` with a tab behind it, or `"b/a\"b"`.
fn path_of(written: &str) -> String {
    let written = written.trim_end_matches('\t');
    let quoted = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let path = quoted.map_or_else(|| written.to_owned(), unquoted);
    path.strip_prefix("b/").map_or(path.clone(), str::to_owned)
}

/// What stands between git's quotes.
fn unquoted(quoted: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = quoted.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'7') => {
                let mut code = u32::from(digit - b'0');
                while let Some(digit) = rest.next_if(|next| (b'0'..=b'7').contains(next)) {
                    code = code * 8 + u32::from(digit - b'0');
                    if code > 0o37 {
                        break;
                    }
                }
                bytes.push(u8::try_from(code).unwrap_or(b'?'));
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;

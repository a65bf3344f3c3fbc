//! JSON that whoever wrote it reads and a strict reader does not: half characters, numbers beyond all
//! bounds, lists in lists in lists, a text that was cut off. A model chooses what it writes, and must
//! not get by with that.

/// Lists and objects in each other; what is deeper is left out.
const DEEPEST: usize = 64;

/// `text` so that a strict reader takes it, where it is JSON at all: half characters become U+FFFD,
/// what is no number null, and what is open at the end is closed.
pub fn mended(text: &str) -> String {
    let mut mending =
        Mending { rest: text, out: String::with_capacity(text.len()), open: Vec::new() };
    while mending.step().is_some() {}
    let Mending { mut out, open, .. } = mending;
    // What was begun and is not there.
    let trimmed = out.trim_end();
    if trimmed.ends_with(':') {
        out.push_str("null");
    } else if let Some(without) = trimmed.strip_suffix(',') {
        out.truncate(without.len());
    }
    out.extend(open.into_iter().rev().filter_map(|(close, is_kept)| is_kept.then_some(close)));
    out
}

struct Mending<'a> {
    rest: &'a str,
    out: String,
    /// What is open: what closes it, and whether it is kept.
    open: Vec<(char, bool)>,
}

impl Mending<'_> {
    fn is_kept(&self) -> bool {
        self.open.last().is_none_or(|(_, is_kept)| *is_kept)
    }

    fn take(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next()?;
        self.rest = chars.as_str();
        Some(next)
    }

    fn push(&mut self, text: &str) {
        if self.is_kept() {
            self.out.push_str(text);
        }
    }

    fn step(&mut self) -> Option<()> {
        let before = self.rest;
        let next = self.take()?;
        match next {
            '"' => {
                self.push("\"");
                self.string();
                self.push("\"");
            }
            '{' | '[' => {
                let is_kept = self.open.len() < DEEPEST;
                if !is_kept && self.is_kept() {
                    self.out.push_str("null");
                }
                self.open.push((if next == '{' { '}' } else { ']' }, is_kept));
                self.push(next.encode_utf8(&mut [0; 4]));
            }
            '}' | ']' => {
                self.push(next.encode_utf8(&mut [0; 4]));
                self.open.pop();
            }
            ',' | ':' => self.push(next.encode_utf8(&mut [0; 4])),
            next if next.is_whitespace() => self.push(" "),
            _ => {
                let ends = |c: char| c.is_whitespace() || "\",:[]{}".contains(c);
                let (word, rest) = before.split_at(before.find(ends).unwrap_or(before.len()));
                self.rest = rest;
                let is_fine = serde_json::from_str::<serde_json::Value>(word).is_ok();
                self.push(if is_fine { word } else { "null" });
            }
        }
        Some(())
    }

    /// The rest of a string, with what ends it.
    fn string(&mut self) {
        while let Some(next) = self.take() {
            match next {
                '"' => return,
                '\\' => self.escape(),
                next if next < ' ' => self.push(&format!("\\u{:04x}", u32::from(next))),
                next => self.push(next.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn escape(&mut self) {
        match self.take() {
            Some('u') => {
                let first = self.unit();
                let second = match first {
                    Some(0xd800..=0xdbff) => self.rest.strip_prefix("\\u").and_then(unit),
                    _ => None,
                };
                match (first, second) {
                    (Some(first), Some(second @ 0xdc00..=0xdfff)) => {
                        self.push(&format!("\\u{first:04x}\\u{second:04x}"));
                        self.rest = self.rest.get(6..).unwrap_or_default();
                    }
                    (Some(0xd800..=0xdfff) | None, _) => self.push("\\ufffd"),
                    (Some(unit), _) => self.push(&format!("\\u{unit:04x}")),
                }
            }
            Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
                self.push("\\");
                self.push(next.encode_utf8(&mut [0; 4]));
            }
            Some(other) if other >= ' ' => self.push(other.encode_utf8(&mut [0; 4])),
            Some(_) | None => {}
        }
    }

    /// The number of an escape, which is then behind us.
    fn unit(&mut self) -> Option<u32> {
        let unit = unit(self.rest)?;
        self.rest = self.rest.get(4..).unwrap_or_default();
        Some(unit)
    }
}

fn unit(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::mended;

    fn read(text: &str) -> Value {
        let mended = mended(text);
        serde_json::from_str(&mended).unwrap_or_else(|error| panic!("{error}: {mended}"))
    }

    #[test]
    fn what_is_fine_says_the_same() {
        for text in [
            r#"{"a": [1, -2.5e3, true, null], "b\n\"\u00e9": "\ud83d\ude00 é \\", "c": {}}"#,
            "[]",
            "\"x\"",
            "7",
        ] {
            assert_eq!(read(text), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn what_a_strict_reader_refuses_is_read() {
        let deep = format!("{{\"a\":{}1{},\"b\":2}}", "[".repeat(500), "]".repeat(500));
        assert_eq!(read(&deep)["b"], 2);
        for (text, expected) in [
            (r#"{"a":"x\ud800y","b":1}"#, json!({"a": "x\u{fffd}y", "b": 1})),
            (r#"{"a":"\udc00\ud800\u0041"}"#, json!({"a": "\u{fffd}\u{fffd}A"})),
            (r#"{"a":1e999,"b":NaN}"#, json!({"a": null, "b": null})),
            ("{\"a\":\"x\ty\\q\"}", json!({"a": "x\tyq"})),
            (r#"{"a":"b","c":"d"#, json!({"a": "b", "c": "d"})),
            (r#"{"a":{"b":["#, json!({"a": {"b": []}})),
            (r#"{"a":"#, json!({"a": null})),
            (r#"{"a":"x\"#, json!({"a": "x"})),
            (r#"{"a":1,"#, json!({"a": 1})),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}

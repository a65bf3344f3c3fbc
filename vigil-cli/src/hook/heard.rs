//! What a client says on stdin: one JSON object. The pipe may stay open behind it, so that only the
//! object's end is waited for.

use std::io::Read;

/// What was heard.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) text: String,
    /// False where it was too long, and the rest was left.
    pub(super) is_whole: bool,
}

/// Where in an object we are.
#[derive(Default)]
struct Place {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

/// Hears `most` bytes at most, and nothing behind an object.
pub(super) fn hear(mut from: impl Read, most: usize) -> Heard {
    let mut all = Vec::new();
    let mut place = Place::default();
    let mut part = [0; 16 * 1024];
    let mut is_whole = true;
    'hearing: loop {
        let read = match from.read(&mut part) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for byte in part.get(..read).unwrap_or_default() {
            if all.len() == most {
                is_whole = false;
                break 'hearing;
            }
            all.push(*byte);
            if place.ends(*byte) {
                break 'hearing;
            }
        }
    }
    // A byte that is no character's is one that was cut, or nobody's.
    Heard { text: String::from_utf8_lossy(&all).into_owned(), is_whole }
}

impl Place {
    /// True when `byte` ends the object, or there is none.
    const fn ends(&mut self, byte: u8) -> bool {
        if self.in_string {
            self.in_string = byte != b'"' || self.is_escaped;
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            return false;
        }
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b'"' => self.in_string = true,
            b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf if self.depth == 0 => return false,
            _ => {}
        }
        self.depth == 0
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Result};

    use super::hear;

    /// A pipe that nobody closes, and in which nothing comes any more.
    struct Open;

    impl Read for Open {
        fn read(&mut self, _: &mut [u8]) -> Result<usize> {
            panic!("waited for more than was said")
        }
    }

    #[test]
    fn nothing_behind_an_object_is_waited_for() {
        let said = r#" {"a":"}\"}\\","b":[{}]}"#;
        let heard = hear(said.as_bytes().chain(Open), 1024);
        assert_eq!((heard.text.as_str(), heard.is_whole), (said, true));

        let heard = hear("no".as_bytes().chain(Open), 1024);
        assert_eq!(heard.text, "n");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let heard = hear("{\"a\":\"é\"}".as_bytes(), 7);
        assert_eq!((heard.text.as_str(), heard.is_whole), ("{\"a\":\"\u{fffd}", false));
        assert!(hear("{\"a\"".as_bytes(), 7).is_whole);
    }
}

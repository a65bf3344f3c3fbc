//! Arguments as one line that a shell would take apart into the same arguments again.

use crate::source::family::arguments;

/// The command line of `argv`, in which each argument is ended by a zero byte.
pub(super) fn line(argv: &[u8]) -> String {
    let mut line = String::with_capacity(argv.len() + 16);
    // A process that writes its title over its arguments leaves empty ones behind.
    let end = argv.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let is_title = end + 2 < argv.len() && !argv.get(..end).unwrap_or_default().contains(&0);
    let argv = if is_title { argv.get(..end).unwrap_or_default() } else { argv };
    for (number, word) in arguments(argv).iter().enumerate() {
        if number > 0 {
            line.push(' ');
        }
        quote(word, &mut line);
    }
    line
}

/// The first arguments, as many as take at most `most` bytes, and a sign when that is not all. No
/// argument is cut: half a secret would not be known for one.
pub(super) fn brief(argv: &[u8], most: usize) -> String {
    let mut brief = String::new();
    for word in arguments(argv) {
        let before = brief.len();
        if before > 0 {
            brief.push(' ');
        }
        quote(&word, &mut brief);
        if brief.len() > most {
            brief.truncate(before);
            brief.push_str(if before > 0 { " ..." } else { "..." });
            break;
        }
    }
    brief
}

fn quote(word: &str, line: &mut String) {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=,@%+^~".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('~') {
        line.push_str(word);
        return;
    }
    line.push('\'');
    for c in word.chars() {
        match c {
            '\'' => line.push_str(r"'\''"),
            c => line.push(c),
        }
    }
    line.push('\'');
}

#[cfg(test)]
mod tests {
    use super::{brief, line};

    #[test]
    fn a_brief_line_ends_between_two_words() {
        assert_eq!(brief(b"ab\0c d\0", 8), "ab 'c d'");
        assert_eq!(brief(b"ab\0c d\0e\0", 8), "ab 'c d' ...");
        assert_eq!(brief(b"ab\0c d\0", 7), "ab ...");
        assert_eq!(brief(b"ab\0", 1), "...");
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_need_it() {
        for (argv, expected) in [
            (&b"ls\0-la\0/tmp/x.y\0"[..], "ls -la /tmp/x.y"),
            (b"bash\0-c\0echo 'a b' | wc\0", r"bash -c 'echo '\''a b'\'' | wc'"),
            (b"x\0\0y\0", "x '' y"),
            (b"x\0~\0$HOME\0", "x '~' '$HOME'"),
            (b"a\0b", "a b"),
            (b"claude\0\0\0\0\0", "claude"),
            (b"", ""),
        ] {
            assert_eq!(line(argv), expected);
        }
    }
}

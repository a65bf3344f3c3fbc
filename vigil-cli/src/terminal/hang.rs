//! Long lines for a narrow terminal: broken between words, what follows set in. A command between
//! backticks stays in one piece. Where data goes to a pipe nothing is broken.

/// `text` so that no line is wider than `width`, where that is given: later lines begin with `indent`
/// blanks. Styles take no room. A word that is wider by itself stays whole.
pub(crate) fn hang(text: &str, indent: usize, width: Option<usize>) -> String {
    /// Less is no width to set text in.
    const LEAST: usize = 20;
    let Some(width) = width.filter(|width| *width >= indent + LEAST) else {
        return text.to_owned();
    };
    let lead = text.len() - text.trim_start_matches(' ').len();
    let (mut out, mut column) = (" ".repeat(lead), lead);
    let mut is_first = true;
    for word in pieces(text.get(lead..).unwrap_or_default()) {
        let wide = seen(&word);
        if !is_first && column + 1 + wide > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if !is_first {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word);
        column += wide;
        is_first = false;
    }
    out
}

/// Its words; what stands between backticks is one.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in text.split(' ') {
        match pieces.last_mut().filter(|_| is_open) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => pieces.push(word.to_owned()),
        }
        is_open ^= word.matches('`').count() % 2 == 1;
    }
    pieces
}

/// Characters of it that take room: all but those of a style.
fn seen(word: &str) -> usize {
    let (mut n, mut is_style) = (0, false);
    for c in word.chars() {
        match c {
            '\u{1b}' => is_style = true,
            'm' if is_style => is_style = false,
            _ if is_style => {}
            _ => n += 1,
        }
    }
    n
}

#[cfg(test)]
mod tests {
    use super::hang;

    #[test]
    fn words_go_on_below_the_first() {
        let text = "  lists     none so that nothing is known here";

        let hung = hang(text, 12, Some(34));

        assert_eq!(hung, "  lists     none so that nothing\n            is known here");
        assert_eq!(hang(text, 12, None), text);
    }

    #[test]
    fn a_command_is_not_broken() {
        let hung = hang("read them now by `vigil ingest --once` or later", 2, Some(33));

        assert_eq!(hung, "read them now by\n  `vigil ingest --once` or later");
    }

    #[test]
    fn a_style_takes_no_room_and_a_long_word_stays_whole() {
        let styled = "\u{1b}[1maaaa\u{1b}[0m bbbb cccc dddd eeee";
        let long = "x".repeat(50);

        assert_eq!(hang(styled, 2, Some(24)).lines().count(), 1);
        assert_eq!(hang(&long, 2, Some(24)), long);
    }
}

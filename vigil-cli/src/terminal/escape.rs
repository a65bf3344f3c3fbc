//! Makes text from outside harmless on a terminal: nothing that moves the cursor, changes
//! colours, reorders or hides what follows gets through. Every character that is changed stays
//! visible as an escape, so that nothing disappears.

use std::{borrow::Cow, fmt::Write};

/// `text` on one line: blanks for line ends and tabs, escapes for everything that is not plain.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(' '),
            '\r' => {}
            c if is_hostile(c) => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// `text` on lines of its own, each harmless and behind `indent`.
pub(crate) fn block(text: &str, indent: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|line| format!("{indent}{}", plain(line)).trim_end().to_owned()).collect();
    lines.join("\n")
}

/// [`plain`], and at most `limit` characters, the last one an ellipsis when some are left out.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    // Far more than `limit` characters are never needed, however long the text is.
    let head: String = text.trim().chars().take(limit.saturating_mul(2)).collect();
    let safe = plain(&head);
    if safe.chars().count() <= limit && head.len() == text.trim().len() {
        return safe.into_owned();
    }
    let mut short: String = safe.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and everything that changes
/// direction or is invisible by design (Unicode TR 36 and the "Trojan Source" list). Joiners
/// (U+200C, U+200D) stay: several scripts need them, and they move nothing.
pub(super) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests;

use super::{block, plain, shorten};

#[test]
fn ordinary_text_is_passed_through_without_a_copy() {
    for text in ["", "plain", "Grüße, 你好 👩‍💻", "[[vigil:aws_access_key:AKIA..WXYZ:00ff]]"]
    {
        assert!(matches!(plain(text), std::borrow::Cow::Borrowed(same) if same == text));
    }
}

#[test]
fn terminal_escapes_stay_visible_and_do_nothing() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31mred\u{7f}";
    let safe = plain(hostile);
    assert!(!safe.chars().any(char::is_control));
    assert_eq!(safe, "\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{9b}31mred\\u{7f}");
}

#[test]
fn direction_and_invisible_characters_are_shown() {
    let safe = plain("safe\u{202e}txt.exe\u{2066}\u{200b}\u{feff}\u{e0041}");
    assert_eq!(safe, "safe\\u{202e}txt.exe\\u{2066}\\u{200b}\\u{feff}\\u{e0041}");
}

#[test]
fn one_line_stays_one_line() {
    assert_eq!(plain("a\r\nb\tc\u{2028}d\u{85}e"), "a b c\\u{2028}d\\u{85}e");
}

#[test]
fn a_block_keeps_its_lines_and_escapes_each() {
    assert_eq!(block("a\n\n\u{1b}[1mb", "  "), "  a\n\n  \\u{1b}[1mb");
}

#[test]
fn long_text_ends_in_an_ellipsis_within_its_limit() {
    assert_eq!(shorten("abcdef", 6), "abcdef");
    assert_eq!(shorten("abcdefg", 6), "abcde…");
    assert_eq!(shorten("\u{1b}\u{1b}\u{1b}", 6).chars().count(), 6);
    assert_eq!(shorten(&"x".repeat(1000), 4), "xxx…");
}

use super::*;

#[test]
fn appended_reminders_are_not_the_tools_output() {
    let text = "42 files\n\n<system-reminder>\nBe careful.\n</system-reminder>\n";

    assert_eq!(without_appended(Cow::Borrowed(text)), "42 files");
    assert_eq!(without_reminders(text), "42 files");
}

#[test]
fn a_reminder_in_the_middle_stays_readable_but_is_not_compared() {
    let text = "a<system-reminder>x</system-reminder>b";

    assert_eq!(without_appended(Cow::Borrowed(text)), text);
    assert_eq!(without_reminders(text), "ab");
}

#[test]
fn an_unclosed_reminder_is_plain_text() {
    let text = "a <system-reminder> b";

    assert_eq!(without_reminders(text), text);
    assert!(!is_reminder(text));
}

#[test]
fn a_title_is_one_short_line() {
    let long = "word ".repeat(60);

    let title = title_of(&long).unwrap();

    assert!(title.chars().count() <= 82, "{title}");
    assert!(title.ends_with('…'));
    assert_eq!(title_of("  fix\nthe  build "), Some("fix the build".to_owned()));
    assert_eq!(title_of(" \n"), None);
}

#[test]
fn text_without_escapes_is_borrowed() {
    let plain: Option<Text<'_>> = serde_json::from_str(r#""plain""#).unwrap();
    let escaped: Option<Text<'_>> = serde_json::from_str(r#""two\nlines""#).unwrap();

    assert!(matches!(plain, Some(Text(Cow::Borrowed("plain")))));
    assert_eq!(escaped.unwrap().as_str(), "two\nlines");
}

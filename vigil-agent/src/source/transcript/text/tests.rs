use super::*;

#[test]
fn a_title_is_one_line() {
    let long = "word ".repeat(600);

    let title = title_of(&long).unwrap();

    assert_eq!(title.chars().count(), 1999);
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

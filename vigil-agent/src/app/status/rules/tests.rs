use super::*;

#[test]
fn a_change_and_an_end_are_warned_of_and_nothing_else_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    let text = "[detect.rules.acme]\npattern = 'acme_[a-z]{12}'\n";
    fs::write(&file, text).unwrap();
    let at_start = Config::parse(text).unwrap().detect;
    let mut source = RulesSource { file: file.clone(), at_start, over: Vec::new() };
    assert_eq!(source.warnings(), Vec::<String>::new());

    fs::write(&file, text.replace("12", "13")).unwrap();
    assert!(source.warnings()[0].contains("has changed since"));
    fs::write(&file, "[detect").unwrap();
    assert!(source.warnings()[0].contains("config.toml:1: "), "{:?}", source.warnings());
    fs::remove_file(&file).unwrap();
    assert!(source.warnings()[0].contains("has changed since"));

    source.at_start = Detect::default();
    source.over = vec!["a test".to_owned(), "another".to_owned()];
    assert_eq!(source.warnings().len(), 1);
    assert!(source.warnings()[0].contains("\"a test\", \"another\""));
}

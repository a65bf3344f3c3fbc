use super::*;

#[test]
fn a_client_is_found_by_its_word_and_by_its_name() {
    for given in ["claude-code", "Claude Code", " CLAUDE CODE ", "claude_code", "ClaudeCode"] {
        assert_eq!(word(given), Some("claude-code"), "{given}");
    }
    assert_eq!(name("gemini-cli"), Some("Gemini CLI"));
    assert_eq!((word("claude"), name("somebody")), (None, None));
}

#[test]
fn every_word_and_every_name_is_there_once() {
    for (place, (word, name)) in NAMES.iter().enumerate() {
        assert_eq!(super::word(word), Some(*word));
        assert_eq!(super::word(name), Some(*word));
        assert!(NAMES.iter().skip(place + 1).all(|(other, also)| other != word && also != name));
    }
}

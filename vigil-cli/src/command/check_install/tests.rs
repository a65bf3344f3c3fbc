//! What is asked, and what is said of it.

use super::{hidden, text};

#[test]
fn one_word_is_read_as_a_text_and_several_as_words() {
    let words =
        |words: &[&str]| text(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());

    assert_eq!(words(&["npm i a; npm i b"]), "npm i a; npm i b");
    assert_eq!(words(&["npm", "i", "a b"]), "npm i 'a b'");
}

#[test]
fn every_reason_to_hide_has_words() {
    for why in [
        "make",
        "package-script",
        "script-file",
        "eval",
        "stdin",
        "variable",
        "manifest",
        "dry-run",
        "container",
    ] {
        assert_ne!(hidden(why), hidden("too-long"), "{why}");
    }
}

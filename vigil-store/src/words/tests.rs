use proptest::prelude::*;

use super::{Distinct, each_word};

fn words(text: &str) -> Vec<String> {
    let mut list = Vec::new();
    each_word(text, |word| list.push(word.to_owned()));
    list
}

#[test]
fn words_are_lower_case_runs_of_letters_and_digits() {
    assert_eq!(words("The socket_path, HTTP/2 x!"), ["the", "socket", "path", "http"]);
    assert_eq!(words("Straße naïve"), ["straße", "naïve"]);
}

#[test]
fn scripts_without_spaces_are_pairs() {
    assert_eq!(words("日本語 and 火"), ["日本", "本語", "and", "火"]);
}

#[test]
fn of_a_mask_only_the_type_is_a_word() {
    assert_eq!(
        words("key=[[vigil:aws_access_key:AKIA:00ff]] ok"),
        ["key", "aws", "access", "key", "ok"]
    );
}

#[test]
fn a_word_stands_once_however_often_it_is_said() {
    let mut distinct = Distinct::new();
    assert_eq!(distinct.of("one two one TWO"), "one two ");
    assert_eq!(distinct.of("two"), "two ");
}

proptest! {
    #[test]
    fn any_text_is_cut_without_a_panic(text in "\\PC*|[a-z\\[:\\]日ß]*") {
        let mut distinct = Distinct::new();
        let out = distinct.of(&text).to_owned();
        for word in words(&text) {
            prop_assert!(out.split(' ').any(|one| one == word));
        }
    }
}

use super::*;

fn next(waits: Option<Vec<String>>) -> NextAuthority {
    let (ends, since) = (Timestamp::from_micros(2), Timestamp::from_micros(1));
    NextAuthority { fingerprint: "ab".to_owned(), ends, since, waits }
}

#[test]
fn whoever_has_to_do_something_is_told_the_command() {
    let fit = AuthorityStatus { signs: true, ..AuthorityStatus::default() };
    assert_eq!(fit.warnings(), Vec::<String>::new());

    let ended = AuthorityStatus { why: Some("it has ended".to_owned()), ..Default::default() };
    let due = AuthorityStatus { due: Some("it ends in 3 days".to_owned()), ..fit.clone() };
    for (status, words) in [(ended, "it has ended"), (due.clone(), "it ends in 3 days")] {
        let warnings = status.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(words) && warnings[0].contains("`vigil ca rotate`"));
    }

    let waits = Some(vec!["claude-code (pid 7)".to_owned()]);
    let waiting = AuthorityStatus { next: Some(next(waits)), ..due.clone() };
    let warnings = waiting.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("claude-code (pid 7)") && warnings[0].contains("--now"));
    for at_once in [None, Some(Vec::new())] {
        let status = AuthorityStatus { next: Some(next(at_once)), ..due.clone() };
        assert_eq!(status.warnings(), Vec::<String>::new(), "it is under way");
    }
}

use std::time::{Duration, Instant};

use vigil_proto::{Timestamp, browser::paired::Given};

use super::{BURST, CODE_LIFE, GUESSES, MOST, PairingError, Pairings, Refused};

const HERE: &str = "chrome-extension://khmpilkhmlnhajjdofgnmahganakmlae";
const ELSEWHERE: &str = "moz-extension://0a1b2c3d-0000-4000-8000-0123456789ab";
const SINCE: Timestamp = Timestamp::from_micros(1);

struct Book {
    pairings: Pairings,
    now: Instant,
    folder: tempfile::TempDir,
}

impl Book {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { pairings: Pairings::open(folder.path()), now: Instant::now(), folder }
    }

    fn pair(&self, code: &str, profile: &str, origin: &str) -> Result<Given, PairingError> {
        let now = (self.now, SINCE);
        self.pairings.pair(code, profile, origin, now).map(|made| made.given)
    }

    fn paired(&self, browser: &str, profile: &str, origin: &str) -> Given {
        let code = self.pairings.offer(browser, self.now).unwrap();
        self.pair(&code, profile, origin).unwrap()
    }
}

#[test]
fn a_code_pairs_once_and_its_token_opens_from_there_alone() {
    let book = Book::new();
    let code = book.pairings.offer("chromium", book.now).unwrap();
    let typed = format!(" {}-{} ", &code[..4].to_lowercase(), &code[4..]);

    let given = book.pair(&typed, "one", HERE).unwrap();

    assert!(matches!(book.pair(&code, "two", HERE), Err(PairingError::Refused(Refused::Code))));
    assert_eq!(book.pairings.admit(&given.token, HERE, book.now), Ok(()));
    assert_eq!(book.pairings.admit(&given.token, ELSEWHERE, book.now), Err(Refused::Origin));
    for wrong in ["", given.word.as_str(), given.id.as_str(), "x"] {
        assert_eq!(book.pairings.admit(wrong, HERE, book.now), Err(Refused::Token));
    }
    assert_eq!(book.pairings.word(&given.id, HERE).unwrap(), given.word);
    book.pairings.word(&given.id, ELSEWHERE).unwrap_err();
    let refused = book.pairings.refused();
    assert_eq!(refused["browser.refused_code"], 1);
    assert_eq!(refused["browser.refused_origin"], 1);
    assert_eq!(refused["browser.refused_token"], 5);
}

#[test]
fn a_code_is_over_after_its_time_and_after_too_many_guesses() {
    let mut book = Book::new();
    let late = book.pairings.offer("chromium", book.now).unwrap();
    book.now += CODE_LIFE;
    book.pair(&late, "one", HERE).unwrap_err();

    let guessed = book.pairings.offer("chromium", book.now).unwrap();
    for _ in 0..GUESSES {
        book.pair("AAAAAAAAAAAA", "one", HERE).unwrap_err();
    }
    book.pair(&guessed, "one", HERE).unwrap_err();

    let replaced = book.pairings.offer("chromium", book.now).unwrap();
    let code = book.pairings.offer("chromium", book.now).unwrap();
    book.pair(&replaced, "one", HERE).unwrap_err();
    book.pair(&code, "Not A Word", HERE).unwrap_err();
    book.pair(&code, "one", HERE).unwrap();
}

#[test]
fn the_disk_has_no_token_and_knows_it_again() {
    let book = Book::new();
    let given = book.paired("chromium", "one", HERE);
    let file = std::fs::read_to_string(book.folder.path().join("paired.json")).unwrap();
    assert!(!file.contains(&given.token));

    let again = Pairings::open(book.folder.path());

    assert_eq!(again.admit(&given.token, HERE, book.now), Ok(()));
    assert_eq!(again.all(), book.pairings.all());
    assert!(!format!("{again:?} {:?} {given:?}", again.all()).contains(&given.word));
}

#[test]
fn a_profile_has_one_pairing_and_all_of_a_browser_end_together() {
    let book = Book::new();
    let first = book.paired("chromium", "one", HERE);
    let second = book.paired("chromium", "one", HERE);
    let other = book.paired("firefox", "one", ELSEWHERE);
    book.paired("chromium", "two", HERE);

    assert_eq!(book.pairings.admit(&first.token, HERE, book.now), Err(Refused::Token));
    assert_eq!(book.pairings.admit(&second.token, HERE, book.now), Ok(()));
    assert_eq!(book.pairings.end("chromium").unwrap(), 2);
    assert_eq!(book.pairings.admit(&second.token, HERE, book.now), Err(Refused::Token));
    assert_eq!(book.pairings.admit(&other.token, ELSEWHERE, book.now), Ok(()));
    assert_eq!(book.pairings.end("chromium").unwrap(), 0);
    let kept = Pairings::open(book.folder.path()).all();
    assert_eq!(kept.iter().map(|one| one.browser.as_str()).collect::<Vec<_>>(), ["firefox"]);
}

#[test]
fn one_that_floods_waits_and_no_other_does() {
    let book = Book::new();
    let (given, other) =
        (book.paired("chromium", "one", HERE), book.paired("chromium", "two", HERE));
    let all = (0..10_000)
        .take_while(|_| book.pairings.admit(&given.token, HERE, book.now).is_ok())
        .count();

    let all = f64::from(u32::try_from(all).unwrap());
    assert!((all - BURST).abs() < 1.0, "{all}");
    assert_eq!(book.pairings.admit(&other.token, HERE, book.now), Ok(()));
    let later = book.now + Duration::from_secs(1);
    assert_eq!(book.pairings.admit(&given.token, HERE, later), Ok(()));
    assert!(book.pairings.refused()["browser.refused_rate"] >= 1);
}

#[test]
fn there_are_only_so_many() {
    let book = Book::new();
    let first = book.paired("chromium", "p", HERE);
    for n in 0..MOST {
        book.paired("chromium", &format!("p{n}"), HERE);
    }
    assert_eq!(book.pairings.all().len(), MOST);
    assert_eq!(book.pairings.admit(&first.token, HERE, book.now), Err(Refused::Token));
}

#[test]
fn a_list_that_cannot_be_read_pairs_nobody_and_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    vigil_platform::private::write(&folder.path().join("paired.json"), b"{\"pairings\": [{}")
        .unwrap();
    let pairings = Pairings::open(folder.path());
    assert!(pairings.all().is_empty());
    let book = Book { pairings, now: Instant::now(), folder };
    book.paired("chromium", "one", HERE);
    assert_eq!(Pairings::open(book.folder.path()).all().len(), 1);
}

#[test]
fn who_is_ended_by_another_is_told_and_keeps_no_account() {
    let book = Book::new();
    let first = book.paired("chromium", "p", HERE);
    book.pairings.admit(&first.token, HERE, book.now).unwrap();
    assert_eq!(book.pairings.state().left.len(), 1);
    let pair = |profile: &str| {
        let code = book.pairings.offer("chromium", book.now).unwrap();
        book.pairings.pair(&code, profile, HERE, (book.now, SINCE)).unwrap()
    };

    let anew = pair("p");
    assert_eq!(anew.ended.iter().map(|one| &one.id).collect::<Vec<_>>(), [&first.id]);
    assert!(book.pairings.state().left.is_empty());
    for n in 1..MOST {
        assert!(pair(&format!("p{n}")).ended.is_empty());
    }
    let last = pair("one-too-many");
    assert_eq!(last.ended.iter().map(|one| &one.id).collect::<Vec<_>>(), [&anew.given.id]);
}

#[test]
fn what_nobody_was_given_is_taken_back_with_what_it_ended() {
    let book = Book::new();
    let first = book.paired("chromium", "one", HERE);
    let code = book.pairings.offer("chromium", book.now).unwrap();
    let made = book.pairings.pair(&code, "one", HERE, (book.now, SINCE)).unwrap();
    let token = made.given.token.clone();

    book.pairings.undo(made).unwrap();

    assert_eq!(book.pairings.admit(&token, HERE, book.now), Err(Refused::Token));
    assert_eq!(book.pairings.admit(&first.token, HERE, book.now), Ok(()));
    assert_eq!(Pairings::open(book.folder.path()).all(), book.pairings.all());
}

#[test]
fn guesses_never_run_over() {
    let book = Book::new();
    book.pairings.state().guesses = u32::MAX;
    book.pair("AAAAAAAAAAAA", "one", HERE).unwrap_err();
    assert_eq!(book.pairings.state().guesses, u32::MAX);
}

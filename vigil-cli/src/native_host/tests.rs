use std::ffi::OsString;

use super::{Caller, Frame, MOST, caller, frame, number};

fn called(words: &[&str]) -> Option<Caller> {
    caller(words.iter().map(OsString::from))
}

fn framed(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_ne_bytes();
    [&length, text].concat()
}

#[test]
fn only_the_own_extension_is_passed_on() {
    let chromium = "chrome-extension://khmpilkhmlnhajjdofgnmahganakmlae/";
    assert_eq!(called(&["vigil", "native-host", chromium]), Some(Caller::Ours));
    let firefox = ["vigil", "native-host", "/some/manifest.json", "browser@vigil.dev"];
    assert_eq!(called(&firefox), Some(Caller::Ours));
    let other = "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/";
    assert_eq!(called(&["vigil", "native-host", other]), Some(Caller::Other));
    assert_eq!(called(&["vigil", "native-host"]), Some(Caller::Other));
    assert_eq!(called(&["vigil", "status"]), None);
    assert_eq!(called(&["vigil", "native-host", "--help"]), None);
}

#[test]
fn a_frame_that_is_too_large_is_passed_over_and_its_number_kept() {
    let large = format!("{{\"n\":42,\"kind\":\"turn\",\"text\":\"{}\"}}", "x".repeat(MOST));
    let mut pipe = framed(large.as_bytes());
    pipe.extend(framed(b"{}"));
    let mut from = pipe.as_slice();
    let Some(Frame::TooLarge(start)) = frame(&mut from).unwrap() else { panic!("taken") };
    assert_eq!(number(&start), 42);
    assert!(matches!(frame(&mut from), Ok(Some(Frame::Whole(bytes))) if bytes == b"{}"));
    assert!(matches!(frame(&mut from), Ok(None)));
}

#[test]
fn an_absurd_length_ends_it_and_a_half_frame_is_the_end() {
    let mut from: &[u8] = &u32::MAX.to_ne_bytes();
    assert!(frame(&mut from).is_err());
    let half = framed(b"{\"n\":1}");
    assert!(frame(&mut &half[..6]).is_err());
    assert!(matches!(frame(&mut &half[..2]), Ok(None)));
}

#[test]
fn a_number_is_found_in_whatever_it_stands() {
    assert_eq!(number(b"{\"n\":7,"), 7);
    assert_eq!(number(b"{\"kind\":\"x\"}"), 0);
    assert_eq!(number(b"\xff\xfe"), 0);
}

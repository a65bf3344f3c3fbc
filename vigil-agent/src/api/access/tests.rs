use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, header};

use super::{Access, Admission, BROWSERS, KEY, LINK_LIFE, LINKS, SILENCE};

const PORT: u16 = 9081;

fn admitted(access: &Access, secret: &str, now: Instant) -> Option<Admission> {
    access.admit(secret, PORT, now).unwrap()
}

fn headers(cookie: Option<&str>, key: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(cookie) = cookie {
        let pair = cookie.split(';').next().unwrap();
        headers.insert(header::COOKIE, HeaderValue::from_str(pair).unwrap());
    }
    if let Some(key) = key {
        headers.insert(KEY, HeaderValue::from_str(key).unwrap());
    }
    headers
}

#[test]
fn only_both_halves_together_open() {
    let (access, now) = (Access::generate().unwrap(), Instant::now());
    let one = admitted(&access, access.login_link(), now).unwrap();
    let other = admitted(&access, &access.new_link(now).unwrap(), now).unwrap();
    let opens = |headers: HeaderMap| access.is_admitted(&headers, PORT, now);

    assert!(opens(headers(Some(&one.cookie), Some(&one.key))));
    assert!(!opens(headers(Some(&one.cookie), None)));
    assert!(!opens(headers(None, Some(&one.key))));
    assert!(!opens(headers(Some(&one.cookie), Some(&other.key))), "halves of two browsers");
    assert!(!opens(headers(Some(&one.cookie), Some(access.bearer()))));
}

#[test]
fn a_link_works_once_and_not_for_long() {
    let (access, now) = (Access::generate().unwrap(), Instant::now());
    let link = access.new_link(now).unwrap();
    assert!(access.is_waiting(&link, now));
    assert!(admitted(&access, &link, now).is_some());
    assert!(admitted(&access, &link, now).is_none(), "a second time");
    assert!(!access.is_waiting(&link, now));

    let late = access.new_link(now).unwrap();
    assert!(admitted(&access, &late, now + LINK_LIFE).is_none(), "too late");
    let any_time = now + Duration::from_hours(500);
    assert!(admitted(&access, access.login_link(), any_time).is_some(), "the first has no end");
}

#[test]
fn links_and_browsers_are_bounded_and_the_silent_go_first() {
    let (access, now) = (Access::generate().unwrap(), Instant::now());
    let links: Vec<String> = (0..=LINKS).map(|_| access.new_link(now).unwrap()).collect();
    assert!(!access.is_waiting(&links[0], now), "the oldest gave way");
    assert!(access.is_waiting(access.login_link(), now), "the first link never does");

    let later = |n: usize| now + Duration::from_secs(n as u64);
    let silent = admitted(&access, access.login_link(), now).unwrap();
    let mut newest = None;
    for n in 1..=BROWSERS {
        let link = access.new_link(later(n)).unwrap();
        newest = admitted(&access, &link, later(n));
    }
    let newest = newest.unwrap();
    let opens = |one: &Admission, now| {
        access.is_admitted(&headers(Some(&one.cookie), Some(&one.key)), PORT, now)
    };
    assert!(!opens(&silent, later(BROWSERS)));
    assert!(opens(&newest, later(BROWSERS)));
    assert!(!opens(&newest, later(BROWSERS) + SILENCE), "silent for too long");
}

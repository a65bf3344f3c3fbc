use super::*;

#[test]
fn a_whole_head_is_read_and_a_part_waits() {
    let bytes = b"POST /v1/messages HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc";

    assert_eq!(request(&bytes[..40]), Ok(None));
    let head = request(bytes).unwrap().unwrap();

    assert_eq!((head.method.as_str(), head.target.as_str()), ("POST", "/v1/messages"));
    assert_eq!(head.fields.first("host"), Some("a.example"));
    assert_eq!(head.body, Body::length(3));
    assert_eq!(&bytes[head.len..], b"abc");
}

#[test]
fn whatever_two_programs_could_read_differently_is_refused() {
    let cases: &[(&[u8], BadHead)] = &[
        (b"GET / HTTP/1.1\nHost: a\n\n", BadHead::Malformed),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", BadHead::Malformed),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", BadHead::Malformed),
        (
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            BadHead::AmbiguousLength,
        ),
        (
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            BadHead::AmbiguousLength,
        ),
        (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", BadHead::AmbiguousLength),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n", BadHead::AmbiguousLength),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", BadHead::AmbiguousLength),
        (b"\x16\x03\x01 nonsense\r\n\r\n", BadHead::Malformed),
    ];
    for (bytes, expected) in cases {
        assert_eq!(request(bytes), Err(*expected), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn an_endless_head_is_refused() {
    let mut bytes = b"GET / HTTP/1.1\r\nX: ".to_vec();
    bytes.resize(HEAD_MAX, b'x');

    assert_eq!(request(&bytes), Err(BadHead::TooLarge));
}

#[test]
fn a_response_without_a_length_lasts_until_the_end() {
    let until_close = response(b"HTTP/1.1 200 OK\r\n\r\n").unwrap().unwrap();
    let none = response(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();

    assert_eq!(until_close.body, Body::UntilClose);
    assert_eq!(none.body, Body::Empty);
}

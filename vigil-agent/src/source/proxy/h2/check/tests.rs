use super::*;
use crate::source::proxy::h2::hpack::tests::fields;

const HOST: &str = "api.anthropic.com";
const GOOD: &[(&str, &str)] = &[
    (":method", "POST"),
    (":scheme", "https"),
    (":authority", HOST),
    (":path", "/v1/messages?beta=true"),
];

/// The verdict on the good request with `more`.
fn with(more: &[(&str, &str)]) -> Result<(), Refusal> {
    request(&fields(&[GOOD, more].concat()), HOST)
}

/// The verdict on the good request whose field `name` is `value` instead, or is missing.
fn but(name: &str, value: Option<&str>) -> Result<(), Refusal> {
    let changed: Vec<_> = GOOD
        .iter()
        .filter_map(
            |(own, old)| {
                if *own == name { Some((*own, value?)) } else { Some((*own, *old)) }
            },
        )
        .collect();
    request(&fields(&changed), HOST)
}

#[test]
fn a_request_for_the_connections_host_passes() {
    assert_eq!(with(&[("content-length", "2"), ("te", "trailers"), ("x-odd!", " v ")]), Ok(()));
    assert_eq!(with(&[("host", HOST)]), Ok(()));
    for host in ["API.Anthropic.com", "api.anthropic.com:443", "api.anthropic.com."] {
        assert_eq!(but(":authority", Some(host)), Ok(()), "{host}");
    }
}

#[test]
fn one_for_another_host_does_not() {
    for host in [
        "",
        "unlisted.example",
        "api.anthropic.com:8443",
        "x@api.anthropic.com",
        "api.anthropic.com:443:443",
        "api.anthropic.com ",
    ] {
        assert_eq!(but(":authority", Some(host)), Err(Refusal::Misdirected), "{host}");
        assert_eq!(with(&[("host", host)]), Err(Refusal::Misdirected), "{host}");
    }
}

#[test]
fn every_pseudo_field_is_there_once_and_first() {
    for (name, value) in GOOD {
        assert_eq!(but(name, None), Err(Refusal::Malformed), "without {name}");
        assert_eq!(with(&[(name, value)]), Err(Refusal::Malformed), "{name} twice");
        let late: Vec<_> = GOOD.iter().copied().filter(|(own, _)| own != name).collect();
        let late = [&late[..], &[("accept", "*/*"), (name, value)]].concat();
        assert_eq!(request(&fields(&late), HOST), Err(Refusal::Malformed), "{name} late");
    }
    assert_eq!(with(&[(":status", "200")]), Err(Refusal::Malformed));
}

#[test]
fn no_request_opens_a_way_past_the_gate() {
    assert_eq!(but(":method", Some("CONNECT")), Err(Refusal::Malformed));
    assert_eq!(with(&[(":protocol", "websocket")]), Err(Refusal::Malformed));
    assert_eq!(but(":scheme", Some("http")), Err(Refusal::Malformed));
    for path in ["", "v1", "*", "/a b", "/a\r\nhost: x", "https://unlisted.example/"] {
        assert_eq!(but(":path", Some(path)), Err(Refusal::Malformed), "{path:?}");
    }
    assert_eq!(but(":method", Some("GET / HTTP/1.1\r\n\r\n")), Err(Refusal::Malformed));
}

#[test]
fn fields_that_others_could_read_differently_are_refused() {
    for more in [
        ("Accept", "*/*"),
        ("", "x"),
        ("a b", "x"),
        ("a:b", "x"),
        ("x", "a\r\nb: c"),
        ("x", "a\0"),
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("keep-alive", "1"),
        ("proxy-connection", "close"),
        ("te", "gzip"),
        ("content-length", "+2"),
    ] {
        assert_eq!(with(&[more]), Err(Refusal::Malformed), "{more:?}");
    }
    let twice = [("content-length", "2"), ("content-length", "2")];
    assert_eq!(with(&twice), Err(Refusal::Malformed));
}

#[test]
fn trailers_are_no_request() {
    assert_eq!(trailers(&fields(&[("grpc-status", "0")])), Ok(()));
    assert_eq!(trailers(&fields(GOOD)), Err(Refusal::Malformed));
}

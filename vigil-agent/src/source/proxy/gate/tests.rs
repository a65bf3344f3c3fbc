use super::*;

fn through(gate: &mut Gate, bytes: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<usize>), Refusal> {
    let (mut pass, mut begins) = (Vec::new(), Vec::new());
    for part in bytes.chunks(piece) {
        gate.push(part, &mut pass, &mut begins)?;
    }
    Ok((pass, begins))
}

const TWO: &[u8] =
    b"POST /a HTTP/1.1\r\nhOsT: API.example:443\r\nTransfer-Encoding: chunked\r\n\r\n\
    3\r\nabc\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: api.example\r\n\r\n";

#[test]
fn requests_for_the_host_pass_unchanged_in_any_pieces() {
    for piece in 1..TWO.len() {
        let (pass, begins) = through(&mut Gate::new("api.example"), TWO, piece).unwrap();
        assert_eq!(pass, TWO);
        assert_eq!(begins.len(), 2);
        assert!(pass[begins[1]..].starts_with(b"GET /b"));
    }
}

#[test]
fn a_request_for_another_host_is_refused_before_its_first_byte() {
    let cases: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: api.example\r\nHost: other.example\r\n\r\n",
        b"GET https://other.example/ HTTP/1.1\r\nHost: api.example\r\n\r\n",
    ];
    for bytes in cases {
        let mut pass = Vec::new();
        let verdict = Gate::new("api.example").push(bytes, &mut pass, &mut Vec::new());
        assert_eq!(verdict, Err(Refusal::Misdirected));
        assert!(pass.is_empty());
    }
}

#[test]
fn a_second_request_is_checked_like_the_first() {
    let bytes = [TWO, b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"].concat();

    assert_eq!(through(&mut Gate::new("api.example"), &bytes, 7), Err(Refusal::Misdirected));
}

#[test]
fn after_an_accepted_upgrade_everything_passes() {
    let mut gate = Gate::new("api.example");
    let ask = b"GET /ws HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let bytes = [ask.as_slice(), b"\x81\x02hi"].concat();

    let (mut pass, mut begins) = through(&mut gate, &bytes, 9).unwrap();
    assert_eq!(pass, ask);
    assert!(gate.awaits_upgrade());
    gate.resolve_upgrade(true, &mut pass, &mut begins).unwrap();

    assert_eq!(pass, bytes);
}

#[test]
fn a_later_request_cannot_open_the_gate() {
    let mut gate = Gate::new("api.example");
    let ask = b"GET /ws HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let bytes = [TWO, ask.as_slice(), b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"].concat();

    assert_eq!(through(&mut gate, &bytes, 11), Err(Refusal::Misdirected));
    assert!(!gate.awaits_upgrade());
}

#[test]
fn after_a_refused_upgrade_heads_are_checked_again() {
    let mut gate = Gate::new("api.example");
    let ask = b"GET /ws HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    through(&mut gate, ask, 100).unwrap();

    gate.resolve_upgrade(false, &mut Vec::new(), &mut Vec::new()).unwrap();

    assert!(through(&mut gate, b"\x81\x02hi", 100).is_err());
}

#[test]
fn no_other_protocol_than_a_websocket_and_no_request_with_a_body_opens_the_gate() {
    let cases = [
        // HTTP/2 would carry requests for any host.
        "GET / HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n\r\n",
        // An answer that comes before the body's end would never be waited for rightly.
        "POST / HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi",
    ];
    for ask in cases {
        let mut gate = Gate::new("api.example");

        let (pass, _) = through(&mut gate, ask.as_bytes(), 13).unwrap();

        assert_eq!(pass, ask.as_bytes(), "it is upstream's to refuse");
        assert!(!gate.awaits_upgrade());
        assert!(through(&mut gate, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 100).is_err());
    }
}

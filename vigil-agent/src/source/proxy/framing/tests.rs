use proptest::prelude::*;

use super::*;

fn run(mut body: Body, bytes: &[u8], piece: usize) -> Result<(Vec<u8>, usize, bool), BadFraming> {
    let mut seen = Vec::new();
    let mut used = 0;
    for part in bytes.chunks(piece) {
        let now = body.advance(part, &mut |data| seen.extend_from_slice(data))?;
        used += now;
        if now < part.len() {
            break;
        }
    }
    Ok((seen, used, body.is_done()))
}

#[test]
fn chunks_end_where_they_end_whatever_the_pieces() {
    let message = b"5;name=x\r\nhello\r\nA\r\n, world!!!\r\n0\r\nX-Sum: 1\r\n\r\n";
    let mut bytes = message.to_vec();
    bytes.extend_from_slice(b"GET / HTTP/1.1\r\n");

    for piece in 1..bytes.len() {
        let (seen, used, done) = run(Body::chunked(), &bytes, piece).unwrap();
        assert_eq!(seen, b"hello, world!!!");
        assert_eq!(used, message.len());
        assert!(done);
    }
}

#[test]
fn malformed_chunks_are_refused() {
    let cases: &[&[u8]] = &[
        b"\r\n",
        b"x\r\n",
        b"5\n",
        b"-1\r\n",
        b"1\r\nab",
        b"0\r\n\n",
        b"11112222333344445\r\n",
        b"5;a\nb",
    ];
    for bytes in cases {
        assert_eq!(run(Body::chunked(), bytes, 100), Err(BadFraming), "{bytes:?}");
    }
}

#[test]
fn an_endless_size_line_or_trailer_is_refused() {
    let mut line = b"1;".to_vec();
    line.resize(64 * 1024, b'x');
    let mut trailer = b"0\r\n".to_vec();
    trailer.resize(64 * 1024, b'x');

    assert_eq!(run(Body::chunked(), &line, 4096), Err(BadFraming));
    assert_eq!(run(Body::chunked(), &trailer, 4096), Err(BadFraming));
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_give_the_same_verdict(
        bytes in proptest::collection::vec(any::<u8>(), 0..200), piece in 1usize..50,
    ) {
        let whole = run(Body::chunked(), &bytes, usize::MAX);
        let pieces = run(Body::chunked(), &bytes, piece);
        prop_assert_eq!(whole.is_err(), pieces.is_err());
        if let (Ok(whole), Ok(pieces)) = (whole, pieces) {
            prop_assert_eq!(whole, pieces);
        }
    }
}

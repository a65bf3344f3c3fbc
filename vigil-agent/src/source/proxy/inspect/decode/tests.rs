use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};

use super::*;
use crate::source::proxy::head;

fn decoder(coding: &str) -> Result<Decoder, &'static str> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n");
    Decoder::new(&head::response(head.as_bytes()).unwrap().unwrap().fields)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_coding_is_undone_whatever_the_pieces() {
    let plain = b"event: ping\ndata: {}\n\n".repeat(500);
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(&plain).unwrap();
    let cases = [
        ("identity", plain.clone()),
        ("GZIP", gzip(&plain)),
        ("deflate", zlib.finish().unwrap()),
        ("zstd", zstd::encode_all(plain.as_slice(), 3).unwrap()),
    ];
    for (coding, coded) in cases {
        let mut decoder = decoder(coding).unwrap();
        let mut got = Vec::new();
        for piece in coded.chunks(11) {
            decoder.push(piece, &mut |plain| got.extend_from_slice(plain)).unwrap();
        }
        assert!(got == plain, "{coding}");
    }
}

#[test]
fn what_was_flushed_is_readable_at_once() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"first event").unwrap();
    encoder.flush().unwrap();
    let mut got = Vec::new();

    decoder("gzip").unwrap().push(encoder.get_ref(), &mut |p| got.extend_from_slice(p)).unwrap();

    assert_eq!(got, b"first event");
}

#[test]
fn a_bomb_is_given_up() {
    let bomb = gzip(&vec![0; 80 * 1024 * 1024]);
    let mut most = 0;

    let verdict = decoder("gzip").unwrap().push(&bomb, &mut |plain| most = most.max(plain.len()));

    assert_eq!(verdict, Err("body-too-large"));
    assert!(most <= 8 * 1024 * 1024);
}

#[test]
fn what_cannot_be_read_is_said() {
    assert!(matches!(decoder("br"), Err("undecodable-encoding")));
    assert!(matches!(decoder("gzip, gzip"), Err("undecodable-encoding")));
    let verdict = decoder("gzip").unwrap().push(b"not gzip at all", &mut |_| {});
    assert_eq!(verdict, Err("undecodable-body"));
}

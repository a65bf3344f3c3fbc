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

/// The bytes that `digits` spell.
fn hex(digits: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// 80 MiB of zeros, from the reference encoder.
const BROTLI_BOMB: &str = "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffff\
    c13f0110870500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980382c00d0bdffe3ffff1ffc\
    1300715800a07bffc7ffff3ff82700e2b00040f7fe8fffff7ff04f00c4610180eefddf";

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
        // The same text, from the reference encoder.
        (
            "br",
            hex(
                "1bf72ac01c07b9b9e81af5c2923f8e5a41e7cc6dc1ed25485a5f0e22cb6da5e1588d3e304e11801c03",
            ),
        ),
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
    // "first event", a flush, then " second" and the end.
    let (flushed, rest) = (hex("0b0500f825406a90450a821ed800"), hex("6100805f022418094902"));
    let mut got = Vec::new();
    let mut decoder = decoder("br").unwrap();
    decoder.push(&flushed, &mut |p| got.extend_from_slice(p)).unwrap();
    assert_eq!(got, b"first event");
    decoder.push(&rest, &mut |p| got.extend_from_slice(p)).unwrap();
    assert_eq!(got, b"first event second");
}

#[test]
fn a_bomb_is_given_up() {
    let zeros = vec![0; 80 * 1024 * 1024];
    let bombs = [
        ("gzip", gzip(&zeros)),
        ("zstd", zstd::encode_all(zeros.as_slice(), 3).unwrap()),
        ("br", hex(BROTLI_BOMB)),
    ];
    for (coding, bomb) in bombs {
        let mut most = 0;

        let verdict =
            decoder(coding).unwrap().push(&bomb, &mut |plain| most = most.max(plain.len()));

        assert_eq!(verdict, Err("body-too-large"), "{coding}");
        assert!(most <= STEP_MAX, "{coding}");
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    assert!(matches!(decoder("compress"), Err("undecodable-encoding")));
    assert!(matches!(decoder("gzip, gzip"), Err("undecodable-encoding")));
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let verdict = decoder(coding).unwrap().push(b"not coded at all", &mut |_| {});
        assert_eq!(verdict, Err("undecodable-body"), "{coding}");
    }
}

#[test]
fn what_gzip_and_deflate_decoded_before_a_fault_is_given() {
    let plain = b"first event";
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(plain).unwrap();
    gzip.flush().unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(plain).unwrap();
    zlib.flush().unwrap();
    for (coding, flushed) in [("gzip", gzip.get_ref()), ("deflate", zlib.get_ref())] {
        let broken = [flushed.as_slice(), &[0xff; 64]].concat();
        let mut got = Vec::new();

        let verdict = decoder(coding).unwrap().push(&broken, &mut |p| got.extend_from_slice(p));

        assert_eq!(verdict, Err("undecodable-body"), "{coding}");
        assert!(got.starts_with(plain), "{coding} gave {} bytes", got.len());
    }
}

#[test]
fn no_stream_takes_a_gibibyte_for_its_window() {
    // A window of 30 bits, then one byte that is not the last: "x", uncompressed.
    let large = hex("111e00104078");

    let verdict = decoder("br").unwrap().push(&large, &mut |_| {});

    assert_eq!(verdict, Err("undecodable-body"));
}

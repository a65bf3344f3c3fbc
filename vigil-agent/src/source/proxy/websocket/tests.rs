use flate2::{Compress, FlushCompress};

use super::{
    extension::{self, Compression},
    inflate::INFLATED_MAX,
    message::{Heard, MESSAGE_MAX, Messages},
};
use crate::source::proxy::head;

const FINAL: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
const TEXT: u8 = 1;

/// One frame with its first byte as given.
fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(masked | u8::try_from(len).unwrap()),
        len @ ..65_536 => {
            frame.push(masked | 0x7e);
            frame.extend(u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            frame.push(masked | 0x7f);
            frame.extend(u64::try_from(len).unwrap().to_be_bytes());
        }
    }
    let mask = mask.inspect(|mask| frame.extend(mask)).unwrap_or_default();
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// Compresses a message as a peer does that keeps `compress` between messages.
fn deflate(compress: &mut Compress, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(plain.len() + 1024);
    compress.compress_vec(plain, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
    out.truncate(out.len() - 4);
    out
}

fn compressor() -> Compress {
    Compress::new(flate2::Compression::default(), false)
}

fn agreed(extensions: &str) -> Result<Compression, &'static str> {
    let head = format!("HTTP/1.1 101 Switching\r\nSec-WebSocket-Extensions: {extensions}\r\n\r\n");
    extension::agreed(&head::response(head.as_bytes()).unwrap().unwrap().fields)
}

/// A server's messages.
fn server(extensions: &str) -> Messages {
    Messages::new(false, agreed(extensions).unwrap().server)
}

/// What came of `bytes` in pieces of `piece`, in words.
fn read(
    messages: &mut Messages,
    bytes: &[u8],
    piece: usize,
) -> (Vec<String>, Result<(), &'static str>) {
    let mut all = Vec::new();
    for piece in bytes.chunks(piece) {
        let read = messages.push(piece, &mut |heard| {
            all.push(match heard {
                Heard::Text(text) => text.to_owned(),
                Heard::Binary => "<binary>".to_owned(),
                Heard::Unreadable(reason) => format!("<{reason}>"),
            });
        });
        if read.is_err() {
            return (all, read);
        }
    }
    (all, Ok(()))
}

#[test]
fn messages_are_the_same_wherever_their_frames_are_cut() {
    for mask in [None, Some([0, 0, 0, 0]), Some([0x37, 0xfa, 0x21, 0x3d])] {
        let medium = "é".repeat(200);
        let bytes = [
            frame(FINAL | TEXT, mask, b"one"),
            frame(TEXT, mask, "tw\u{f6}".as_bytes().split_at(3).0),
            // A control frame may stand within a message.
            frame(FINAL | 0x9, mask, b"ping"),
            frame(0, mask, "tw\u{f6}".as_bytes().split_at(3).1),
            frame(FINAL | 0xa, mask, b""),
            frame(FINAL, mask, b"!"),
            frame(FINAL | 0x2, mask, &[0, 159]),
            frame(FINAL | TEXT, mask, medium.as_bytes()),
            frame(FINAL | TEXT, mask, b""),
            frame(FINAL | 0x8, mask, &[3, 232]),
            // After a close nothing is said.
            b"\xff\xff\xff".to_vec(),
        ]
        .concat();
        for piece in 1..bytes.len() {
            let mut messages = Messages::new(mask.is_some(), None);

            let (heard, read) = read(&mut messages, &bytes, piece);

            assert_eq!(heard, ["one", "twö!", "<binary>", &medium, ""], "in pieces of {piece}");
            assert_eq!(read, Ok(()));
        }
    }
}

#[test]
fn compressed_messages_may_refer_to_those_before_them_or_not() {
    let texts = ["the same words again and again"; 3];
    let mut kept = compressor();
    let takes_over: Vec<_> = texts.map(|text| deflate(&mut kept, text.as_bytes())).into();
    let alone: Vec<_> = texts.map(|text| deflate(&mut compressor(), text.as_bytes())).into();
    assert!(takes_over[1].len() < alone[1].len(), "it does refer");

    for (extensions, parts) in [
        ("permessage-deflate", &takes_over),
        (
            "permessage-deflate; client_no_context_takeover; server_max_window_bits=\"15\"",
            &takes_over,
        ),
        ("Permessage-Deflate;server_no_context_takeover", &alone),
        // Whoever may refer back need not.
        ("permessage-deflate; client_max_window_bits", &alone),
    ] {
        let mut bytes = frame(FINAL | COMPRESSED | TEXT, None, &parts[0]);
        let (one, other) = parts[1].split_at(2);
        bytes.extend(frame(COMPRESSED | TEXT, None, one));
        bytes.extend(frame(FINAL, None, other));
        // A message that is not compressed stands outside.
        bytes.extend(frame(FINAL | TEXT, None, b"plain"));
        bytes.extend(frame(FINAL | COMPRESSED | TEXT, None, &parts[2]));
        for piece in 1..bytes.len() {
            let (heard, read) = read(&mut server(extensions), &bytes, piece);

            assert_eq!(heard, [texts[0], texts[1], "plain", texts[2]], "{extensions}, {piece}");
            assert_eq!(read, Ok(()));
        }
    }
}

#[test]
fn a_block_that_ends_for_good_and_what_follows_it_are_read() {
    // RFC 7692, section 7.2.3.4: "Hello" with BFINAL set, then an empty block without.
    let hello = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let bytes = frame(FINAL | COMPRESSED | TEXT, None, &hello).repeat(2);

    assert_eq!(
        read(&mut server("permessage-deflate"), &bytes, 3),
        (vec!["Hello".to_owned(), "Hello".to_owned()], Ok(()))
    );
}

#[test]
fn what_is_too_large_is_not_kept_and_the_next_message_is_read() {
    let large = vec![b'x'; 2 * MESSAGE_MAX];
    let bytes = [frame(FINAL | TEXT, None, &large), frame(FINAL | TEXT, None, b"next")].concat();
    let told = vec!["<websocket-message-too-large>".to_owned(), "next".to_owned()];
    assert_eq!(read(&mut server(""), &bytes, 100_000), (told.clone(), Ok(())));

    // The next one refers to it.
    let mut compress = compressor();
    let large = vec![b'x'; MESSAGE_MAX + 1];
    let bytes = [
        frame(FINAL | COMPRESSED | TEXT, None, &deflate(&mut compress, &large)),
        frame(FINAL | COMPRESSED | TEXT, None, &deflate(&mut compress, b"next")),
    ]
    .concat();
    assert_eq!(read(&mut server("permessage-deflate"), &bytes, 1000), (told, Ok(())));
}

#[test]
fn a_bomb_goes_off_nowhere() {
    let huge = vec![0; usize::try_from(INFLATED_MAX).unwrap() + 1];
    let bomb = frame(FINAL | COMPRESSED | TEXT, None, &deflate(&mut compressor(), &huge));
    let next = frame(FINAL | COMPRESSED | TEXT, None, &deflate(&mut compressor(), b"next"));
    let bytes = [bomb, next].concat();

    let (heard, alone) =
        read(&mut server("permessage-deflate; server_no_context_takeover"), &bytes, 1000);
    assert_eq!(heard, ["<websocket-bomb>", "next"].map(str::to_owned));
    assert_eq!(alone, Ok(()));

    let (heard, takes_over) = read(&mut server("permessage-deflate"), &bytes, 1000);
    assert_eq!((heard, takes_over), (vec![], Err("websocket-bomb")));
}

#[test]
fn what_is_no_frame_ends_the_reading() {
    let mask = Some([1, 2, 3, 4]);
    let cases: [(&str, bool, Vec<u8>); 10] = [
        ("a client that does not mask", true, frame(FINAL | TEXT, None, b"x")),
        ("a server that masks", false, frame(FINAL | TEXT, mask, b"x")),
        ("a reserved bit", false, frame(FINAL | 0x20 | TEXT, None, b"x")),
        ("a reserved meaning", false, frame(FINAL | 0x3, None, b"x")),
        ("a control frame in parts", false, frame(0x9, None, b"x")),
        ("a long control frame", false, frame(FINAL | 0x9, None, &[0; 126])),
        ("nothing to continue", false, frame(FINAL, None, b"x")),
        ("compression that was not agreed", false, frame(FINAL | COMPRESSED | TEXT, None, b"x")),
        (
            "a message within a message",
            false,
            [frame(TEXT, None, b"x"), frame(FINAL | TEXT, None, b"x")].concat(),
        ),
        ("a length that cannot be", false, vec![FINAL | TEXT, 127, 255, 0, 0, 0, 0, 0, 0, 0]),
    ];
    for (what, is_client, bytes) in cases {
        let (_, read) = read(&mut Messages::new(is_client, None), &bytes, 1);
        assert_eq!(read, Err("websocket-malformed"), "{what}");
    }
}

#[test]
fn what_is_no_text_and_what_is_no_deflate_is_not_read() {
    let bytes = [
        frame(FINAL | TEXT, None, b"\xff"),
        frame(FINAL | COMPRESSED | TEXT, None, b"\xff\xff\xff"),
        frame(FINAL | TEXT, None, b"next"),
    ]
    .concat();

    let (heard, read) =
        read(&mut server("permessage-deflate; server_no_context_takeover"), &bytes, 1);

    assert_eq!(
        heard,
        ["<websocket-not-text>", "<websocket-undecodable>", "next"].map(str::to_owned)
    );
    assert_eq!(read, Ok(()));
}

#[test]
fn an_agreement_that_nobody_here_knows_cannot_be_read() {
    for extensions in [
        "x-other",
        "permessage-deflate, x-other",
        "permessage-deflate; x-other=1",
        "permessage-deflate, permessage-deflate",
    ] {
        assert_eq!(agreed(extensions).err(), Some("websocket-extension"), "{extensions}");
    }
    assert!(agreed("").is_ok_and(|none| none.client.is_none() && none.server.is_none()));
}

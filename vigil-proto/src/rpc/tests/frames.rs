//! Frames that must not be, each refused as early as it is known and by its own name.

use super::samples::requests;
use crate::rpc::{
    BoundedBytes, CA_DER_MAX, Request, Response,
    frame::{self, Decoder, Frame, FrameError, MAJOR, REQUEST_CAP, RESPONSE_CAP},
};

/// A frame around `body`, with a length that is true.
fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(5 + body.len()).unwrap();
    let mut frame = length.to_le_bytes().to_vec();
    frame.push(MAJOR);
    frame.extend(1_u32.to_le_bytes());
    frame.extend(body);
    frame
}

fn request(bytes: &[u8]) -> Result<Request, FrameError> {
    frame::decode(bytes).map(|frame| frame.message)
}

fn response(bytes: &[u8]) -> Result<Response, FrameError> {
    frame::decode(bytes).map(|frame| frame.message)
}

#[test]
fn a_frame_cut_anywhere_is_not_whole() {
    for message in requests() {
        let whole = frame::encode(1, &message).unwrap();
        for end in 0..whole.len() {
            assert_eq!(request(&whole[..end]), Err(FrameError::Truncated), "{message:?} at {end}");
        }
    }
}

#[test]
fn a_body_cut_anywhere_is_no_message() {
    for message in requests() {
        let whole = frame::encode(1, &message).unwrap();
        for end in 10..whole.len() {
            assert_eq!(request(&framed(&whole[9..end])), Err(FrameError::Body), "{message:?}");
        }
    }
}

#[test]
fn bytes_after_a_frame_are_refused() {
    for message in requests() {
        let mut frame = frame::encode(1, &message).unwrap();
        frame.push(0);
        assert_eq!(request(&frame), Err(FrameError::Trailing), "{message:?}");
    }
}

#[test]
fn bytes_after_a_message_within_its_frame_are_refused() {
    for message in requests() {
        let mut body = frame::encode(1, &message).unwrap().split_off(9);
        body.push(0);
        assert_eq!(request(&framed(&body)), Err(FrameError::Trailing), "{message:?}");
    }
}

#[test]
fn a_padded_number_is_another_spelling() {
    // The variant `Status`, which postcard alone reads from two bytes as well.
    assert_eq!(request(&framed(&[0x01])), Ok(Request::Status));
    assert_eq!(request(&framed(&[0x81, 0x00])), Err(FrameError::NotCanonical));
    // The same within a message: a journal's `since` of 1.
    assert!(request(&framed(&[2, 0, 0x01, 0x01])).is_ok());
    assert_eq!(request(&framed(&[2, 0, 0x81, 0x00, 0x01])), Err(FrameError::NotCanonical));
    assert_eq!(request(&framed(&[2, 0, 0x81, 0x80, 0x00, 0x01])), Err(FrameError::NotCanonical));
}

#[test]
fn a_variant_that_is_not_there_is_no_message() {
    for unknown in [15, 16, 0x7f] {
        assert_eq!(request(&framed(&[unknown])), Err(FrameError::Body));
        assert_eq!(response(&framed(&[unknown])), Err(FrameError::Body));
    }
    // A refusal, a proxy mode, an option and a truth value.
    assert_eq!(response(&framed(&[0, 0x7f])), Err(FrameError::Body));
    assert_eq!(request(&framed(&[6, 2, 0xf8, 0x46, 60])), Err(FrameError::Body));
    assert_eq!(request(&framed(&[10, 0, 2, 1])), Err(FrameError::Body));
    assert_eq!(response(&framed(&[6, 2, 0])), Err(FrameError::Body));
}

#[test]
fn a_length_beyond_the_cap_is_refused_before_anything_else_comes() {
    let too_long = |cap: usize| u32::try_from(cap + 1).unwrap();

    for length in [too_long(REQUEST_CAP), u32::MAX] {
        let mut decoder = Decoder::<Request>::new();
        let refused = decoder.feed(&mut &length.to_le_bytes()[..]);
        assert_eq!(refused, Err(FrameError::TooLong(length.into())));
    }
    let length = too_long(RESPONSE_CAP);
    let refused = Decoder::<Response>::new().feed(&mut &length.to_le_bytes()[..]);
    assert_eq!(refused, Err(FrameError::TooLong(length.into())));
}

#[test]
fn a_length_at_the_cap_is_waited_for() {
    let cap = u32::try_from(REQUEST_CAP).unwrap().to_le_bytes();
    let mut decoder = Decoder::<Request>::new();

    assert_eq!(decoder.feed(&mut &cap[..]), Ok(None));

    // It is padding, of course: no message is as long as that.
    let mut rest = vec![MAJOR, 1, 0, 0, 0, 1];
    rest.resize(REQUEST_CAP, 0);
    assert_eq!(decoder.feed(&mut &rest[..]), Err(FrameError::Trailing));
}

#[test]
fn a_length_without_room_for_a_message_is_refused() {
    for length in 0..=5_u32 {
        assert_eq!(request(&length.to_le_bytes()), Err(FrameError::TooShort(length)));
    }
}

#[test]
fn another_version_is_known_by_the_fifth_byte() {
    let mut frame = frame::encode(1, &Request::Status).unwrap();
    frame[4] = MAJOR + 1;

    let refused = Decoder::<Request>::new().feed(&mut &frame[..5]);

    assert_eq!(refused, Err(FrameError::Major(MAJOR + 1)));
}

#[test]
fn a_request_has_a_number_and_a_refused_connection_none() {
    let refusal = Response::from(crate::rpc::Refusal::TooMany);
    assert_eq!(frame::encode(0, &Request::Status), Err(FrameError::NoNumber));
    let mut frame = frame::encode(1, &Request::Status).unwrap();
    frame[5] = 0;

    assert_eq!(request(&frame), Err(FrameError::NoNumber));
    assert_eq!(response(&frame::encode(0, &refusal).unwrap()), Ok(refusal));
}

#[test]
fn a_greeting_of_another_protocol_is_none() {
    let mut frame = frame::encode(1, &Request::hello()).unwrap();
    frame[10] ^= 1;

    assert_eq!(request(&frame), Err(FrameError::Body));
    assert!(request(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").is_err());
}

#[test]
fn the_largest_certificate_passes_and_one_byte_more_does_not() {
    let der = BoundedBytes::new(vec![0x30; CA_DER_MAX]).unwrap();
    let largest = Request::CaInstall { der };
    let frame = frame::encode(1, &largest).unwrap();
    assert!(frame.len() - 4 <= REQUEST_CAP);
    assert_eq!(request(&frame), Ok(largest));

    // 4097 as a variable-length number.
    let mut body = vec![3, 0x81, 0x20];
    body.resize(3 + CA_DER_MAX + 1, 0x30);
    assert_eq!(request(&framed(&body)), Err(FrameError::Body));
    assert!(BoundedBytes::<CA_DER_MAX>::new(vec![0; CA_DER_MAX + 1]).is_err());
}

#[test]
fn a_number_of_elements_is_a_strangers_word() {
    // Lists that say they have four billion elements, and bytes that say so.
    let many = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for variant in [3, 9, 10] {
        let mut body = vec![variant];
        body.extend(many);
        assert_eq!(response(&framed(&body)), Err(FrameError::Body), "variant {variant}");
    }
    let mut body = vec![3];
    body.extend(many);
    assert_eq!(request(&framed(&body)), Err(FrameError::Body));
}

#[test]
fn pieces_make_the_same_frames() {
    let bytes: Vec<u8> = requests().iter().flat_map(|m| frame::encode(1, m).unwrap()).collect();

    for size in [1, 2, 3, 7, 64, bytes.len()] {
        let mut decoder = Decoder::new();
        let mut seen = Vec::new();
        for mut piece in bytes.chunks(size) {
            while !piece.is_empty() {
                let frame = decoder.feed(&mut piece).unwrap();
                seen.extend(frame.map(|Frame { message, .. }: Frame<Request>| message));
            }
        }
        assert!(!decoder.is_within());
        assert_eq!(seen, requests(), "in pieces of {size}");
    }
}

#[test]
fn a_decoder_takes_one_frame_and_leaves_the_rest() {
    let first = frame::encode(1, &Request::Status).unwrap();
    let second = frame::encode(2, &Request::hello()).unwrap();
    let both = [first.clone(), second.clone()].concat();
    let mut rest = &both[..];
    let mut decoder = Decoder::<Request>::new();

    let frame = decoder.feed(&mut rest).unwrap().unwrap();

    assert_eq!((frame.id, rest), (1, &second[..]));
    assert!(!decoder.is_within());
}

#[test]
fn a_broken_connection_stays_broken() {
    let mut decoder = Decoder::<Request>::new();
    decoder.feed(&mut &[0, 0, 0, 0][..]).unwrap_err();
    let good = frame::encode(1, &Request::Status).unwrap();
    let mut rest = &good[..];

    assert_eq!(decoder.feed(&mut rest), Err(FrameError::TooShort(0)));
    assert_eq!(rest, &good[..]);
}

//! HTTP/2 frames by hand.

/// A block in plain literals that are not to be remembered.
pub(in crate::source::proxy) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            assert!(text.len() < 127);
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    block
}

/// A frame.
pub(in crate::source::proxy) fn frame(
    kind: u8,
    flags: u8,
    stream: u32,
    payload: impl AsRef<[u8]>,
) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The block of a request.
pub(in crate::source::proxy) fn post(authority: &str) -> Vec<u8> {
    block(&[
        (":method", "POST"),
        (":scheme", "https"),
        (":path", "/v1/messages"),
        (":authority", authority),
    ])
}

/// What a client says before its first request.
pub(in crate::source::proxy) fn greeting() -> Vec<u8> {
    [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, [])].concat()
}

//! A WebSocket's copy: the agreement, then frames of a client or a server.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, rest) = vigil_fuzz::piece(data);
    let parts = vigil_fuzz::parts(rest);
    let [extensions, frames @ ..] = parts.as_slice() else { return };
    let Ok(extensions) = str::from_utf8(extensions) else { return };
    let frames = frames.concat();
    let are_masked = frames.get(1).is_some_and(|second| second & 0x80 != 0);
    vigil_agent::fuzzing::proxy::websocket(extensions, are_masked, &frames, piece);
});

//! HTTP/2 frames of a client and of its upstream, on their way through the gate.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, frames) = vigil_fuzz::piece(data);
    vigil_agent::fuzzing::proxy::frames(&vigil_fuzz::parts(frames), piece);
});

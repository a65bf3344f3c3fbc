//! Heads and framing of HTTP/1 requests on their way to the one host they may reach.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, requests) = vigil_fuzz::piece(data);
    vigil_agent::fuzzing::proxy::gate(requests, piece, piece % 2 == 0);
});

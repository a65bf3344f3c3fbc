//! Decrypted flows as the inspector reads them: HTTP/1, content codings, Anthropic Messages.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, flow) = vigil_fuzz::piece(data);
    vigil_agent::fuzzing::proxy::exchange(&vigil_fuzz::parts(flow), piece);
});

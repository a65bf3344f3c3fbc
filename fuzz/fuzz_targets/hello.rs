//! The peek at a TLS ClientHello.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, hello) = vigil_fuzz::piece(data);
    vigil_agent::fuzzing::proxy::hello(hello, piece);
});

//! Content codings of copies: the bounds hold, whatever a body unpacks to.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, body) = vigil_fuzz::piece(data);
    let coding = ["zstd", "gzip", "deflate", "br", "identity"][piece % 5];
    vigil_agent::fuzzing::proxy::decode(coding, body, piece);
});

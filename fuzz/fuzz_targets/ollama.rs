//! Requests of Ollama and their answers, in lines and in one piece.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, exchanges) = vigil_fuzz::piece(data);
    let streams = piece % 8 != 0;
    let parts = vigil_fuzz::parts(exchanges);
    vigil_agent::fuzzing::proxy::conversation("ollama", &parts, streams, piece);
});

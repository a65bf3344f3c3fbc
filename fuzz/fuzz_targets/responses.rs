//! Requests of OpenAI's Responses API and their answers, streaming and not.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, exchanges) = vigil_fuzz::piece(data);
    let streams = piece % 8 != 0;
    let parts = vigil_fuzz::parts(exchanges);
    vigil_agent::fuzzing::proxy::conversation("openai", &parts, streams, piece);
});

//! Requests of Bedrock (Converse, and a model's own API) and their answers, in frames and in one
//! piece.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, exchanges) = vigil_fuzz::piece(data);
    let streams = piece % 8 != 0;
    let api = if piece % 2 == 0 { "converse" } else { "invoke" };
    let parts = vigil_fuzz::parts(exchanges);
    vigil_agent::fuzzing::proxy::conversation(api, &parts, streams, piece);
});

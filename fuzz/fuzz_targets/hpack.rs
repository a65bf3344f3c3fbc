//! Blocks of header fields of one HTTP/2 connection.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (kilobytes, blocks) = vigil_fuzz::piece(data);
    vigil_agent::fuzzing::proxy::hpack(&vigil_fuzz::parts(blocks), kilobytes * 1024);
});

//! Cutting a growing file into lines of bounded length.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (piece, rest) = vigil_fuzz::piece(data);
    let (cap, file) = vigil_fuzz::piece(rest);
    vigil_agent::fuzzing::transcript::lines(file, cap, piece);
});

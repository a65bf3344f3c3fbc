//! The log in opencode's database.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_agent::fuzzing::transcript::opencode(data);
});

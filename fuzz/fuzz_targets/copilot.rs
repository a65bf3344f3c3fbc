//! The log of a session of Copilot CLI.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_agent::fuzzing::transcript::copilot(data);
});

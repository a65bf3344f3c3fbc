//! A session of Gemini CLI.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_agent::fuzzing::transcript::gemini(data);
});

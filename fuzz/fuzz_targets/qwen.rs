//! A session of Qwen Code.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_agent::fuzzing::transcript::qwen(data);
});

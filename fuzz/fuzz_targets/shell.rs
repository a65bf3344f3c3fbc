//! What a command would install: a reading of bounded size in time that grows with the command
//! alone, its packages the same in a wrapper that says nothing of them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_detect::fuzzing::install(&String::from_utf8_lossy(data));
});

//! What a command would install: a reading of bounded size, the same each time, whose words stand in
//! the command.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_detect::fuzzing::install(&String::from_utf8_lossy(data));
});

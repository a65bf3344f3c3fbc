//! Tables of names, and the exports of `URLhaus` and `ThreatFox`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_agent::fuzzing::intel::text(data);
});

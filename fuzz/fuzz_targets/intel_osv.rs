//! Advisories in the form of OSV, and the other forms in JSON.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_agent::fuzzing::intel::text(data);
});

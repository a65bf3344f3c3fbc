//! What a client tells of itself by OTLP.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vigil_agent::fuzzing::telemetry::telemetry(data);
});

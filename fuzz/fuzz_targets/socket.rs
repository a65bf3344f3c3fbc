//! Messages of the Responses API over a WebSocket: a client's and, a line each, the answer's.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let parts = vigil_fuzz::parts(data);
    let parts: Vec<_> = parts.into_iter().filter_map(|part| str::from_utf8(part).ok()).collect();
    vigil_agent::fuzzing::proxy::socket(&parts);
});

//! What a text says in another form: each part of it knows where it came from. The first byte says
//! how the rest is written.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((how, text)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    vigil_detect::fuzzing::decoders(&vigil_fuzz::written(*how, &text));
});

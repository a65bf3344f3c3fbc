//! What a user adds to the rules: whatever the configuration says, it is taken, or it is told in
//! which line it is wrong. After a line of `%%` comes a text to look through; one more makes it long.

#![no_main]

use std::sync::Mutex;

use vigil_detect::{Custom, Engine, FingerprintKey, Profile};
use vigil_proto::{Sensitive, config::Config};

/// So many patterns are compiled: each may take its megabytes.
const FEW: usize = 8;
/// Longer configurations are left out: rules, and what they are called, stay in memory.
const SHORT: usize = 4096;

/// Bytes of a text that is cut to be searched.
const LONG: usize = 60_000;

/// One engine, costly to make, whose rules of a user's are changed.
static ENGINE: Mutex<Option<Engine>> = Mutex::new(None);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let parts = vigil_fuzz::parts(data);
    let (config, text) = parts.split_first().expect("there is a first part");
    if config.len() > SHORT {
        return;
    }
    let config = String::from_utf8_lossy(config);
    let lines = config.split('\n').count();
    let detect = match Config::parse(&config) {
        Ok(parsed) => parsed.detect,
        Err(error) => return assert!((1..=lines).contains(&error.line), "it stands in no line"),
    };
    if detect.rules.len() + detect.allow.len() > FEW {
        return;
    }
    let custom = match Custom::new(&detect, "2026-11-26") {
        Ok(custom) => custom,
        Err(error) => {
            assert!((1..=lines).contains(&error.line_in(&config)), "it stands in no line");
            assert!(!error.to_string().is_empty() && !error.hint.is_empty(), "nothing is told");
            return;
        }
    };
    let long = if text.len() > 1 { LONG } else { 0 };
    let text = String::from_utf8_lossy(text.first().copied().unwrap_or_default());
    custom.allows_path(&text);
    let text = text.repeat(1 + long / text.len().max(1));
    let mut kept = ENGINE.lock().expect("one input at a time");
    let engine = kept.take().unwrap_or_else(|| Engine::new(FingerprintKey::from([7; 32])));
    let engine = kept.insert(engine.with_custom(custom));
    let hits = engine.scan_for(&text, Profile::Mask);
    let mut end = 0;
    for hit in &hits {
        assert!(end <= hit.start && hit.start < hit.end, "hits overlap or are empty");
        assert!(text.get(hit.start..hit.end).is_some(), "a hit cuts a character");
        end = hit.end;
    }
    engine.mask(Sensitive::from(&*text));
});

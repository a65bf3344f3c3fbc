//! A scan, for either use of it and with what a user adds: its hits are in order, and what is told
//! of is masked. The first byte says how the rest is written.

#![no_main]

use std::sync::LazyLock;

use vigil_detect::{Custom, Engine, FingerprintKey, Hit, Profile};
use vigil_proto::config::Config;

const KEY: [u8; 32] = [7; 32];

/// Rules that fit much and little: an edge of a word, part of a match, what may be empty.
const ADDED: &str = r"
[detect.rules.edge]
pattern = '\bqq|xx\b'
[detect.rules.part]
pattern = 'id=(\w*);?'
[detect.rules.wide]
pattern = '<[^>]*>'
[[detect.allow]]
pattern = '\d+'
reason = 'numbers'
[[detect.allow]]
prefix = 'test'
reason = 'tests'
";

static ENGINES: LazyLock<[Engine; 2]> = LazyLock::new(|| {
    let engine = || Engine::new(FingerprintKey::from(KEY));
    let config = Config::parse(ADDED).expect("the rules are well-formed");
    let custom = Custom::new(&config.detect, "2026-11-26").expect("the rules are well-formed");
    [engine(), engine().with_custom(custom)]
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((how, text)) = data.split_first() else { return };
    let text = vigil_fuzz::planted(&String::from_utf8_lossy(text));
    let text = vigil_fuzz::written(*how, &text);
    let engine = &ENGINES[text.len() % ENGINES.len()];
    let told = places(&text, &engine.scan_for(&text, Profile::Alert));
    let masked = places(&text, &engine.scan_for(&text, Profile::Mask));
    let mut rest = masked.iter();
    assert!(told.iter().all(|hit| rest.any(|one| one == hit)), "what is told is not masked");
});

fn places(text: &str, hits: &[Hit]) -> Vec<(usize, usize, &'static str)> {
    let mut end = 0;
    for hit in hits {
        assert!(end <= hit.start && hit.start < hit.end, "hits overlap or are empty");
        assert!(text.get(hit.start..hit.end).is_some(), "a hit cuts a character");
        end = hit.end;
    }
    hits.iter().map(|hit| (hit.start, hit.end, hit.rule.name)).collect()
}

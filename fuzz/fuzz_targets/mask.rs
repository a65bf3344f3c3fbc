//! Masking: a secret that is found alone is not left in clear in any company, and what was masked
//! once in a short text stays as it is.

#![no_main]

use std::sync::LazyLock;

use vigil_detect::{Engine, FingerprintKey, Profile};
use vigil_proto::Sensitive;

/// Rules look so far at the most. In a longer text a mask, shorter than what it hides, can bring
/// into a rule's sight what was beyond it.
const SHORT: usize = 512;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(FingerprintKey::from([7; 32])));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    check(&text);
    let token = token(data);
    let alone = ENGINE.scan(&token);
    if alone.iter().any(|hit| (hit.start, hit.end) == (0, token.len())) {
        let middle = text.floor_char_boundary(text.len() / 2);
        let (before, after) = text.split_at(middle);
        let masked = check(&format!("{before}\n{token}\n{after}"));
        // The text may hold the same letters within a longer word, which is no token.
        let left = masked.matches(&token).count();
        assert!(left <= text.matches(&token).count(), "a secret is left in clear");
    }
});

/// A token whose body comes from `data`. Only its shape stands here.
fn token(data: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let body = (0..36).map(|i| {
        let byte = data.get(i % data.len().max(1)).copied().unwrap_or_default();
        let byte = usize::from(byte).wrapping_mul(31).wrapping_add(i * 7);
        char::from(LETTERS[byte % LETTERS.len()])
    });
    ["gh", "p_"].concat().chars().chain(body).collect()
}

/// Masks `text` and checks what holds for every text; gives the masked text.
fn check(text: &str) -> String {
    let told = ENGINE.scan(text);
    let hits = ENGINE.scan_for(text, Profile::Mask);
    assert!(told.len() <= hits.len(), "what is told of is not masked");
    let mut end = 0;
    for hit in &hits {
        assert!(end <= hit.start && hit.start < hit.end, "hits overlap or are empty");
        assert!(text.get(hit.start..hit.end).is_some(), "a hit cuts a character");
        end = hit.end;
    }
    let (masked, marks) = ENGINE.mask(Sensitive::from(text));
    let masked = masked.as_str().to_owned();
    let first = hits.first().map_or(text.len(), |hit| hit.start);
    let mark = marks.first().map_or(masked.len(), |mark| mark.start.min(first));
    assert_eq!(&text[..mark], &masked[..mark], "clean text changed");
    for mark in &marks {
        assert!(masked[mark.start..mark.end].contains("[[vigil:"), "a mark is no mask");
    }
    if text.len() <= SHORT {
        let (again, marks) = ENGINE.mask(Sensitive::from(masked.as_str()));
        assert!(marks.is_empty() && again.as_str() == masked, "a mask is masked");
    }
    masked
}

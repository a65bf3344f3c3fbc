//! What may be shown of a hit that is not masked: what its mask would have said.

use super::{Fingerprint, push_hint};
use crate::engine::{Engine, Hit};

impl Engine {
    /// The first and last characters of the hit that was found in `text`, empty where its rule
    /// shows nothing, and its fingerprint. The same value has the same one, however it is written.
    pub fn shown(&self, text: &str, hit: &Hit) -> (String, Fingerprint) {
        let value = text.get(hit.start..hit.end).unwrap_or_default();
        let secret = hit.decoded.as_ref().map_or(value, |decoded| decoded.value.as_str());
        let mut hint = String::new();
        if hit.rule.hint {
            push_hint(&mut hint, secret);
        }
        (hint, self.fingerprint(secret))
    }
}

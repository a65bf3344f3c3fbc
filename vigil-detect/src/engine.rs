//! The engine: finds secrets in text, masks them, and turns a batch of clear events into masked
//! events with findings. Its answers depend on text, rules and key alone.

use std::{
    fmt,
    ops::{self, Range},
    sync::Arc,
};

use vigil_proto::{Confidence, Masked, SealedValue, Sensitive, Severity};

use self::search::Search;
use crate::{
    assign,
    custom::Custom,
    decode::Decoder,
    detector::Detector,
    finder::Finder,
    mask::{self, FingerprintKey, MaskedHit},
    rule::Rule,
};

mod same;
mod search;
mod verify;

/// Texts shorter than this hold no secret.
const SHORTEST_TEXT: usize = 10;
/// How often a masked text is looked through again, at most.
pub(crate) const ROUNDS: usize = 5;
/// Finds and masks secrets. Cheap to share between threads, costly to make (milliseconds).
pub struct Engine {
    key: FingerprintKey,
    finder: Finder,
    decoder: Decoder,
    pub(crate) detectors: Vec<Box<dyn Detector>>,
    vault: Option<Arc<dyn Vault>>,
    custom: Option<Custom>,
}

/// What keeps clear values sealed, where a person has switched it on.
pub trait Vault: Send + Sync {
    /// This value, so that only that person can read it; `None` while it is off.
    fn seal(&self, value: &str) -> Option<SealedValue>;
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("finder", &self.finder).finish_non_exhaustive()
    }
}

/// A secret in a text, by its place alone.
#[derive(Clone, Debug)]
pub struct Hit {
    /// First byte of the secret.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// True for a value that a provider's documentation uses; it is masked like any other, and
    /// front ends that list secrets leave it out.
    pub documented_example: bool,
    /// False for what is only sure enough to be masked.
    pub(crate) alert: bool,
    /// What the text says there, where it says it in another form.
    pub(crate) decoded: Option<Box<Decoded>>,
}

/// What a scan did not look into, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Of text that is encoded more often than is followed.
    pub nested: usize,
    /// Of base64 that holds compressed data, which is not unpacked.
    pub compressed: usize,
}

/// What is found is used in two ways, which weigh a mistake differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// What a person is told of: sure enough to be worth a look.
    Alert,
    /// What is not stored in clear: also what only may be a secret.
    Mask,
}

/// A secret that stands in a text in another form: escaped, in base64, in pieces of a stream.
#[derive(Clone)]
pub(crate) struct Decoded {
    /// The secret itself.
    pub(crate) value: String,
    /// Where it stands: one place, or one for each piece of a stream.
    pub(crate) pieces: Vec<Range<usize>>,
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded").field("pieces", &self.pieces).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with every rule; `key` makes its fingerprints.
    pub fn new(key: FingerprintKey) -> Self {
        Self {
            key,
            finder: Finder::new(Rule::all(), assign::WORDS),
            decoder: Decoder::new(),
            detectors: Vec::new(),
            vault: None,
            custom: None,
        }
    }

    /// With one more detector of masked events.
    #[must_use]
    pub fn with_detector(mut self, detector: impl Detector + 'static) -> Self {
        self.detectors.push(Box::new(detector));
        self
    }

    /// With a vault for the values of what it tells of.
    #[must_use]
    pub fn with_vault(mut self, vault: Arc<dyn Vault>) -> Self {
        self.vault = Some(vault);
        self
    }

    /// With what the user adds to the rules.
    #[must_use]
    pub fn with_custom(mut self, custom: Custom) -> Self {
        self.custom = (!custom.is_empty()).then_some(custom);
        self
    }

    /// Another one with the same key and the same vault, and these rules of the user's. It has no
    /// detectors.
    #[must_use]
    pub fn with_other_rules(&self, custom: Custom) -> Self {
        let other = Self::new(self.key.clone()).with_custom(custom);
        Self { vault: self.vault.clone(), ..other }
    }

    pub(crate) fn key(&self) -> &FingerprintKey {
        &self.key
    }

    pub(crate) fn vault(&self) -> Option<&dyn Vault> {
        self.vault.as_deref()
    }

    /// The secrets in `text` that are worth telling of: sorted, not overlapping, places in bytes
    /// and on character boundaries. Takes time in proportion to the text, whatever it holds.
    pub fn scan(&self, text: &str) -> Vec<Hit> {
        self.scan_for(text, Profile::Alert)
    }

    /// The secrets in `text`, for this use of them.
    pub fn scan_for(&self, text: &str, profile: Profile) -> Vec<Hit> {
        self.scan_whole(text, profile).0
    }

    /// The secrets in `text`, for this use of them, and what was not looked into.
    pub fn scan_whole(&self, text: &str, profile: Profile) -> (Vec<Hit>, LeftOut) {
        let (mut hits, _, left_out) = self.scan_counting(text);
        if profile == Profile::Alert {
            hits.retain(|hit| hit.alert);
        }
        (hits, left_out)
    }

    /// Also gives the number of bytes that verification looked at.
    pub(crate) fn scan_counting(&self, text: &str) -> (Vec<Hit>, usize, LeftOut) {
        if text.len() < SHORTEST_TEXT {
            return (Vec::new(), 0, LeftOut::default());
        }
        let mut search = Search::new(self);
        search.through(text, 0);
        let mut hits = without_overlaps(std::mem::take(&mut search.hits));
        let found = hits.len();
        if found > 0 {
            search.work += same::add(text, &mut hits);
        }
        if hits.len() > found {
            hits = without_overlaps(hits);
        }
        if let Some(custom) = &self.custom {
            for hit in &mut hits {
                hit.alert &= !self.allows(custom, text, hit);
            }
        }
        (hits, search.work, search.left_out)
    }

    /// True when the user says that this is no secret.
    fn allows(&self, custom: &Custom, text: &str, hit: &Hit) -> bool {
        let value = match &hit.decoded {
            Some(decoded) => decoded.value.as_str(),
            None => text.get(hit.start..hit.end).unwrap_or_default(),
        };
        custom.allows(hit.rule, value, &self.key)
    }

    /// Replaces every secret of `text` by its mask. Clean text passes through unmoved.
    pub fn mask(&self, text: Sensitive) -> (Masked, Vec<MaskedHit>) {
        let (masked, marks, _) = self.mask_whole(text);
        (masked, marks)
    }

    /// Also tells what was not looked into.
    pub(crate) fn mask_whole(&self, text: Sensitive) -> (Masked, Vec<MaskedHit>, LeftOut) {
        let (hits, left_out) = self.scan_whole(text.expose(), Profile::Mask);
        if hits.is_empty() {
            return (Masked::from_scan(text.into_clear()), Vec::new(), left_out);
        }
        let (mut masked, mut marks) = {
            let hits = mask::within_values(text.expose(), in_pieces(hits));
            mask::replace(self, text.expose(), &hits)
        };
        // A mask is shorter than what it hides: it can bring what was far away into sight.
        for _ in 1..ROUNDS {
            let hits = self.scan_for(masked.as_str(), Profile::Mask);
            if hits.is_empty() {
                break;
            }
            let hits = mask::within_values(masked.as_str(), in_pieces(hits));
            let (again, more) = mask::replace(self, masked.as_str(), &hits);
            marks = mask::merged(marks, &hits, more);
            masked = again;
        }
        (masked, marks, left_out)
    }
}

impl LeftOut {
    /// True when everything was looked into.
    pub const fn is_none(&self) -> bool {
        self.nested == 0 && self.compressed == 0
    }
}

impl ops::AddAssign for LeftOut {
    fn add_assign(&mut self, other: Self) {
        self.nested += other.nested;
        self.compressed += other.compressed;
    }
}

impl Hit {
    const fn of(rule: &'static Rule, place: Range<usize>) -> Self {
        Self {
            start: place.start,
            end: place.end,
            rule,
            severity: rule.severity,
            confidence: rule.confidence,
            documented_example: false,
            alert: true,
            decoded: None,
        }
    }

    /// True when the value's own form, and not a name before it, makes it a secret.
    fn has_form(&self) -> bool {
        !self.rule.anchors.is_empty()
    }
}

/// A hit for each piece of those that stand in pieces.
pub(crate) fn in_pieces(hits: Vec<Hit>) -> Vec<Hit> {
    let whole = |hit: &Hit| hit.decoded.as_ref().is_none_or(|decoded| decoded.pieces.len() < 2);
    if hits.iter().all(whole) {
        return hits;
    }
    let split = |hit: Hit| match &hit.decoded {
        Some(decoded) => decoded
            .pieces
            .iter()
            .map(|piece| Hit { start: piece.start, end: piece.end, ..hit.clone() })
            .collect(),
        None => vec![hit],
    };
    without_overlaps(hits.into_iter().flat_map(split).collect())
}

/// Sorted; of overlapping hits the one with a form of its own, then the longest keeps its rule
/// and takes in the others' bytes, and of equally long ones the first found. A place without a
/// byte holds nothing, and its mask would be one of nothing.
fn without_overlaps(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.retain(|hit| hit.start < hit.end);
    if hits.len() < 2 {
        return hits;
    }
    hits.sort_by_key(|hit| (hit.start, hit.end));
    let mut out: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match out.last_mut() {
            Some(last) if hit.start < last.end => {
                let (start, end) = match named_within(&hit, last) {
                    Some(place) => place,
                    None => (last.start, last.end.max(hit.end)),
                };
                let alert = last.alert || hit.alert;
                if outranks(&hit, last) {
                    *last = hit;
                }
                if (last.start, last.end) != (start, end) {
                    last.decoded = None;
                }
                (last.start, last.end, last.alert) = (start, end, alert);
            }
            _ => out.push(hit),
        }
    }
    out
}

/// The place of the one of two hits that has its form after a name of its own, when the other is
/// only the value of another name around both: `TOKEN=AccountKey=...`.
fn named_within(hit: &Hit, last: &Hit) -> Option<(usize, usize)> {
    [(hit, last), (last, hit)].into_iter().find_map(|(inner, outer)| {
        let within = outer.start <= inner.start && inner.end <= outer.end;
        (inner.rule.named && !outer.has_form() && within).then_some((inner.start, inner.end))
    })
}

fn outranks(hit: &Hit, last: &Hit) -> bool {
    let specific = last.rule.name.ends_with("_url");
    let (len, known) = (hit.end - hit.start, last.end - last.start);
    match (hit.has_form(), last.has_form()) {
        (true, false) => true,
        (false, true) => false,
        _ => len > known || (len == known && specific),
    }
}

#[cfg(test)]
mod tests;

//! Places that hold no secret whatever they look like: signatures of a model's thinking, content
//! that a provider encrypted, pictures, and Vigil's own masks.

use std::ops::Range;

use memchr::memmem;

use crate::{
    class::{BASE64_PAD, URL64},
    mask,
};

/// What stands before a value that only a provider can read.
const OPAQUE: &[&str] = &[
    "\"signature\":\"",
    "\"signature\": \"",
    "\\\"signature\\\":\\\"",
    "\"encrypted_content\":\"",
    "\"encrypted_content\": \"",
    "\\\"encrypted_content\\\":\\\"",
    "\"thoughtSignature\":\"",
    "\"thoughtSignature\": \"",
    "\"redacted_thinking\",\"data\":\"",
    ";base64,",
];

/// A shorter value is no signature and no picture, whatever its field is called.
const SHORTEST: usize = 64;

/// The masks in `text` that Vigil made.
pub(crate) fn masks(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, mask::OPEN.as_bytes())
        .filter_map(|start| {
            let window = bytes.get(start..bytes.len().min(start + mask::LONGEST))?;
            let end = start + memmem::find(window, mask::CLOSE.as_bytes())? + mask::CLOSE.len();
            mask::is_mask(bytes.get(start..end)?).then_some(start..end)
        })
        .collect()
}

/// The values of `text` that only a provider can read. Called for texts with hits alone.
pub(crate) fn opaque(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let letters = BASE64_PAD.or(URL64);
    let mut out: Vec<Range<usize>> = OPAQUE
        .iter()
        .flat_map(|field| {
            memmem::find_iter(bytes, field.as_bytes())
                .map(|at| at + field.len())
                .collect::<Vec<_>>()
        })
        .map(|start| {
            let rest = bytes.get(start..).unwrap_or_default();
            start..start + rest.iter().take_while(|byte| letters.has(**byte)).count()
        })
        .filter(|place| place.len() >= SHORTEST)
        .collect();
    out.sort_by_key(|place| place.start);
    out
}

/// True when `place` touches one of the sorted `places`.
pub(crate) fn touches(places: &[Range<usize>], place: &Range<usize>) -> bool {
    let first = places.partition_point(|known| known.end <= place.start);
    places.get(first).is_some_and(|known| known.start < place.end)
}

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

/// The masks in a text that Vigil made, looked for no further than they are asked for.
pub(crate) struct Masks<'t> {
    text: &'t [u8],
    looked: usize,
    known: Vec<Range<usize>>,
}

impl<'t> Masks<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), looked: 0, known: Vec::new() }
    }

    /// True when `place` touches a mask. Asked in the order of the places' beginnings.
    pub(crate) fn touch(&mut self, place: &Range<usize>) -> bool {
        let from = self.looked.max(place.start.saturating_sub(mask::LONGEST));
        if from < place.end {
            let to = self.text.len().min(place.end + mask::OPEN.len());
            let window = self.text.get(from..to).unwrap_or_default();
            for open in memmem::find_iter(window, mask::OPEN.as_bytes()) {
                self.known.extend(mask_at(self.text, from + open));
            }
            self.looked = to.saturating_sub(mask::OPEN.len() - 1).max(from);
        }
        let first = self.known.partition_point(|known| known.end <= place.start);
        self.known.get(first).is_some_and(|known| known.start < place.end)
    }
}

fn mask_at(text: &[u8], start: usize) -> Option<Range<usize>> {
    let window = text.get(start..text.len().min(start + mask::LONGEST))?;
    let end = start + memmem::find(window, mask::CLOSE.as_bytes())? + mask::CLOSE.len();
    mask::is_mask(text.get(start..end)?).then_some(start..end)
}

/// The values of a text that only a provider can read, looked for where they are asked for.
pub(crate) struct Opaque<'t> {
    text: &'t [u8],
    /// The last run of such letters that was looked at, and whether it is opaque.
    run: Range<usize>,
    is: bool,
}

impl<'t> Opaque<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), run: 0..0, is: false }
    }

    /// True when `place` touches such a value. Asked in the order of the places' beginnings.
    pub(crate) fn touches(&mut self, place: &Range<usize>) -> bool {
        self.holds(place.start) || {
            let window = self.text.get(place.clone()).unwrap_or_default();
            let mut fields = OPAQUE.iter().flat_map(|field| {
                let places = memmem::find_iter(window, field.as_bytes());
                places.map(|at| place.start + at + field.len()).collect::<Vec<_>>()
            });
            fields.any(|start| start < place.end && run_at(self.text, start).len() >= SHORTEST)
        }
    }

    /// True when `at` is in such a value.
    fn holds(&mut self, at: usize) -> bool {
        if at >= self.run.end {
            let known = self.run.end;
            let before = self.text.get(known..at).unwrap_or_default();
            let start = at - before.iter().rev().take_while(|byte| is_letter(**byte)).count();
            self.run = start..run_at(self.text, at).end;
            let before = self.text.get(..start).unwrap_or_default();
            self.is = self.run.len() >= SHORTEST
                && OPAQUE.iter().any(|field| before.ends_with(field.as_bytes()));
        }
        self.is && self.run.contains(&at)
    }
}

fn is_letter(byte: u8) -> bool {
    BASE64_PAD.or(URL64).has(byte)
}

fn run_at(text: &[u8], start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    start..start + rest.iter().take_while(|byte| is_letter(**byte)).count()
}

//! JSON: advisories one by one, in a list or one a line, and the exports of abuse.ch, which are lists by
//! their numbers.

use std::{fmt, io};

use serde::{
    Deserializer as _,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use vigil_proto::intel::IntelForm;

use super::{super::gathered::Gathered, osv, threatfox, urlhaus};

/// The most documents of one text.
const MOST: usize = 4_000_000;

/// Takes in every document. False where there is none that is known.
///
/// # Errors
/// It ends in the middle, or there is something else between documents that are known.
pub(super) fn documents(bytes: &[u8], named: &str, gathered: &mut Gathered) -> io::Result<bool> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut known = false;
    let mut left = MOST;
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    while let Some(document) = stream.next() {
        match document {
            Ok(document) => known |= one(document.get(), named, gathered, 0, &mut left),
            Err(error) if known || error.is_eof() => return Err(super::cut()),
            // What follows cannot be told apart any more.
            Err(_) => {
                if stream.byte_offset() > 0 {
                    gathered.skip("not-json", named);
                }
                break;
            }
        }
    }
    if left == 0 {
        gathered.skip("too-many", named);
    }
    Ok(known)
}

/// Takes in one document; lists are followed into one another twice.
fn one(text: &str, named: &str, gathered: &mut Gathered, depth: u8, left: &mut usize) -> bool {
    if text.starts_with('[') {
        let mut known = false;
        each(text, left, &mut |_, document, left| {
            if depth < 2 {
                known |= one(document, named, gathered, depth + 1, left);
            }
        });
        return known;
    }
    if !text.starts_with('{') {
        return false;
    }
    match osv::read(text) {
        Ok(Some(advisory)) => {
            if gathered.is(IntelForm::Osv) {
                osv::take_in(&advisory, gathered);
            } else {
                gathered.skip("other-form", named);
            }
            return true;
        }
        Err(_) if osv::looks_like_one(text) => {
            gathered.skip("not-an-advisory", named);
            return true;
        }
        Ok(None) | Err(_) => {}
    }
    let mut known = false;
    each(text, left, &mut |id, entries, left| {
        if entries.starts_with('[') {
            each(entries, left, &mut |_, entry, _| {
                known |= entry.starts_with('{') && of_number(id, entry, named, gathered);
            });
        }
    });
    known
}

/// What is done with a part: its name, its text, and how many more there may be.
type Part<'a> = dyn FnMut(&str, &str, &mut usize) + 'a;

/// Calls `then` with every part of a list or an object, without keeping them; no more than `left` of
/// them.
fn each(text: &str, left: &mut usize, then: &mut Part<'_>) {
    let mut reader = serde_json::Deserializer::from_str(text);
    // It was read as a whole before, so it ends well.
    let _ = reader.deserialize_any(Parts { left, then });
}

struct Parts<'a, 'b> {
    left: &'a mut usize,
    then: &'a mut Part<'b>,
}

impl Parts<'_, '_> {
    fn part(&mut self, name: &str, text: &str) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        *self.left = left;
        (self.then)(name, text, self.left);
        true
    }
}

impl<'de> Visitor<'de> for Parts<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(part) = seq.next_element::<&RawValue>()? {
            if !self.part("", part.get()) {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, part)) = map.next_entry::<String, &RawValue>()? {
            if !self.part(&name, part.get()) {
                break;
            }
        }
        Ok(())
    }
}

/// One entry of an export of abuse.ch.
fn of_number(id: &str, text: &str, named: &str, gathered: &mut Gathered) -> bool {
    if let Ok(document) = serde_json::from_str::<threatfox::Document>(text) {
        if gathered.is(IntelForm::Threatfox) {
            threatfox::document(id, &document, gathered);
        } else {
            gathered.skip("other-form", named);
        }
        return true;
    }
    if let Ok(document) = serde_json::from_str::<urlhaus::Document>(text) {
        if gathered.is(IntelForm::Urlhaus) {
            urlhaus::document(id, &document, gathered);
        } else {
            gathered.skip("other-form", named);
        }
        return true;
    }
    false
}

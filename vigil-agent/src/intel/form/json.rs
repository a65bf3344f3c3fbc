//! JSON: advisories one by one, in a list or one a line, and the exports of abuse.ch, which are lists by
//! their numbers.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use vigil_proto::intel::IntelForm;

use super::{super::gathered::Gathered, osv, threatfox, urlhaus};

/// Takes in every document. False where there is none that is known.
pub(super) fn documents(bytes: &[u8], named: &str, gathered: &mut Gathered) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut known = false;
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    while let Some(document) = stream.next() {
        let Ok(document) = document else {
            // What follows cannot be told apart any more.
            if known || stream.byte_offset() > 0 {
                gathered.skip("not-json", named);
            }
            break;
        };
        known |= one(document.get(), named, gathered, 0);
    }
    known
}

/// Takes in one document; lists are followed into one another twice.
fn one(text: &str, named: &str, gathered: &mut Gathered, depth: u8) -> bool {
    if text.starts_with('[') {
        let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(text) else { return false };
        let mut known = false;
        for document in list {
            if depth < 2 {
                known |= one(document.get(), named, gathered, depth + 1);
            }
        }
        return known;
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
    let Ok(by_number) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        return false;
    };
    let mut known = false;
    for (id, entries) in by_number {
        let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(entries.get()) else { continue };
        for entry in entries {
            known |= of_number(&id, entry.get(), named, gathered);
        }
    }
    known
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

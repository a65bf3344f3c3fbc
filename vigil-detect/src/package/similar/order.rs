//! The words of a well-known name, in another order.

use super::{Similar, spelled};
use crate::package::{names::Names, normal::words};

/// Names of more words are not turned about.
const MOST: usize = 4;

pub(super) fn changed(names: &Names, name: &str) -> Option<Similar> {
    let parts: Vec<&str> = words(name).collect();
    if !(2..=MOST).contains(&parts.len()) {
        return None;
    }
    let mut order = Vec::with_capacity(parts.len());
    arrange(names, &parts, &mut order).map(|target| Similar::of(target, "words-reordered"))
}

/// Every order of `parts`, until one is the letters of a well-known name.
fn arrange<'a>(names: &Names, parts: &[&'a str], order: &mut Vec<&'a str>) -> Option<String> {
    if parts.is_empty() {
        return spelled(names, &order.concat(), 15_000).map(|(name, _)| name);
    }
    for at in 0..parts.len() {
        let mut rest = parts.to_vec();
        order.push(rest.remove(at));
        let found = arrange(names, &rest, order);
        if found.is_some() {
            return found;
        }
        order.pop();
    }
    None
}

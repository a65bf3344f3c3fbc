//! Scopes: a scoped package's name without its scope, and scopes that pass for others.

use super::Similar;
use crate::package::{
    Lore,
    names::Names,
    normal::{squeezed, words},
    walk::{Reach, Scopes, near},
};

/// Scopes of fewer letters are not told apart.
const SHORTEST: usize = 4;
/// So long a scope is known by its beginning or end alone.
const LONG: usize = 8;
/// At most so many letters are added to a scope.
const MORE: usize = 4;

/// The name of a well-known scoped package, without the scope. Single words are everybody's.
pub(super) fn dropped(names: &Names, name: &str) -> Option<Similar> {
    let numbered = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '.']);
    [name, numbered].into_iter().filter(|body| body.contains('-')).find_map(|body| {
        let name = format!("{}/{body}", names.scope_of(body)?);
        // Two words are many people's, unless theirs is the one that everybody has.
        let telling = words(body).count() > 2 || names.fame(&name)?.within(10_000);
        telling.then(|| Similar::of(name, "scope-dropped"))
    })
}

/// A scope that is a well-known one with something before or after it, or a slip away from it.
pub(super) fn imitated(lore: &Lore<'_>, name: &str) -> Option<Similar> {
    let (scope, body) = name.strip_prefix('@')?.split_once('/')?;
    let well_known = |scope: &str| {
        let name = format!("@{scope}/{body}");
        lore.names.fame(&name).map(|_| Similar::of(name, "scope-imitated"))
    };
    for more in 1..=MORE {
        let shorter = [scope.get(more..), scope.get(..scope.len().saturating_sub(more))];
        let found = shorter
            .into_iter()
            .flatten()
            .map(|scope| scope.trim_matches('-'))
            .filter(|scope| scope.len() >= SHORTEST)
            .find_map(well_known);
        if found.is_some() {
            return found;
        }
    }
    let letters = squeezed(scope);
    if let Some(found) = extended(lore.best, &letters) {
        return Some(found);
    }
    if letters.len() <= SHORTEST {
        return None;
    }
    let slipped = |slips, likely| {
        near(lore.best, &letters, Reach { slips, likely, scopes: Scopes::Only, begun: false })
            .into_iter()
            .filter(|near| near.name.ends_with('/'))
    };
    let once = slipped(1, letters.len() < 8).min_by_key(|near| (near.slips, near.fame));
    if let Some(near) = once {
        return Some(Similar::of(near.name.trim_end_matches('/'), "scope-imitated"));
    }
    slipped(2, true).find_map(|near| well_known(near.name.trim_matches(['@', '/'])))
}

/// A long well-known scope with a few letters before or after it, whatever its package.
fn extended(best: &Names, letters: &str) -> Option<Similar> {
    for more in 1..=MORE {
        let shorter = [letters.get(more..), letters.get(..letters.len().saturating_sub(more))];
        let mut shorter = shorter.into_iter().flatten().filter(|rest| rest.len() >= LONG);
        if let Some((scope, _)) = shorter.find_map(|rest| best.spelled(rest, true)) {
            return Some(Similar::of(scope.trim_end_matches('/'), "scope-imitated"));
        }
    }
    None
}

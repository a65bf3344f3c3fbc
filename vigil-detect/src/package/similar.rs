//! Whether a name passes for a better known one, and how.

use vigil_proto::package::Reason;

use super::{
    Lore, brands,
    names::{Fame, Names},
    normal::{squeezed, words},
    slip::Slip,
    walk::{Near, Reach, Scopes, near},
};

mod affix;
mod order;
mod scope;

/// A better known name that a name passes for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Similar {
    /// The better known name.
    pub(super) target: String,
    /// How it is imitated, as a rule's word.
    pub(super) rule: &'static str,
    /// Whether that speaks for itself, even where nobody knows which names there are.
    pub(super) plain: bool,
}

impl Similar {
    fn of(target: impl Into<String>, rule: &'static str) -> Self {
        Self { target: target.into(), rule, plain: true }
    }
}

impl Similar {
    /// The reason; what is only a brand's name is told by its package's.
    pub(super) fn reason(self, lore: &Lore<'_>) -> Reason {
        match brands::meant(lore.ecosystem, &self.target) {
            Some(meant) => Reason::like(self.rule, meant),
            None => Reason::like(self.rule, self.target),
        }
    }
}

/// One slip in it.
const SLIP: &str = "similar-name";

/// What `name`, which nobody knows, passes for.
pub(super) fn unknown(lore: &Lore<'_>, name: &str) -> Option<Similar> {
    let letters = squeezed(name);
    if let Some(rest) = name.strip_prefix('@') {
        if let Some((scope, _)) = rest.split_once('/')
            && lore.names.has_below(&format!("@{scope}/"))
        {
            // Nobody but its owner publishes there.
            return None;
        }
        return slipped(lore, name, &letters, 1).or_else(|| scope::imitated(lore, name));
    }
    slipped(lore, name, &letters, 1)
        .or_else(|| scope::dropped(lore.names, name))
        .or_else(|| affix::added(lore, name, &letters))
        .or_else(|| doubled(lore.names, &letters))
        .or_else(|| order::changed(lore.names, name))
        .or_else(|| slipped(lore, name, &letters, 2))
}

/// What `name`, which is known, is one slip away from.
pub(super) fn known(lore: &Lore<'_>, name: &str) -> Option<Similar> {
    slipped(lore, name, &squeezed(name), 1)
}

fn slipped(lore: &Lore<'_>, name: &str, letters: &str, slips: u8) -> Option<Similar> {
    let far = slips > 1;
    if far && letters.len() < TWO_SLIPS_FROM {
        return None;
    }
    let scoped = name.starts_with('@');
    let scopes = match (scoped, far) {
        (true, _) => Scopes::Only,
        (false, false) => Scopes::Too,
        (false, true) => Scopes::Without,
    };
    // A hand that slips twice has begun well.
    let reach = Reach { slips, likely: far || lore.ecosystem == "go", scopes, begun: far };
    let count = if far { letters.len() } else { telling(lore, name, letters) };
    let best = near(if far { lore.best } else { lore.names }, letters, reach)
        .into_iter()
        .filter(|near| near.name != name)
        .filter(|near| is_plausible(lore, name, count, near))
        .min_by_key(|near| (near.slips, near.fame))?;
    let plain = best.slip.is_likely() && best.fame.within(2_000);
    Some(Similar { target: best.name, rule: SLIP, plain })
}

/// Two slips are looked for in names of so many letters and more.
const TWO_SLIPS_FROM: usize = 6;

/// How many letters tell names apart: what half of a registry's names end with tells nothing.
fn telling(lore: &Lore<'_>, name: &str, letters: &str) -> usize {
    let ends =
        if lore.ecosystem == "npm" { letters.ends_with("js") } else { name.ends_with("-py") };
    letters.len() - if ends { 2 } else { 0 }
}

/// True where a near name is near by accident less often than by design. The shorter a name, the
/// better known must be what it resembles, and the likelier the slip.
fn is_plausible(lore: &Lore<'_>, name: &str, letters: usize, near: &Near) -> bool {
    let (fame, likely) = (near.fame, near.slip.is_likely());
    if near.slips == 0 {
        return letters >= 7 || (letters >= 5 && fame.within(10_000));
    }
    if lore.names.knows(name).is_none() && is_another_number(name, &near.name) {
        return false;
    }
    let scope_lost = near.name.starts_with('@') && !name.starts_with('@');
    if scope_lost || letters <= 3 || is_another_word(lore, name, near) {
        return false;
    }
    if near.slips > 1 {
        return fame.within(if letters < 7 { 500 } else { 5_000 });
    }
    match letters {
        4 => likely && fame.within(8_000),
        5 | 6 => fame.within(if likely { 15_000 } else { 2_000 }),
        7 | 8 => likely || fame.within(3_000),
        _ => likely || fame.within(10_000),
    }
}

/// True where what differs is a word of its own (`redux-fork` for `redux-form`), too short to tell,
/// or where the name is made of other words (`mock-data` for `mockdate`).
fn is_another_word(lore: &Lore<'_>, name: &str, near: &Near) -> bool {
    let count = words(name).count();
    if count < 2 {
        return false;
    }
    if count != words(&near.name).count() {
        let is_word = |word: &str| word.len() <= 2 || lore.dictionary.has(word);
        return near.slips > 1 || words(name).all(is_word);
    }
    let mut differing = words(name).zip(words(&near.name)).filter(|(typed, meant)| typed != meant);
    let (Some((typed, meant)), None) = (differing.next(), differing.next()) else { return false };
    if is_plural(typed, meant) || is_plural(meant, typed) {
        return false;
    }
    let shorter = typed.len().min(meant.len());
    let short = if near.slips > 1 { shorter <= 4 } else { shorter <= 2 && near.slip != Slip::Swap };
    short || lore.dictionary.has(typed)
}

/// True where only digits differ: where nobody knows which names there are, another version.
fn is_another_number(one: &str, other: &str) -> bool {
    let letters =
        |name: &str| name.bytes().filter(|byte| !byte.is_ascii_digit()).collect::<Vec<_>>();
    letters(one) == letters(other)
}

fn is_plural(one: &str, other: &str) -> bool {
    other.strip_suffix('s') == Some(one)
}

/// A well-known name without a scope that has these letters.
fn spelled(names: &Names, letters: &str, within: usize) -> Option<(String, Fame)> {
    names.spelled(letters, false).filter(|(_, fame)| fame.within(within))
}

/// A well-known name with letters struck twice and more.
fn doubled(names: &Names, letters: &str) -> Option<Similar> {
    let mut once = letters.as_bytes().to_vec();
    once.dedup();
    if once.len() == letters.len() || once.len() < 5 {
        return None;
    }
    let (target, _) = spelled(names, str::from_utf8(&once).ok()?, 5_000)?;
    Some(Similar::of(target, SLIP))
}

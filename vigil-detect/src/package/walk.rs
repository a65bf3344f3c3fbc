//! Well-known names near a name: one walk through all of them at once, which leaves every branch as
//! soon as it is too far away. Separators count for nothing.

use fst::raw::{Fst, Node};

use super::{
    names::{Fame, Names, SCOPE_MARK},
    normal::is_separator,
    slip::Slip,
};

/// Longer names are not walked with: no well-known one is so long.
const LONGEST: usize = 100;

/// A well-known name near the one that was typed.
#[derive(Clone, Debug)]
pub(super) struct Near {
    /// The name.
    pub(super) name: String,
    /// How well known it is.
    pub(super) fame: Fame,
    /// The first slip that leads to it.
    pub(super) slip: Slip,
    /// How many it takes; 0 where only separators differ.
    pub(super) slips: u8,
}

/// Whether names with a scope are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scopes {
    /// None of them.
    Without,
    /// As all others.
    Too,
    /// Nothing else.
    Only,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// At most so many slips.
    pub(super) slips: u8,
    /// Whether only likely ones.
    pub(super) likely: bool,
    /// Whether names with a scope are met.
    pub(super) scopes: Scopes,
    /// Whether they begin with the same letter.
    pub(super) begun: bool,
}

/// Every well-known name near `typed`, which has no separators.
pub(super) fn near(names: &Names, typed: &str, reach: Reach) -> Vec<Near> {
    let (Some(famous), true) = (names.famous(), (1..=LONGEST).contains(&typed.len())) else {
        return Vec::new();
    };
    let mut walk = Walk {
        famous,
        typed: typed.as_bytes(),
        reach,
        path: Vec::with_capacity(typed.len() + 8),
        found: Vec::new(),
    };
    if reach.scopes == Scopes::Only {
        walk.enter_scopes();
    } else {
        walk.visit(famous.root(), Place::default());
    }
    walk.found
}

/// Where a walk is.
#[derive(Clone, Copy, Default)]
struct Place {
    /// How many letters of the typed name are used up.
    at: usize,
    fame: u64,
    slips: u8,
    first: Option<Slip>,
}

struct Walk<'a> {
    famous: &'a Fst<&'static [u8]>,
    typed: &'a [u8],
    reach: Reach,
    path: Vec<u8>,
    found: Vec<Near>,
}

impl<'a> Walk<'a> {
    fn enter_scopes(&mut self) {
        let root = self.famous.root();
        if let Some(edge) = root.find_input(b'@') {
            self.step(&root, edge, Place::default());
        }
    }

    fn visit(&mut self, node: Node<'a>, place: Place) {
        if place.at == self.typed.len() && node.is_final() {
            self.keep(node, place);
        }
        let begins = self.reach.begun && place.at == 0;
        if place.slips < self.reach.slips && !begins {
            self.search(&node, place);
        } else {
            self.follow(&node, place);
        }
    }

    /// No slip is left: only the next letter, or a separator.
    fn follow(&mut self, node: &Node<'a>, place: Place) {
        if let Some(&letter) = self.typed.get(place.at)
            && let Some(edge) = node.find_input(letter)
        {
            self.step(node, edge, Place { at: place.at + 1, ..place });
        }
        let separators: &[u8] = if self.path.is_empty() { b"@" } else { b"-./_" };
        for separator in separators {
            if let Some(edge) = node.find_input(*separator)
                && (*separator != b'@' || self.reach.scopes != Scopes::Without)
            {
                self.step(node, edge, place);
            }
        }
    }

    fn search(&mut self, node: &Node<'a>, place: Place) {
        let letter = self.typed.get(place.at).copied();
        for (edge, to) in node.transitions().enumerate() {
            if to.inp == SCOPE_MARK {
                continue;
            }
            if is_separator(to.inp) {
                if to.inp != b'@' || self.reach.scopes != Scopes::Without {
                    self.step(node, edge, place);
                }
                continue;
            }
            if letter == Some(to.inp) {
                self.step(node, edge, Place { at: place.at + 1, ..place });
            }
            // The typed name lacks this letter.
            self.slip(node, edge, place, place.at, Slip::Omission);
            let Some(letter) = letter.filter(|letter| *letter != to.inp) else { continue };
            self.slip(node, edge, place, place.at + 1, Slip::replaced(letter, to.inp));
            if self.typed.get(place.at + 1) == Some(&to.inp) {
                self.swap(node, edge, place, letter);
            }
        }
        if letter.is_some() {
            let slip = Slip::added(self.typed, place.at);
            if let Some(next) = self.after(place, place.at + 1, slip) {
                self.visit(*node, next);
            }
        }
    }

    /// The next letter and `letter` after it have changed places.
    fn swap(&mut self, node: &Node<'a>, edge: usize, place: Place, letter: u8) {
        let Some(next) = self.after(place, place.at + 2, Slip::Swap) else { return };
        let to = node.transition(edge);
        let between = self.famous.node(to.addr);
        if let Some(second) = between.find_input(letter) {
            self.path.push(to.inp);
            self.step(&between, second, Place { fame: next.fame + to.out.value(), ..next });
            self.path.pop();
        }
    }

    fn slip(&mut self, node: &Node<'a>, edge: usize, place: Place, at: usize, slip: Slip) {
        if let Some(next) = self.after(place, at, slip) {
            self.step(node, edge, next);
        }
    }

    /// Where one slip leads, if the reach allows it.
    fn after(&self, place: Place, at: usize, slip: Slip) -> Option<Place> {
        (slip.is_likely() || !self.reach.likely).then(|| Place {
            at,
            slips: place.slips + 1,
            first: place.first.or(Some(slip)),
            fame: place.fame,
        })
    }

    fn step(&mut self, node: &Node<'a>, edge: usize, place: Place) {
        let to = node.transition(edge);
        self.path.push(to.inp);
        let fame = place.fame + to.out.value();
        self.visit(self.famous.node(to.addr), Place { fame, ..place });
        self.path.pop();
    }

    fn keep(&mut self, node: Node<'a>, place: Place) {
        let fame = Fame::read(place.fame + node.final_output().value());
        let slip = place.first.unwrap_or(Slip::Separator);
        if let Some(known) = self.found.iter_mut().find(|near| near.name.as_bytes() == self.path) {
            // A likelier way to the same name.
            let better = place.slips < known.slips
                || (place.slips == known.slips && slip.is_likely() && !known.slip.is_likely());
            if better {
                known.slip = slip;
                known.slips = place.slips;
            }
            return;
        }
        if let Ok(name) = String::from_utf8(self.path.clone()) {
            self.found.push(Near { name, fame, slip, slips: place.slips });
        }
    }
}

//! The names that this program carries: the well known of each registry with how well known they
//! are, and for two registries all that are known at all. Made by `cargo xtask packages`.

use fst::raw::{Fst, Node};
use xorf::{BinaryFuse8Ref, Filter as _, FilterRef as _};

use super::normal::is_separator;

/// Upper ends of the classes of popularity, as places in a registry's list.
const PLACES: [usize; 12] =
    [100, 250, 500, 1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 10_000, 15_000, 20_000];

/// What stands between a name without its scope and the scope, among the well-known names.
pub const SCOPE_MARK: u8 = 0;

/// How many bytes describe a filter, before its fingerprints.
pub const DESCRIPTION: usize = 20;

/// How well known a name is: a class of places in its registry's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fame(u8);

impl Fame {
    /// Of what everybody calls something whose package has another name.
    pub const BRAND: Self = Self(31);

    /// Of the name at this place, the first being 0.
    pub fn at(place: usize) -> Self {
        let class = PLACES.iter().take_while(|end| **end <= place).count();
        Self(u8::try_from(class).unwrap_or(u8::MAX))
    }

    /// As it is written.
    pub fn class(self) -> u64 {
        u64::from(self.0)
    }

    pub(super) fn read(class: u64) -> Self {
        Self(u8::try_from(class).unwrap_or(u8::MAX))
    }

    /// True where its place is surely below `place`.
    pub(super) fn within(self, place: usize) -> bool {
        self.is_brand() || PLACES.get(usize::from(self.0)).is_some_and(|end| *end <= place)
    }

    pub(super) fn is_brand(self) -> bool {
        self == Self::BRAND
    }
}

/// The key of a name in a filter.
pub fn key(name: &str) -> u64 {
    let hash = blake3::hash(name.as_bytes());
    let (first, _) = hash.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
}

/// The names of one registry.
pub(super) struct Names {
    famous: Option<Fst<&'static [u8]>>,
    known: Option<BinaryFuse8Ref<'static>>,
}

impl Names {
    pub(super) fn new(famous: &'static [u8], known: Option<&'static [u8]>) -> Self {
        let known = known.and_then(|known| known.split_at_checked(DESCRIPTION));
        Self {
            famous: Fst::new(famous).ok(),
            known: known.map(|(head, prints)| BinaryFuse8Ref::from_dma(head, prints)),
        }
    }

    /// How well known `name` is, if it is among the well known.
    pub(super) fn fame(&self, name: &str) -> Option<Fame> {
        let fame = self.famous.as_ref()?.get(name)?;
        Some(Fame::read(fame.value()))
    }

    /// Whether `name` is known at all; none where nobody has told this program.
    pub(super) fn knows(&self, name: &str) -> Option<bool> {
        Some(self.known.as_ref()?.contains(&key(name)))
    }

    /// True where something well known begins with `prefix`.
    pub(super) fn has_below(&self, prefix: &str) -> bool {
        self.famous.as_ref().is_some_and(|famous| below(famous, prefix.as_bytes()).is_some())
    }

    /// The scope of a well-known package that is called `name` within it.
    pub(super) fn scope_of(&self, name: &str) -> Option<String> {
        let famous = self.famous.as_ref()?;
        let mut node = below(famous, name.as_bytes())?;
        node = famous.node(node.transition_addr(node.find_input(SCOPE_MARK)?));
        let mut scope = Vec::new();
        while !node.is_final() {
            let next = node.transitions().next()?;
            scope.push(next.inp);
            node = famous.node(next.addr);
        }
        String::from_utf8(scope).ok()
    }

    pub(super) fn famous(&self) -> Option<&Fst<&'static [u8]>> {
        self.famous.as_ref()
    }

    /// The well-known name that has these letters, whatever its separators, and its fame: one with
    /// a scope, or one without.
    pub(super) fn spelled(&self, squeezed: &str, scoped: bool) -> Option<(String, Fame)> {
        let famous = self.famous.as_ref()?;
        let (mut node, mut fame) = (famous.root(), 0);
        let mut path = Vec::with_capacity(squeezed.len() + 4);
        let mut best = None;
        if scoped {
            let to = node.transition(node.find_input(b'@')?);
            path.push(to.inp);
            fame = to.out.value();
            node = famous.node(to.addr);
        }
        spell(famous, node, squeezed.as_bytes(), fame, &mut path, &mut best);
        best
    }
}

/// The node that `bytes` lead to.
fn below<'a>(famous: &'a Fst<&'static [u8]>, bytes: &[u8]) -> Option<Node<'a>> {
    let mut node = famous.root();
    for byte in bytes {
        node = famous.node(node.transition_addr(node.find_input(*byte)?));
    }
    Some(node)
}

fn spell(
    famous: &Fst<&'static [u8]>,
    node: Node<'_>,
    left: &[u8],
    fame: u64,
    path: &mut Vec<u8>,
    best: &mut Option<(String, Fame)>,
) {
    let separators: &[u8] = if path.is_empty() { b"" } else { b"-._/" };
    let (first, rest) =
        left.split_first().map_or((None, left), |(first, rest)| (Some(*first), rest));
    if first.is_none() && node.is_final() {
        let fame = Fame::read(fame + node.final_output().value());
        if best.as_ref().is_none_or(|(_, known)| fame < *known)
            && let Ok(name) = String::from_utf8(path.clone())
        {
            *best = Some((name, fame));
        }
    }
    for byte in first.iter().chain(separators).copied() {
        let Some(at) = node.find_input(byte) else { continue };
        let next = node.transition(at);
        path.push(byte);
        let left = if is_separator(byte) { left } else { rest };
        spell(famous, famous.node(next.addr), left, fame + next.out.value(), path, best);
        path.pop();
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let famous = self.famous.as_ref().map_or(0, Fst::len);
        f.debug_struct("Names").field("famous", &famous).finish_non_exhaustive()
    }
}

/// The words that many well-known names have.
pub(super) struct Dictionary(Option<Fst<&'static [u8]>>);

impl Dictionary {
    pub(super) fn new(words: &'static [u8]) -> Self {
        Self(Fst::new(words).ok())
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.0.as_ref().is_some_and(|words| words.contains_key(word))
    }
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Dictionary").field(&self.0.as_ref().map_or(0, Fst::len)).finish()
    }
}

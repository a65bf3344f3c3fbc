//! Slips of a hand or an eye: how one name becomes another by one letter.

/// How a typed name differs from what may have been meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// Nothing but separators.
    Separator,
    /// Two neighbouring letters change places.
    Swap,
    /// A letter is missing.
    Omission,
    /// A letter stands twice.
    Repetition,
    /// An `s` at the end.
    Plural,
    /// The key beside the right one, in its place or as well.
    Key,
    /// A letter that looks like the right one.
    Look,
    /// One vowel for another.
    Vowel,
    /// Any other letter, in place of one or as well.
    Letter,
}

impl Slip {
    /// True for what people and models do by mistake, or attackers hope that they do; any other
    /// letter may just make another word.
    pub(super) const fn is_likely(self) -> bool {
        !matches!(self, Self::Letter)
    }

    /// `typed` stands where `meant` should.
    pub(super) fn replaced(typed: u8, meant: u8) -> Self {
        if are_neighbours(typed, meant) {
            Self::Key
        } else if look_alike(typed, meant) {
            Self::Look
        } else if is_vowel(typed) && is_vowel(meant) {
            Self::Vowel
        } else {
            Self::Letter
        }
    }

    /// The letter at `at` of `typed` is one too many.
    pub(super) fn added(typed: &[u8], at: usize) -> Self {
        let Some(&letter) = typed.get(at) else { return Self::Letter };
        let beside = [at.checked_sub(1).and_then(|at| typed.get(at)), typed.get(at + 1)];
        if beside.contains(&Some(&letter)) {
            Self::Repetition
        } else if letter == b's' && at + 1 == typed.len() {
            Self::Plural
        } else if beside.iter().flatten().any(|other| are_neighbours(letter, **other)) {
            Self::Key
        } else {
            Self::Letter
        }
    }
}

/// Keys that touch on the usual keyboard: the key, and those around it.
fn are_neighbours(one: u8, other: u8) -> bool {
    let around: &[u8] = match one {
        b'1' => b"2q",
        b'2' => b"13qw",
        b'3' => b"24we",
        b'4' => b"35er",
        b'5' => b"46rt",
        b'6' => b"57ty",
        b'7' => b"68yu",
        b'8' => b"79ui",
        b'9' => b"80io",
        b'0' => b"9op",
        b'q' => b"12wa",
        b'w' => b"23qeas",
        b'e' => b"34wrsd",
        b'r' => b"45etdf",
        b't' => b"56ryfg",
        b'y' => b"67tugh",
        b'u' => b"78yihj",
        b'i' => b"89uojk",
        b'o' => b"90ipkl",
        b'p' => b"0ol",
        b'a' => b"qwsz",
        b's' => b"weadzx",
        b'd' => b"ersfxc",
        b'f' => b"rtdgcv",
        b'g' => b"tyfhvb",
        b'h' => b"yugjbn",
        b'j' => b"uihknm",
        b'k' => b"iojlm",
        b'l' => b"opk",
        b'z' => b"asx",
        b'x' => b"sdzc",
        b'c' => b"dfxv",
        b'v' => b"fgcb",
        b'b' => b"ghvn",
        b'n' => b"hjbm",
        b'm' => b"jkn",
        _ => b"",
    };
    around.contains(&other)
}

/// Letters and digits that pass for each other, the lesser first.
const ALIKE: &[(u8, u8)] = &[
    (b'0', b'o'),
    (b'1', b'i'),
    (b'1', b'l'),
    (b'2', b'z'),
    (b'3', b'e'),
    (b'4', b'a'),
    (b'5', b's'),
    (b'7', b't'),
    (b'8', b'b'),
    (b'9', b'g'),
    (b'c', b'k'),
    (b'g', b'q'),
    (b'i', b'j'),
    (b'i', b'l'),
    (b'i', b'y'),
    (b's', b'z'),
    (b'u', b'v'),
];

fn look_alike(one: u8, other: u8) -> bool {
    ALIKE.contains(&(one.min(other), one.max(other)))
}

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

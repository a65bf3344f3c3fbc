//! Sets of bytes, tested by one table look-up.

/// A set of bytes, as a union of the sets below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class(u16);

/// `0-9`
pub(crate) const DIGIT: Class = Class(1);
const LOWER_AF: Class = Class(1 << 1);
const LOWER_GZ: Class = Class(1 << 2);
const UPPER_AF: Class = Class(1 << 3);
const UPPER_GZ: Class = Class(1 << 4);
const UNDERSCORE: Class = Class(1 << 5);
const DASH: Class = Class(1 << 6);
const DOT: Class = Class(1 << 7);
const PLUS_SLASH: Class = Class(1 << 8);
const EQUALS: Class = Class(1 << 9);
const TILDE: Class = Class(1 << 10);
const COMMA: Class = Class(1 << 11);

/// No byte at all.
pub(crate) const NONE: Class = Class(0);
/// `a-z`
pub(crate) const LOWER: Class = LOWER_AF.or(LOWER_GZ);
/// `A-Z`
pub(crate) const UPPER: Class = UPPER_AF.or(UPPER_GZ);
/// `A-Za-z0-9`
pub(crate) const ALNUM: Class = DIGIT.or(LOWER).or(UPPER);
/// `A-Za-z0-9_`: what a word continues with.
pub(crate) const WORD: Class = ALNUM.or(UNDERSCORE);
/// `0-9a-f`
pub(crate) const HEX: Class = DIGIT.or(LOWER_AF);
/// `0-9a-fA-F`
pub(crate) const HEX_ANY: Class = HEX.or(UPPER_AF);
/// `A-Z0-9`
pub(crate) const UPPER_NUM: Class = UPPER.or(DIGIT);
/// `a-z0-9`
pub(crate) const LOWER_NUM: Class = LOWER.or(DIGIT);
/// `A-Za-z0-9_-`: base64 for URLs.
pub(crate) const URL64: Class = WORD.or(DASH);
/// `A-Za-z0-9_.-`
pub(crate) const URL64_DOT: Class = URL64.or(DOT);
/// `A-Za-z0-9+/`: base64.
pub(crate) const BASE64: Class = ALNUM.or(PLUS_SLASH);
/// `A-Za-z0-9+/=`: base64 with its padding.
pub(crate) const BASE64_PAD: Class = BASE64.or(EQUALS);
/// `A-Za-z0-9+/,_-`: a list of macaroons.
pub(crate) const BASE64_LIST: Class = BASE64.or(COMMA).or(URL64);
/// `A-Za-z0-9_~.-`
pub(crate) const AZURE: Class = URL64_DOT.or(TILDE);
/// `A-Za-z0-9-`
pub(crate) const ALNUM_DASH: Class = ALNUM.or(DASH);
/// `0-9a-f-`: a UUID's bytes.
pub(crate) const UUID: Class = HEX.or(DASH);
/// `=`
pub(crate) const PAD: Class = EQUALS;

const TABLE: [u16; 256] = table();

impl Class {
    /// The union.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True when every byte of `other` is in it.
    pub(crate) const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when `byte` is in it.
    pub(crate) fn has(self, byte: u8) -> bool {
        TABLE.get(usize::from(byte)).is_some_and(|bits| bits & self.0 != 0)
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let class = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => LOWER_AF,
            b'g'..=b'z' => LOWER_GZ,
            b'A'..=b'F' => UPPER_AF,
            b'G'..=b'Z' => UPPER_GZ,
            b'_' => UNDERSCORE,
            b'-' => DASH,
            b'.' => DOT,
            b'+' | b'/' => PLUS_SLASH,
            b'=' => EQUALS,
            b'~' => TILDE,
            b',' => COMMA,
            _ => NONE,
        };
        table[byte] = class.0;
        byte += 1;
    }
    table
}

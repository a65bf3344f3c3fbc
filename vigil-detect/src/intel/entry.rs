//! What a list says of one thing, and how that is written down: a tag, the list's own name for it,
//! then what of it is meant.

use super::version::{Asked, compare};

/// The most versions and ranges of one indicator that are written down. Beyond that it is not said
/// which ones are meant, only that some are.
const MANY: usize = 4096;
/// The longest text in an entry, in bytes.
const LONGEST: usize = 255;

const ALL: u8 = 0;
const SOME: u8 = 1;
const THESE: u8 = 2;

/// What of a package, host or address is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Affected {
    /// All of it.
    All,
    /// Some of it, and it is not said what; or the list is not sure.
    Some,
    /// These versions of a package, or these ports of an address.
    These {
        /// One by one.
        versions: Vec<String>,
        /// And from one to another.
        ranges: Vec<Range>,
    },
}

/// Versions from one on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first; `0` is before all others.
    pub introduced: String,
    /// The first that is not meant any more.
    pub fixed: Option<String>,
    /// The last that is meant, where it is not said what mended it.
    pub last: Option<String>,
}

impl Range {
    fn holds(&self, ecosystem: &str, version: &str) -> bool {
        let is_in = self.introduced == "0" || compare(ecosystem, version, &self.introduced).is_ge();
        is_in && self.ends_after(ecosystem, version)
    }

    /// True when something of it is at `version` or later.
    fn ends_after(&self, ecosystem: &str, version: &str) -> bool {
        self.fixed.as_ref().is_none_or(|fixed| compare(ecosystem, version, fixed).is_lt())
            && self.last.as_ref().is_none_or(|last| compare(ecosystem, version, last).is_le())
    }

    /// True when it begins with the first version and never ends.
    fn is_all(&self) -> bool {
        let is_first = matches!(self.introduced.as_str(), "0" | "0.0.0" | "0.0.0-0");
        is_first && self.fixed.is_none() && self.last.is_none()
    }
}

impl Affected {
    /// What these versions and ranges mean together.
    pub fn of(versions: Vec<String>, ranges: Vec<Range>) -> Self {
        let texts = ranges
            .iter()
            .flat_map(|range| [Some(&range.introduced), range.fixed.as_ref(), range.last.as_ref()]);
        let is_long = versions.iter().chain(texts.flatten()).any(|text| text.len() > LONGEST);
        let is_much = versions.len() > MANY || ranges.len() > MANY;
        if ranges.iter().any(Range::is_all) {
            Self::All
        } else if versions.is_empty() && ranges.is_empty() || is_long || is_much {
            Self::Some
        } else {
            Self::These { versions, ranges }
        }
    }

    /// Whether this version is meant, as far as it is known; true is certain.
    pub(super) fn package(&self, ecosystem: &str, version: Option<&str>) -> Option<bool> {
        let (versions, ranges) = match self {
            Self::All => return Some(true),
            Self::Some => return Some(false),
            Self::These { versions, ranges } => (versions, ranges),
        };
        match Asked::of(ecosystem, version) {
            Asked::Any => Some(false),
            Asked::Exactly(version) => {
                let is_listed = versions.iter().any(|one| compare(ecosystem, one, version).is_eq());
                let is_within = || ranges.iter().any(|range| range.holds(ecosystem, version));
                (is_listed || is_within()).then_some(true)
            }
            Asked::AtLeast(version) => {
                let is_listed = versions.iter().any(|one| compare(ecosystem, one, version).is_ge());
                let is_within = || ranges.iter().any(|range| range.ends_after(ecosystem, version));
                (is_listed || is_within()).then_some(false)
            }
        }
    }

    /// Whether it is certain that this port is meant.
    pub(super) fn place(&self, port: Option<u16>) -> bool {
        match (self, port) {
            (Self::All, _) => true,
            (Self::These { versions, .. }, Some(port)) => versions.contains(&port.to_string()),
            (Self::Some | Self::These { .. }, _) => false,
        }
    }
}

/// Writes an entry's end.
pub(super) fn write(id: &str, affected: &Affected, out: &mut Vec<u8>) {
    let tag = match affected {
        Affected::All => ALL,
        Affected::Some => SOME,
        Affected::These { .. } => THESE,
    };
    out.push(tag);
    text(id, out);
    if let Affected::These { versions, ranges } = affected {
        number(versions.len().min(MANY), out);
        versions.iter().take(MANY).for_each(|version| text(version, out));
        number(ranges.len().min(MANY), out);
        for range in ranges.iter().take(MANY) {
            text(&range.introduced, out);
            text(range.fixed.as_deref().unwrap_or_default(), out);
            text(range.last.as_deref().unwrap_or_default(), out);
        }
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text);
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(text.as_bytes());
}

fn number(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
}

/// Reads what [`write`] wrote. None where it is something else.
pub(super) fn read(mut bytes: &[u8]) -> Option<(&str, Affected)> {
    let (tag, rest) = bytes.split_first()?;
    bytes = rest;
    let id = take_text(&mut bytes)?;
    let affected = match *tag {
        ALL => Affected::All,
        SOME => Affected::Some,
        THESE => {
            let mut versions = Vec::new();
            for _ in 0..take_number(&mut bytes)? {
                versions.push(take_text(&mut bytes)?.to_owned());
            }
            let mut ranges = Vec::new();
            for _ in 0..take_number(&mut bytes)? {
                let introduced = take_text(&mut bytes)?.to_owned();
                let mut end = || {
                    let end = take_text(&mut bytes)?;
                    Some(Some(end).filter(|end| !end.is_empty()).map(str::to_owned))
                };
                ranges.push(Range { introduced, fixed: end()?, last: end()? });
            }
            Affected::These { versions, ranges }
        }
        _ => return None,
    };
    bytes.is_empty().then_some((id, affected))
}

fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let (len, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*len))?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

fn take_number(bytes: &mut &[u8]) -> Option<u16> {
    let (number, rest) = bytes.split_first_chunk::<2>()?;
    *bytes = rest;
    Some(u16::from_le_bytes(*number))
}

#[cfg(test)]
mod tests;

//! The distinguished encoding rules (X.690, 10 and 11), as far as a certificate of ours needs them:
//! one spelling for everything, tags of one byte, lengths below 64 KiB. It never copies.

/// This is not the DER that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The bit of a tag that says that elements are inside.
const CONSTRUCTED: u8 = 0x20;
/// The bits of a tag's number, all set where it continues in the next byte.
const NUMBER: u8 = 0x1f;
/// How deep elements may lie in each other; ours have seven.
const DEPTH: usize = 12;

/// An element: its tag, what is in it, and all its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// Reads elements one after the other.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Nothing may be left.
    pub(super) const fn end(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// The next element, whatever it is.
    pub(super) fn next(&mut self) -> Result<Element<'a>, Malformed> {
        let (&tag, rest) = self.rest.split_first().ok_or(Malformed)?;
        if tag & NUMBER == NUMBER {
            return Err(Malformed);
        }
        let (&first, rest) = rest.split_first().ok_or(Malformed)?;
        // One spelling: the shortest. 0x80 would be a length that is told by an end mark.
        let (length, rest) = match (first, rest) {
            (0..=0x7f, _) => (usize::from(first), rest),
            (0x81, [low @ 0x80..=0xff, rest @ ..]) => (usize::from(*low), rest),
            (0x82, [high @ 1..=0xff, low, rest @ ..]) => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            _ => return Err(Malformed),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        let (whole, _) =
            self.rest.split_at_checked(self.rest.len() - rest.len()).ok_or(Malformed)?;
        self.rest = rest;
        Ok(Element { tag, content, whole })
    }

    /// What is in the next element, which has `tag`.
    pub(super) fn take(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        let element = self.next()?;
        if element.tag == tag { Ok(element.content) } else { Err(Malformed) }
    }

    /// What is in the next element, if it has `tag`; otherwise it is left.
    pub(super) fn take_if(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.rest.first() == Some(&tag) { self.take(tag).map(Some) } else { Ok(None) }
    }

    /// The elements in the next one, which has `tag`.
    pub(super) fn inside(&mut self, tag: u8) -> Result<Self, Malformed> {
        self.take(tag).map(Self::new)
    }

    /// The bytes of the next element, a bit string of whole bytes.
    pub(super) fn bits(&mut self) -> Result<&'a [u8], Malformed> {
        match self.take(BIT_STRING)? {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// The next element, a number that is not negative: its bytes, without a sign's.
    pub(super) fn number(&mut self) -> Result<&'a [u8], Malformed> {
        match self.take(INTEGER)? {
            [0] => Ok(&[0]),
            // The sign's byte is there only where the next one's first bit would be taken for it.
            [0, bytes @ ..] if matches!(bytes, [0x80..=0xff, ..]) => Ok(bytes),
            bytes @ [1..=0x7f, ..] => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// A truth value that is false where it is missing, and then must be missing.
    pub(super) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.take_if(BOOLEAN)? {
            None => Ok(false),
            Some([0xff]) => Ok(true),
            Some(_) => Err(Malformed),
        }
    }
}

/// Reads `bytes` as exactly one element with `tag`, and gives the elements in it.
pub(super) fn only(bytes: &[u8], tag: u8) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    let inside = reader.inside(tag)?;
    reader.end()?;
    Ok(inside)
}

/// Whether `bytes` are elements throughout, also where nobody looks closer.
pub(super) fn well_formed(bytes: &[u8]) -> Result<(), Malformed> {
    walk(bytes, DEPTH)
}

fn walk(bytes: &[u8], depth: usize) -> Result<(), Malformed> {
    let deeper = depth.checked_sub(1).ok_or(Malformed)?;
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let element = reader.next()?;
        if element.tag & CONSTRUCTED != 0 {
            walk(element.content, deeper)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

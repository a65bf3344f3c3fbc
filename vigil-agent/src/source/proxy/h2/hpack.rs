//! Decodes blocks of header fields (HPACK, RFC 7541). It follows one side's blocks, and is
//! bounded: the table by what the other side allows, a block by the size of its list. Pure.

use self::table::{FIELD_COST, Table};

mod huffman;
mod table;

/// The largest list of fields, in bytes with 32 for each field (RFC 9113, section 6.5.2).
pub(super) const LIST_MAX: usize = 128 * 1024;
/// The largest table that is followed, whatever the other side allows.
pub(super) const TABLE_MAX: usize = 1024 * 1024;

/// A block that is not accepted. What follows on the connection cannot be read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadBlock {
    #[error("the header block is malformed")]
    Malformed,
    #[error("the header list is too large")]
    TooLarge,
}

/// Fields in order. It is filled again and again, to save memory.
#[derive(Debug, Default)]
pub(super) struct List {
    bytes: Vec<u8>,
    /// Where each name begins and ends, and where its value ends.
    fields: Vec<(usize, usize, usize)>,
}

impl List {
    /// Names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().filter_map(|(begin, middle, end)| {
            Some((self.bytes.get(*begin..*middle)?, self.bytes.get(*middle..*end)?))
        })
    }

    /// The value of the first field `name`.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(own, _)| *own == name.as_bytes()).map(|(_, value)| value)
    }

    /// Name and value of the last field, found at once however many there are.
    fn last(&self) -> Option<(&[u8], &[u8])> {
        let (begin, middle, end) = self.fields.last()?;
        Some((self.bytes.get(*begin..*middle)?, self.bytes.get(*middle..*end)?))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
    }

    /// Adds a field whose bytes are already at the end.
    fn add(&mut self, begin: usize, middle: usize) -> Result<(), BadBlock> {
        self.fields.push((begin, middle, self.bytes.len()));
        self.check()
    }

    const fn check(&self) -> Result<(), BadBlock> {
        if self.bytes.len() + self.fields.len() * FIELD_COST > LIST_MAX {
            Err(BadBlock::TooLarge)
        } else {
            Ok(())
        }
    }
}

/// Follows the blocks of one side of a connection.
#[derive(Default)]
pub(super) struct Decoder {
    table: Table,
}

impl Decoder {
    /// Reads a whole block into `list`. The sender may have made its table as large as `allowed`.
    pub(super) fn decode(
        &mut self,
        mut block: &[u8],
        allowed: usize,
        list: &mut List,
    ) -> Result<(), BadBlock> {
        list.clear();
        while let Some(first) = block.first() {
            match first {
                // 6.1: a field by its number.
                0x80.. => {
                    let number = integer(&mut block, 7)?;
                    let (name, value) = self.table.field(number).ok_or(BadBlock::Malformed)?;
                    let begin = list.bytes.len();
                    list.bytes.extend_from_slice(name);
                    let middle = list.bytes.len();
                    list.bytes.extend_from_slice(value);
                    list.add(begin, middle)?;
                }
                // 6.2.1: a literal, to be remembered.
                0x40.. => {
                    self.literal(&mut block, 6, list)?;
                    if let Some((name, value)) = list.last() {
                        self.table.insert(name, value);
                    }
                }
                // 6.3: the table's new size; at the beginning only.
                0x20.. => {
                    let size = integer(&mut block, 5)?;
                    if !list.fields.is_empty() || size > allowed.min(TABLE_MAX) {
                        return Err(BadBlock::Malformed);
                    }
                    self.table.resize(size);
                }
                // 6.2.2 and 6.2.3: a literal, not to be remembered.
                _ => self.literal(&mut block, 4, list)?,
            }
        }
        Ok(())
    }

    fn literal(&self, block: &mut &[u8], bits: u32, list: &mut List) -> Result<(), BadBlock> {
        let number = integer(block, bits)?;
        let begin = list.bytes.len();
        if number == 0 {
            string(block, &mut list.bytes)?;
        } else {
            let (name, _) = self.table.field(number).ok_or(BadBlock::Malformed)?;
            list.bytes.extend_from_slice(name);
        }
        let middle = list.bytes.len();
        string(block, &mut list.bytes)?;
        list.add(begin, middle)
    }
}

/// Takes an integer (5.1) whose first byte has its lowest `bits` bits.
fn integer(block: &mut &[u8], bits: u32) -> Result<usize, BadBlock> {
    let mut next = || {
        let (first, rest) = block.split_first().ok_or(BadBlock::Malformed)?;
        *block = rest;
        Ok(u32::from(*first))
    };
    let most = (1_u32 << bits) - 1;
    let mut value = next()? & most;
    if value == most {
        // Four more bytes are enough for anything that we accept.
        for shift in [0, 7, 14, 21] {
            let byte = next()?;
            value += (byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).map_err(|_| BadBlock::Malformed);
            }
        }
        return Err(BadBlock::Malformed);
    }
    usize::try_from(value).map_err(|_| BadBlock::Malformed)
}

/// Takes a string (5.2).
fn string(block: &mut &[u8], into: &mut Vec<u8>) -> Result<(), BadBlock> {
    let coded = block.first().is_some_and(|first| first & 0x80 != 0);
    let len = integer(block, 7)?;
    let (text, rest) = block.split_at_checked(len).ok_or(BadBlock::Malformed)?;
    *block = rest;
    if coded {
        huffman::decode(text, into)
    } else {
        into.extend_from_slice(text);
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests;

//! Where the body of an HTTP/1 message ends. Pure: it is shown the bytes in any pieces and
//! neither keeps nor changes them.

/// The most bytes of one chunk's size line, and of all trailers.
const LINE_MAX: u32 = 16 * 1024;

/// What is left of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// Nothing (more).
    Empty,
    /// So many bytes.
    Length(u64),
    /// Chunks (RFC 9112, section 7.1).
    Chunked(Chunk),
    /// Everything until the connection ends.
    UntilClose,
}

/// The place within a chunked body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// In a size line: the size so far, its digits, bytes of the line, whether in an extension.
    Size { size: u64, digits: u8, line: u32, extension: bool },
    /// After the CR of a size line.
    SizeEnd { size: u64 },
    /// So many bytes of data are left.
    Data(u64),
    /// At the CR after the data.
    DataCr,
    /// At the LF after the data.
    DataLf,
    /// In the trailers: bytes of this line and of all.
    Trailer { line: u32, all: u32 },
    /// After the CR of a trailer line.
    TrailerEnd { empty: bool, all: u32 },
}

/// The chunks are not as they must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chunked body is malformed")]
pub(super) struct BadFraming;

const CHUNK_START: Chunk = Chunk::Size { size: 0, digits: 0, line: 0, extension: false };

impl Body {
    pub(super) const fn length(length: u64) -> Self {
        if length == 0 { Self::Empty } else { Self::Length(length) }
    }

    pub(super) const fn chunked() -> Self {
        Self::Chunked(CHUNK_START)
    }

    /// True when nothing more belongs to the body.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Moves through `bytes` as far as they belong to the body, shows its data to `data`, and
    /// gives how many bytes that were.
    pub(super) fn advance(
        &mut self,
        bytes: &[u8],
        data: &mut dyn FnMut(&[u8]),
    ) -> Result<usize, BadFraming> {
        match self {
            Self::Empty => Ok(0),
            Self::UntilClose => {
                data(bytes);
                Ok(bytes.len())
            }
            Self::Length(left) => {
                let now = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                data(bytes.get(..now).unwrap_or_default());
                *self = Self::length(*left - now as u64);
                Ok(now)
            }
            Self::Chunked(_) => self.advance_chunks(bytes, data),
        }
    }

    fn advance_chunks(
        &mut self,
        bytes: &[u8],
        data: &mut dyn FnMut(&[u8]),
    ) -> Result<usize, BadFraming> {
        let mut at = 0;
        while let Self::Chunked(chunk) = self {
            let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else { break };
            if let Chunk::Data(left) = chunk {
                let now = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                data(rest.get(..now).unwrap_or_default());
                at += now;
                *left -= now as u64;
                if *left == 0 {
                    *chunk = Chunk::DataCr;
                }
                continue;
            }
            let Some(byte) = rest.first() else { break };
            at += 1;
            match chunk.next(*byte)? {
                Some(next) => *chunk = next,
                None => *self = Self::Empty,
            }
        }
        Ok(at)
    }
}

impl Chunk {
    /// The place after `byte`, which is not data; `None` at the body's end.
    fn next(&self, byte: u8) -> Result<Option<Self>, BadFraming> {
        let next = match *self {
            Self::Size { line: LINE_MAX.., .. } | Self::Trailer { all: LINE_MAX.., .. } => {
                return Err(BadFraming);
            }
            Self::Size { size, digits: 1.., .. } if byte == b'\r' => Self::SizeEnd { size },
            Self::Size { size, digits, line, extension: false } if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).ok_or(BadFraming)?;
                let size = size.checked_mul(16).ok_or(BadFraming)? + u64::from(digit);
                Self::Size {
                    size,
                    digits: digits.saturating_add(1),
                    line: line + 1,
                    extension: false,
                }
            }
            Self::Size { size, digits: digits @ 1.., line, extension }
                if byte != b'\n' && (extension || matches!(byte, b';' | b' ' | b'\t')) =>
            {
                Self::Size { size, digits, line: line + 1, extension: true }
            }
            Self::SizeEnd { size: 0 } if byte == b'\n' => Self::Trailer { line: 0, all: 0 },
            Self::SizeEnd { size } if byte == b'\n' => Self::Data(size),
            Self::DataCr if byte == b'\r' => Self::DataLf,
            Self::DataLf if byte == b'\n' => CHUNK_START,
            Self::Trailer { line, all } if byte == b'\r' => {
                Self::TrailerEnd { empty: line == 0, all: all + 1 }
            }
            Self::Trailer { line, all } if byte != b'\n' => {
                Self::Trailer { line: line + 1, all: all + 1 }
            }
            Self::TrailerEnd { empty: true, .. } if byte == b'\n' => return Ok(None),
            Self::TrailerEnd { empty: false, all } if byte == b'\n' => {
                Self::Trailer { line: 0, all: all + 1 }
            }
            _ => return Err(BadFraming),
        };
        Ok(Some(next))
    }
}

#[cfg(test)]
mod tests;

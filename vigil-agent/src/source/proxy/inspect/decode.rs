//! Undoes the content coding of a copy, within bounds: what is small on the wire may be huge.

use std::io::{self, Write as _};

use flate2::write::{MultiGzDecoder, ZlibDecoder};

use zstd::stream::write::Decoder as ZstdDecoder;

use crate::source::proxy::head::Fields;

/// The largest window of a zstd frame, as a power of two: 8 MiB, which is what a content coding
/// may ask for (RFC 9659).
const ZSTD_WINDOW: u32 = 23;

/// The most bytes that one body may become.
const DECODED_MAX: u64 = 64 * 1024 * 1024;

/// Decodes one body.
pub(super) struct Decoder {
    coding: Coding,
    given: u64,
}

enum Coding {
    Identity,
    Gzip(MultiGzDecoder<Vec<u8>>),
    Deflate(ZlibDecoder<Vec<u8>>),
    Zstd(Box<ZstdDecoder<'static, Vec<u8>>>),
}

impl Decoder {
    /// For the coding that `fields` name; an error is the reason why it cannot be read.
    pub(super) fn new(fields: &Fields) -> Result<Self, &'static str> {
        let coding = fields.first("content-encoding").unwrap_or_default().to_ascii_lowercase();
        let coding = match coding.as_str() {
            "" | "identity" => Coding::Identity,
            "gzip" | "x-gzip" => Coding::Gzip(MultiGzDecoder::new(Vec::new())),
            "deflate" => Coding::Deflate(ZlibDecoder::new(Vec::new())),
            "zstd" => {
                let decoder = ZstdDecoder::new(Vec::new()).and_then(|mut decoder| {
                    decoder.window_log_max(ZSTD_WINDOW)?;
                    Ok(decoder)
                });
                Coding::Zstd(Box::new(decoder.map_err(|_| "undecodable-encoding")?))
            }
            _ => return Err("undecodable-encoding"),
        };
        Ok(Self { coding, given: 0 })
    }

    /// Gives what `bytes` decode to so far.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        give: &mut dyn FnMut(&[u8]),
    ) -> Result<(), &'static str> {
        // In small steps, so that a bomb is noticed before it has filled the memory.
        for step in bytes.chunks(4096) {
            match &mut self.coding {
                Coding::Identity => {
                    give(step);
                    self.given += step.len() as u64;
                }
                Coding::Gzip(decoder) => {
                    write(|| decoder.write_all(step).and_then(|()| decoder.flush()))?;
                    self.given += decoder.get_ref().len() as u64;
                    give(decoder.get_ref());
                    decoder.get_mut().clear();
                }
                Coding::Deflate(decoder) => {
                    write(|| decoder.write_all(step).and_then(|()| decoder.flush()))?;
                    self.given += decoder.get_ref().len() as u64;
                    give(decoder.get_ref());
                    decoder.get_mut().clear();
                }
                Coding::Zstd(decoder) => {
                    write(|| decoder.write_all(step).and_then(|()| decoder.flush()))?;
                    self.given += decoder.get_ref().len() as u64;
                    give(decoder.get_ref());
                    decoder.get_mut().clear();
                }
            }
            if self.given > DECODED_MAX {
                return Err("body-too-large");
            }
        }
        Ok(())
    }
}

fn write(work: impl FnOnce() -> io::Result<()>) -> Result<(), &'static str> {
    work().map_err(|_| "undecodable-body")
}

#[cfg(test)]
mod tests;

//! Undoes the content coding of a copy, within bounds: what is small on the wire may be huge.

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter as BrotliDecoder;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use zstd::stream::write::Decoder as ZstdDecoder;

use crate::source::proxy::head::Fields;

/// The largest window of a zstd frame, as a power of two: 8 MiB, which is what a content coding
/// may ask for (RFC 9659).
const ZSTD_WINDOW: u32 = 23;

/// The bytes that are decoded at once.
const STEP: usize = 4096;

/// How a Brotli stream begins, but for the highest bit, whose window may be larger than 16 MiB: up to
/// a gibibyte, taken at once. No content coding has it (RFC 7932, section 9.1).
const BROTLI_LARGE: u8 = 0x11;

/// The most bytes that one body may become.
const DECODED_MAX: u64 = 64 * 1024 * 1024;

/// The most bytes that one step may become. Deflate makes at most a thousand from one; a few bytes
/// of Brotli or Zstandard can make any number.
const STEP_MAX: usize = 16 * 1024 * 1024;

/// Decodes one body.
pub(super) struct Decoder {
    coding: Coding,
    /// True until the first byte.
    fresh: bool,
    given: u64,
}

enum Coding {
    Identity,
    Gzip(MultiGzDecoder<Plain>),
    Deflate(ZlibDecoder<Plain>),
    Brotli(Box<BrotliDecoder<Plain>>),
    Zstd(Box<ZstdDecoder<'static, Plain>>),
}

/// Where a step's bytes come out, up to a bound.
#[derive(Default)]
struct Plain {
    bytes: Vec<u8>,
    overflowed: bool,
}

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > STEP_MAX {
            self.overflowed = true;
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Decoder {
    /// For the coding that `fields` name; an error is the reason why it cannot be read.
    pub(super) fn new(fields: &Fields) -> Result<Self, &'static str> {
        let coding = fields.first("content-encoding").unwrap_or_default().to_ascii_lowercase();
        let coding = match coding.as_str() {
            "" | "identity" => Coding::Identity,
            "gzip" | "x-gzip" => Coding::Gzip(MultiGzDecoder::new(Plain::default())),
            "deflate" => Coding::Deflate(ZlibDecoder::new(Plain::default())),
            "br" => Coding::Brotli(Box::new(BrotliDecoder::new(Plain::default(), STEP))),
            "zstd" => {
                let decoder = ZstdDecoder::new(Plain::default()).and_then(|mut decoder| {
                    decoder.window_log_max(ZSTD_WINDOW)?;
                    Ok(decoder)
                });
                Coding::Zstd(Box::new(decoder.map_err(|_| "undecodable-encoding")?))
            }
            _ => return Err("undecodable-encoding"),
        };
        Ok(Self { coding, fresh: true, given: 0 })
    }

    /// Gives what `bytes` decode to so far.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        give: &mut dyn FnMut(&[u8]),
    ) -> Result<(), &'static str> {
        // In small steps, so that a bomb is noticed before it has filled the memory.
        for step in bytes.chunks(STEP) {
            let first = step.first().filter(|_| std::mem::take(&mut self.fresh));
            let is_large = first.is_some_and(|first| first & 0x7f == BROTLI_LARGE);
            if is_large && matches!(self.coding, Coding::Brotli(_)) {
                return Err("undecodable-body");
            }
            self.given += match &mut self.coding {
                Coding::Identity => {
                    give(step);
                    step.len() as u64
                }
                Coding::Gzip(decoder) => {
                    let fed = feed(decoder, step);
                    take(fed, decoder.get_mut(), give)?
                }
                Coding::Deflate(decoder) => {
                    let fed = feed(decoder, step);
                    take(fed, decoder.get_mut(), give)?
                }
                Coding::Brotli(decoder) => {
                    let fed = feed(&mut **decoder, step);
                    take(fed, decoder.get_mut(), give)?
                }
                Coding::Zstd(decoder) => {
                    let fed = feed(&mut **decoder, step);
                    take(fed, decoder.get_mut(), give)?
                }
            };
            if self.given > DECODED_MAX {
                return Err("body-too-large");
            }
        }
        Ok(())
    }
}

fn feed(decoder: &mut impl Write, step: &[u8]) -> io::Result<()> {
    let written = decoder.write_all(step);
    // After a failure, too: gzip and deflate then bring out what they decoded before it.
    written.and(decoder.flush())
}

/// Hands on what came out of a step, also before it failed, and gives how much that was.
fn take(
    fed: io::Result<()>,
    plain: &mut Plain,
    give: &mut dyn FnMut(&[u8]),
) -> Result<u64, &'static str> {
    if plain.overflowed {
        return Err("body-too-large");
    }
    give(&plain.bytes);
    let len = plain.bytes.len() as u64;
    plain.bytes.clear();
    fed.map(|()| len).map_err(|_| "undecodable-body")
}

#[cfg(test)]
mod tests;

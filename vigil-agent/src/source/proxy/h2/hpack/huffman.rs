//! HPACK's Huffman code (RFC 7541, appendix B). The code is canonical, so the lengths of its
//! words tell all of it.

use std::sync::LazyLock;

use super::BadBlock;

/// How many bits each byte takes, and last the end of the string, which must not occur.
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6,
    6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22,
    23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22,
    21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20,
    22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19,
    21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22,
    22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

/// The words of one length, which follow each other in value.
struct Words {
    bits: u32,
    /// The first word's value.
    first: u32,
    /// The value after the last word's.
    end: u32,
    symbols: Vec<u16>,
}

static CODE: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let mut next = 0;
    (5..=30)
        .map(|bits| {
            next <<= 1;
            let symbols: Vec<u16> = (0..)
                .zip(LENGTHS)
                .filter(|(_, length)| u32::from(*length) == bits)
                .map(|(symbol, _)| symbol)
                .collect();
            let first = next;
            next += u32::try_from(symbols.len()).unwrap_or(0);
            Words { bits, first, end: next, symbols }
        })
        .collect()
});

/// Appends what `coded` means to `plain`.
pub(super) fn decode(coded: &[u8], plain: &mut Vec<u8>) -> Result<(), BadBlock> {
    let code = &*CODE;
    let mut bytes = coded.iter();
    // The bits that are not read yet are the lowest `held` ones.
    let (mut window, mut held) = (0_u64, 0_u32);
    loop {
        while held <= 32 {
            let Some(byte) = bytes.next() else { break };
            window = (window << 8 | u64::from(*byte)) & 0xff_ffff_ffff;
            held += 8;
        }
        let word = code.iter().take_while(|words| words.bits <= held).find_map(|words| {
            let value = u32::try_from(window >> (held - words.bits)).ok()?;
            if value >= words.end {
                return None;
            }
            let place = usize::try_from(value.checked_sub(words.first)?).ok()?;
            Some((words.bits, *words.symbols.get(place)?))
        });
        let Some((bits, symbol)) = word else {
            // What is left fills the last byte with ones.
            let ones = held < 8 && window == (1 << held) - 1;
            return if ones { Ok(()) } else { Err(BadBlock::Malformed) };
        };
        plain.push(u8::try_from(symbol).map_err(|_| BadBlock::Malformed)?);
        held -= bits;
        window &= (1 << held) - 1;
    }
}

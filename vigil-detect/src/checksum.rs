//! Checksums that some providers build into their tokens.

/// True when the last six characters of `body` are the CRC-32 of the rest in base 62
/// (`0-9A-Za-z`, padded with `0`): GitHub's tokens since 2021.
pub(crate) fn crc32_base62(body: &[u8]) -> bool {
    let Some((rest, check)) = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at))
    else {
        return false;
    };
    let mut sum = crc32(rest);
    check.iter().rev().all(|digit| {
        let expected = match u8::try_from(sum % 62).unwrap_or(0) {
            value @ 0..10 => b'0' + value,
            value @ 10..36 => b'A' + value - 10,
            value => b'a' + value - 36,
        };
        sum /= 62;
        expected == *digit
    })
}

/// CRC-32 as of ISO 3309 (reflected, polynomial 0xEDB88320).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests;

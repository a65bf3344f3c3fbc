//! Bytes that are known by their place, so that a receiver notices what is missing, twice or
//! elsewhere, and a sender need not make them.

/// A prime, so that no buffer's size hides a shift.
const LENGTH: usize = 65_521;

static BLOCK: [u8; LENGTH] = block();

/// How much of each end of a piece is looked at.
const LOOKED_AT: usize = 32;

#[expect(clippy::indexing_slicing, clippy::large_stack_arrays, reason = "the compiler runs it")]
#[expect(clippy::cast_possible_truncation, reason = "the lowest byte is meant")]
const fn block() -> [u8; LENGTH] {
    let (mut block, mut state, mut at) = ([0; LENGTH], 0x9e37_79b9_u32, 0);
    while at < LENGTH {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        block[at] = state as u8;
        at += 1;
    }
    block
}

/// Some of the bytes from `place` on; never none.
pub(crate) fn from(place: u64) -> &'static [u8] {
    let at = usize::try_from(place % LENGTH as u64).unwrap_or_default();
    BLOCK.get(at..).unwrap_or_default()
}

/// Whether `bytes` are the ones at `place`, by their first and last few: to look at all of them
/// would take time that is measured.
pub(crate) fn is_at(place: u64, bytes: &[u8]) -> bool {
    let ends = bytes.len().min(LOOKED_AT);
    let (Some((head, _)), Some((before, tail))) =
        (bytes.split_at_checked(ends), bytes.split_at_checked(bytes.len() - ends))
    else {
        return false;
    };
    equal(place, head) && equal(place + before.len() as u64, tail)
}

fn equal(mut place: u64, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let known = from(place);
        let length = known.len().min(bytes.len());
        let (now, later) = bytes.split_at(length);
        if !known.starts_with(now) {
            return false;
        }
        place += length as u64;
        bytes = later;
    }
    true
}

#[cfg(test)]
mod tests;

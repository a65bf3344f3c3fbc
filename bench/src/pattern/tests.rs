use super::*;

/// `length` bytes from `place` on.
fn bytes(mut place: u64, length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while out.len() < length {
        out.extend_from_slice(from(place));
        place += from(place).len() as u64;
    }
    out.truncate(length);
    out
}

#[test]
fn bytes_are_known_by_their_place() {
    for (place, length) in [(0, 1), (0, 200_000), (65_520, 2), (65_521, 64), (7_000_000_000, 4096)]
    {
        assert!(is_at(place, &bytes(place, length)), "{length} at {place}");
    }
    assert!(is_at(5, &[]));
}

#[test]
fn a_byte_lost_changed_or_twice_is_noticed_at_the_next_end() {
    let right = bytes(1000, 4096);

    assert!(!is_at(1001, &right));
    assert!(!is_at(1000 + 4096, &right), "the piece twice");
    let mut lost = right.clone();
    lost.remove(2000);
    assert!(!is_at(1000, &lost));
    let mut changed = right;
    changed[4095] ^= 1;
    assert!(!is_at(1000, &changed));
}

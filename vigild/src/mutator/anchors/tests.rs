use std::time::Duration;

use vigil_proto::rpc::{Anchor, ChainHead, Micros};

use super::{follows, is_absence};

fn anchor(seq: u64, prev: u8, count: u64, head: u8) -> Anchor {
    Anchor { seq, prev: ChainHead([prev; 32]), count, head: ChainHead([head; 32]) }
}

#[test]
fn an_anchor_follows_the_last_one_or_none() {
    assert!(follows(None, &anchor(1, 0, 0, 7)));
    assert!(!follows(None, &anchor(2, 0, 0, 7)));
    assert!(!follows(None, &anchor(1, 1, 0, 7)));
    let last = anchor(4, 1, 100, 7);
    assert!(follows(Some(&last), &anchor(5, 7, 100, 8)));
    assert!(!follows(Some(&last), &anchor(4, 7, 100, 8)));
    assert!(!follows(Some(&last), &anchor(6, 7, 100, 8)));
    assert!(!follows(Some(&last), &anchor(5, 6, 100, 8)));
    assert!(!follows(Some(&last), &anchor(5, 7, 99, 8)));
    assert!(!follows(Some(&anchor(u64::MAX, 1, 1, 7)), &anchor(0, 7, 1, 8)));
}

#[test]
fn only_a_long_time_is_an_absence() {
    let minute = Duration::from_mins(1);

    assert!(!is_absence(Micros(0), Micros(60_000_000), minute));
    assert!(is_absence(Micros(0), Micros(60_000_001), minute));
    // A clock that was set back tells nothing.
    assert!(!is_absence(Micros(60_000_001), Micros(0), minute));
}

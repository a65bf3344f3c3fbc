//! Which anchor follows which, and when it is sent.

use std::time::{Duration, Instant};

use vigil_proto::{
    report::AnchorState,
    rpc::{Anchor, ChainHead},
};
use vigil_store::{Head, LinkHead};

use super::{BATCH, HEARTBEAT, is_due, next, stands};

const fn head(number: u64, byte: u8) -> Head {
    Head { number, count: 1, head: ChainHead([byte; 32]) }
}

const ANCHOR: Anchor =
    Anchor { seq: 4, prev: ChainHead([1; 32]), count: 10, head: ChainHead([2; 32]) };

#[test]
fn an_anchor_follows_the_last_one() {
    let first = next(None, head(3, 7));
    let later = next(Some(&ANCHOR), head(12, 9));

    assert_eq!((first.seq, first.prev, first.count), (1, ChainHead([0; 32]), 3));
    assert_eq!((later.seq, later.prev, later.count), (5, ANCHOR.head, 12));
    assert_eq!(later.head, ChainHead([9; 32]));
}

#[test]
fn only_a_chain_that_has_the_anchored_head_goes_on_from_it() {
    assert_eq!(stands(&ANCHOR, LinkHead::Is(ANCHOR.head)), AnchorState::Follows);
    assert_eq!(stands(&ANCHOR, LinkHead::Elsewhere), AnchorState::Follows);
    assert_eq!(stands(&ANCHOR, LinkHead::Is(ChainHead([3; 32]))), AnchorState::Differs);
    assert_eq!(stands(&ANCHOR, LinkHead::Missing), AnchorState::Differs);
}

#[test]
fn anchors_are_neither_too_close_nor_too_far_apart() {
    let ago = |time: Duration| Instant::now().checked_sub(time);
    let (same, other) = (head(10, 2), head(11, 3));

    assert!(is_due(Some(&ANCHOR), same, None), "the first one says that the agent is there");
    assert!(!is_due(Some(&ANCHOR), other, Some(Instant::now())));
    assert!(is_due(Some(&ANCHOR), other, ago(BATCH)));
    assert!(!is_due(Some(&ANCHOR), same, ago(BATCH)));
    assert!(is_due(Some(&ANCHOR), same, ago(HEARTBEAT)));
}

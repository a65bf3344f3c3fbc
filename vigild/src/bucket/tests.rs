use std::time::{Duration, Instant};

use super::{Bucket, Buckets, UIDS};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_windows_worth_at_once_and_then_evenly() {
    let start = Instant::now();
    let mut bucket = Bucket::full(start);
    let mut take = |after: Duration| bucket.take(start + after, 4, SECOND);

    assert_eq!([(); 5].map(|()| take(Duration::ZERO)), [true, true, true, true, false]);
    assert!(!take(SECOND / 8));
    assert!(take(SECOND / 4));
    assert!(!take(SECOND / 4));
    assert_eq!([(); 5].map(|()| take(SECOND * 9)), [true, true, true, true, false]);
}

#[test]
fn one_uid_does_not_take_anothers() {
    let now = Instant::now();
    let mut buckets = Buckets::new(1, SECOND);

    assert!(buckets.take(1000, now));
    assert!(!buckets.take(1000, now));
    assert!(buckets.take(1001, now));
}

#[test]
fn full_buckets_make_room() {
    let now = Instant::now();
    let mut buckets = Buckets::new(1, SECOND);
    for uid in 0..u32::try_from(UIDS).unwrap() {
        assert!(buckets.take(uid, now));
    }

    assert!(!buckets.take(70_000, now));
    assert!(buckets.take(70_000, now + SECOND * 2));
    assert_eq!(buckets.of.len(), 1);
}

//! How often something may be done: a bucket of tokens that fills evenly.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// As many at once as in a whole window, then evenly spread. One moment is all that is kept: when
/// the bucket will be full again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    full_at: Instant,
}

impl Bucket {
    pub(crate) const fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes one of `most` tokens that come in `window`, when there is one.
    pub(crate) fn take(&mut self, now: Instant, most: u32, window: Duration) -> bool {
        let Some(each) = window.checked_div(most) else { return false };
        let full_at = self.full_at.max(now) + each;
        // One token's time is what rounding may leave over.
        let is_there = full_at.duration_since(now) <= window;
        if is_there {
            self.full_at = full_at;
        }
        is_there
    }
}

/// A bucket for each uid.
#[derive(Debug)]
pub(crate) struct Buckets {
    of: BTreeMap<u32, Bucket>,
    most: u32,
    window: Duration,
}

/// More uids at once than any machine has; a full bucket is not kept.
const UIDS: usize = 1024;

impl Buckets {
    pub(crate) const fn new(most: u32, window: Duration) -> Self {
        Self { of: BTreeMap::new(), most, window }
    }

    /// Takes one of `uid`'s tokens, when there is one.
    pub(crate) fn take(&mut self, uid: u32, now: Instant) -> bool {
        if self.of.len() >= UIDS && !self.of.contains_key(&uid) {
            self.of.retain(|_, bucket| bucket.full_at > now);
            if self.of.len() >= UIDS {
                return false;
            }
        }
        self.of.entry(uid).or_insert(Bucket::full(now)).take(now, self.most, self.window)
    }
}

#[cfg(test)]
mod tests;

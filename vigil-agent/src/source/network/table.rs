//! The connections that are followed from look to look. Pure: it is told what the kernel's table
//! holds, and tells what is new of it.

use std::collections::{HashMap, HashSet};

use vigil_platform::socket::{Carried, Flow, Protocol};
use vigil_proto::Timestamp;

use super::event::Past;

/// The most connections that are followed; further ones are counted and not recorded.
pub(super) const MOST: usize = 16_384;
/// How often what a long connection carries is told, in microseconds.
const TOLD_AGAIN: i64 = 60 * 1_000_000;

/// What is followed.
#[derive(Debug, Default)]
pub(super) struct Table {
    followed: HashMap<u64, Followed>,
    /// Those that are no agent's, as far as is known, of the last look and of this one.
    others: HashSet<u64>,
    others_now: HashSet<u64>,
    look: u64,
}

#[derive(Debug)]
struct Followed {
    past: Past,
    told: Carried,
    told_at: Timestamp,
    /// The last look that saw it.
    seen: u64,
}

/// What became of a connection.
#[derive(Debug)]
pub(super) struct News {
    pub(super) past: Past,
    pub(super) open: bool,
}

/// What is to be done with a connection of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is followed.
    Known,
    /// It was nobody's at the last look.
    Other,
    /// It is new.
    New,
}

impl Table {
    /// True while there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.followed.is_empty()
    }

    /// A look begins.
    pub(super) fn begin(&mut self) {
        self.look += 1;
        self.others_now.clear();
    }

    /// The table could not be read to its end: this look says nothing of what it did not see.
    pub(super) fn abandon(&mut self) {
        self.look = self.look.saturating_sub(1);
    }

    /// The kernel's table holds this one.
    pub(super) fn see(&mut self, flow: &Flow) -> Sight {
        if let Some(followed) = self.followed.get_mut(&flow.cookie) {
            followed.seen = self.look;
            followed.carry(flow.carried);
            return Sight::Known;
        }
        if self.others.contains(&flow.cookie) { Sight::Other } else { Sight::New }
    }

    /// This one is no agent's, as far as is known.
    pub(super) fn pass_over(&mut self, cookie: u64) {
        if self.others_now.len() < MOST {
            self.others_now.insert(cookie);
        }
    }

    /// Follows this one from now on. Nothing when there is no room.
    pub(super) fn follow(&mut self, past: Past) -> Option<News> {
        if self.followed.len() >= MOST {
            return None;
        }
        let news = News { past: past.clone(), open: true };
        let (told, told_at) = (past.carried, past.began);
        self.followed.insert(past.cookie, Followed { past, told, told_at, seen: self.look });
        Some(news)
    }

    /// The kernel tells that this one has ended. Nothing when it was not followed.
    pub(super) fn ended(&mut self, flow: &Flow) -> Option<News> {
        let mut followed = self.followed.remove(&flow.cookie)?;
        followed.carry(flow.carried);
        Some(News { past: followed.past, open: false })
    }

    /// True when this one was in the table at the look before, and no agent's.
    pub(super) fn passed_over(&self, cookie: u64) -> bool {
        self.others.contains(&cookie)
    }

    /// A look ends. What was not in the table has ended; the kernel's own word for that, when it is
    /// to be `waited_for`, may come a little later.
    pub(super) fn finish(&mut self, now: Timestamp, waited_for: bool) -> Vec<News> {
        std::mem::swap(&mut self.others, &mut self.others_now);
        let mut news = Vec::new();
        let look = self.look;
        self.followed.retain(|_, followed| {
            let waits = waited_for && followed.past.protocol == Protocol::Tcp;
            let missed = look.saturating_sub(followed.seen);
            if missed > u64::from(waits) {
                news.push(News { past: followed.past.clone(), open: false });
                return false;
            }
            let is_due = now.as_micros().saturating_sub(followed.told_at.as_micros()) >= TOLD_AGAIN;
            if is_due && followed.told != followed.past.carried {
                news.push(followed.tell(now));
            }
            true
        });
        news
    }

    /// What is followed, as it was last seen.
    pub(super) fn rest(&mut self, now: Timestamp) -> Vec<News> {
        self.followed.values_mut().map(|followed| followed.tell(now)).collect()
    }
}

impl Followed {
    fn carry(&mut self, carried: Option<Carried>) {
        let Some(new) = carried else { return };
        let old = &mut self.past.carried;
        *old = Carried { sent: old.sent.max(new.sent), received: old.received.max(new.received) };
    }

    fn tell(&mut self, now: Timestamp) -> News {
        (self.told, self.told_at) = (self.past.carried, now);
        News { past: self.past.clone(), open: true }
    }
}

#[cfg(test)]
mod tests;

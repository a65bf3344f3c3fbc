//! What is kept of a request or a message until it is whole. Each has a bound of its own; this one is
//! for all of them together, as a client may begin any number and end none, and a few compressed bytes
//! of each may become many.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The room for all that is not whole.
static ROOM: Room = Room::new(256 * 1024 * 1024);

/// Room for so many bytes.
#[derive(Debug)]
struct Room {
    used: AtomicUsize,
    most: usize,
}

impl Room {
    const fn new(most: usize) -> Self {
        Self { used: AtomicUsize::new(0), most }
    }

    fn take(&self, more: usize) -> bool {
        let taken = |used: usize| used.checked_add(more).filter(|used| *used <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }
}

/// Bytes that count against the room until they are dropped.
#[derive(Debug)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    room: &'static Room,
}

impl Default for Kept {
    fn default() -> Self {
        Self { bytes: Vec::new(), room: &ROOM }
    }
}

impl Kept {
    /// Keeps `more`, too; false when there is no room for it.
    #[must_use]
    pub(super) fn add(&mut self, more: &[u8]) -> bool {
        let has_room = self.room.take(more.len());
        if has_room {
            self.bytes.extend_from_slice(more);
        }
        has_room
    }

    /// All of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_shares_one_room_and_gives_it_back() {
        static SMALL: Room = Room::new(10);
        let empty = || Kept { bytes: Vec::new(), room: &SMALL };
        let (mut one, mut other) = (empty(), empty());

        assert!(one.add(b"123456") && other.add(b"7890"));
        assert!(!other.add(b"!"));
        assert_eq!((one.bytes(), other.bytes()), (&b"123456"[..], &b"7890"[..]));

        drop(one);
        assert!(other.add(b"abcdef") && !other.add(b"!"));
    }
}

//! Sets of numbers that are hashes already, such as those of paths: they are keyed with the store's
//! own key, so that nobody can choose them, and hashing them once more would take most of the time.

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// A set of them.
pub(super) type Hashes = HashSet<i64, BuildHasherDefault<AsTheyAre>>;

/// Takes a number as its hash.
#[derive(Default)]
pub(super) struct AsTheyAre(u64);

impl Hasher for AsTheyAre {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_i64(&mut self, number: i64) {
        self.0 = number.cast_unsigned();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

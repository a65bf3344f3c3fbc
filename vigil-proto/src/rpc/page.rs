//! Filling a page up to what a frame may carry, so that no table is too long to be sent.

use serde::Serialize;

use super::{BoundedVec, Cursor, Page, frame};

/// What a page may take of a frame. The rest is more than the header, the variant, the length of
/// the list and the cursor need together.
const ROOM: usize = frame::RESPONSE_CAP - 64;

/// Takes rows until there are as many as were asked for, as the type holds, or as a frame carries.
#[derive(Debug)]
pub struct Filling<T, const N: usize> {
    rows: BoundedVec<T, N>,
    most: usize,
    room: usize,
}

impl<T: Serialize, const N: usize> Filling<T, N> {
    /// Of `most` rows.
    pub fn new(most: usize) -> Self {
        Self { rows: BoundedVec::default(), most: most.min(N), room: ROOM }
    }

    /// Adds a row, or gives it back when the page is full.
    ///
    /// # Errors
    /// The page is full, and `row` belongs on the next one. The first row always fits: the largest
    /// row is far smaller than a frame.
    pub fn push(&mut self, row: T) -> Result<(), T> {
        let size = postcard::experimental::serialized_size(&row).unwrap_or(usize::MAX);
        if self.rows.len() >= self.most || size > self.room {
            return Err(row);
        }
        self.room -= size;
        self.rows.push(row)
    }

    /// The page, and where the next one begins.
    pub fn finish(self, next: Option<Cursor>) -> Page<T, N> {
        Page { rows: self.rows, next }
    }

    /// The rows alone.
    pub fn into_rows(self) -> BoundedVec<T, N> {
        self.rows
    }
}

//! Where each file stood when recording was paused: what was written before is still read,
//! what was written meanwhile never is.

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::Arc,
    time::Duration,
};

use vigil_proto::Timestamp;

use super::{discover::Found, file::Reach};

/// How exact the times of files are, with much to spare.
const EXACT: Duration = Duration::from_secs(2);

/// Ends at the beginning of a pause.
#[derive(Debug, Default)]
pub(super) struct Marks(HashMap<Arc<Path>, u64>);

impl Marks {
    /// For a start after a pause began, at `since`: what is not read yet counts as written
    /// meanwhile, but for files that nobody has written to since.
    pub(super) fn noted(all: &[Found], since: Timestamp) -> Self {
        let before = |found: &&Found| {
            found.modified.checked_add(EXACT).is_some_and(|end| Timestamp::from(end) < since)
        };
        let old = all.iter().filter(before);
        Self(old.filter_map(|found| Some((found.path.clone(), found.end()?))).collect())
    }

    /// The files as they are now. Those of `queue` may still owe an earlier pause its gap.
    pub(super) fn at_pause(all: &[Found], queue: &VecDeque<(Found, Reach)>) -> Self {
        let mut marks: HashMap<Arc<Path>, u64> =
            all.iter().filter_map(|found| Some((found.path.clone(), found.end()?))).collect();
        for (found, reach) in queue {
            if let Reach::Around { from, .. } = reach {
                marks.insert(found.path.clone(), *from);
            }
        }
        Self(marks)
    }

    /// How to read a file once recording goes on. A file that is new since was written
    /// meanwhile as a whole.
    pub(super) fn reach(&self, found: &Found) -> Reach {
        let from = self.0.get(&found.path).copied().unwrap_or(0);
        // Where that is not known it is all that is there when it can be read again.
        let to = found.end().unwrap_or(u64::MAX);
        if to > from { Reach::Around { from, to } } else { Reach::End }
    }
}

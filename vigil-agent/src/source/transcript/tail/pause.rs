//! Where each file stood when recording was paused: what was written before is still read,
//! what was written meanwhile never is.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
};

use super::{discover::Found, file::Reach};

/// Ends at the beginning of a pause.
#[derive(Debug, Default)]
pub(super) struct Marks(HashMap<PathBuf, u64>);

impl Marks {
    /// For a start in a pause: everything that is not read yet counts as written meanwhile.
    pub(super) fn nothing_known() -> Self {
        Self::default()
    }

    /// The files as they are now. Those of `queue` may still owe an earlier pause its gap.
    pub(super) fn at_pause(all: &[Found], queue: &VecDeque<(Found, Reach)>) -> Self {
        let mut marks: HashMap<PathBuf, u64> =
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

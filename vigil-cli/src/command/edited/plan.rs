//! How a file becomes one with our entries.

use super::Stop;
use crate::route::{
    edit::{self, Entry, Form, Insertion},
    file::{Snapshot, hash},
    journal::Written,
};

/// A file with our entries, and what it is without them.
pub(in crate::command) struct Plan {
    form: Form,
    /// The file without what was written earlier; none where that was all of it.
    base: Option<Vec<u8>>,
    inserted: Vec<Insertion>,
    /// All of it.
    pub(in crate::command) new: Vec<u8>,
}

impl Plan {
    /// How `file` becomes with `entries` in the place of what was written `earlier`.
    pub(in crate::command) fn new(
        file: &Snapshot,
        earlier: Option<&Written>,
        form: Form,
        entries: &[Entry],
    ) -> Result<Self, Stop> {
        let base = match earlier {
            Some(written) => super::taken_out(written, file)?.bytes,
            None => file.bytes.clone(),
        };
        let old = base.as_deref().unwrap_or_default();
        let unfit = |unfit| Stop::Unfit(file.real.clone(), unfit);
        let inserted = edit::add(form, old, entries).map_err(unfit)?;
        let new = edit::apply(old, &inserted);
        Ok(Self { form, base, inserted, new })
    }

    /// What the file has without our entries.
    pub(in crate::command) fn old(&self) -> &[u8] {
        self.base.as_deref().unwrap_or_default()
    }

    /// True when the file is so already.
    pub(in crate::command) fn is_done(&self, file: &Snapshot) -> bool {
        file.bytes.as_ref() == Some(&self.new)
    }

    /// What is to be written, and what the journal has to know of it: that `entries` are ours, and in
    /// whose place they stand.
    pub(in crate::command) fn written(
        self,
        file: &Snapshot,
        entries: Vec<Entry>,
        led_since: Option<i64>,
        earlier: Option<Written>,
    ) -> (Vec<u8>, Written) {
        let folders = match &earlier {
            Some(earlier) if self.base.is_none() => earlier.folders.clone(),
            _ => file.missing_folders(),
        };
        let written = Written {
            path: file.path.clone(),
            form: self.form,
            before: self.base.as_deref().map(hash),
            after: hash(&self.new),
            inserted: self.inserted,
            entries,
            folders,
            led_since,
            adopted: Vec::new(),
            over: false,
            earlier: earlier.map(Box::new),
        };
        (self.new, written)
    }
}

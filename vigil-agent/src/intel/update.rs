//! `vigil intel update`: fetches the lists that the configuration names and puts each in force as it
//! comes. One that cannot be had leaves the last good one as it was.

use std::{collections::BTreeMap, path::Path, time::SystemTime};

use vigil_proto::{Timestamp, config::intel::source, intel::IntelUpdate};
use vigil_store::intel::{self, Change, IntelError};

use super::{
    fetch::{Fetched, State, fetch, host_of},
    import::{Source, add},
};
use crate::source::proxy::Outward;

/// Fetched bytes, until they are a list.
const PART: &str = "fetched.part";

/// Told of while lists are fetched.
pub trait Progress: Send {
    /// A list is fetched now.
    fn begins(&mut self, name: &str);
    /// So many bytes of it are there, of so many.
    fn has(&mut self, bytes: u64, of: Option<u64>);
    /// What came of it.
    fn ended(&mut self, name: &str, outcome: &Outcome);
}

/// What came of one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is another.
    Changed,
    /// It is what it was.
    Unchanged,
    /// It is still the last good one.
    Failed(String),
}

/// Fetches every one of `sources` and notes what came of it.
///
/// # Errors
/// The folder cannot be written, or another change is under way.
pub async fn update(
    data: &Path,
    sources: &[String],
    outward: &Outward,
    progress: &mut dyn Progress,
) -> Result<IntelUpdate, IntelError> {
    let mut update = IntelUpdate {
        at: Timestamp::from(SystemTime::now()),
        changed: 0,
        unchanged: 0,
        failed: BTreeMap::new(),
    };
    for (name, url) in sources.iter().filter_map(|entry| source(entry)) {
        progress.begins(name);
        let outcome = match one(data, name, url, outward, progress).await {
            Ok(outcome) => outcome,
            Err(Trouble::Folder(error)) => return Err(error),
            Err(Trouble::List(why)) => Outcome::Failed(why),
        };
        match &outcome {
            Outcome::Changed => update.changed += 1,
            Outcome::Unchanged => update.unchanged += 1,
            Outcome::Failed(why) => {
                update.failed.insert(name.to_owned(), why.clone());
            }
        }
        progress.ended(name, &outcome);
    }
    update.at = Timestamp::from(SystemTime::now());
    intel::note_update(data, &update)?;
    Ok(update)
}

enum Trouble {
    Folder(IntelError),
    List(String),
}

async fn one(
    data: &Path,
    name: &str,
    url: &str,
    outward: &Outward,
    progress: &mut dyn Progress,
) -> Result<Outcome, Trouble> {
    // Held while it is fetched, so that two do not fetch at once.
    let mut change = Change::begin(data).map_err(Trouble::Folder)?;
    let part = intel::folder(data).join(PART);
    let host = host_of(url).unwrap_or_default();
    let known = change.set().lists.iter().find(|list| list.name == name && list.origin == host);
    let known = known.map_or_else(State::default, |list| State {
        etag: list.etag.clone(),
        modified: list.modified.clone(),
    });
    let fetched =
        fetch(outward, url, &known, &part, &mut |bytes, of| progress.has(bytes, of)).await;
    let now = Timestamp::from(SystemTime::now());
    let outcome = match fetched {
        Ok(Fetched::Same) => {
            // It was looked at today and is still the newest: it has not grown old.
            change.note(name, |list| list.imported = now);
            Ok(Outcome::Unchanged)
        }
        Ok(Fetched::New(state)) => {
            let ecosystem = name.rsplit('-').next().map(str::to_owned);
            let source = Source {
                path: part.clone(),
                name: Some(name.to_owned()),
                ecosystem,
                origin: Some(host),
                etag: state.etag,
                modified: state.modified,
            };
            let added = add(&mut change, &source, now);
            added.map(|_| Outcome::Changed).map_err(|error| error.without_path())
        }
        Err(error) => Err(error.to_string()),
    };
    let _ = std::fs::remove_file(&part);
    let outcome = outcome.map_err(Trouble::List)?;
    change.commit().map_err(Trouble::Folder)?;
    Ok(outcome)
}

#[cfg(test)]
mod tests;

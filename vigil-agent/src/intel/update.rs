//! `vigil intel update`: fetches the lists that the configuration names and puts each in force as it
//! comes. One that cannot be had leaves the last good one as it was.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, sleep};

use vigil_proto::{
    Timestamp,
    config::intel::source,
    intel::{IntelList, IntelUpdate},
};
use vigil_store::intel::{self, Change, IntelError};

use super::{
    current::is_sound,
    fetch::{Fetched, State, fetch, host_of},
    import::{Prepared, Source, ecosystem_of, prepare},
};
use crate::source::proxy::Outward;

/// How long is waited for somebody else who changes the lists.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it is tried meanwhile.
const TRY_EVERY: Duration = Duration::from_millis(100);
/// A list with fewer indicators may become any other.
const FEW: u64 = 100;

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
    let part = Part::new(data).map_err(Trouble::Folder)?;
    let host = host_of(url).unwrap_or_default();
    let set = intel::set(data).unwrap_or_default();
    let last = set.lists.iter().find(|list| list.name == name);
    // One that is damaged is fetched anew, whatever its state was called.
    let known = last.filter(|list| list.origin == host && is_sound(data, name));
    let known = known.map_or_else(State::default, |list| State {
        etag: list.etag.clone(),
        modified: list.modified.clone(),
    });
    let mut told = |bytes, of| progress.has(bytes, of);
    let fetched = fetch(outward, url, &known, &part.0, &mut told).await;
    let fetched = fetched.map_err(|error| Trouble::List(error.to_string()))?;
    let now = Timestamp::from(SystemTime::now());
    let (state, is_measured) = match fetched {
        Fetched::Same => {
            let mut change = begin(data).await?;
            // It was looked at today and is still the newest: it has not grown old.
            change.note(name, |list| list.imported = now);
            change.commit().map_err(Trouble::Folder)?;
            return Ok(Outcome::Unchanged);
        }
        Fetched::New { state, is_measured } => (state, is_measured),
    };
    let source = Source {
        path: part.0.clone(),
        name: Some(name.to_owned()),
        ecosystem: ecosystem_of(name).or_else(|| ecosystem_of(file_of(url))),
        origin: Some(host),
        etag: state.etag,
        modified: state.modified,
        may_be_cut: !is_measured,
    };
    let prepared = prepare(&source, now).map_err(|error| Trouble::List(error.without_path()))?;
    if let Some(last) = last {
        collapsed(last, &prepared).map_or(Ok(()), |why| Err(Trouble::List(why)))?;
    }
    let mut change = begin(data).await?;
    prepared.put(&mut change).map_err(Trouble::Folder)?;
    change.commit().map_err(Trouble::Folder)?;
    Ok(Outcome::Changed)
}

/// A file that is fetched into, of its own; it goes with this.
struct Part(PathBuf);

impl Part {
    fn new(data: &Path) -> Result<Self, IntelError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("fetched-{}-{number}.{}", process::id(), intel::PART);
        Ok(Self(intel::ensured(data)?.join(name)))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Begins a change, when nobody else is at it any more.
async fn begin(data: &Path) -> Result<Change, Trouble> {
    let until = Instant::now() + PATIENCE;
    loop {
        match Change::begin(data) {
            Err(IntelError::InUse(_)) if Instant::now() < until => sleep(TRY_EVERY).await,
            begun => return begun.map_err(Trouble::Folder),
        }
    }
}

/// The last part of an address's path.
fn file_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// Why a list is not believed that has lost most of what it had.
fn collapsed(last: &IntelList, new: &Prepared) -> Option<String> {
    let before = last.packages + last.hosts + last.addresses + last.urls;
    let now = new.indicators();
    (before >= FEW && now < before / 2).then(|| {
        format!(
            "what was fetched has {now} indicators where there were {before}; if that is right, \
             `vigil intel remove {}` and update again",
            last.name
        )
    })
}

#[cfg(test)]
mod tests;

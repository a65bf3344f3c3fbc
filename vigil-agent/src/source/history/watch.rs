//! Looks at every profile from time to time, and reads those that changed.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::PathBuf,
    time::{Duration, Instant, SystemTime},
};

use vigil_platform::browser_history::{self, Profile};
use vigil_proto::{SourceId, Timestamp, browser::SITES};

use super::{
    Options, address,
    copy::{CALM, Copied, Stamp},
    database::{self, Database},
    record::{Pauses, Place},
    trouble::Trouble,
};
use crate::{
    pipeline::{Closed, Inlet},
    shutdown::Shutdown,
};

/// Visits that are asked for at once.
const PAGE: usize = 5_000;

/// Visits of one batch.
const BATCH: usize = 500;

/// How soon a history is looked at again that its browser was writing.
const AGAIN: Duration = Duration::from_secs(2);

/// So many times in a row it may be: some ten minutes.
const PATIENCE: u32 = 300;

/// A history rests so many times what reading it took, so that all of it costs below a thousandth of a
/// core; but never longer than an hour.
const SHARE: u32 = 2_000;
const MOST_REST: Duration = Duration::from_hours(1);

/// What is known of a profile since the start.
#[derive(Debug, Default)]
struct Seen {
    /// How it was when all of it had been read.
    stamp: Option<Stamp>,
    /// The fixed word for what is told to be wrong with it.
    told: Option<&'static str>,
    /// Looks in a row at which it was being written.
    busy: u32,
    /// Not before then.
    next: Option<Instant>,
}

/// The profiles and how each was last seen.
#[derive(Debug)]
pub(super) struct Watch {
    options: Options,
    inlet: Inlet,
    began: Timestamp,
    seen: BTreeMap<PathBuf, Seen>,
    /// The folders that could not be listed at the last look.
    shut: BTreeSet<PathBuf>,
    patience: Duration,
    calm: Duration,
    share: u32,
}

/// Why reading a profile ended before its end.
enum Broken {
    Trouble(Trouble),
    Closed(Closed),
    /// Recording is paused, or the agent ends.
    Left,
}

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Closed> for Broken {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl Watch {
    pub(super) fn new(options: Options, inlet: Inlet, began: Timestamp) -> Self {
        let (seen, patience) = (BTreeMap::new(), database::PATIENCE);
        let shut = BTreeSet::new();
        Self { options, inlet, began, seen, shut, patience, calm: CALM, share: SHARE }
    }

    /// One that looks whenever it is asked to.
    #[cfg(test)]
    pub(super) fn for_tests(options: Options, inlet: Inlet, began: Timestamp) -> Self {
        Self { share: 0, ..Self::new(options, inlet, began) }
    }

    /// From now on it takes a history for one that is being written when it was within this time.
    #[cfg(test)]
    pub(super) const fn set_calm(&mut self, calm: Duration) {
        self.calm = calm;
    }

    #[cfg(test)]
    pub(super) const fn inlet(&self) -> &Inlet {
        &self.inlet
    }

    /// Looks once, and says how long to wait before the next look.
    pub(super) fn look(&mut self, shutdown: &Shutdown) -> Result<Duration, Closed> {
        let interval = self.options.interval;
        let hosts = self.hosts();
        if hosts.is_empty() || self.inlet.is_paused() {
            return Ok(interval);
        }
        let found = browser_history::profiles(&self.options.home);
        let shut = found.unlisted.iter().map(|(folder, _)| folder.clone()).collect();
        let before = std::mem::replace(&mut self.shut, shut);
        for folder in before.difference(&self.shut) {
            self.seen.remove(folder);
            let profile = of_folder(folder.clone());
            let now = Timestamp::from(SystemTime::now());
            self.inlet.send(self.place(&profile, (0, 0)).listed(now))?;
            self.inlet.flush()?;
        }
        for (folder, error) in found.unlisted {
            self.tell(&of_folder(folder), &Trouble::Unreadable(error))?;
        }
        let (mut next, mut known) = (interval, HashSet::new());
        for profile in found.profiles {
            if shutdown.is_requested() {
                break;
            }
            let rest = self.visit(&profile, &hosts, &mut known, shutdown)?;
            next = next.min(rest);
        }
        Ok(next)
    }

    /// The hosts that the user does not want left out, as they stand in addresses.
    fn hosts(&self) -> Vec<&'static str> {
        let excluded = self.inlet.exclusions();
        let wanted = SITES.iter().filter(|(client, _)| !excluded.client(client));
        wanted
            .filter(|(_, site)| !address::hosts(site).iter().any(|host| excluded.host(host)))
            .flat_map(|(_, site)| address::hosts(site).iter().copied())
            .collect()
    }

    /// Reads on in one profile, if it changed, and says when to look at it again.
    fn visit(
        &mut self,
        profile: &Profile,
        hosts: &[&'static str],
        known: &mut HashSet<(u64, u64)>,
        shutdown: &Shutdown,
    ) -> Result<Duration, Closed> {
        let interval = self.options.interval;
        let seen = self.seen.entry(profile.database.clone()).or_default();
        if let Some(left) = seen.next.map(|next| next.saturating_duration_since(Instant::now()))
            && !left.is_zero()
        {
            return Ok(left);
        }
        let began = Instant::now();
        let stamp = match Stamp::of(&profile.database) {
            // Two places can be one by a link.
            Ok(stamp) if !known.insert(stamp.identity()) => return Ok(interval),
            Ok(stamp) if seen.stamp.as_ref() == Some(&stamp) => return Ok(interval),
            Ok(stamp) => stamp,
            Err(trouble) => {
                self.tell(profile, &trouble)?;
                return Ok(interval);
            }
        };
        let result = self.read(profile, &stamp, hosts, shutdown);
        let took = began.elapsed().saturating_mul(self.share);
        let rest = took.clamp(interval, MOST_REST.max(interval));
        let seen = self.seen.entry(profile.database.clone()).or_default();
        match result {
            Ok(()) => {
                let next = Some(Instant::now() + rest);
                *seen = Seen { stamp: Some(stamp), next, ..Seen::default() };
                Ok(rest)
            }
            Err(Broken::Trouble(Trouble::Busy)) if seen.busy < PATIENCE => {
                seen.busy += 1;
                Ok(AGAIN.min(interval))
            }
            Err(Broken::Trouble(trouble)) => {
                seen.next = Some(Instant::now() + rest);
                // As long as it stays as it is, so does what is wrong with it.
                seen.stamp = trouble.is_of_the_file().then_some(stamp);
                self.tell(profile, &trouble)?;
                Ok(rest)
            }
            Err(Broken::Left) => Ok(interval),
            Err(Broken::Closed(closed)) => Err(closed),
        }
    }

    /// Copies a profile's history and reads what is new in it.
    fn read(
        &self,
        profile: &Profile,
        stamp: &Stamp,
        hosts: &[&str],
        shutdown: &Shutdown,
    ) -> Result<(), Broken> {
        let Some(recorded) = self.options.pauses.get() else {
            // What must be left out is not known now.
            return Err(Broken::Left);
        };
        let inlet = &self.inlet;
        let covers = |at| inlet.was_paused(at);
        let pauses = Pauses { recorded, open_until: self.began, covers: &covers };
        let place = self.place(profile, stamp.identity());
        let copy = Copied::take(&profile.database, &self.options.copies, stamp, self.calm)?;
        let database = Database::open(&copy.database(), profile.family, self.patience)?;
        let mut after = 0;
        if let Some(checkpoint) = inlet.checkpoint(place.source) {
            let number = checkpoint.offset.cast_signed();
            let time = database.time(number)?;
            // Else numbers were given again: all is read again, and known again by its time.
            if time.is_some_and(|time| place.mark(time) == checkpoint.head) {
                after = number;
            }
        }
        loop {
            let page = database.after(after, hosts, PAGE)?;
            let now = Timestamp::from(SystemTime::now());
            for visits in page.visits.chunks(BATCH) {
                if shutdown.is_requested() || inlet.is_paused() {
                    return Err(Broken::Left);
                }
                let Some(last) = visits.last() else { continue };
                let Some(time) = database.time(last.number)? else { continue };
                inlet.send(place.visits(visits, (last.number, time), &pauses, now))?;
            }
            match page.last {
                Some(last) if page.goes_on => after = last,
                _ => break,
            }
        }
        // The next look begins where this one ended.
        inlet.flush()?;
        Ok(())
    }

    fn place<'a>(&'a self, profile: &'a Profile, identity: (u64, u64)) -> Place<'a> {
        let source = SourceId::of(profile.database.as_os_str().as_encoded_bytes());
        Place { profile, source, identity, hasher: self.inlet.hasher() }
    }

    /// Puts on record that a profile is not read: once, as long as the reason stays the same.
    fn tell(&mut self, profile: &Profile, trouble: &Trouble) -> Result<(), Closed> {
        let (reason, _) = trouble.words();
        let seen = self.seen.entry(profile.database.clone()).or_default();
        if seen.told.replace(reason) == Some(reason) {
            return Ok(());
        }
        tracing::warn!("a browser's history is not read: {reason}");
        let place = self.place(profile, (0, 0));
        let read = self.inlet.checkpoint(place.source).map(|checkpoint| checkpoint.at);
        let now = Timestamp::from(SystemTime::now());
        self.inlet.send(place.gap(trouble, read, now))
    }
}

/// A folder that is told of as if it were a profile.
const fn of_folder(folder: PathBuf) -> Profile {
    Profile { browser: "a browser", family: browser_history::Family::Chromium, database: folder }
}

#[cfg(test)]
mod tests;

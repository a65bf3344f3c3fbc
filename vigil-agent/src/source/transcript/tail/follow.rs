//! The loop that never ends: what is in use is looked at at once, everything else from time to
//! time. A watch only wakes it; what it reads is decided by looking.

use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{
    super::{Progress, TranscriptError},
    Root, SLICE, Tail, discover,
    discover::Found,
    file::Reach,
    folders::Folders,
    pause::Marks,
};
use crate::shutdown::Shutdown;

/// Files written within this time are looked at in every round.
const IN_USE: Duration = Duration::from_hours(1);

/// True for what changed last longer ago than that.
pub(super) fn is_old(changed: SystemTime, now: SystemTime) -> bool {
    now.duration_since(changed).is_ok_and(|age| age > IN_USE)
}

/// A round begins at least this often, watch or not.
const ROUND: Duration = Duration::from_millis(500);

/// A burst of changes is taken together; the first change after a calm is only given time for the
/// rest of its write, so that who watches sees it at once.
const TOGETHER: Duration = Duration::from_millis(20);
const AT_ONCE: Duration = Duration::from_millis(5);
const CALM: Duration = Duration::from_millis(100);

/// The least time between two looks at everything: with a watch, and without one, when this is
/// how an old session that goes on is noticed.
const LOOK: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(900));

/// The most time between two looks at everything. In between it is so many times what the last
/// look took, so that looking costs well below a thousandth of a core.
const LOOK_MOST: Duration = Duration::from_secs(30);
const LOOK_SHARE: u32 = 2000;

/// What the loop knows besides the files themselves.
struct Following {
    folders: Folders,
    /// Files that are to be read, and how far.
    queue: VecDeque<(Found, Reach)>,
    /// Set while recording is paused.
    marks: Option<Marks>,
    /// When everything is looked at again.
    next_look: Instant,
    /// When the watch last told of a change.
    last_told: Option<Instant>,
}

impl Tail {
    /// Reads everything, then follows, until `shutdown`.
    ///
    /// # Errors
    /// The pipeline ended.
    pub(in super::super) fn follow(
        &mut self,
        shutdown: &Shutdown,
        progress: &dyn Progress,
    ) -> Result<(), TranscriptError> {
        if self.is_excluded() {
            progress.caught_up();
            // Nothing is read, so nothing is left out.
            self.inlet.settle_pause();
            return Ok(());
        }
        let mut following = Following {
            folders: Folders::new(),
            queue: VecDeque::new(),
            marks: None,
            next_look: Instant::now() + LOOK.0,
            last_told: None,
        };
        if let Some(since) = self.inlet.owed_pause() {
            // Nobody knows what was written while Vigil was paused and not running.
            let all = discover::all(&discover::existing(&self.roots)).files;
            following.marks = Some(Marks::noted(&all, since));
            if self.inlet.is_paused() {
                progress.caught_up();
            }
        } else {
            following.adopt_roots(&discover::existing(&self.roots));
            // What is there already is read in order of use, not of listing.
            following.folders.changed(|_| false);
            following.queue =
                self.everything(progress).into_iter().map(|found| (found, Reach::End)).collect();
        }
        while !shutdown.is_requested() {
            if self.inlet.is_paused() {
                self.begin_pause(&mut following);
                shutdown.sleep(ROUND);
            } else {
                self.end_pause(&mut following);
                self.round(&mut following, shutdown, progress)?;
            }
        }
        Ok(())
    }

    fn round(
        &mut self,
        following: &mut Following,
        shutdown: &Shutdown,
        progress: &dyn Progress,
    ) -> Result<(), TranscriptError> {
        let told = following.wait(shutdown);
        if shutdown.is_requested() {
            return Ok(());
        }
        following.adopt_roots(&discover::existing(&self.roots));
        let listed = following.folders.changed(|folder| told.contains(folder));
        let mut changed = self.in_use(following);
        changed.extend(listed.files);
        for found in changed {
            // A file can be listed twice; one that owes a pause its gap is read in its turn.
            let skipped = !self.is_news(&found)
                || following.queue.iter().any(|(other, reach)| {
                    matches!(reach, Reach::Around { .. }) && other.path == found.path
                });
            if !skipped && !self.read_slice(&found, progress)? {
                following.queue.push_front((found, Reach::End));
            }
        }
        let until = Instant::now() + SLICE;
        let stop = || Instant::now() >= until || shutdown.is_requested();
        while !stop()
            && let Some((found, reach)) = following.queue.pop_front()
        {
            if !self.read(&found, reach, progress, &stop)? {
                following.queue.push_front((found, reach));
            }
        }
        if following.queue.is_empty() {
            progress.caught_up();
        }
        self.settle(following)?;
        if Instant::now() >= following.next_look {
            self.look_everywhere(following)?;
        }
        Ok(())
    }

    /// Files written lately that have been written again, and sub-agents of such sessions.
    fn in_use(&self, following: &mut Following) -> Vec<Found> {
        let now = SystemTime::now();
        let mut changed = Vec::new();
        for (path, tracked) in &self.files {
            let (Some(client), Some(seen)) = (tracked.client, &tracked.seen) else { continue };
            if is_old(seen.modified, now) {
                continue;
            }
            let root = Root { client, path: Arc::clone(&seen.root) };
            let beside = client.beside.map(|beside| beside(path));
            if let Some(beside) = beside.filter(|beside| beside.is_dir()) {
                following.folders.add(&root, beside);
            }
            if let Some(folder) = path.parent() {
                following.folders.add_again(&root, folder);
            }
            let found = discover::look_at(client, &seen.root, Arc::clone(path));
            changed.extend(found.filter(|found| !tracked.is_as_seen(found)));
        }
        changed
    }

    /// Folders with files that were written lately.
    fn folders_in_use(&self) -> HashSet<&Path> {
        let now = SystemTime::now();
        let in_use = self.files.iter().filter(|(_, tracked)| {
            tracked.seen.as_ref().is_some_and(|seen| !is_old(seen.modified, now))
        });
        in_use.filter_map(|(path, _)| path.parent()).collect()
    }

    /// True when the file is not as it was at the last look.
    pub(super) fn is_news(&self, found: &Found) -> bool {
        !self.files.get(&found.path).is_some_and(|tracked| tracked.is_as_seen(found))
    }

    /// Finds what every other way has missed, and forgets what is gone.
    fn look_everywhere(&mut self, following: &mut Following) -> Result<(), TranscriptError> {
        let began = Instant::now();
        let all = discover::all(&discover::existing(&self.roots)).files;
        self.look_for_gone(&all)?;
        let here: HashSet<&Path> = all.iter().map(|found| &*found.path).collect();
        self.files.retain(|path, _| here.contains(&**path));
        drop(here);
        let queued: HashSet<Arc<Path>> =
            following.queue.iter().map(|(found, _)| Arc::clone(&found.path)).collect();
        let news = all
            .into_iter()
            .filter(|found| !queued.contains(&found.path) && self.is_news(found))
            .map(|found| (found, Reach::End));
        following.queue.extend(news);
        let in_use = self.folders_in_use();
        following.folders.forget_old(|folder| in_use.contains(folder));
        self.forget_states()?;
        let least = if following.folders.watch().is_some() { LOOK.0 } else { LOOK.1 };
        let pause = began.elapsed().saturating_mul(LOOK_SHARE).clamp(least, LOOK_MOST);
        following.next_look = Instant::now() + pause;
        Ok(())
    }

    /// Leaves the memory of files that are no longer written to the store, which has it once
    /// everything that was sent is committed.
    fn forget_states(&mut self) -> Result<(), TranscriptError> {
        let now = SystemTime::now();
        let old = self.files.values_mut().filter(|tracked| {
            tracked.checkpoint.is_some()
                && tracked.seen.as_ref().is_some_and(|seen| is_old(seen.modified, now))
        });
        let mut old: Vec<_> = old.collect();
        if old.is_empty() {
            return Ok(());
        }
        self.inlet.flush()?;
        for tracked in &mut old {
            tracked.checkpoint = None;
            tracked.loaded = false;
        }
        Ok(())
    }

    /// Once the gaps of a pause are on record, it is over for good.
    fn settle(&self, following: &Following) -> Result<(), TranscriptError> {
        let owes = following.queue.iter().any(|(_, reach)| matches!(reach, Reach::Around { .. }));
        if owes || self.inlet.is_paused() || self.inlet.owed_pause().is_none() {
            return Ok(());
        }
        self.inlet.flush()?;
        self.inlet.settle_pause();
        Ok(())
    }

    fn begin_pause(&self, following: &mut Following) {
        if following.marks.is_none() {
            let all = discover::all(&discover::existing(&self.roots)).files;
            following.marks = Some(Marks::at_pause(&all, &following.queue));
            following.queue.clear();
        }
    }

    fn end_pause(&self, following: &mut Following) {
        let Some(marks) = following.marks.take() else { return };
        following.adopt_roots(&discover::existing(&self.roots));
        following.folders.changed(|_| false);
        let all = discover::all(&discover::existing(&self.roots)).files;
        following.queue = all
            .into_iter()
            .map(|found| {
                let reach = marks.reach(&found);
                (found, reach)
            })
            .collect();
    }
}

impl Following {
    fn adopt_roots(&mut self, roots: &[Root]) {
        for root in roots {
            self.folders.add(root, root.path.to_path_buf());
        }
    }

    /// Waits for the next round. Returns the folders that the watch knows to have changed.
    fn wait(&mut self, shutdown: &Shutdown) -> BTreeSet<PathBuf> {
        let time = if self.queue.is_empty() { ROUND } else { Duration::ZERO };
        let Some(watch) = self.folders.watch() else {
            shutdown.sleep(time);
            return BTreeSet::new();
        };
        let mut changes = watch.wait(time);
        if !changes.is_empty() {
            let calm = self.last_told.is_none_or(|last| last.elapsed() > CALM);
            shutdown.sleep(if calm { AT_ONCE } else { TOGETHER });
            self.last_told = Some(Instant::now());
            changes.dirs.extend(watch.wait(Duration::ZERO).dirs);
        }
        changes.dirs
    }
}

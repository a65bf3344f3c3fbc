//! A home with profiles as browsers write them, and a pipeline's end that commits what it is sent.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use rusqlite::{Connection, params};
use vigil_proto::{
    Checkpoint, ContentHasher, Event, Kind, Sensitive, SessionFacts, SourceId, Timestamp,
    batch::Counts, config,
};

use super::{Options, Paused, Pauses, watch::Watch};
use crate::{
    pipeline::{Exclusions, Inlet, Message, Pause, Shared},
    shutdown::Shutdown,
};

pub(super) const UUID: &str = "0a1b2c3d-0000-4000-8000-0123456789ab";

/// A time that visits have, in microseconds since 1970.
pub(super) const NOON: i64 = 1_790_000_000_000_000;

/// As Chromium 140 writes it: the tables that matter, with their indexes.
const CHROMIUM: &str = "
CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT,url LONGVARCHAR,title LONGVARCHAR,visit_count INTEGER DEFAULT 0 NOT NULL,typed_count INTEGER DEFAULT 0 NOT NULL,last_visit_time INTEGER NOT NULL,hidden INTEGER DEFAULT 0 NOT NULL);
CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT,url INTEGER NOT NULL,visit_time INTEGER NOT NULL,from_visit INTEGER,external_referrer_url TEXT,transition INTEGER DEFAULT 0 NOT NULL,segment_id INTEGER,visit_duration INTEGER DEFAULT 0 NOT NULL,incremented_omnibox_typed_score BOOLEAN DEFAULT FALSE NOT NULL,opener_visit INTEGER,originator_cache_guid TEXT,originator_visit_id INTEGER,originator_from_visit INTEGER,originator_opener_visit INTEGER,is_known_to_sync BOOLEAN DEFAULT FALSE NOT NULL,consider_for_ntp_most_visited BOOLEAN DEFAULT FALSE NOT NULL,visited_link_id INTEGER DEFAULT 0 NOT NULL,app_id TEXT);
CREATE INDEX visits_url_index ON visits (url);
CREATE INDEX visits_from_index ON visits (from_visit);
CREATE INDEX visits_time_index ON visits (visit_time);
CREATE INDEX urls_url_index ON urls (url);";

/// As Firefox ESR 140 writes it.
const FIREFOX: &str = "
CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, rev_host LONGVARCHAR, visit_count INTEGER DEFAULT 0, hidden INTEGER DEFAULT 0 NOT NULL, typed INTEGER DEFAULT 0 NOT NULL, frecency INTEGER DEFAULT -1 NOT NULL, last_visit_date INTEGER, guid TEXT, foreign_count INTEGER DEFAULT 0 NOT NULL, url_hash INTEGER DEFAULT 0 NOT NULL, description TEXT);
CREATE INDEX moz_places_url_hashindex ON moz_places (url_hash);
CREATE INDEX moz_places_hostindex ON moz_places (rev_host);
CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER, visit_type INTEGER, session INTEGER, source INTEGER DEFAULT 0 NOT NULL, triggeringPlaceId INTEGER);
CREATE INDEX moz_historyvisits_placedateindex ON moz_historyvisits (place_id, visit_date);
CREATE INDEX moz_historyvisits_dateindex ON moz_historyvisits (visit_date);";

/// A profile's history that its browser has open.
#[derive(Debug)]
pub(super) struct History {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

impl History {
    /// As Chromium has it open: nobody else gets a lock.
    pub(super) fn chromium(path: PathBuf) -> Self {
        Self::new(path, &format!("PRAGMA locking_mode = EXCLUSIVE;{CHROMIUM}"))
    }

    /// As Firefox has it open: what is new stays in the log beside it.
    pub(super) fn firefox(path: PathBuf) -> Self {
        Self::new(
            path,
            &format!(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
                 PRAGMA wal_autocheckpoint = 0;{FIREFOX}"
            ),
        )
    }

    pub(super) fn new(path: PathBuf, sql: &str) -> Self {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        Self { connection, path }
    }

    /// A visit that Chromium notes; gives its number.
    pub(super) fn visited(&self, url: &str, micros: i64) -> i64 {
        let time = micros + 11_644_473_600_000_000;
        self.connection
            .execute(
                "INSERT INTO urls (url, title, last_visit_time) VALUES (?, 'a title', ?)",
                params![url, time],
            )
            .unwrap();
        let id = self.connection.last_insert_rowid();
        self.connection
            .execute(
                "INSERT INTO visits (url, visit_time, originator_cache_guid) VALUES (?, ?, '')",
                params![id, time],
            )
            .unwrap();
        self.connection.last_insert_rowid()
    }

    /// A visit that Firefox notes; gives its number.
    pub(super) fn visited_with_firefox(&self, url: &str, micros: i64) -> i64 {
        let host = url.split('/').nth(2).unwrap_or_default();
        let backwards: String = host.chars().rev().chain(['.']).collect();
        self.connection
            .execute(
                "INSERT INTO moz_places (url, title, rev_host) VALUES (?, 'a title', ?)",
                params![url, backwards],
            )
            .unwrap();
        let id = self.connection.last_insert_rowid();
        self.connection
            .execute(
                "INSERT INTO moz_historyvisits (place_id, visit_date, visit_type) VALUES (?, ?, 1)",
                params![id, micros],
            )
            .unwrap();
        self.connection.last_insert_rowid()
    }

    /// Nobody has written for a while.
    pub(super) fn rest(&self) {
        rest(&self.path);
    }
}

/// As [`History::rest`], by the path.
pub(super) fn rest(path: &Path) {
    let earlier = SystemTime::now() - Duration::from_mins(1);
    for suffix in ["", "-wal", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        if let Ok(file) = File::options().append(true).open(PathBuf::from(name)) {
            file.set_modified(earlier).unwrap();
        }
    }
}

/// What was committed.
#[derive(Debug, Default)]
pub(super) struct Committed {
    pub(super) events: Vec<Event<Sensitive>>,
    pub(super) sessions: Vec<SessionFacts<Sensitive>>,
    pub(super) counts: Counts,
    pub(super) checkpoints: HashMap<SourceId, Checkpoint>,
}

impl Committed {
    /// The visits, each as often as it was sent: when, and where.
    pub(super) fn visits(&self) -> Vec<(i64, String)> {
        let visits = self.events.iter().filter_map(|event| match &event.kind {
            Kind::BrowserMessage(visit) => {
                Some((event.at.as_micros(), visit.host.expose().to_owned()))
            }
            _ => None,
        });
        visits.collect()
    }

    pub(super) fn gaps(&self) -> Vec<&'static str> {
        let gaps = self.events.iter().filter_map(|event| match &event.kind {
            Kind::Gap(gap) => Some(gap.reason),
            _ => None,
        });
        gaps.collect()
    }

    pub(super) fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }
}

/// A home, and what was committed of it.
#[derive(Debug)]
pub(super) struct Home {
    folder: tempfile::TempDir,
    pub(super) committed: Arc<Mutex<Committed>>,
    pub(super) exclude: config::Exclude,
    pub(super) pauses: Option<Paused>,
}

impl Home {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Each system looks into one of the two.
        for (linux, macos) in
            [(".config/chromium", "Chromium"), (".mozilla/firefox", "Firefox/Profiles")]
        {
            let there = folder.path().join(linux);
            fs::create_dir_all(&there).unwrap();
            let link = folder.path().join("Library/Application Support").join(macos);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(there, link).unwrap();
        }
        Self {
            folder,
            committed: Arc::default(),
            exclude: config::Exclude::default(),
            pauses: Some(Vec::new()),
        }
    }

    pub(super) fn chromium(&self, profile: &str) -> PathBuf {
        self.folder.path().join(".config/chromium").join(profile).join("History")
    }

    pub(super) fn firefox(&self, profile: &str) -> PathBuf {
        self.folder.path().join(".mozilla/firefox").join(profile).join("places.sqlite")
    }

    pub(super) fn copies(&self) -> PathBuf {
        self.folder.path().join("state/browser-history")
    }

    /// An agent starts. What is committed is there still.
    pub(super) fn start(&self) -> Watch {
        let committed = Arc::clone(&self.committed);
        let known = Arc::clone(&self.committed);
        let shared = Shared {
            hasher: ContentHasher::new([7; 32]),
            checkpoints: Box::new(move |source| {
                known.lock().unwrap().checkpoints.get(&source).cloned()
            }),
            exclusions: Exclusions::new(&self.exclude, self.folder.path()),
            pause: Pause::default(),
        };
        let (inlet, messages) = Inlet::new(Arc::new(shared));
        thread::spawn(move || {
            while let Ok(message) = messages.recv() {
                match message {
                    Message::Batch(batch) => {
                        let mut all = committed.lock().unwrap();
                        all.events.extend(batch.events);
                        all.sessions.extend(batch.sessions);
                        for (name, n) in batch.counts {
                            *all.counts.entry(name).or_default() += n;
                        }
                        if let Some(checkpoint) = batch.checkpoint {
                            all.checkpoints.insert(checkpoint.source, checkpoint);
                        }
                    }
                    Message::Flush(done) => drop(done.send(())),
                }
            }
        });
        let pauses = self.pauses.clone();
        let options = Options {
            home: self.folder.path().to_owned(),
            copies: self.copies(),
            interval: Duration::ZERO,
            pauses: Pauses::new(move || pauses.clone()),
        };
        Watch::for_tests(options, inlet, Timestamp::from(SystemTime::now()))
    }

    /// An agent starts and looks once.
    pub(super) fn look(&self) -> Watch {
        let mut watch = self.start();
        self.look_with(&mut watch);
        watch
    }

    /// Looks once more, and waits for what was sent.
    pub(super) fn look_with(&self, watch: &mut Watch) {
        watch.look(&Shutdown::default()).unwrap();
        watch.inlet().flush().unwrap();
        let left = fs::read_dir(self.copies()).map_or(0, Iterator::count);
        assert_eq!(left, 0, "a copy is left");
    }

    pub(super) fn visits(&self) -> Vec<(i64, String)> {
        self.committed.lock().unwrap().visits()
    }

    pub(super) fn gaps(&self) -> Vec<&'static str> {
        self.committed.lock().unwrap().gaps()
    }
}

/// How the files of a folder are, to compare.
pub(super) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

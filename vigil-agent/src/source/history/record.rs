//! Visits as events. Pure. A browser's history is its own word: it can be written by whatever runs as the
//! same user, and says nothing of what was done on a page.

use std::collections::HashSet;

use vigil_platform::browser_history::Profile;
use vigil_proto::{
    Batch, Checkpoint, ContentHash, ContentHasher, Event, Kind, NaturalKey, Sensitive,
    SessionFacts, SessionId, Source, SourceId, Timestamp, Witness,
    event::{BrowserMessage, Gap},
};

use super::{
    Paused,
    address::{self, Address},
    database::Visit,
    trouble::Trouble,
};

/// The year 2000, in microseconds: no visit to an AI web site was before it.
const EARLIEST: i64 = 946_684_800_000_000;

/// When recording was paused, as far as a look needs to know it.
pub(super) struct Pauses<'a> {
    /// On record.
    pub(super) recorded: Paused,
    /// Until then one lasted whose end is not on record, unless it lasts.
    pub(super) open_until: Timestamp,
    /// Those of this run.
    pub(super) covers: &'a dyn Fn(Timestamp) -> bool,
}

impl Pauses<'_> {
    /// The beginning of the pause that the time `at` is in.
    fn around(&self, at: Timestamp) -> Option<Timestamp> {
        let within = self
            .recorded
            .iter()
            .find(|(from, to)| (*from..to.unwrap_or(self.open_until)).contains(&at));
        match within {
            Some((from, _)) => Some(*from),
            None => (self.covers)(at).then_some(at),
        }
    }
}

/// A profile as a source.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// Which.
    pub(super) profile: &'a Profile,
    /// Its id.
    pub(super) source: SourceId,
    /// Device and inode of its database.
    pub(super) identity: (u64, u64),
    /// Makes hashes.
    pub(super) hasher: &'a ContentHasher,
}

impl Place<'_> {
    fn batch(&self) -> Batch<Sensitive> {
        let place = self.profile.database.display().to_string();
        Batch::new(Source { id: self.source, witness: Witness::History, place: place.into() })
    }

    /// What tells a visit from a later one with the same number: browsers give numbers again.
    pub(super) fn mark(&self, micros: i64) -> u64 {
        self.hasher.hash(&micros.to_le_bytes()).0
    }

    /// The events of `visits`, and how far was read by them; `last` is the number and the browser's time of
    /// the last one.
    pub(super) fn visits(
        &self,
        visits: &[Visit],
        last: (i64, i64),
        pauses: &Pauses<'_>,
        now: Timestamp,
    ) -> Batch<Sensitive> {
        let mut batch = self.batch();
        let (mut known, mut paused) = (HashSet::new(), HashSet::new());
        for visit in visits {
            let (client, host, native) = match address::of(&visit.url, self.hasher) {
                Some(Address::Conversation { client, host, native }) => (client, host, native),
                Some(Address::Temporary) => {
                    batch.count("skip.history-temporary", 1);
                    continue;
                }
                Some(Address::Elsewhere) | None => {
                    batch.count("skip.history-no-conversation", 1);
                    continue;
                }
            };
            if visit.micros < EARLIEST {
                batch.count("skip.history-no-time", 1);
                continue;
            }
            let at = Timestamp::from_micros(visit.micros);
            if let Some(since) = pauses.around(at) {
                batch.count("skip.history-paused", 1);
                if paused.insert(since) {
                    batch.events.push(self.left_out(since));
                }
                continue;
            }
            batch.count("read.history-visits", 1);
            let session = SessionId::of(client, &native);
            if known.insert(session) {
                let facts = SessionFacts::new(client, native.as_ref().into(), session);
                batch.sessions.push(facts);
            }
            // The same visit in a copy of the profile, or taken over by another browser, is this one.
            let record = format!("visit:{}", visit.micros);
            let id = NaturalKey::Record { session, record: &record }.id();
            let words = format!("visited with {}", self.profile.browser);
            let kind =
                Kind::BrowserMessage(BrowserMessage { host: host.into(), text: words.into() });
            batch.events.push(Event {
                witness: Witness::History,
                seen_at: now,
                position: visit.number.cast_unsigned(),
                session: Some(session),
                content: ContentHash(0),
                // A clock that was ahead is no reason to tell of the future.
                ..Event::own(id, at.min(now), kind)
            });
        }
        batch.checkpoint = Some(self.checkpoint(last, now));
        batch
    }

    /// That everything up to a visit was read.
    pub(super) fn checkpoint(&self, (number, micros): (i64, i64), now: Timestamp) -> Checkpoint {
        let (device, inode) = self.identity;
        Checkpoint {
            source: self.source,
            device,
            inode,
            head: self.mark(micros),
            head_len: 0,
            offset: number.cast_unsigned(),
            state: Vec::new(),
            at: now,
        }
    }

    /// That a folder can be listed again: when it cannot once more, that is another gap.
    pub(super) fn listed(&self, now: Timestamp) -> Batch<Sensitive> {
        let mut batch = self.batch();
        batch.checkpoint = Some(self.checkpoint((0, 0), now));
        batch
    }

    /// That something was visited in a pause.
    fn left_out(&self, since: Timestamp) -> Event<Sensitive> {
        let number = since.as_micros().cast_unsigned();
        let id = NaturalKey::Occurrence { source: self.source, number, what: "paused" }.id();
        let detail = Sensitive::from("what a browser's history tells of a pause is left out");
        Event::own(id, since, Kind::Gap(Gap { reason: "paused", detail, bytes: None }))
    }

    /// That it is not read since `read`, and why.
    pub(super) fn gap(
        &self,
        trouble: &Trouble,
        read: Option<Timestamp>,
        now: Timestamp,
    ) -> Batch<Sensitive> {
        let mut batch = self.batch();
        let (reason, counter) = trouble.words();
        batch.count(counter, 1);
        // Told once, however often Vigil starts meanwhile.
        let number = read.map_or(0, |read| read.as_micros().cast_unsigned());
        let id = NaturalKey::Occurrence { source: self.source, number, what: reason }.id();
        let why: String = trouble.to_string().chars().take(400).collect();
        let detail = format!(
            "the history of {} at {} is not read: {why}",
            self.profile.browser,
            self.profile.database.display()
        );
        let gap = Gap { reason, detail: detail.into(), bytes: None };
        batch.events.push(Event::own(id, now, Kind::Gap(gap)));
        batch
    }
}
